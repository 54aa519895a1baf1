"""What a search of the audit finds: a page of events, how many are of which kind, and all of them for an export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models.functions import Now

from console.auditing.query import CONSOLE
from console.auditing.walking import Place, Step, Walk, counted, walk, way
from console.models import Connection, Customer, Event, Installation, User

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from console.auditing.query import Query
    from console.permissions import Places

PAGE = 50
MOST_FACETED = 1_000
_UNLISTED = (
    *("previous", "hash", "leaf__hash", "customer__values", "customer__known", "customer__drift"),
    *("customer__connection__sealed_credentials", "connection__sealed_credentials"),
)
WITH = ("actor", "behalf", "connection", "customer__connection", "leaf")


@dataclass(frozen=True, slots=True)
class Facets:
    """The latest matches by kind, person and connection; `is_all` where there are no others."""

    total: int = 0
    is_all: bool = True
    verbs: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[int, int] = field(default_factory=dict)
    connections: Mapping[int, int] = field(default_factory=dict)

    @property
    def outcomes(self) -> Mapping[str, int]:
        """By what became of a change."""
        return {verb.partition(".")[2]: count for verb, count in self.verbs.items() if verb.startswith("change.")}


@dataclass(frozen=True, slots=True)
class Found:
    """One page, the latest first: keys, and beyond which place the neighbouring pages lie.

    `horizon`: how far was looked, where that was not to the end although the page is not full.
    """

    ids: Sequence[int]
    facets: Facets
    newer: Place | None = None
    older: Place | None = None
    horizon: Place | None = None


def find(
    query: Query, places: Places, *, after: Place | None = None, before: Place | None = None, size: int = PAGE
) -> Found:
    """The page after (older than) or before (newer than) a place; without one the latest."""
    road = way(query, places)
    latest = walk(road, MOST_FACETED + 1)
    facets = _facets(latest)
    if before:
        return _newer(walk(road, size + 1, beyond=before, ascending=True), before, size, facets)
    seen = walk(road, size + 1, beyond=after) if after else latest
    steps, more = seen.steps[:size], len(seen.steps) > size
    newer = (steps[0].place if steps else after) if after else None
    horizon = None if more else seen.horizon
    return Found(_keys(steps), facets, newer, steps[-1].place if more else horizon, horizon)


def count(query: Query, places: Places, most: int) -> int:
    """How many events match, counted up to `most`."""
    return counted(way(query, places), most)


def batches(query: Query, places: Places, *, size: int = 1000, after: Place | None = None) -> Iterator[list[Event]]:
    """All that match, the first ones first, some at a time and in constant memory; `after` a place to go on.

    What happened since it began is left out.
    """
    road = way(query, places, until=Installation.objects.values_list(Now(), flat=True)[0])
    while steps := walk(road, size, beyond=after, ascending=True, bound=None).steps:
        yield events(_keys(steps))
        after = steps[-1].place


def events(ids: Iterable[int]) -> list[Event]:
    """These events, in this order, with everybody and everything that an export or a page of one says."""
    found = _in_order(list(ids), Event.objects.select_related("leaf"))
    _share(found)
    return found


def _share(found: Sequence[Event]) -> None:
    """Loads customers, connections and people once for all events that name them; of customers not what they hold."""
    customers = Customer.objects.select_related("connection").defer(*_HELD).in_bulk(_named(found, "customer_id"))
    connections = Connection.objects.in_bulk(_named(found, "connection_id"))
    people = User.objects.in_bulk(_named(found, "actor_id") | _named(found, "behalf_id"))
    for event in found:
        event.customer = customers.get(event.customer_id or 0)
        event.connection = connections.get(event.connection_id or 0)
        event.actor, event.behalf = people.get(event.actor_id or 0), people.get(event.behalf_id or 0)


def _named(found: Sequence[Event], column: str) -> set[int]:
    return {key for event in found if (key := getattr(event, column))}


_HELD = ("identity", "values", "sealed", "known", "drift", "chain_head")


def listed(ids: Iterable[int]) -> list[Event]:
    """These events, in this order, as far as a list says something of them; the rest is asked for when needed."""
    return _in_order(list(ids), Event.objects.select_related(*WITH).defer(*_UNLISTED))


def _in_order(ids: list[int], found: QuerySet[Event]) -> list[Event]:
    loaded = {event.pk: event for event in found.filter(pk__in=ids)} if ids else {}
    return [loaded[pk] for pk in ids if pk in loaded]


def _newer(seen: Walk, before: Place, size: int, facets: Facets) -> Found:
    steps, more = seen.steps[:size][::-1], len(seen.steps) > size
    newer = steps[0].place if more else seen.horizon
    return Found(_keys(steps), facets, newer, steps[-1].place if steps else before)


def _keys(steps: Sequence[Step]) -> list[int]:
    return [step.id for step in steps]


def _facets(latest: Walk) -> Facets:
    steps = latest.steps[:MOST_FACETED]
    return Facets(
        len(steps),
        latest.horizon is None and len(latest.steps) <= MOST_FACETED,
        _counts(step.verb for step in steps),
        _counts(CONSOLE if step.actor is None else step.actor for step in steps),
        _counts(step.connection for step in steps if step.connection is not None),
    )


def _counts[T](those: Iterable[T]) -> dict[T, int]:
    """The most frequent first."""
    return dict(Counter(those).most_common())
