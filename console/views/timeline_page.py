"""What the timeline of one customer shows: everything that happened, a change as one entry that opens to its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from console.errors import KeyMissing
from console.explain import said
from console.models import Attempt, Change, Customer, Event, Status, User
from console.permissions import Right, may
from console.recalling import last_place
from console.sentences import attempt_sentence, change_sentence, event_sentence, event_tone
from console.templatetags.customers import clock
from console.views.customer_page import number_in, rows_of, told_together
from console.views.rows import Row
from console.views.timeline_reads import attempts_of, bring_reasons, events_before, steps_of

if TYPE_CHECKING:
    from django.http import QueryDict

    from providers.fields import Field, Value

MOST_ENTRIES = 25
MOST_READ = 150
"""Events of a piece: readings that found nothing may be many, and in a row they are one entry."""
MOST_STEPS = 40
NO_DATE = "This is no date: give it as 2026-11-21."


@dataclass(frozen=True, slots=True)
class Start:
    """Where a piece of the timeline begins: before an event, or at the end of a day; `day` stands above it already."""

    before: int | None = None
    on: str = ""
    day: str = ""

    @classmethod
    def of(cls, given: QueryDict) -> Start:
        """Reads it out of an address."""
        return cls(number_in(given.get("before", "")), given.get("on", "").strip()[:40], given.get("day", "")[:10])


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of a change: what it was and what it was to be."""

    field: Field
    before: Value
    after: Value
    known: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a change; `exchange` is what went to the provider and came back by it, `note` what is known of it."""

    event: Event
    tone: str
    sentence: str
    exchange: str = ""
    attempt: Attempt | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: something that happened, or a change with all of its steps. `day` heads it where a new one begins."""

    event: Event
    tone: str
    sentence: str
    as_of: str
    say: str = ""
    row: Row | None = None
    why: str = ""
    asked: tuple[Asked, ...] = ()
    steps: tuple[Step, ...] = ()
    is_cut: bool = False
    day: date | None = None


class TimelinePage:
    """The history of one customer as one reader sees it, from some point backwards."""

    def __init__(self, customer: Customer, reader: User, start: Start | None = None) -> None:
        self.customer, self.reader, self.start = customer, reader, start or Start()

    @property
    def reads_audit(self) -> bool:
        """Whether the reader may see the events themselves, and who looked."""
        return may(self.reader, Right.AUDIT, self.customer.connection)

    @cached_property
    def problem(self) -> str:
        """What is wrong with the day that was asked for; empty for nothing."""
        if not self.start.on:
            return ""
        try:
            _end_of(self.start.on)
        except (ValueError, OverflowError):
            return NO_DATE
        return ""

    @property
    def is_whole(self) -> bool:
        """It begins with the latest."""
        return self.start.before is None and not (self.start.on and not self.problem)

    @cached_property
    def entries(self) -> list[Entry]:
        """The latest first."""
        found = [self._entry(events) for events in self._groups[:MOST_ENTRIES]]
        return _under_days(found, self.start.day)

    @property
    def older(self) -> str:
        """What the address says from where it goes on; empty at the end."""
        if len(self._groups) <= MOST_ENTRIES and len(self._found) <= MOST_READ:
            return ""
        last = self._groups[:MOST_ENTRIES][-1][-1]
        return f"?before={last.pk}&day={timezone.localtime(last.at).date().isoformat()}"

    @cached_property
    def _found(self) -> list[Event]:
        return events_before(self.customer, self._before, MOST_READ + 1)

    @property
    def _before(self) -> int | None:
        if self.start.before or not self.start.on or self.problem:
            return self.start.before
        place = last_place(self.customer, _end_of(self.start.on))
        return place.event + 1 if place else 1

    @cached_property
    def _groups(self) -> list[list[Event]]:
        return told_together(self._found[:MOST_READ])

    @cached_property
    def _changes(self) -> Mapping[int, Row]:
        heads = [events[0] for events in self._groups[:MOST_ENTRIES]]
        numbers = {event.change_id for event in heads if event.change_id}
        rows = rows_of(numbers, self.customer, self.reader)
        bring_reasons([row.change for row in rows])
        return {row.change.pk: row for row in rows}

    @cached_property
    def _steps(self) -> Mapping[int, list[Event]]:
        return steps_of(self._changes.keys(), self.customer, MOST_STEPS)

    @cached_property
    def _attempts(self) -> Mapping[int, Attempt]:
        return attempts_of([event for events in self._steps.values() for event in events])

    @cached_property
    def _fields(self) -> Mapping[str, Field]:
        return {field.name: field for field in self.customer.provider.fields}

    def _entry(self, events: list[Event]) -> Entry:
        event = events[0]
        as_of = as_of_url(self.customer, event.at)
        if row := self._changes.get(event.change_id or 0):
            return self._of_change(row, event, as_of)
        say = f"{len(events)} times since {clock(events[-1].at)}" if len(events) > 1 else ""
        return Entry(event, event_tone(event), event_sentence(event, self._fields.values()), as_of, say)

    def _of_change(self, row: Row, event: Event, as_of: str) -> Entry:
        events = self._steps[row.change.pk]
        return Entry(
            event,
            row.state.tone,
            change_sentence(row.change, self._fields.values()),
            as_of,
            row=row,
            why=_why(row),
            asked=self._asked(row),
            steps=tuple(self._told(events[-MOST_STEPS:], row.change)),
            is_cut=len(events) > MOST_STEPS,
        )

    def _asked(self, row: Row) -> tuple[Asked, ...]:
        """Nothing where the key was erased, or the connection declares the field no longer."""
        lines = [line for line in row.change.lines.all() if line.field in self._fields]
        for line in lines:
            line.change = row.change
        try:
            return tuple(Asked(self._fields[line.field], line.before, line.after, line.had_before) for line in lines)
        except KeyMissing:
            return ()

    def _told(self, events: list[Event], change: Change) -> Iterator[Step]:
        """An exchange stands at the last step that tells of it: what is known of it now may be more than was then."""
        ends = {event.attempt_id: event.pk for event in events if event.verb.startswith("change.")}
        for event in events:
            ended = self._attempts.get(event.attempt_id or 0) if ends.get(event.attempt_id) == event.pk else None
            yield self._step(event, change, ended)

    def _step(self, event: Event, change: Change, attempt: Attempt | None) -> Step:
        tone, sentence = event_tone(event), event_sentence(event, self._fields.values())
        if attempt is None:
            return Step(event, tone, sentence)
        there = self.customer.connection.name
        refused = event.verb == "change.refused" and change.state is Status.REFUSED
        note = _said_about(change) if refused else said(attempt.note, there)
        return Step(event, tone, sentence, attempt_sentence(attempt, there), attempt, note)


def as_of_url(customer: Customer, at: datetime) -> str:
    """Where the record is shown as it was known at a moment."""
    return f"{reverse('customer_as_of', args=[customer.pk])}?{urlencode({'at': at.isoformat()})}"


def _said_about(change: Change) -> str:
    """What the provider said to what it refused."""
    there = change.connection.name
    return " ".join(said(str(problem.get("message", "")), there) for problem in change.problems)


def _why(row: Row) -> str:
    try:
        return row.change.why
    except KeyMissing:
        return ""


def _under_days(entries: list[Entry], day: str) -> list[Entry]:
    """With the day above the first one of each."""
    headed = []
    for entry in entries:
        local = timezone.localtime(entry.event.at).date()
        begins, day = local.isoformat() != day, local.isoformat()
        headed.append(replace(entry, day=local) if begins else entry)
    return headed


def _end_of(text: str) -> datetime:
    """The first moment after a day, in the reader's zone. Raises ValueError for what is no date."""
    day = date.fromisoformat(text)
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time())) - timedelta(microseconds=1)
