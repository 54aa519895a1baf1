"""What the page of one customer shows: the record, what is asked of it, what happened, what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from console.errors import KeyMissing
from console.forms.asked import Asked, asked_by_field
from console.forms.sheet import Row, sheet
from console.models import Attempt, Change, Customer, Event, Line, Outcome, Status, User
from console.permissions import Right, helpers_sentence, may
from console.sentences import attempt_sentence, change_sentence, event_sentence, event_tone
from console.views.rows import Row as ChangeRow
from console.views.rows import rows

if TYPE_CHECKING:
    from providers.fields import Field, Value

MOST_MOMENTS = 12
MOST_ATTEMPTS = 6
MOST_LINES = 50
MOST_SEEN = 20
MOVED_LATELY = timedelta(days=7)

OUTCOME_TONES = {
    Outcome.CONFIRMED: "applied",
    Outcome.ALREADY: "applied",
    Outcome.INTENT: "waiting",
    Outcome.NOT_SENT: "waiting",
    Outcome.TRY_LATER: "waiting",
    Outcome.UNKNOWN: "unknown",
    Outcome.ACCEPTED: "neutral",
    Outcome.STILL_OLD: "neutral",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline: an event, or a change with all that became of it."""

    tone: str
    sentence: str
    at: datetime
    say: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Push:
    """One exchange with the provider, in short."""

    attempt: Attempt
    tone: str
    sentence: str


class CustomerPage:
    """One customer as one reader sees it. Each part asks the database only when it is shown."""

    def __init__(self, customer: Customer, reader: User, before: str = "") -> None:
        self.customer, self.reader = customer, reader
        self.before = int(before) if before.isascii() and before.isdigit() else None

    @cached_property
    def changes(self) -> list[ChangeRow]:
        """What has not ended, the oldest first."""
        return unfinished(self.customer, self.reader)

    @cached_property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The record; empty where the key of its values was erased."""
        try:
            return sheet(self.customer, applied=self._applied, asked=asked(self.changes))
        except KeyMissing:
            return []

    @cached_property
    def may_edit(self) -> bool:
        """Whether the reader may propose changes here."""
        return may(self.reader, Right.PROPOSE, self.customer.connection)

    @property
    def why_not_edit(self) -> str:
        """Who can help somebody who may not."""
        return f"You may see this customer, not edit it. {helpers_sentence(Right.PROPOSE, self.customer.connection)}"

    @property
    def reads(self) -> bool:
        """Whether the provider can be asked."""
        return self.customer.provider.capabilities.reads

    @property
    def how_known(self) -> str:
        """How the latest of what we know came to us."""
        return how_known(self.customer)

    @property
    def is_whole(self) -> bool:
        """The timeline begins with the latest."""
        return self.before is None

    @cached_property
    def timeline(self) -> list[Moment]:
        """The latest first; of a change one entry, whatever steps it took."""
        fields = self.customer.provider.fields
        numbers = {event.change_id for event in self._events if event.change_id and _is_step(event)}
        changes = {
            row.change.pk: row for row in _rows(Change.objects.filter(pk__in=numbers), self.customer, self.reader)
        }
        return [
            self._of_change(changes[event.change_id], event)
            if event.change_id in changes and _is_step(event)
            else Moment(event_tone(event), event_sentence(event, fields), event.at)
            for event in self._events
        ]

    @property
    def moved(self) -> Event | None:
        """That the provider held something else than we knew, seen by the worker and by no person's reading since."""
        told = [event for event in self._events if event.verb in {"customer.moved", "customer.refreshed"}]
        if not (self.is_whole and told and told[0].verb == "customer.moved"):
            return None
        return told[0] if timezone.now() - told[0].at < MOVED_LATELY else None

    @property
    def moved_fields(self) -> list[tuple[str, str]]:
        """Name and label of what had moved."""
        known = {field.name: field.label for field in self.customer.provider.fields}
        names = self.moved.details.get("fields", ()) if self.moved else ()
        return [(name, known[name]) for name in names if name in known]

    @property
    def older(self) -> int | None:
        """After which event the timeline goes on, if it does."""
        return self._found[MOST_MOMENTS - 1].pk if len(self._found) > MOST_MOMENTS else None

    @cached_property
    def pushes(self) -> list[Push]:
        """The latest exchanges with the provider about this customer."""
        recent = Attempt.objects.filter(customer=self.customer).select_related("change").order_by("-pk")
        light = recent.defer("sealed_carried", "sealed_request", "sealed_response", "shown_request", "shown_response")
        return [_push(attempt, self.customer.connection.name) for attempt in light[:MOST_ATTEMPTS]]

    @property
    def _applied(self) -> QuerySet[Line]:
        return last_applied(self.customer)

    @property
    def _events(self) -> list[Event]:
        return self._found[:MOST_MOMENTS]

    @cached_property
    def _found(self) -> list[Event]:
        steps = Event.objects.filter(change=OuterRef("change"), verb__startswith="change.", pk__gt=OuterRef("pk"))
        events = Event.objects.filter(~Q(verb__startswith="change.") | ~Exists(steps), customer=self.customer)
        events = events.filter(pk__lt=self.before) if self.before else events
        found = list(events.select_related("actor").order_by("-pk")[: MOST_MOMENTS + 1])
        for event in found:
            event.customer = self.customer
        return found

    def _of_change(self, row: ChangeRow, event: Event) -> Moment:
        fields = self.customer.provider.fields
        return Moment(row.state.tone, change_sentence(row.change, fields), event.at, row.state.word, row.change)


@dataclass(frozen=True, slots=True)
class Wished:
    """One line of a field's history."""

    row: ChangeRow
    before: Value
    after: Value
    had_before: bool
    why: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that the provider, or an import, showed without our having asked for it."""

    at: datetime
    tone: str
    sentence: str
    value: Value


class FieldHistory:
    """One field of one customer: every wish, and what was seen."""

    def __init__(self, customer: Customer, field: Field, reader: User, before: str = "") -> None:
        self.customer, self.field, self.reader = customer, field, reader
        self.before = int(before) if before.isascii() and before.isdigit() else None

    @property
    def value(self) -> Value:
        """What we know now."""
        return self.customer.record.get(self.field.name)

    @property
    def is_known(self) -> bool:
        return self.field.name in self.customer.record

    @cached_property
    def lines(self) -> list[Wished]:
        """The latest first, `MOST_LINES` of them."""
        numbers = [line.change_id for line in self._found[:MOST_LINES]]
        changes = {
            row.change.pk: row for row in _rows(Change.objects.filter(pk__in=numbers), self.customer, self.reader)
        }
        return [_wished(line, changes[line.change_id]) for line in self._found[:MOST_LINES]]

    @property
    def older(self) -> int | None:
        """After which line the list goes on, if it does."""
        return self._found[MOST_LINES - 1].pk if len(self._found) > MOST_LINES else None

    @cached_property
    def seen(self) -> list[Seen]:
        """What was not asked for through the console, the latest first."""
        name = self.field.name
        moved = Q(details__moved__contains=[name])
        shown = Q(
            verb__in=["customer.baseline", "customer.moved", "customer.declared"], details__fields__contains=[name]
        )
        events = Event.objects.filter(moved | shown, customer=self.customer).select_related("actor").order_by("-pk")
        return [self._seen(event) for event in events[:MOST_SEEN]]

    @cached_property
    def _found(self) -> list[Line]:
        lines = Line.objects.filter(customer=self.customer, field=self.field.name).order_by("-pk")
        lines = lines.filter(pk__lt=self.before) if self.before else lines
        return list(lines[: MOST_LINES + 1])

    def _seen(self, event: Event) -> Seen:
        event.customer = self.customer
        value = event.values.get(self.field.name)
        latest = value[-1] if isinstance(value, list) and value else value
        sentence = event_sentence(event, self.customer.provider.fields)
        return Seen(event.at, event_tone(event), sentence, latest)  # type: ignore[arg-type]  # a pair was taken apart


def unfinished(customer: Customer, reader: User) -> list[ChangeRow]:
    """The changes of a customer that have not ended, the oldest first."""
    return _rows(Change.objects.filter(customer=customer).unfinished().order_by("pk"), customer, reader)


def asked(changes: list[ChangeRow]) -> Mapping[str, Asked]:
    """What they ask, by field."""
    return asked_by_field((row.change, row.state) for row in changes)


def last_applied(customer: Customer) -> QuerySet[Line]:
    """Of each field the last line that was applied, with its change and who asked for it."""
    lines = Line.objects.filter(customer=customer, change__status=Status.APPLIED)
    return lines.select_related("change__requester", "change__customer").order_by("field", "-pk").distinct("field")


def how_known(customer: Customer) -> str:
    """How the latest of what we know of a customer came to us; empty when nothing did."""
    latest = max(customer.known.values(), key=lambda entry: str(entry["at"]), default=None)
    return str(latest["how"]) if latest else ""


def _rows(changes: QuerySet[Change], customer: Customer, reader: User) -> list[ChangeRow]:
    """With this very customer in each, so that its key is unwrapped once."""
    found = list(changes.with_names())  # type: ignore[attr-defined]  # a ChangeQuerySet, whatever `filter` says
    for change in found:
        change.customer, change.connection = customer, customer.connection
    return rows(found, reader)


def _is_step(event: Event) -> bool:
    return event.verb.startswith("change.")


def _wished(line: Line, row: ChangeRow) -> Wished:
    line.change = row.change
    return Wished(row, line.before, line.after, line.had_before, row.change.why)


def _push(attempt: Attempt, there: str) -> Push:
    tone = OUTCOME_TONES.get(Outcome(attempt.outcome), "refused")
    return Push(attempt, tone, attempt_sentence(attempt, there))
