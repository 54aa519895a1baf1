"""What is told of a change that people decide about: what it lacks, who can give it, and what was left out of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from console.coming import steps_ahead
from console.explain import Deciding, Explanation, Lack, Parts, until
from console.models import Act, Confirmation, LineState, Status, Verdict, Wait
from console.models.judging import Asked, Given, Rule, Scope, Subject, judge
from tests.telling import ANN, ED, JO, NOW, SAM, change, told, whole

LABELS = {"occupation": "Occupation", "address": "Address", "phone": "Phone"}
PEOPLE = {ANN.pk: ANN, SAM.pk: SAM, ED.pk: ED}
KYC = Rule(1, 3, "KYC fields", scope=Scope.NAMED, fields=frozenset({"occupation", "address"}))
FREE = Rule(2, 1, "No approval needed", approvals=0)
TWICE = Rule(3, 1, "Addresses", scope=Scope.NAMED, fields=frozenset({"address"}), approvals=2)


def deciding(
    *rules: Rule, given: dict[str, list[int]] | None = None, moved: str = "", rejected: str = "", **about: Any
) -> Deciding:
    """Ed's wish for occupation, address and phone, as these policies and decisions leave it."""
    lines = [
        Asked(
            field,
            moved=field == moved,
            digest=field.encode(),
            state=LineState.REJECTED if field == rejected else LineState.OPEN,
        )
        for field in LABELS
    ]
    decisions = [
        Given(field, by, Act.APPROVE, field.encode(), NOW) for field, ids in (given or {}).items() for by in ids
    ]
    judged = judge(lines, rules, decisions, PEOPLE, subject=Subject(3, authors=frozenset({ED.pk})))
    return Deciding.of(judged, labels=LABELS, **{"people": PEOPLE, "author": ED.pk, **about})


def waiting(known: Deciding, **about: Any) -> Explanation:
    """It, while it waits until Monday for a decision."""
    asked = {"wait": Wait.DECISION, "expires_at": NOW + timedelta(days=3), "claimed_at": NOW}
    how = {name: about.pop(name) for name in ("reader", "parts", "by") if name in about}
    return told(change(Status.PROPOSED, **{**asked, **about}), deciding=known, **how)


def test_the_author_reads_what_it_lacks_and_who_can_give_it_until_when() -> None:
    explained = waiting(deciding(KYC, FREE, reader=ED), reader=ED)
    assert explained.word == "Waiting for approval"
    assert explained.headline == "Occupation and Address need one approval (policy “KYC fields”)."
    assert explained.following == (
        "Ann Mwangi or Sam Tanaka can decide, until Mon 24 Nov, 10:24. Phone needs none and waits with the rest. "
        "Nothing has been sent."
    )


def test_who_can_decide_is_addressed() -> None:
    explained = waiting(deciding(KYC, FREE, reader=ANN), reader=ANN)
    assert explained.word == "Waiting for you"
    assert explained.following.startswith("You or Sam Tanaka can decide, until Mon 24 Nov, 10:24.")
    assert waiting(deciding(KYC, FREE, reader=JO), reader=JO).word == "Waiting for approval"


def test_a_list_tells_what_it_knows() -> None:
    known = waiting(Deciding(is_yours=True), reader=ANN)
    assert (known.word, known.headline) == ("Waiting for you", "Nothing has been sent yet.")
    assert known.following == "You can decide, until Mon 24 Nov, 10:24."
    unknown = waiting(Deciding(), reader=JO)
    assert unknown.following == "It waits for somebody who may decide, until Mon 24 Nov, 10:24."


def test_fields_that_lack_different_things_are_told_apart() -> None:
    assert waiting(deciding(KYC, TWICE, FREE)).headline == (
        "Occupation needs one approval (policy “KYC fields”); Address needs two approvals (policy “Addresses”)."
    )
    one_of_two = waiting(deciding(KYC, TWICE, FREE, given={"address": [ANN.pk]})).headline
    assert one_of_two.endswith("Address needs one more approval (policy “Addresses”).")


def test_what_no_policy_names_says_so() -> None:
    assert waiting(deciding()).headline == ("Occupation, Address and Phone need one approval (no policy names them).")
    assert str(Lack(("Phone",), 1)) == "Phone needs one approval (no policy names it)"


def test_whoever_has_approved_already_waits_for_somebody_else() -> None:
    explained = waiting(deciding(TWICE, FREE, given={"address": [ANN.pk]}, reader=ANN), reader=ANN)
    assert explained.word == "Waiting for approval"
    assert explained.following.startswith("You have approved it already. Sam Tanaka can decide, until")


def test_how_far_it_has_come_is_counted() -> None:
    known = deciding(KYC, FREE, given={"occupation": [ANN.pk]})
    assert (known.decided, known.in_all) == (1, 2)
    assert waiting(known).following.startswith("1 of 2 decided. Ann Mwangi or Sam Tanaka can decide")
    rejected = waiting(
        deciding(KYC, FREE, rejected="address"), parts=Parts(("Occupation", "Phone"), ("Address",)), by="Ann Mwangi"
    )
    assert rejected.following.startswith("Address was rejected by Ann Mwangi and will not be sent. 1 of 2 decided.")


def test_a_value_that_moved_meanwhile_is_told() -> None:
    assert "Address moved at Sqril since this was asked." in waiting(deciding(KYC, FREE, moved="address")).following


def test_who_took_it_is_named_with_the_time() -> None:
    with timezone.override("Asia/Jakarta"):
        taken = deciding(KYC, FREE, holder=ANN, reader=SAM)
        assert waiting(taken, reader=SAM).following.startswith("Ann Mwangi took it at 17:24.")
        assert waiting(taken, reader=ANN).following.startswith("You took it at 17:24.")


def test_where_nobody_can_decide_the_page_says_what_helps() -> None:
    nobody = waiting(deciding(KYC, FREE, people={ED.pk: ED}))
    assert nobody.following.startswith(
        "It waits until Mon 24 Nov, 10:24, and nobody can decide on it so far: an administrator can give"
    )
    too_few = waiting(deciding(TWICE, FREE, people={ANN.pk: ANN}))
    assert too_few.following.startswith(
        "Only Ann Mwangi can decide, until Mon 24 Nov, 10:24, which is too few: an admin"
    )


def test_once_the_time_is_over_nobody_is_asked_any_more() -> None:
    explained = waiting(deciding(KYC, FREE, reader=ANN), reader=ANN, expires_at=NOW)
    assert explained.word == "Waiting for approval"
    assert "The time for deciding is over, so it ends any moment now." in explained.following
    assert "can decide" not in explained.following


def test_a_request_that_may_be_applied_already_is_not_called_unsent() -> None:
    explained = waiting(deciding(KYC, FREE), maybe_applied=True)
    assert explained.tone == "unknown"
    assert explained.following.startswith("An earlier try may have been applied.")
    assert "Nothing has been sent" not in whole(explained)


@pytest.mark.parametrize(
    ("note", "headline"),
    [
        (
            "Another value than when this was asked: Phone. Look again, then confirm or withdraw it.",
            "Held, so that nothing is overwritten unseen.",
        ),
        (
            "Its approval is older than 7 days. Look again, then confirm or withdraw it.",
            "Its approval has lapsed: one holds for 7 days.",
        ),
        (
            "What would be sent is no longer what was saved. Look again, then confirm or withdraw it.",
            "Its approval no longer covers what would be sent, so it was held.",
        ),
        (
            "It lacks an approval of what would be sent. Look again, then confirm or withdraw it.",
            "Its approval no longer covers what would be sent, so it was held.",
        ),
        ("Change 12 of the same field was not applied.", "Nothing has been sent yet."),
    ],
)
def test_what_its_author_has_to_look_at_again_says_what_happened(note: str, headline: str) -> None:
    held = told(change(Status.PROPOSED, wait=Wait.AUTHOR, note=note), reader=ED)
    assert (held.word, held.headline) == ("Held for you", headline)
    assert "Nothing is sent unless you confirm it." in held.following
    assert ("asked about anew" in held.following) == held.headline.startswith("Its approval")


def test_what_the_author_is_asked_to_do_is_said_once_and_to_them() -> None:
    note = "Another value than when this was asked: Phone. Look again, then confirm or withdraw it."
    held = told(change(Status.PROPOSED, wait=Wait.AUTHOR, note=note), reader=JO)
    said = "Phone moved at Sqril since this was asked. Nothing is sent unless Ed Kowalski confirms it."
    assert held.following == said


def test_who_returned_it_is_named_and_until_when_it_waits() -> None:
    returned = change(Status.RETURNED, wait=Wait.AUTHOR, expires_at=NOW + timedelta(days=3))
    explained = told(returned, reader=ED, by="Ann Mwangi")
    assert explained.headline == "Ann Mwangi returned it to you."
    assert explained.following == (
        "It waits for you to edit it and propose it again, or to withdraw it, until Mon 24 Nov, 10:24."
    )
    assert told(returned, reader=JO, by="Ann Mwangi").headline == "Ann Mwangi returned it to Ed Kowalski."


def test_what_cannot_be_sent_without_a_rejected_line_says_so() -> None:
    returned = change(
        Status.RETURNED, wait=Wait.AUTHOR, note="What is left of it cannot be sent by itself. A street needs its city."
    )
    explained = told(returned, parts=Parts(("Street",), ("City",)), by="Ann Mwangi")
    assert explained.headline == "What is left of it cannot be sent by itself."
    assert explained.following.startswith("A street needs its city. It waits for")
    assert explained.following.endswith("City was rejected by Ann Mwangi and will not be sent.")


PARTS = Parts.of([("Occupation", LineState.APPROVED), ("Address", LineState.REJECTED), ("Phone", LineState.OPEN)])
LEFT = "Address was rejected by Ann Mwangi and not sent."


def test_a_partial_outcome_is_told_as_one() -> None:
    applied = change(Status.APPLIED, confirmation=Confirmation.ECHOED)
    explained = told(applied, parts=PARTS, by="Ann Mwangi", reader=ED)
    assert (explained.tone, explained.word) == ("applied", "Applied in part")
    assert explained.headline == f"Applied in part: Occupation and Phone; {LEFT}"
    there = "The answer of Sqril holds the new values."
    assert explained.following == f"{there} Ask for the rest again if it is still wanted."
    to_another = told(applied, parts=PARTS, by="you", reader=ANN).following
    assert to_another == f"{there} Ed Kowalski can ask for the rest again if it is still wanted."


@pytest.mark.parametrize(
    ("status", "about", "word"),
    [
        (Status.APPROVED, {"next_attempt_at": NOW}, "On its way in part"),
        (Status.SENDING, {"lease_until": NOW + timedelta(seconds=9)}, "Being sent in part"),
        (Status.APPLIED, {"confirmation": Confirmation.ACCEPTED}, "Accepted in part, not confirmed"),
        (Status.APPLIED, {"confirmation": Confirmation.ALREADY}, "Already so in part"),
        (Status.CLOSED, {"verdict": Verdict.APPLIED}, "Closed: applied in part"),
        (Status.REFUSED, {}, "Refused"),
    ],
)
def test_the_badge_of_what_goes_in_part_says_so(status: Status, about: dict[str, Any], word: str) -> None:
    explained = told(change(status, **about), parts=PARTS, by="Ann Mwangi")
    assert explained.word == word
    assert "Address was rejected by Ann Mwangi and" in whole(explained)


def test_a_line_that_was_taken_off_is_told_apart_from_a_rejected_one() -> None:
    parts = Parts(("Occupation",), (), ("Phone", "Address"))
    explained = told(change(Status.APPLIED, confirmation=Confirmation.READ), parts=parts)
    assert explained.headline == "Applied in part: Occupation; Phone and Address were taken off it."


def test_a_whole_change_is_told_as_before() -> None:
    whole_of_it = Parts.of([("Phone", LineState.APPROVED)])
    applied = change(Status.APPLIED, confirmation=Confirmation.ECHOED)
    assert told(applied, parts=whole_of_it) == told(applied)


def test_a_rejected_change_names_who_rejected_it() -> None:
    rejected = told(change(Status.REJECTED), by="Ann Mwangi", parts=Parts((), ("Address",)))
    assert rejected.headline == "Ann Mwangi rejected it: nothing was sent."
    assert rejected.following.startswith("Ed Kowalski can edit the customer again")
    assert told(change(Status.REJECTED), by="Ann Mwangi", reader=ED).following.startswith("Edit the customer again")
    doubted = told(change(Status.REJECTED, maybe_applied=True), by="Ann Mwangi")
    assert (doubted.tone, doubted.headline) == ("unknown", "Ann Mwangi rejected it, so nothing more is sent.")
    assert doubted.following.startswith("An earlier try may have been applied.")


def test_an_expired_change_says_how_long_nobody_decided() -> None:
    expired = told(change(Status.EXPIRED, created_at=NOW - timedelta(hours=72, seconds=9), ended_at=NOW))
    assert expired.headline == "Nobody decided within 3 days, so it ended; nothing was sent."
    assert expired.following == "Propose it again if it is still wanted."


def test_a_replaced_change_says_by_which() -> None:
    assert told(change(Status.SUPERSEDED, superseded_by_id=18)).headline == (
        "Change 18 took its place. This one is not sent."
    )


@pytest.mark.parametrize(
    ("status", "about", "headline"),
    [
        (
            Status.APPROVED,
            {"next_attempt_at": NOW},
            "Let through without its approvals by Olu Peters. Saved and on its way to Sqril.",
        ),
        (
            Status.APPLIED,
            {"confirmation": Confirmation.READ},
            (
                "Sent without its approvals by Olu Peters. "
                "Applied: we read the record back, and Sqril holds the new values."
            ),
        ),
        (
            Status.WITHDRAWN,
            {},
            "It was let through without its approvals by Olu Peters. Ed Kowalski withdrew it before it was sent.",
        ),
    ],
)
def test_an_emergency_is_told_before_anything_else(status: Status, about: dict[str, Any], headline: str) -> None:
    explained = told(change(status, **about), emergency="Olu Peters")
    assert explained.headline == headline
    assert "Nothing more to do" not in explained.following  # a reviewer has


def test_the_next_step_of_a_request_is_the_decision() -> None:
    asked = change(Status.PROPOSED, wait=Wait.DECISION, expires_at=NOW + timedelta(hours=3))

    def first(known: Deciding | None, reader: Any = None) -> str:
        return steps_ahead(asked, now=NOW, deciding=known, reader=reader)[0]

    assert first(deciding(KYC, FREE, reader=ANN), ANN) == "You decide (Sam Tanaka can too), until 13:24 today"
    assert first(deciding(KYC, FREE)) == "Ann Mwangi or Sam Tanaka decides, until 13:24 today"
    assert first(deciding(TWICE, FREE)) == "Ann Mwangi and Sam Tanaka decide, until 13:24 today"
    assert first(deciding(TWICE, FREE, reader=ANN), ANN) == "You decide, then Sam Tanaka, until 13:24 today"
    known = deciding(TWICE, FREE, people={**PEOPLE, JO.pk: JO})
    assert first(known).startswith("Two of Ann Mwangi, Sam Tanaka and Jo Lindqvist decide")
    assert first(None) == "Somebody who may decide approves it, until 13:24 today"


def test_the_next_step_of_what_its_author_has_is_theirs() -> None:
    returned, held = change(Status.RETURNED), change(Status.PROPOSED, wait=Wait.AUTHOR)
    first, then, *_ = steps_ahead(returned, now=NOW)
    assert (first, then) == ("Ed Kowalski edits it and proposes it again", "What needs approval is approved")
    assert steps_ahead(returned, now=NOW, reader=ED)[0] == "You edit it and propose it again"
    assert steps_ahead(held, now=NOW, reader=ED)[0] == "You confirm it"


def test_the_end_of_a_wait_is_said_in_the_readers_zone() -> None:
    with timezone.override("Asia/Jakarta"):
        assert until(NOW + timedelta(hours=1), NOW) == "until 18:24 today"
        assert until(NOW + timedelta(hours=8), NOW) == "until Sat 22 Nov, 01:24"
        assert until(NOW + timedelta(days=60), NOW) == "until Tue 20 Jan 2026, 17:24"
