"""Review: the lines of a change as the people who decide on them see them, each with its value then and now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from console.errors import KeyMissing
from console.explain import Deciding
from console.flows.review import CLAIM_LASTS
from console.flows.standing import seen_digest, standing
from console.flows.wishes import differs
from console.inbox import alike_count, next_to_decide
from console.models import Act, Change, Decision, Event, Line, LineState, Status, User, Wait
from console.models.judging import Judged, JudgedLine, Need
from console.permissions import Right, helpers_sentence, may, people_with, refusal_sentence, who_sentence
from console.views.masked import kind_of_change
from providers.fields import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from providers.fields import Field, Value

MOST_CHOICES = 4


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment: whose, when, and what they said."""

    who: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """That somebody left a line out, and why."""

    who: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One field of a change on which somebody decides; `digest` is what a decision about it says it has seen, and
    `difference` what kind of change of a hidden value it is, for who may decide.

    `rule` is None where the connection declares the field no longer: then it can only be rejected.
    """

    name: str
    rule: Field | None
    was: Value
    had_before: bool
    now: Value
    is_known: bool
    after: Value
    state: LineState
    need: Need
    by: tuple[str, ...]
    is_mine: bool
    digest: str
    moved: bool = False
    rejection: Rejection | None = None
    remarks: tuple[Remark, ...] = ()
    difference: str = ""

    @property
    def label(self) -> str:
        """What the field is called."""
        return self.rule.label if self.rule else self.name

    @property
    def hint(self) -> str:
        """What it may be, where that is a list."""
        return hint(self.rule) if self.rule else ""

    @property
    def is_there(self) -> bool:
        """The provider holds by now what is asked for; not told of a hidden value, whose wish may be a guess."""
        return self.moved and not differs(self.rule, self.after, self.now)

    @property
    def is_sent(self) -> bool:
        """It goes with the rest."""
        return self.state.is_sent

    @property
    def is_open(self) -> bool:
        """Somebody has to decide."""
        return self.state is LineState.OPEN and self.need.approvals > 0

    @property
    def is_rejected(self) -> bool:
        """Somebody left it out."""
        return self.state is LineState.REJECTED

    @property
    def policies(self) -> tuple[str, ...]:
        """Because of which policies it needs an approval."""
        return tuple(
            f"Policy “{rule.name}”, version {rule.number}" if rule.policy else "No policy names it"
            for rule in self.need.asking
        )

    @property
    def approvals(self) -> str:
        """How many it takes, and who gave theirs: the rest of a sentence."""
        count = self.need.approvals
        if count == 1:
            return "one approver"
        given = f"{len(self.by)} of " if self.by else ""
        return f"{given}{count} approvers"

    @property
    def given_by(self) -> str:
        """The names of those who approved it as it stands."""
        return " and ".join(self.by)


class Review:
    """A change that waits for a decision, as one reader sees it."""

    def __init__(
        self,
        change: Change,
        reader: User,
        *,
        record: Mapping[str, Value],
        events: Sequence[Event],
        now: datetime,
    ) -> None:
        self.change, self.reader, self.now = change, reader, now
        self._record, self._events = record, events

    @property
    def is_author(self) -> bool:
        """Whether the reader asked for it, so that others decide."""
        return self.reader.pk == self.change.requester_id

    @cached_property
    def may_decide(self) -> bool:
        """Whether the reader is one of those who can decide now."""
        return not self.is_author and not self.is_over and may(self.reader, Right.DECIDE, self.change.connection)

    @property
    def is_over(self) -> bool:
        """Its time is up; the next sweep ends it."""
        return self.change.expires_at is not None and self.change.expires_at <= self.now

    @cached_property
    def why_not(self) -> str:
        """Why the reader can't decide, and who can; empty where they can."""
        if self.may_decide:
            return ""
        if self.is_over:
            return "The time for deciding is over: its author has to ask anew."
        if self.is_author:
            return f"You asked for this yourself; {self._others}"
        return refusal_sentence(Right.DECIDE, self.change.connection, to=self.reader)

    @property
    def _others(self) -> str:
        people, connection = [person for number, person in self._people.items()], self.change.connection
        if not people:
            helpers = helpers_sentence(Right.ADMINISTER, connection)
            return f"nobody else may decide at {connection.name} so far. {helpers}"
        return f"{who_sentence(people)} can decide."

    @cached_property
    def _people(self) -> dict[int, User]:
        """Who may decide at its connection, but for who asked for it."""
        people = people_with(Right.DECIDE, self.change.connection)
        people.pop(self.change.requester_id, None)
        return people

    @cached_property
    def deciding(self) -> Deciding:
        """What it lacks, and who can give it, for the sentences about it."""
        labels = {line.name: line.label for line in self.lines}
        return Deciding.of(
            self._judged,
            labels=labels,
            people={} if self.is_over else self._people,
            author=self.change.requester_id,
            reader=self.reader,
            holder=self.holder,
        )

    @cached_property
    def _judged(self) -> Judged:
        return standing(self.change, list(self.change.lines.all()))

    @cached_property
    def lines(self) -> list[ReviewLine]:
        """The fields in the order of the form."""
        known = {rule.name: rule for rule in self.change.customer.provider.fields}
        own = list(self.change.lines.all())
        return [self._line(line, known.get(line.field), self._judged.line(line.field)) for line in own]

    @property
    def mine(self) -> list[ReviewLine]:
        """What the reader can approve as it was asked."""
        return [line for line in self.lines if self.can_approve(line)]

    def can_approve(self, line: ReviewLine) -> bool:
        """Whether this reader's approval of a line counts, and nothing has to be chosen first."""
        chosen = line.moved or line.rule is None
        return self.may_decide and line.is_open and not line.is_mine and not chosen

    @property
    def sent(self) -> list[ReviewLine]:
        """What was not left out."""
        return [line for line in self.lines if line.is_sent]

    @property
    def moved(self) -> list[ReviewLine]:
        """What is another value by now than when it was asked."""
        return [line for line in self.lines if line.moved and line.is_sent]

    @property
    def waits_for_reader(self) -> bool:
        """Whether there is anything for this reader to decide."""
        return self.may_decide and any(line.is_open and (line.moved or not line.is_mine) for line in self.lines)

    @property
    def holder(self) -> User | None:
        """Who has taken it and has not been at it for too long."""
        since = self.change.claimed_at
        return self.change.claimed_by if since and self.now - since < CLAIM_LASTS else None

    @cached_property
    def following(self) -> int | None:
        """The request on which the reader decides next."""
        return next_to_decide(self.reader, after=self.change) if self.may_decide else None

    @cached_property
    def alike(self) -> int:
        """How many others ask for the same and can be decided on together with it."""
        return alike_count(self.change, self.reader) if self.may_decide else 0

    def _line(self, line: Line, rule: Field | None, judged: JudgedLine) -> ReviewLine:
        given = [decision for decision in self._decisions if decision.line_id == line.pk]
        names = {decision.by_id: self._name(decision.by) for decision in given}
        moved = line.state.is_sent and judged.asked.moved
        return ReviewLine(
            name=line.field,
            rule=rule,
            was=line.before,
            had_before=line.had_before,
            now=self._record.get(line.field),
            is_known=line.field in self._record,
            after=line.after,
            state=judged.state,
            need=judged.need,
            by=tuple(names[number] for number in judged.by if number in names),
            is_mine=self.reader.pk in judged.by,
            digest=seen_digest(line, self._record),
            moved=moved,
            rejection=rejection(given, self.reader) if line.state is LineState.REJECTED else None,
            remarks=tuple(remarks(self._events, self.reader, line.field)),
            difference=self._difference(line, rule) if rule and self.may_decide else "",
        )

    def _difference(self, line: Line, rule: Field) -> str:
        held, is_known = self._record.get(line.field), line.field in self._record
        return kind_of_change(self.change.customer, rule, held, line.after, was_known=is_known)

    @cached_property
    def _decisions(self) -> list[Decision]:
        return decisions_on(self.change)

    def _name(self, person: User) -> str:
        return called(person, self.reader)


def waits_for_decision(change: Change) -> bool:
    """Whether somebody else has to decide on it."""
    return change.state is Status.PROPOSED and change.wait == Wait.DECISION


def decisions_on(change: Change) -> list[Decision]:
    """All that was decided about it, the first one first; each with this very change, whose key opens the reasons."""
    found = list(Decision.objects.filter(change=change).select_related("by").order_by("pk"))
    for decision in found:
        decision.change = change
    return found


def rejection(given: Iterable[Decision], reader: User) -> Rejection | None:
    """The last word by which a line was left out."""
    said = [decision for decision in given if decision.act == Act.REJECT]
    if not said:
        return None
    return Rejection(called(said[-1].by, reader), said[-1].at, _opened(said[-1]))


def remarks(events: Iterable[Event], reader: User, about: str | None = None) -> Iterable[Remark]:
    """Comments in their order: all, or those about one field."""
    for event in events:
        fields = event.details.get("fields", [])
        if event.verb == "change.commented" and (about is None or fields == [about]):
            yield Remark(called(event.actor, reader), event.at, comment_of(event))


def comment_of(event: Event) -> str:
    """What somebody said, opened; the event's customer must be loaded."""
    try:
        return str(event.values.get("comment", ""))
    except KeyMissing:
        return ""


def called(person: User | None, reader: User) -> str:
    """A person's name, or “you”."""
    if person is None:
        return "the console"
    return "you" if person.pk == reader.pk else person.name


def hint(rule: Field) -> str:
    """What a field may be, where that is a list: the ends of a long one."""
    if rule.kind is not Kind.CHOICE or not rule.choices:
        return ""
    labels = [choice.label for choice in rule.choices]
    return ", ".join(labels) if len(labels) <= MOST_CHOICES else f"{labels[0]} … {labels[-1]}"


@dataclass(frozen=True, slots=True)
class Left:
    """What is said of a line that waits no more: who left it out and why, or who approved it."""

    rejection: Rejection | None = None
    is_left_out: bool = False
    by: str = ""


def decided(change: Change, reader: User, lines: Sequence[Line]) -> dict[str, Left]:
    """What was decided about each line, by field; asks the database only if anything was."""
    if not any(line.needs or not line.state.is_sent for line in lines):
        return {}
    given = decisions_on(change)
    return {line.field: _left([one for one in given if one.line_id == line.pk], line, reader) for line in lines}


def _left(given: Sequence[Decision], line: Line, reader: User) -> Left:
    if not line.state.is_sent:
        return Left(rejection(given, reader) if line.state is LineState.REJECTED else None, is_left_out=True)
    approved = [one.by for one in given if one.act == Act.APPROVE and bytes(one.digest) == bytes(line.digest)]
    return Left(by=" and ".join(called(person, reader) for person in approved))


def _opened(decision: Decision) -> str:
    try:
        return decision.reason
    except KeyMissing:
        return ""
