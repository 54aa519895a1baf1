"""Judging: which policies apply to the lines of a change, and what they leave outstanding. Pure: it asks no database.

All policies that match a line apply to it together: the most approvals that one of them asks for are needed, a reason
or a ticket if one of them asks for it, within the shortest time that one of them gives. A line that no policy matches
needs one approval: that none is needed has to be said by a policy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

APPROVAL_LASTS = timedelta(days=7)
LASTS_UNLESS_SAID = timedelta(hours=72)
MOST_APPROVALS = 5


class Scope(StrEnum):
    """Which fields a policy is about."""

    ALL = "all"
    SENSITIVE = "sensitive"
    NAMED = "named"


class LineState(StrEnum):
    """What was decided about a line. One that was dropped was taken back by its author, or replaced by a later wish."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    DROPPED = "dropped"

    @property
    def is_sent(self) -> bool:
        """Whether the line goes to the provider with the rest of its change."""
        return self in {LineState.OPEN, LineState.APPROVED}


class Act(StrEnum):
    """What a person decides about a line."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a policy: what it is about, and what it asks for. No connections: all of them."""

    policy: int
    number: int
    name: str
    connections: frozenset[int] = frozenset()
    scope: Scope = Scope.ALL
    fields: frozenset[str] = frozenset()
    from_size: int = 1
    approvals: int = 1
    asks_reason: bool = False
    asks_ticket: bool = False
    lasts: timedelta = LASTS_UNLESS_SAID

    def matches(self, field: str, *, sensitive: bool, connection: int, size: int) -> bool:
        """Whether it is about this field, in a change that was proposed together with so many."""
        if self.connections and connection not in self.connections:
            return False
        if size < self.from_size:
            return False
        match self.scope:
            case Scope.ALL:
                return True
            case Scope.SENSITIVE:
                return sensitive
            case Scope.NAMED:
                return field in self.fields


NO_POLICY = Rule(policy=0, number=0, name="no policy names it")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a change is about, beside its fields: where, with how many others it was proposed, and by whom."""

    connection: int
    size: int = 1
    authors: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """A line as it stands. `moved`: the record holds another value by now than the line starts from."""

    field: str
    sensitive: bool = False
    state: LineState = LineState.OPEN
    digest: bytes = b""
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A decision that somebody gave about a line, having seen this digest of it."""

    field: str
    by: int
    act: Act
    digest: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Need:
    """What the policies ask for about one field."""

    field: str
    rules: tuple[Rule, ...]

    @property
    def approvals(self) -> int:
        """How many different people have to approve it."""
        return max(rule.approvals for rule in self.rules)

    @property
    def asking(self) -> tuple[Rule, ...]:
        """Those of the policies because of which an approval is needed."""
        return tuple(rule for rule in self.rules if rule.approvals)


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One line, what it needs, and who approved it exactly as it stands."""

    asked: Asked
    need: Need
    by: tuple[int, ...] = ()

    @property
    def field(self) -> str:
        """Its name."""
        return self.asked.field

    @property
    def missing(self) -> int:
        """How many approvals it lacks."""
        return max(0, self.need.approvals - len(self.by))

    @property
    def state(self) -> LineState:
        """What it comes to: open, unless it was left out or nothing is missing."""
        if not self.asked.state.is_sent:
            return self.asked.state
        return LineState.OPEN if self.missing or self.asked.moved else LineState.APPROVED

    @property
    def waits_for_author(self) -> bool:
        """Nobody else is asked about it, and what it starts from has moved: its author says what is to become of it."""
        return self.state is LineState.OPEN and not self.need.approvals

    @property
    def waits_for_approval(self) -> bool:
        """Somebody else has to decide."""
        return self.state is LineState.OPEN and self.need.approvals > 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A change, judged line by line, in the order in which the lines were given."""

    lines: tuple[JudgedLine, ...]

    def line(self, field: str) -> JudgedLine:
        """That of a field; raises KeyError for one that is not asked for."""
        for line in self.lines:
            if line.field == field:
                return line
        raise KeyError(field)

    @property
    def for_approval(self) -> tuple[JudgedLine, ...]:
        """The lines that wait for somebody else's decision."""
        return tuple(line for line in self.lines if line.waits_for_approval)

    @property
    def for_author(self) -> tuple[JudgedLine, ...]:
        """The lines that wait for their author's word."""
        return tuple(line for line in self.lines if line.waits_for_author)

    @property
    def is_settled(self) -> bool:
        """No line is open: the change may leave, or ends."""
        return not (self.for_approval or self.for_author)

    @property
    def sent(self) -> tuple[JudgedLine, ...]:
        """The lines that go to the provider once none is open."""
        return tuple(line for line in self.lines if line.state.is_sent)

    @property
    def approvals(self) -> int:
        """How many approvals are missing for the line that lacks most."""
        return max((line.missing for line in self.lines if line.waits_for_approval), default=0)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every policy that applies, once."""
        return tuple(dict.fromkeys(rule for line in self.sent for rule in line.need.rules))

    @property
    def asks_reason(self) -> tuple[Rule, ...]:
        """The policies that want a reason."""
        return tuple(rule for rule in self.rules if rule.asks_reason)

    @property
    def asks_ticket(self) -> tuple[Rule, ...]:
        """The policies that want a ticket."""
        return tuple(rule for rule in self.rules if rule.asks_ticket)

    @property
    def lasts(self) -> timedelta:
        """How long the request may wait."""
        asking = [rule for line in self.sent for rule in line.need.asking]
        return min((rule.lasts for rule in asking), default=LASTS_UNLESS_SAID)


def need_of(field: str, rules: Iterable[Rule], *, sensitive: bool, subject: Subject) -> Need:
    """What the policies ask for about one field; one approval where none of them is about it."""
    where, size = subject.connection, subject.size
    matching = tuple(rule for rule in rules if rule.matches(field, sensitive=sensitive, connection=where, size=size))
    return Need(field, matching or (NO_POLICY,))


def judge(
    lines: Sequence[Asked],
    rules: Sequence[Rule],
    given: Iterable[Given] = (),
    people: Collection[int] = (),
    *,
    subject: Subject,
    now: datetime | None = None,
) -> Judged:
    """What is outstanding. `people` may decide here; of `given`, what they approved counts, if they are no authors of
    it, saw exactly what the line is now, and did so within the time for which an approval lasts.
    """
    valid = [one for one in given if _counts(one, people, subject, now)]
    return Judged(tuple(_judged(line, rules, valid, subject) for line in lines))


def _judged(line: Asked, rules: Sequence[Rule], given: Sequence[Given], subject: Subject) -> JudgedLine:
    need = need_of(line.field, rules, sensitive=line.sensitive, subject=subject)
    approving = () if line.moved else (one.by for one in given if one.field == line.field and one.digest == line.digest)
    return JudgedLine(line, need, tuple(dict.fromkeys(approving)))


def _counts(one: Given, people: Collection[int], subject: Subject, now: datetime | None) -> bool:
    if one.act is not Act.APPROVE or one.by not in people or one.by in subject.authors:
        return False
    return now is None or now - one.at <= APPROVAL_LASTS
