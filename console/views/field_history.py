"""What the page of one field shows: who asked for which value, who approved it, what was answered, and what was seen
of it without our asking, in one order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from console.explain import said
from console.models import Attempt, Customer, Event, Line, LineState, Status, User
from console.permissions import Right, may
from console.recalling import ALONE, brought
from console.sentences import event_sentence, event_tone, listed
from console.views.customer_page import rows_of
from console.views.field_reads import approvers_of, events_about, last_answers
from console.views.rows import Row as ChangeRow
from console.views.rows import let_through_by
from console.views.timeline_page import as_of_url
from console.views.timeline_reads import bring_reasons
from providers.fields import Locked

if TYPE_CHECKING:
    from providers.fields import Field, Value

MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One time that the field was asked to hold, or was seen to hold, another value.

    `change` is the change that asked for it, with why, who approved it and what was answered; without one, `sentence`
    says how it was seen.
    """

    event: Event
    tone: str
    before: Value
    after: Value
    had_before: bool
    as_of: str
    sentence: str = ""
    change: ChangeRow | None = None
    why: str = ""
    approved: str = ""
    answer: str = ""
    attempt: Attempt | None = None


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

    @property
    def reads_audit(self) -> bool:
        """Whether the reader may see the events themselves."""
        return may(self.reader, Right.AUDIT, self.customer.connection)

    @cached_property
    def rows(self) -> list[Row]:
        """The latest first, `MOST_ROWS` of them."""
        return [self._row(event) for event in self._found[:MOST_ROWS]]

    @property
    def older(self) -> int | None:
        """After which event it goes on, if it does."""
        return self._found[MOST_ROWS - 1].pk if len(self._found) > MOST_ROWS else None

    @cached_property
    def _found(self) -> list[Event]:
        return events_about(self.customer, self.field.name, self.before, MOST_ROWS + 1)

    @cached_property
    def _changes(self) -> Mapping[int, ChangeRow]:
        steps = (event for event in self._found[:MOST_ROWS] if event.verb != "customer.moved")
        numbers = {event.change_id for event in steps if event.change_id}
        rows = rows_of(numbers, self.customer, self.reader)
        bring_reasons([row.change for row in rows])
        return {row.change.pk: row for row in rows}

    @cached_property
    def _lines(self) -> Mapping[int, Line]:
        """By change the line that asks for this field."""
        found = {}
        for number, row in self._changes.items():
            for line in row.change.lines.all():
                if line.field == self.field.name:
                    line.change, found[number] = row.change, line
        return found

    @cached_property
    def _approvers(self) -> Mapping[int, list[str]]:
        return approvers_of(list(self._lines.values()))

    @cached_property
    def _answers(self) -> Mapping[int, Attempt]:
        return last_answers(self._lines.keys())

    def _row(self, event: Event) -> Row:
        line = None if event.verb == "customer.moved" else self._lines.get(event.change_id or 0)
        return self._wished(event, line) if line else self._seen(event)

    def _wished(self, event: Event, line: Line) -> Row:
        row = self._changes[line.change_id]
        return Row(
            event,
            row.state.tone,
            line.before,
            line.after,
            line.had_before,
            as_of_url(self.customer, event.at),
            change=row,
            why=row.change.why,
            approved=self._approved(line, row),
            answer=_answer(line, row),
            attempt=self._answers.get(line.change_id),
        )

    def _approved(self, line: Line, row: ChangeRow) -> str:
        """Who approved it; that nobody had to, or that it left without that."""
        names = self._approvers[line.pk]
        if line.state is LineState.REJECTED:
            return "rejected"
        if sender := let_through_by(row.change):
            return f"{sender} sent it at once, without approval"
        lacks = line.needs - len(names)
        if lacks > 0 and not names:
            return "" if row.change.state is not Status.PROPOSED else "waits for approval"
        return listed(names) or "nobody had to"

    def _seen(self, event: Event) -> Row:
        value, name = event.values.get(self.field.name), self.field.name
        pair = value if event.verb not in ALONE and isinstance(value, list) and len(value) == 2 else None
        sentence = event_sentence(event, self.customer.provider.fields)
        before, tone = pair[0] if pair else None, event_tone(event)
        as_of = as_of_url(self.customer, event.at)
        return Row(event, tone, before, brought(event, name), pair is not None, as_of, sentence)


def _answer(line: Line, row: ChangeRow) -> str:
    """What the provider said to it, or where it stands."""
    change, there = row.change, row.change.connection.name
    problems = [str(problem.get("message", "")) for problem in change.problems if problem.get("field") == line.field]
    if problems:
        return " ".join(said(problem, there) for problem in problems)
    confirmation = change.get_confirmation_display() if change.state is Status.APPLIED else ""
    return said(confirmation, there) if confirmation else row.state.headline
