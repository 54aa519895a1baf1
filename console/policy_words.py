"""Policies in words: what a version asks for, how it differs from another, and how it came about. Pure.

Connections are told as far as they are given: a reader learns no name of one that they don't know of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.models import Connection, PolicyStatus, PolicyVersion
from console.models.judging import Scope

HOURS_OF_A_DAY = 24

type Places = Mapping[int, Connection]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a version says; `before` is what the version before it said, if that was something else."""

    label: str
    words: str
    before: str = ""

    @property
    def differs(self) -> bool:
        """Whether the version before said something else."""
        return bool(self.before)


@dataclass(frozen=True, slots=True)
class Moment:
    """One step in the history of a policy."""

    at: datetime
    tone: str
    heading: str
    say: str = ""


def sentence(version: PolicyVersion, places: Places) -> str:
    """What needs how many approvals where: “SQRIL: Occupation and Address need 1 approval”."""
    if version.scope == Scope.ALL and not version.approvals:
        return f"{where_words(version, places)}: no field needs an approval"
    fields = labels_of(version, places)
    verb = "needs" if len(fields) == 1 and version.scope != Scope.SENSITIVE else "need"
    return f"{where_words(version, places)}: {_listed_whole(fields)} {verb} {_approvals(version.approvals)}"


def conditions(version: PolicyVersion) -> list[str]:
    """What else it asks for, each in a few words."""
    found = [
        (version.from_size > 1, f"from {version.from_size:,} changes proposed together"),
        (version.asks_reason, "reason required"),
        (version.asks_ticket, "ticket required"),
        (version.approvals > 0, f"requests live {lives(version.hours)}"),
    ]
    return [words for holds, words in found if holds]


def where_words(version: PolicyVersion, places: Places) -> str:
    """The connections it is about."""
    if not version.connection_ids:
        return "All connections"
    names = sorted(places[number].name for number in version.connection_ids if number in places)
    hidden = len(version.connection_ids) - len(names)
    return _listed_whole([*names, f"{hidden} other{'' if hidden == 1 else 's'}"] if hidden else names)


def labels_of(version: PolicyVersion, places: Places) -> list[str]:
    """The fields it is about, as their connections call them."""
    match version.scope:
        case Scope.ALL:
            return ["every field"]
        case Scope.SENSITIVE:
            return ["sensitive fields"]
    at = [places[number] for number in version.connection_ids or places if number in places]
    known: dict[str, str] = {}
    for place in at:
        known = {**{field.name: field.label for field in place.provider.fields}, **known}
    strange = [name for name in version.fields if name not in known]
    return list(dict.fromkeys([*(label for name, label in known.items() if name in version.fields), *strange]))


def parts(version: PolicyVersion, before: PolicyVersion | None, places: Places) -> list[Part]:
    """Everything it says, each beside what was said before where that differs."""
    said, was = _said(version, places), dict(_said(before, places)) if before else {}
    return [Part(label, words, was.get(label, words) if was.get(label) != words else "") for label, words in said]


def lives(hours: int) -> str:
    """How long a request may wait: “3 days”, “36 hours”."""
    number, unit = (hours // HOURS_OF_A_DAY, "day") if hours % HOURS_OF_A_DAY == 0 else (hours, "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def history(versions: Sequence[PolicyVersion], places: Places) -> list[Moment]:
    """What was proposed and what became of it, the newest first. Wants all versions, with their people loaded."""
    found, held = list[Moment](), None
    for version in sorted(versions, key=lambda version: version.number):
        found += _steps(version, held, places)
        if version.status in {PolicyStatus.IN_FORCE, PolicyStatus.REPLACED}:
            held = version
    return found[::-1]


def _steps(version: PolicyVersion, held: PolicyVersion | None, places: Places) -> Iterable[Moment]:
    say = " · ".join(filter(None, [_difference(version, held, places), f"“{version.why}”" if version.why else ""]))
    author = version.proposed_by.name if version.proposed_by else ""
    what = f"the end of it (version {version.number})" if version.retires else f"version {version.number}"
    if version.alone or not author:
        yield Moment(version.decided_at or version.proposed_at, *_without_a_second(version, author), say)
        return
    yield Moment(version.proposed_at, "neutral", f"{author} proposed {what}", say)
    if version.decided_at:
        yield _decided(version, author)


def _without_a_second(version: PolicyVersion, author: str) -> tuple[str, str]:
    ends = version.retires
    if not version.alone:
        return "neutral", "The installation began with it"
    did = "ended it" if ends else f"put version {version.number} in force"
    who = author or "The command line"
    return "waiting", f"{who} {did}, without a second administrator"


def _decided(version: PolicyVersion, author: str) -> Moment:
    number, who = version.number, version.decided_by.name if version.decided_by else author
    at = version.decided_at or version.proposed_at
    match version.status:
        case PolicyStatus.REJECTED:
            return Moment(at, "refused", f"{who} rejected version {number}", f"“{version.answer}”")
        case PolicyStatus.WITHDRAWN:
            return Moment(at, "neutral", f"{who} withdrew version {number}")
    return Moment(at, "applied", f"{who} approved version {number}{': the policy ended' if version.retires else ''}")


def _difference(version: PolicyVersion, held: PolicyVersion | None, places: Places) -> str:
    if version.retires:
        return ""
    if held is None:
        return sentence(version, places)
    changed = [part for part in parts(version, held, places) if part.differs]
    return "; ".join(f"{part.label}: {part.words} instead of {part.before}" for part in changed)


def _said(version: PolicyVersion, places: Places) -> list[tuple[str, str]]:
    count = version.approvals
    return [
        ("Name", version.name),
        ("Where", where_words(version, places)),
        ("Fields", _capital(_listed_whole(labels_of(version, places)))),
        ("Approvals", "none" if not count else "1" if count == 1 else f"{count}, by different people"),
        ("Holds for", _size(version.from_size)),
        ("Reason", "required" if version.asks_reason else "not asked for"),
        ("Ticket", "required" if version.asks_ticket else "not asked for"),
        ("Requests live", lives(version.hours)),
        ("In force", "no, the policy ends" if version.retires else "yes"),
    ]


def _size(from_size: int) -> str:
    return "every change" if from_size <= 1 else f"{from_size:,} or more changes proposed together"


def _approvals(count: int) -> str:
    return f"{count or 'no'} approval{'' if count < 2 else 's'}"


def _listed_whole(words: Sequence[str]) -> str:
    """Every one of them is told: what is left out here would be guessed at."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
