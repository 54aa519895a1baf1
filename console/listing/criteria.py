"""What the list of customers is asked for. It holds numbers, codes and days: nothing personal, so it may stand in an
address.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.db import connection as database
from django.db.models import Q

from console.flaws import with_flaws
from console.models import Connection, Customer, Standing
from console.models.customers import CustomerQuerySet
from console.models.listing import BEFORE_ALL, moment_or_first
from console.models.rows import BIGGEST_KEY
from providers import registry


class Flawed(StrEnum):
    """What a provider would refuse an update for; the value stands in the address."""

    MISSING = "required"

    @property
    def label(self) -> str:
        """What the page calls it."""
        return "Missing required"


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which customers are wanted; of what is None or empty, all. Days are those of whoever asks, both included."""

    at: int | None = None
    provider: str = ""
    state: Standing | None = None
    missing: Flawed | None = None
    by: int | None = None
    known_from: date | None = None
    known_to: date | None = None
    changed_from: date | None = None
    changed_to: date | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """From an address, a form, or what was kept of one; what makes no sense is taken for not asked."""
        return cls(**{name: _READERS[name](str(given.get(name) or "").strip()) for name in PARAMETERS})

    def given(self) -> dict[str, str]:
        """As an address has it: only what narrows."""
        return {name: _written(value) for name in PARAMETERS if (value := getattr(self, name))}

    def but(self, **other: Any) -> Self:
        """The same, otherwise in this."""
        return replace(self, **other)

    @property
    def days(self) -> bool:
        """Whether it asks for days."""
        return any((self.known_from, self.known_to, self.changed_from, self.changed_to))

    @property
    def further(self) -> int:
        """How many of those that stand behind “More filters” are asked for."""
        pairs = [(self.known_from, self.known_to), (self.changed_from, self.changed_to)]
        return sum(map(bool, [self.provider, self.by, *map(any, pairs)]))


@dataclass(frozen=True, slots=True)
class Question:
    """Criteria, asked by somebody who sees these connections and whose days are those of this time zone."""

    criteria: Criteria
    connections: Sequence[Connection]
    zone: str

    @property
    def here(self) -> list[Connection]:
        """The connections that are asked for, by name."""
        return by_name(there(self.criteria, self.connections))

    def but(self, **other: Any) -> Question:
        """The same with other criteria."""
        return replace(self, criteria=self.criteria.but(**other))


NOTHING_ASKED = Criteria()
PARAMETERS = tuple(field.name for field in fields(Criteria))


def there(criteria: Criteria, connections: Collection[Connection]) -> list[Connection]:
    """Of these connections those that are asked for."""
    return [
        each for each in connections if criteria.at in {None, each.pk} and criteria.provider in {"", each.provider_slug}
    ]


def sole(criteria: Criteria, connections: Collection[Connection]) -> Connection | None:
    """The one that is asked for, where it is one."""
    here = there(criteria, connections)
    return here[0] if len(here) == 1 else None


def by_name(connections: Collection[Connection]) -> list[Connection]:
    """In the order in which a list has them."""
    return sorted(connections, key=lambda each: (each.name.lower(), each.pk))


def matching(question: Question) -> CustomerQuerySet:
    """All that are asked for, wherever they are, without an order."""
    return _matching(question.criteria, question.zone)


def condition(question: Question) -> tuple[str, Sequence[Any]]:
    """The same for a statement that is written out: what it asks of `console_customer`, and the values in that."""
    return _condition(question.criteria, question.zone)


@lru_cache(maxsize=256)
def _condition(criteria: Criteria, zone: str) -> tuple[str, Sequence[Any]]:
    """Composed once for each question: it takes longer than the database takes to answer."""
    query = _matching(criteria, zone).query
    if not query.where:
        return "true", ()
    text, values = query.get_compiler(connection=database).compile(query.where)
    return f"({text})", tuple(values)


def _matching(criteria: Criteria, zone: str) -> CustomerQuerySet:
    found = _plainly(criteria)
    if criteria.days:
        found = found.alias(
            known_place=moment_or_first("known_at"), changed_place=moment_or_first("touched_at")
        ).filter(
            _within("known_place", criteria.known_from, criteria.known_to, zone),
            _within("changed_place", criteria.changed_from, criteria.changed_to, zone),
        )
    return with_flaws(found, missing=True) if criteria.missing else found  # type: ignore[return-value]  # of the same class


def _plainly(criteria: Criteria) -> CustomerQuerySet:
    asked = {"standing": criteria.state, "touched_by": criteria.by}
    return Customer.objects.filter(**{name: value for name, value in asked.items() if value is not None})


def _within(place: str, since: date | None, until: date | None, zone: str) -> Q:
    """A range of the index by which they are in order; who has no such moment is in none."""
    if not (since or until):
        return Q()
    first = Q(**{f"{place}__gt": BEFORE_ALL})
    if since and (begins := _midnight(since, zone)) > BEFORE_ALL:
        first = Q(**{f"{place}__gte": begins})
    return first & (Q(**{f"{place}__lt": _midnight(until + timedelta(days=1), zone)}) if until else Q())


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _number(text: str) -> int | None:
    is_one = text.isascii() and text.isdigit() and len(text) <= len(str(BIGGEST_KEY))
    return int(text) if is_one and 0 < int(text) <= BIGGEST_KEY else None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 9000 else None


def _flawed(text: str) -> Flawed | None:
    return Flawed(text) if text in set(Flawed) else None


def _provider(text: str) -> str:
    """One that there is: what stands here is kept with views, and may be nothing that somebody wrote."""
    return text if any(each.slug == text for each in registry.all()) else ""


_READERS: Mapping[str, Callable[[str], Any]] = {
    "at": _number,
    "provider": _provider,
    "state": Standing.by_code,
    "missing": _flawed,
    "by": _number,
    "known_from": _day,
    "known_to": _day,
    "changed_from": _day,
    "changed_to": _day,
}


def _written(value: object) -> str:
    return value.code if isinstance(value, Standing) else str(value)
