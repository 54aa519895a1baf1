"""What the page of one field shows: every wish for it, and what was seen of it without our asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.db.models import Q

from console.explain import said
from console.models import Customer, Event, Line, Status, User
from console.permissions import Right, may
from console.sentences import event_sentence, event_tone
from console.views.customer_page import rows_of
from console.views.rows import Row as ChangeRow
from providers.fields import Locked

if TYPE_CHECKING:
    from providers.fields import Field, Value

MOST_LINES = 50
MOST_SEEN = 20
TELLING = ("customer.baseline", "customer.moved", "customer.declared", "drift.accepted")


@dataclass(frozen=True, slots=True)
class Wished:
    """One line of a field's history; `answer` is what the provider said to it, or where it stands."""

    row: ChangeRow
    before: Value
    after: Value
    had_before: bool
    why: str
    answer: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that the provider, or an import, showed without our having asked for it."""

    at: datetime
    tone: str
    sentence: str
    value: Value


class FieldHistory:
    """One field of one customer: every wish, and what was seen."""

    def __init__(self, customer: Customer, field: Field, reader: User, before: int | None = None) -> None:
        self.customer, self.field, self.reader, self.before = customer, field, reader, before

    @property
    def value(self) -> Value:
        """What we know now."""
        return self.customer.record.get(self.field.name)

    @property
    def is_known(self) -> bool:
        return self.field.name in self.customer.record

    @property
    def how(self) -> str:
        """How we know it: a value of `Known`, empty for never."""
        return str(self.customer.known.get(self.field.name, {}).get("how", ""))

    @property
    def at(self) -> datetime | None:
        """Since when."""
        entry = self.customer.known.get(self.field.name)
        return datetime.fromisoformat(entry["at"]) if entry else None

    @property
    def can_be_edited(self) -> bool:
        """Whether the reader may ask for another value."""
        return self.field.locked is Locked.NO and may(self.reader, Right.PROPOSE, self.customer.connection)

    @cached_property
    def lines(self) -> list[Wished]:
        """The latest first, `MOST_LINES` of them."""
        numbers = [line.change_id for line in self._found[:MOST_LINES]]
        changes = {row.change.pk: row for row in rows_of(numbers, self.customer, self.reader)}
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
        shown = Q(verb__in=TELLING, details__fields__contains=[name])
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


def _wished(line: Line, row: ChangeRow) -> Wished:
    line.change = row.change
    return Wished(row, line.before, line.after, line.had_before, row.change.why, _answer(line, row))


def _answer(line: Line, row: ChangeRow) -> str:
    change, there = row.change, row.change.connection.name
    problems = [str(problem.get("message", "")) for problem in change.problems if problem.get("field") == line.field]
    if problems:
        return " ".join(said(problem, there) for problem in problems)
    confirmation = change.get_confirmation_display() if change.state is Status.APPLIED else ""
    return said(confirmation, there) if confirmation else row.state.headline
