"""The audit itself in sentences: who read it and took it home, reviews, erasures, and who was not let in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from console.auditing.kinds import VERBS
from console.models import Event, Origin, User
from console.sentences import _TELLING, event_sentence, event_tone
from tests.telling import ANN, ED

CONSOLE = Path(__file__).parents[1] / "console"
WRITTEN = re.compile(
    r'"((?:customer|person|change|decision|emergency|drift|connection|policy|review|audit|batch)\.[a-z_]+)"'
)


def told(verb: str, by: User | None = ED, subject: str = "person:1", change: int | None = None, **details: Any) -> str:
    named = {name.replace("_", " ") if name == "password_set" else name: value for name, value in details.items()}
    event = Event(subject=subject, number=1, verb=verb, actor=by, origin=Origin.PAGE, details=named, change_id=change)
    return event_sentence(event, ())


@pytest.mark.parametrize(
    ("verb", "details", "said"),
    [
        ("audit.searched", {"query": {}}, "Ed Kowalski searched the audit"),
        (
            "audit.searched",
            {"query": {"kind": "change", "since": "2026-05-01", "zone": "Asia/Jakarta"}},
            "Ed Kowalski searched the audit by kind “Changes”, since 2026-05-01",
        ),
        ("audit.opened", {"event": 17}, "Ed Kowalski opened event 17"),
        (
            "audit.exported",
            {"query": {"change": 12}, "format": "pack", "count": 1},
            "Ed Kowalski took an evidence pack of 1 event from the audit, by change 12",
        ),
        (
            "audit.exported",
            {"query": {}, "format": "csv", "count": 12345},
            "Ed Kowalski took a table of 12,345 events from the audit",
        ),
        ("audit.downloaded", {"export": 3, "format": "pack"}, "Ed Kowalski downloaded an evidence pack (export 3)"),
        (
            "audit.export_stopped",
            {"export": 3, "format": "jsonl", "done": 4},
            "Ed Kowalski stopped the making of lines of JSON (export 3)",
        ),
        ("audit.verified", {"found": 0}, "Ed Kowalski verified the history: all of it fits"),
        ("audit.verified", {"found": 2}, "Ed Kowalski verified the history: 2 things did not fit"),
        ("audit.verified", {}, "Ed Kowalski verified the history"),
        ("review.opened", {"items": 9, "count": 120}, "Ed Kowalski opened it: 9 of 120 changes to look at"),
        ("review.signed_off", {"items": 9, "fine": 8}, "Ed Kowalski signed it off: 8 of 9 fine"),
        (
            "customer.erased",
            {"ended": [4]},
            "Ed Kowalski agreed: the values were erased, for ever, which ended 1 change",
        ),
        ("customer.erased", {"ended": []}, "Ed Kowalski agreed: the values were erased, for ever"),
        ("customer.erasure_asked", {}, "Ed Kowalski asked that this customer be erased"),
        ("customer.erasure_rejected", {}, "Ed Kowalski said no to erasing this customer"),
        ("customer.erasure_withdrawn", {}, "Ed Kowalski took back the wish to erase this customer"),
        (
            "person.refused",
            {"method": "POST", "route": "changes/<int:pk>/approve/", "status": 403},
            "Ed Kowalski tried what they may not do (POST changes/<int:pk>/approve/)",
        ),
        ("person.refused", {}, "Ed Kowalski tried what they may not do"),
        ("person.signed_in", {}, "Ed Kowalski signed in"),
        ("person.signed_out", {}, "Ed Kowalski signed out"),
        ("connection.set", {"new": True}, "Ed Kowalski set it up"),
        ("connection.set", {"moved": ["rate", "slots"]}, "Ed Kowalski altered it: rate and slots"),
        (
            "installation.seal_refused",
            {"why": "behind", "kept": 9, "found": 5},
            "History was not sealed: the database holds a shorter history than was signed",
        ),
        (
            "installation.seal_accepted",
            {"kept": 9, "found": 5, "reason": "Restored."},
            "Ed Kowalski accepted that history goes on from a backup: 5 events, where 9 had been signed (“Restored.”)",
        ),
    ],
)
def test_what_happens_around_the_audit_is_told(verb: str, details: dict[str, Any], said: str) -> None:
    assert told(verb, **details) == said


@pytest.mark.parametrize(
    ("verb", "details", "said"),
    [
        ("review.marked", {"mark": "fine"}, "Ann Mwangi marked change 12 as fine"),
        ("review.marked", {"mark": "settled"}, "Ann Mwangi marked change 12 as settled: the question is answered"),
        ("review.questioned", {}, "Ann Mwangi questioned change 12"),
        ("review.answered", {}, "Ann Mwangi answered about change 12"),
    ],
)
def test_a_review_tells_of_the_change_it_looks_at(verb: str, details: dict[str, Any], said: str) -> None:
    assert told(verb, ANN, "review:3", 12, **details) == said


def test_a_failed_sign_in_says_whether_anybody_is_called_like_that() -> None:
    assert told("person.sign_in_failed", None) == "A sign-in failed"
    unknown = told("person.sign_in_failed", None, "installation:1")
    assert unknown == "A sign-in failed, under a name that nobody has"


def test_roles_that_were_given_and_taken_are_told() -> None:
    granted = ["approver at SQRIL", "editor at all connections"]
    said = "Ed Kowalski gave approver at SQRIL and editor at all connections"
    assert told("person.granted", granted=granted) == said
    assert told("person.granted", ended=["editor at SQRIL"]) == "Ed Kowalski took away editor at SQRIL"
    assert told("person.granted", new=True, password_set=True) == "Ed Kowalski took this person in"
    assert told("person.granted", password_set=True) == "Ed Kowalski set a password"


def test_a_search_that_asks_for_very_much_is_cut() -> None:
    said = told("audit.searched", query={"request": "r" * 64, "field": "f" * 64, "kind": "change"})
    assert said.endswith("…")
    assert len(said) < 170


@pytest.mark.parametrize("verb", ["person.refused", "person.sign_in_failed", "customer.erased"])
def test_what_should_alarm_looks_like_it(verb: str) -> None:
    assert event_tone(Event(verb=verb, details={})) == "refused"


def test_every_verb_that_the_console_writes_can_be_searched_for_and_has_a_sentence() -> None:
    sources = [path.read_text() for path in (CONSOLE / "flows").rglob("*.py")]
    sources += [path.read_text() for path in (CONSOLE / "views").rglob("*.py")]
    written = {verb for source in sources for verb in WRITTEN.findall(source)}
    assert written <= set(VERBS), written - set(VERBS)
    assert set(VERBS) - set(_TELLING) <= {"policy.ended"}
