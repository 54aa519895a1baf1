"""What the page of a record at a moment shows: every value as it was known then, beside another moment or now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils import timezone

from console.forms.inputs import in_groups
from console.models import Customer, Event, Known, User
from console.permissions import Right, may
from console.recalling import (
    Recalled,
    Recollection,
    Steps,
    differences,
    first_known,
    record_at,
    record_now,
    steps_around,
)
from console.templatetags.look import exactly

if TYPE_CHECKING:
    from providers.fields import Field

LONGEST = 40
NO_MOMENT = "This is no date and time: give it as 2026-11-20 10:24."
NOTHING_GIVEN = "Give a day and a time."
STILL_TO_COME = "That is still to come: nothing can be known of it yet."
SOME_TIME_AGO = (
    ("Yesterday", timedelta(days=1)),
    ("A week ago", timedelta(days=7)),
    ("30 days ago", timedelta(days=30)),
)
WORDS = {
    "customer.imported": "imported",
    "customer.moved": "found there",
    "customer.refreshed": "read",
    "customer.declared": "typed in",
}
BASELINE = {Known.READ: "first read", Known.IMPORTED: "imported"}


@dataclass(frozen=True, slots=True)
class Cell:
    """A value at one of the moments, and how it came there; `change` is the number of the change that brought it."""

    known: Recalled | None
    words: str = ""
    change: int | None = None

    @property
    def event(self) -> Event | None:
        return self.known.event if self.known else None


@dataclass(frozen=True, slots=True)
class Row:
    """One field at both moments."""

    field: Field
    before: Cell
    after: Cell
    differs: bool
    is_identity: bool = False


class AsOfPage:
    """A record at one moment beside another. Asks the database only for what is shown."""

    def __init__(self, customer: Customer, reader: User, given: QueryDict) -> None:
        self.customer, self.reader, self.given = customer, reader, given
        self.now = timezone.now()

    @property
    def is_asked(self) -> bool:
        """Whether a moment was given at all."""
        return "at" in self.given or bool(self._text("and"))

    @property
    def shows_only_differences(self) -> bool:
        """Whether what is the same is left out."""
        return bool(self.given.get("differing"))

    @property
    def reads_audit(self) -> bool:
        """Whether the reader may see the events themselves."""
        return may(self.reader, Right.AUDIT, self.customer.connection)

    @cached_property
    def problems(self) -> Mapping[str, str]:
        """What is wrong with what was given, by field."""
        if not self.is_asked:
            return {}
        found = {name: self._problem(name) for name in ("at", "and")}
        return {name: problem for name, problem in found.items() if problem}

    @property
    def is_told(self) -> bool:
        """Whether there is something to show."""
        return self.is_asked and not self.problems

    @property
    def was_turned(self) -> bool:
        """The later moment was given first."""
        return self.is_told and bool(self._text("and")) and self._moment("at") > self._moment("and")

    @property
    def inputs(self) -> Mapping[str, str]:
        """What the inputs hold: to the second, rounded up, so that what happened in it is part of it."""
        return {"at": self._typed("at"), "second": self._typed("and")}

    @cached_property
    def earlier(self) -> datetime:
        return self._moments[0]

    @cached_property
    def later(self) -> datetime | None:
        """The other moment; None for now."""
        return self._moments[1] if len(self._moments) > 1 else None

    @cached_property
    def then(self) -> Recollection:
        """The record at the earlier moment."""
        return record_at(self.customer, self.earlier)

    @cached_property
    def beside(self) -> Recollection:
        """The record that it is compared with."""
        return record_at(self.customer, self.later) if self.later else record_now(self.customer)

    @cached_property
    def differing(self) -> list[str]:
        """The fields whose values differ; none where the values cannot be opened."""
        return differences(self.then, self.beside)

    @cached_property
    def steps(self) -> Steps:
        """The changes of the record before and after the earlier moment."""
        return steps_around(self.then)

    @cached_property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The record in the groups of the form."""
        grouped = [
            (group, [self._row(field) for field in fields if not field.is_stamp])
            for group, fields in in_groups(self.customer.provider.fields)
        ]
        if self.shows_only_differences:
            grouped = [(group, [row for row in rows if row.differs]) for group, rows in grouped]
        return [(group, rows) for group, rows in grouped if rows]

    @property
    def count(self) -> int:
        """Of how many fields it tells."""
        return sum(not field.is_stamp for field in self.customer.provider.fields)

    @cached_property
    def first(self) -> datetime | None:
        """When the console came to know the customer."""
        return first_known(self.customer)

    @property
    def offers(self) -> list[tuple[str, datetime]]:
        """Moments to begin with, as far as there was something to know."""
        moments = [(word, (self.now - ago).replace(microsecond=0)) for word, ago in SOME_TIME_AGO]
        return [(word, at) for word, at in moments if self.first and at >= self.first]

    @cached_property
    def _moments(self) -> list[datetime]:
        return sorted(self._moment(name) for name in ("at", "and") if self._text(name))

    def _text(self, name: str) -> str:
        return self.given.get(name, "").strip()[:LONGEST]

    def _moment(self, name: str) -> datetime:
        """In the reader's zone unless the text names another. Raises ValueError for what is no moment."""
        moment = datetime.fromisoformat(self._text(name))
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

    def _problem(self, name: str) -> str:
        if not self._text(name):
            return NOTHING_GIVEN if name == "at" else ""
        try:
            moment = self._moment(name)
            if moment > self.now:
                return STILL_TO_COME
            if self.first and moment < self.first:
                return f"The console did not know this customer yet: it came to know it on {exactly(self.first)}."
        except (ValueError, OverflowError):
            return NO_MOMENT
        return ""

    def _typed(self, name: str) -> str:
        if not self._text(name) or self.problems.get(name) == NO_MOMENT:
            return ""
        try:
            local = timezone.localtime(self._moment(name))
            up = timedelta(seconds=1) if local.microsecond else timedelta()
            return (local.replace(microsecond=0, tzinfo=None) + up).isoformat()
        except OverflowError:  # at an end of the calendar
            return ""

    def _row(self, field: Field) -> Row:
        if field.name in self.customer.provider.identity:
            cell = Cell(Recalled(self.customer.identity.get(field.name), None))
            return Row(field, cell, cell, differs=False, is_identity=True)
        before, after = (_cell(told.values.get(field.name)) for told in (self.then, self.beside))
        return Row(field, before, after, field.name in self.differing)


def _cell(known: Recalled | None) -> Cell:
    event = known.event if known else None
    if event is None:
        return Cell(known)
    if event.change and event.verb != "customer.moved":
        return Cell(known, event.change.requester.name, event.change_id)
    words = WORDS.get(event.verb) or BASELINE.get(event.details.get("how"), "added")
    by = f" by {event.actor.name}" if event.actor and event.verb != "customer.baseline" else ""
    return Cell(known, f"{words}{by}")
