"""Walking through events along the index of the rarest filter, no further than is asked.

Each filter has an index in the order in which events are shown. The rarest one is walked, by bounded counts, and the
others are looked at event by event; never more than `MOST_WALKED` for a page, so that a page takes the same among ten
thousand events and among millions. On pages the events of one customer, one change or one request come in the order in
which they were written, all others by time. What is walked without a bound, for an export, comes by time in any case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection as database

from console.auditing.query import CONSOLE

if TYPE_CHECKING:
    from console.auditing.query import Query
    from console.permissions import Places

MOST_WALKED = 2_000
MOST_COUNTED = 10_000


class Place(NamedTuple):
    """Where an event stands in the order of time."""

    at: datetime
    id: int


class Step(NamedTuple):
    """An event that matches, with what it is counted by."""

    id: int
    at: datetime
    verb: str
    actor: int | None
    connection: int | None

    @property
    def place(self) -> Place:
        return Place(self.at, self.id)


@dataclass(frozen=True, slots=True)
class Walk:
    """What was found, and how far was looked where that was not to the end."""

    steps: Sequence[Step] = ()
    horizon: Place | None = None


class Order(Enum):
    """By what an index is in order; its table, the key and the moment of its entries."""

    TIME = "time", "console_event event", "event.id", "event.at"
    KEY = "key", "console_event event", "event.id", "event.at"
    MENTION = "time of mention", "console_mention mention", "mention.event_id", "mention.at"
    CUSTOMERS_MENTION = "key of mention", "console_mention mention", "mention.event_id", "mention.at"

    @property
    def is_by_time(self) -> bool:
        """Whether a period is a stretch of it."""
        return self in {Order.TIME, Order.MENTION}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: how an event is looked at for it, and the stretches of an index that hold all that pass it."""

    order: Order
    condition: str
    values: Sequence[Any]
    stretches: Sequence[tuple[str, Any]] = ()  # a condition with one value each; none: `condition` itself

    @property
    def parts(self) -> Sequence[tuple[str, Sequence[Any]]]:
        """They as conditions with their values."""
        if self.stretches:
            return [(condition, [value]) for condition, value in self.stretches]
        return [(self.condition, self.values)]


@dataclass(frozen=True, slots=True)
class Way:
    """The filter along which to walk, the others, and the period; `nowhere`: nothing can match."""

    along: Filter
    others: Sequence[Filter] = ()
    begins: datetime | None = None
    ends: datetime | None = None
    nowhere: bool = False
    everything: Sequence[Filter] = field(default=())


def way(query: Query, places: Places, *, until: datetime | None = None) -> Way:
    """How to walk for a query. `until`: what happened from then on is left out."""
    ends = min((moment for moment in (query.ends, until) if moment), default=None)
    filters, verbs = _filters(query, places), query.verbs
    if verbs == [] or not (places.everywhere or places.ids):
        return Way(_ALL, nowhere=True)
    candidates = [each for each in _candidates(query, filters) if each.values or each.stretches]
    if query.begins or query.ends:
        candidates.append(_ALL)
    along = _rarest(candidates, query.begins, ends) if candidates else _ALL
    others = [each for each in filters if each is not along and not (along.order in _BOTH and each.order in _EITHER)]
    return Way(along, others, query.begins, ends, everything=filters)


def walk(
    way: Way, most: int, *, beyond: Place | None = None, ascending: bool = False, bound: int | None = MOST_WALKED
) -> Walk:
    """The first `most` events that match beyond a place, the latest first or, `ascending`, the first ones first."""
    if way.nowhere:
        return Walk()
    by_time = way.along.order.is_by_time or bound is None
    walked, values = _walked(way, beyond, ascending=ascending, by_time=by_time)
    order = _ordered("walked", ascending=ascending, by_time=by_time)
    passing, more = _passing(way)
    limited = f"{walked} LIMIT %s" if bound else walked
    statement = f"""
        SELECT walked.id, walked.at, event.verb, event.actor_id, event.connection_id FROM ({limited}) walked,
        LATERAL (
            SELECT verb, actor_id, connection_id FROM console_event event WHERE event.id = walked.id{passing} OFFSET 0
        ) event
        ORDER BY {order} LIMIT %s
    """  # noqa: S608 - of our own words
    along = by_time == way.along.order.is_by_time
    given = [*values, *([bound] if bound else []), *more, most]
    steps = [Step(*row) for row in _rows(statement, given, along_the_index=along)]
    if bound is None or len(steps) >= most:
        return Walk(steps)
    last = _rows(f"{walked} OFFSET %s LIMIT 1", [*values, bound - 1], along_the_index=along)
    return Walk(steps, Place(last[0][1], last[0][0]) if last else None)


def counted(way: Way, most: int) -> int:
    """How many match, counted up to `most`; in whatever order is quickest."""
    if way.nowhere:
        return 0
    conditions = [(each.condition, each.values) for each in way.everything]
    conditions += _period("event.at", way.begins, way.ends)
    where = " AND ".join(condition for condition, _ in conditions) or "true"
    values = [value for _, given in conditions for value in given]
    found = f"SELECT FROM console_event event WHERE {where} LIMIT %s"
    statement = f"SELECT count(*) FROM ({found}) found"  # noqa: S608 - of our own words
    return int(_rows(statement, [*values, most])[0][0])


_ALL = Filter(Order.TIME, "true", ())
_BOTH, _EITHER = {Order.CUSTOMERS_MENTION}, {Order.MENTION}


def _filters(query: Query, places: Places) -> list[Filter]:
    """What an event has to pass, beside the period."""
    found = []
    if query.request:
        found.append(Filter(Order.KEY, "event.request_id = %s", [query.request]))
    if query.change is not None:
        found.append(Filter(Order.KEY, "event.change_id = %s", [query.change]))
    if query.customer is not None:
        found.append(Filter(Order.KEY, "event.customer_id = %s", [query.customer]))
    if query.field:
        found.append(Filter(Order.MENTION, _MENTIONED, [query.field], [("mention.field = %s", query.field)]))
    if query.person is not None:
        by_nobody = query.person == CONSOLE
        found.append(
            Filter(Order.TIME, "event.actor_id IS NULL", [])
            if by_nobody
            else Filter(Order.TIME, "event.actor_id = %s", [query.person])
        )
    if query.verbs:
        stretches = [("event.verb = %s", verb) for verb in query.verbs]
        found.append(Filter(Order.TIME, "event.verb = ANY(%s)", [query.verbs], stretches))
    return [*found, *_at(query, places)]


def _at(query: Query, places: Places) -> list[Filter]:
    """Where it happened: at the connection that is asked for, and where the reader may see it."""
    if query.connection is None and places.everywhere:
        return []
    here = places.ids if query.connection is None else [query.connection]
    here = here if places.everywhere else [number for number in here if number in places.ids]
    stretches = [("event.connection_id = %s", number) for number in here or [0]]
    return [Filter(Order.TIME, "event.connection_id = ANY(%s)", [here], stretches)]


def _candidates(query: Query, filters: Sequence[Filter]) -> list[Filter]:
    """Those that an index leads along; a customer and a field together have one of their own."""
    if query.field and query.customer is not None:
        both = "mention.customer_id = %s AND mention.field = %s"
        return [Filter(Order.CUSTOMERS_MENTION, both, [query.customer, query.field])]
    return list(filters)


def _rarest(candidates: Sequence[Filter], begins: datetime | None, ends: datetime | None) -> Filter:
    """The one along which the fewest are met, as far as counting goes; of equals the first."""
    if len(candidates) == 1:
        return candidates[0]
    counts, values = list[str](), list[Any]()
    for each in candidates:
        statement, given = _count(each, begins, ends)
        counts.append(statement)
        values += given
    [row] = _rows(f"SELECT {', '.join(counts)}", values)
    return min(zip(row, range(len(candidates)), candidates, strict=True))[2]


def _count(along: Filter, begins: datetime | None, ends: datetime | None) -> tuple[str, list[Any]]:
    _, source, _, at = along.order.value
    condition = along.condition if along.order is not Order.MENTION else along.stretches[0][0]
    conditions = [(condition, along.values), *(_period(at, begins, ends) if along.order.is_by_time else ())]
    where = " AND ".join(condition for condition, _ in conditions)
    values = [value for _, given in conditions for value in given]
    met = f"SELECT FROM {source} WHERE {where} LIMIT {MOST_COUNTED}"
    return f"(SELECT count(*) FROM ({met}) met)", values  # noqa: S608 - of our own words


def _walked(way: Way, beyond: Place | None, *, ascending: bool, by_time: bool) -> tuple[str, list[Any]]:
    """Keys and moments along the index, in order; several stretches are merged as they are read."""
    _, source, key, at = way.along.order.value
    more = _period(at, way.begins, way.ends) if way.along.order.is_by_time else []
    if beyond:
        sign = ">" if ascending else "<"
        more.append((f"({at}, {key}) {sign} (%s, %s)", [*beyond]) if by_time else (f"{key} {sign} %s", [beyond.id]))
    order = _ordered("met", ascending=ascending, by_time=by_time)
    parts, values = list[str](), list[Any]()
    for condition, given in way.along.parts:
        where = " AND ".join([condition, *(each for each, _ in more)])
        stretch = f"SELECT {key} AS id, {at} AS at FROM {source} WHERE {where}"  # noqa: S608 - of our own words
        parts.append(f"(SELECT met.id, met.at FROM ({stretch}) met ORDER BY {order})")  # noqa: S608 - of our own words
        values += [*given, *(value for _, held in more for value in held)]
    return f"SELECT met.id, met.at FROM ({' UNION ALL '.join(parts)}) met ORDER BY {order}", values  # noqa: S608 - of our own words


def _ordered(name: str, *, ascending: bool, by_time: bool) -> str:
    way = "ASC" if ascending else "DESC"
    return f"{name}.at {way}, {name}.id {way}" if by_time else f"{name}.id {way}"


def _passing(way: Way) -> tuple[str, list[Any]]:
    """What is looked at event by event."""
    conditions = [(each.condition, each.values) for each in way.others]
    if not way.along.order.is_by_time:
        conditions += _period("event.at", way.begins, way.ends)
    text = "".join(f" AND {condition}" for condition, _ in conditions)
    return text, [value for _, given in conditions for value in given]


def _period(at: str, begins: datetime | None, ends: datetime | None) -> list[tuple[str, Sequence[Any]]]:
    since = [(f"{at} >= %s", [begins])] if begins else []
    until = [(f"{at} < %s", [ends])] if ends else []
    return [*since, *until]


def _rows(statement: str, values: Sequence[Any], *, along_the_index: bool = False) -> list[tuple[Any, ...]]:
    """`along_the_index`: the stretches are merged in their order. The planner would rather read all of them and sort,
    which is as quick among few events and ever slower among more.
    """
    with database.cursor() as cursor:
        if not along_the_index:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
        cursor.execute(f"SET LOCAL enable_sort = off; {statement}; SET LOCAL enable_sort = on", values)
        cursor.nextset()
        return list(cursor.fetchall())


_MENTIONED = (
    "EXISTS (SELECT FROM console_mention mention WHERE mention.event_id = event.id AND mention.field = %s OFFSET 0)"
)
