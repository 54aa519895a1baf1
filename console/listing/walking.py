"""A stretch of the list: along an index that begins with connection and standing, from a customer on, either way.

Each connection and standing that is asked for is walked by itself, in order and no further than a page, and the few
rows of all of them are merged. So a page costs the same wherever it is and whoever sees how much. Where a filter has no
place in that index, those that pass it are looked up first: if they are few they are put in order, and if they are many
the walk soon meets them. Of days more are put in order wherever a walk does not meet them soon, since those who changed
together are often called alike: it would pass everybody else first.

The statements are written out: composing them anew for each page would take longer than answering them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from django.db import connection as database

from console.listing.criteria import Criteria, Question, condition
from console.models import Sort, Standing
from console.models.listing import BEFORE_ALL

FEW = 500  # of a group, that are put in order here
FEW_OF_DAYS = 20_000  # of a group, that the database puts in order
SOON = 1_000  # of a group, among which a walk meets as many as fill a page, or has come to its end
FIRST = f"'{BEFORE_ALL.isoformat()}'::timestamptz"

# As the indexes have them.
NAME, KNOWN, TOUCHED = "sort_name", f"COALESCE(known_at, {FIRST})", f"COALESCE(touched_at, {FIRST})"
_BY: Mapping[Sort, str] = {
    Sort.NAME: NAME,
    Sort.CONNECTION: NAME,
    Sort.STATE: NAME,
    Sort.NUMBER: "external_id",
    Sort.EMAIL: "email",
    Sort.KNOWN: KNOWN,
    Sort.TOUCHED: TOUCHED,
}
# As `_stage` says of a group.
_STAGES: Mapping[Sort, str] = {
    Sort.CONNECTION: "array_position(%s::bigint[], connection_id) - 1",
    Sort.STATE: "standing",
}


@dataclass(frozen=True, slots=True)
class Order:
    """What the list is in order by; `field`: a field, as `by_field` names it, in place of what every list knows."""

    sort: Sort = Sort.NAME
    is_descending: bool = False
    field: str = ""

    @property
    def name(self) -> str:
        """What it is called in an address."""
        return self.field or self.sort.value

    def given(self) -> dict[str, str]:
        """As an address has it."""
        return {"sort": self.name} | ({"down": "1"} if self.is_descending else {})


@dataclass(frozen=True, slots=True)
class Start:
    """Where a stretch begins: after or before a customer, named by number since a name would be personal."""

    after: int | None = None
    before: int | None = None

    @property
    def pivot(self) -> int | None:
        """The customer."""
        return self.before or self.after


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some customers by number, in order, and whether more of them follow in the direction of reading. `start`: where
    they really begin.
    """

    keys: Sequence[int]
    more: bool
    start: Start = Start()


class Group(NamedTuple):
    """Customers that an index has one after the other. Those of a lower stage all come before those of a higher."""

    connection: int
    standing: int | None
    stage: int


class Place(NamedTuple):
    """Where a customer is in an order."""

    stage: int
    value: Any
    pk: int


class _Way(NamedTuple):
    """How groups are read: in which direction, so many, beyond which place."""

    is_down: bool
    size: int
    beyond: Place | None

    @property
    def turned(self) -> str:
        return "DESC" if self.is_down else "ASC"

    @property
    def further(self) -> str:
        return "<" if self.is_down else ">"


def walk(question: Question, order: Order, start: Start, size: int) -> Stretch:
    """So many of those that are asked for, from a start on; from the first one if it is gone or nobody is beyond it."""
    pivot = _pivot(question, order, start)
    if pivot is None:
        start = Start()
    keys = _reached(question, order, _Way(order.is_descending != bool(start.before), size + 1, pivot))
    if pivot and not keys:
        return walk(question, order, Start(), size)
    more, keys = len(keys) > size, keys[:size]
    return Stretch(keys[::-1] if start.before else keys, more, start)


def among(question: Question, keys: Collection[int]) -> set[int]:
    """Which of these customers are asked for."""
    asked, values = condition(question)
    statement = f"SELECT id FROM console_customer WHERE connection_id = ANY(%s) AND id = ANY(%s) AND {asked}"  # noqa: S608 - of our own words
    return {key for (key,) in rows(statement, [[each.pk for each in question.here], list(keys), *values])}


def groups_of(question: Question, order: Order) -> list[Group]:
    """What is walked by itself: a connection, and where the index of the order has them apart, a standing of it."""
    criteria = question.criteria
    standings: Iterable[int | None] = [criteria.state] if criteria.state else [each.value for each in Standing]
    if criteria.missing and not criteria.state and order.sort in {Sort.NAME, Sort.CONNECTION}:
        standings = [None]  # there is an index of those alone
    return [
        Group(each.pk, standing, _stage(order, place, standing))
        for (place, each), standing in product(enumerate(question.here), standings)
    ]


def _stage(order: Order, place: int, standing: int | None) -> int:
    if order.sort is Sort.CONNECTION:
        return place
    return standing or 0 if order.sort is Sort.STATE else 0


def _reached(question: Question, order: Order, way: _Way) -> list[int]:
    """In the direction of reading."""
    few, groups = _looked_up(question, groups_of(question, order))
    keys = _walked(question, groups, order, way)
    return _put_in_order([*few, *keys], question, order, way) if few else keys


def _walked(question: Question, groups: list[Group], order: Order, way: _Way) -> list[int]:
    """First what is left of the stage in which the place is, then the stages behind it."""
    if way.beyond is None:
        return _merged(question, groups, order, way)
    stage = way.beyond.stage
    same = [group for group in groups if group.stage == stage]
    behind = [group for group in groups if (group.stage < stage if way.is_down else group.stage > stage)]
    keys = _merged(question, same, order, way)
    if len(keys) < way.size:
        keys += _merged(question, behind, order, way._replace(beyond=None, size=way.size - len(keys)))
    return keys


def _put_in_order(keys: Collection[int], question: Question, order: Order, way: _Way) -> list[int]:
    """The first of these customers. By the database, whose letters may have an order of their own."""
    placed, values = _placed(keys, question, order)
    beyond, bounds = (f"(stage, place, id) {way.further} (%s, %s, %s)", way.beyond) if way.beyond else ("TRUE", ())
    turned = ", ".join(f"{each} {way.turned}" for each in ("stage", "place", "id"))
    statement = f"{placed} SELECT id FROM placed WHERE {beyond} ORDER BY {turned} LIMIT %s"  # noqa: S608 - of our own words
    return [key for (key,) in _answer(statement, [*values, *bounds, way.size])]


def _pivot(question: Question, order: Order, start: Start) -> Place | None:
    """The place of another team's customer is none in this list: who they are could be guessed from where it begins."""
    if not start.pivot:
        return None
    placed, values = _placed([start.pivot], question, order)
    found = _answer(f"{placed} SELECT stage, place, id FROM placed", values)  # noqa: S608 - of our own words
    return Place(*found[0]) if found else None


def _placed(keys: Collection[int], question: Question, order: Order) -> tuple[str, list[Any]]:
    """These customers with their places, for a statement behind it; only those at the connections of the list."""
    here = [each.pk for each in question.here]
    statement = f"""WITH placed AS MATERIALIZED (
        SELECT {_STAGES.get(order.sort, "0")} AS stage, {_BY[order.sort]} AS place, id FROM console_customer
        WHERE connection_id = ANY(%s) AND id = ANY(%s)
    )"""  # noqa: S608 - of our own words
    return statement, [*([here] if order.sort is Sort.CONNECTION else []), here, list(keys)]


def _merged(question: Question, groups: list[Group], order: Order, way: _Way) -> list[int]:
    """The first of all groups, which are of one stage or all beyond the place."""
    if not groups:
        return []
    few, groups = _few_of_days(question, groups, order, way)
    keys = _along(question, groups, order, way)
    return _put_in_order([*few, *keys], question, order, way) if few else keys


def _along(question: Question, groups: list[Group], order: Order, way: _Way) -> list[int]:
    """The first of all groups along the index of the order."""
    if not groups:
        return []
    (asked, values), (beyond, bounds) = condition(question), _beyond(order, way)
    by, turned = _BY[order.sort], way.turned
    statement = f"""
        SELECT found.id FROM {GROUPS}, LATERAL (
            SELECT id, {by} FROM {customers_of(groups)} AND {asked} AND {beyond}
            ORDER BY 2 {turned}, 1 {turned} LIMIT %s
        ) AS found (id, place)
        ORDER BY here.stage {turned}, found.place {turned}, found.id {turned} LIMIT %s"""  # noqa: S608 - of our own words
    return [key for (key,) in rows(statement, [*columns(groups), *values, *bounds, way.size, way.size])]


def _beyond(order: Order, way: _Way) -> tuple[str, Sequence[Any]]:
    """What a customer beyond the place is like, with the values; compared as a row, since many may be alike."""
    if way.beyond is None:
        return "TRUE", ()
    return f"({_BY[order.sort]}, id) {way.further} (%s, %s)", (way.beyond.value, way.beyond.pk)


GROUPS = "unnest(%s::bigint[], %s::smallint[], %s::integer[]) AS here (connection, standing, stage)"


def customers_of(groups: list[Group]) -> str:
    """Those of the group that is in `here`, in a statement around it."""
    at = "console_customer WHERE connection_id = here.connection"
    return at if groups[0].standing is None else f"{at} AND standing = here.standing"


def columns(groups: list[Group]) -> list[list[Any]]:
    """The groups as `GROUPS` takes them."""
    return [list(column) for column in zip(*groups, strict=True)]


def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What the database answers, going along an index: it would rather sort a group that it takes for small."""
    with database.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_sort = off; {statement}; SET LOCAL enable_sort = on", values)
        cursor.nextset()
        return list(cursor.fetchall())


def _answer(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _looked_up(question: Question, groups: list[Group]) -> tuple[list[int], list[Group]]:
    """By an index of what the index of the list does not know of: those in groups with few of them, and the groups with
    many, in which a walk soon meets one. Without such a filter all groups are walked.
    """
    criteria = question.criteria
    if not groups:
        return [], []
    if criteria.by:
        found = _first(question, groups, found_by(criteria))
        few = [key for keys in found.values() for key in keys if len(keys) <= FEW]
        return few, [group for group, keys in found.items() if len(keys) > FEW]
    if criteria.missing and groups[0].standing is not None:
        found = _first(question, [Group(each.pk, None, 0) for each in question.here], NAME)
        many = {group.connection for group, keys in found.items() if len(keys) > FEW}
        few = [key for group, keys in found.items() if group.connection not in many for key in keys]
        return few, [group for group in groups if group.connection in many]
    return [], groups


def _few_of_days(question: Question, groups: list[Group], order: Order, way: _Way) -> tuple[list[int], list[Group]]:
    """Of groups that are narrowed to days: the first of those with few in them whom a walk would not meet soon, put in
    order by the database; and the groups that are walked.
    """
    days = found_by(question.criteria)
    if days not in {KNOWN, TOUCHED} or _is_in_order_of(question.criteria, order) or groups[0].standing is None:
        return [], groups
    far = _far(question, groups, order, way)
    if not far:
        return [], groups
    (asked, values), (beyond, bounds) = condition(question), _beyond(order, way)
    by, turned = _BY[order.sort], way.turned
    statement = f"""
        SELECT here.connection, here.standing, here.stage, few.keys FROM {GROUPS}, LATERAL (
            WITH those AS MATERIALIZED (
                SELECT id, {by} AS place, {beyond} AS is_beyond FROM {customers_of(far)} AND {asked}
                ORDER BY {days} LIMIT %s
            )
            SELECT ARRAY(SELECT id FROM those WHERE is_beyond ORDER BY place {turned}, id {turned} LIMIT %s)
            WHERE (SELECT count(*) FROM those) <= %s
        ) AS few (keys)"""  # noqa: S608 - of our own words
    values = [*columns(far), *bounds, *values, FEW_OF_DAYS + 1, way.size, FEW_OF_DAYS]
    few = {Group(*group): keys for *group, keys in rows(statement, values)}
    return [key for keys in few.values() for key in keys], [each for each in groups if each not in few]


def _far(question: Question, groups: list[Group], order: Order, way: _Way) -> list[Group]:
    """The groups in which a walk passes many before it has met as many as fill a page."""
    (asked, values), (beyond, bounds) = condition(question), _beyond(order, way)
    by, turned = _BY[order.sort], way.turned
    statement = f"""
        SELECT here.connection, here.standing, here.stage FROM {GROUPS}, LATERAL (
            SELECT count(*), count(*) FILTER (WHERE {asked}) FROM (
                SELECT * FROM {customers_of(groups)} AND {beyond} ORDER BY {by} {turned}, id {turned} LIMIT %s
            ) AS console_customer
        ) AS passed (number, met)
        WHERE passed.number = %s AND passed.met < %s"""  # noqa: S608 - of our own words
    return [Group(*group) for group in rows(statement, [*columns(groups), *values, *bounds, SOON, SOON, way.size])]


def found_by(criteria: Criteria) -> str:
    """In which order the index has them by which those are found that are asked for."""
    if criteria.by or not criteria.days:
        return NAME
    return TOUCHED if criteria.changed_from or criteria.changed_to else KNOWN  # fewer were changed here than are known


def _is_in_order_of(criteria: Criteria, order: Order) -> bool:
    """Whether it is in the order of the days that are asked for, or of one of both: a walk begins in them."""
    known, changed = criteria.known_from or criteria.known_to, criteria.changed_from or criteria.changed_to
    return bool((known and order.sort is Sort.KNOWN) or (changed and order.sort is Sort.TOUCHED))


def _first(question: Question, groups: list[Group], by: str) -> dict[Group, list[int]]:
    """The first of each group that has any, one more of them than are few."""
    asked, values = condition(question)
    statement = f"""
        SELECT here.connection, here.standing, here.stage, array_agg(found.id) FROM {GROUPS}, LATERAL (
            SELECT id, {by} FROM {customers_of(groups)} AND {asked} ORDER BY 2 LIMIT %s
        ) AS found (id, place)
        GROUP BY 1, 2, 3"""  # noqa: S608 - of our own words
    return {Group(*group): keys for *group, keys in rows(statement, [*columns(groups), *values, FEW + 1])}
