"""What somebody asks the audit for. It holds numbers, names of fields, codes and dates: nothing personal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from django.utils.http import urlencode

from console.auditing import kinds
from console.models import Connection, User
from console.models.rows import BIGGEST_KEY
from providers import registry

if TYPE_CHECKING:
    from providers.fields import Field

CONSOLE = 0
"""Who did what the console does by itself."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which events are wanted; of what is None or empty, all. Dates are days in `zone`, both included."""

    person: int | None = None
    kind: str = ""
    connection: int | None = None
    customer: int | None = None
    change: int | None = None
    field: str = ""
    since: date | None = None
    until: date | None = None
    outcome: str = ""
    request: str = ""
    zone: str = "UTC"

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """From what `stored` gave; whatever is no part of a query counts as nothing."""
        known = {name: stored[name] for name in PARAMETERS if name in stored}
        dates = {name: date.fromisoformat(str(known[name])) for name in ("since", "until") if known.get(name)}
        return cls(**{**known, **dates}, zone=str(stored.get("zone") or "UTC"))

    def stored(self) -> dict[str, Any]:
        """As JSON can keep it: only what narrows, and the zone where there are dates."""
        held = self.given()
        return held | ({"zone": self.zone} if self.since or self.until else {})

    def given(self) -> dict[str, Any]:
        """What narrows, by the names of the parameters."""
        held = {name: value for name, value in asdict(self).items() if name in PARAMETERS and value not in {None, ""}}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in held.items()}

    def address(self) -> str:
        """What stands in the address of the search, after the question mark."""
        return urlencode(self.given())

    def but(self, **other: Any) -> Query:
        """The same, with something otherwise."""
        return replace(self, **other)

    def without(self, name: str) -> Query:
        """The same, one parameter left out."""
        return replace(self, **{name: _NOTHING[name]})

    @property
    def is_empty(self) -> bool:
        """Whether nothing narrows it."""
        return not self.given()

    @property
    def begins(self) -> datetime | None:
        """The first moment of the period."""
        return _midnight(self.since, self.zone) if self.since else None

    @property
    def ends(self) -> datetime | None:
        """The moment after the period."""
        last = self.until and self.until < date.max
        return _midnight(self.until + timedelta(days=1), self.zone) if self.until and last else None

    @property
    def verbs(self) -> list[str] | None:
        """Which verbs pass; None for all."""
        wanted = kinds.verbs_of(self.kind) if self.kind else None
        if not self.outcome:
            return wanted
        outcome = f"change.{self.outcome}"
        return [outcome] if wanted is None or outcome in wanted else []


PARAMETERS = tuple(field.name for field in fields(Query) if field.name != "zone")
_NOTHING: Mapping[str, Any] = {field.name: field.default for field in fields(Query)}


def _midnight(day: date, zone: str) -> datetime:
    """Of years that a zone's offset would lead out of the calendar, in UTC."""
    try:
        local = datetime.combine(day, time.min, ZoneInfo(zone))
        local.timestamp()
    except (OverflowError, ValueError):
        local = datetime.combine(day, time.min, ZoneInfo("UTC"))
    return local


def describe(query: Query) -> list[str]:
    """Its parts in words: “Ed Kowalski”, “changes”, “SQRIL”, “since 1 May 2026”; nothing where it narrows nothing."""
    return list(described(query).values())


def described(query: Query) -> dict[str, str]:
    """Each part in words, by the name of its parameter."""
    words: dict[str, str] = {}
    if query.person is not None:
        words["person"] = person_name(query.person)
    if query.kind:
        words["kind"] = told_in_a_list(query.kind)
    if query.outcome:
        words["outcome"] = f"outcome {kinds.OUTCOMES.get(query.outcome, query.outcome).lower()}"
    if query.connection is not None:
        names = Connection.objects.filter(pk=query.connection).values_list("name", flat=True)
        words["connection"] = names.first() or f"connection {query.connection}"
    words |= {name: f"{name} {value}" for name in ("customer", "change") if (value := getattr(query, name)) is not None}
    if query.field:
        words["field"] = f"field {label_of(query.field)}"
    words |= {name: f"{name} {told_day(day)}" for name in ("since", "until") if (day := getattr(query, name))}
    if query.request:
        words["request"] = f"request {query.request}"
    return words


def person_name(number: int) -> str:
    """What a person is called; the console itself has the number 0."""
    if number == CONSOLE:
        return "the console itself"
    person = User.objects.filter(pk=number).first() if number <= BIGGEST_KEY else None
    return person.name if person else f"person {number}"


def told_in_a_list(kind: str) -> str:
    """A kind inside of a description: “changes”, “changes: applied”."""
    return kinds.told(kind).lower()


def told_day(day: date) -> str:
    """“1 May 2026”."""
    return f"{day.day} {day:%b} {day.year}"


def label_of(name: str) -> str:
    """What the first provider that has the field calls it."""
    found = next((field for field in _fields() if field.name == name), None)
    return found.label if found else name


def _fields() -> list[Field]:
    return [field for provider in registry.all() for field in provider.fields]
