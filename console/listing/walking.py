"""A stretch of the list: along an index that begins with connection and standing, from a customer on, either way.

Each connection and standing that is asked for is walked by itself, in order and no further than a page, and the few
rows of all of them are merged. So a page costs the same wherever it is and whoever sees how much. Where a filter has no
place in that index, those that pass it are looked up first: if they are few they are put in order, and if they are many
the walk soon meets them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

from django.db import connection as database
from django.db.models import F, Func, TextField, Value
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.lookups import GreaterThan, LessThan

from console.listing.criteria import Question, by_name, matching
from console.models import Connection, Customer, Sort, Standing
from console.models.customers import CustomerQuerySet
from console.models.listing import moment_or_first

FEW = 500  # of a group, that are put in order here

_BY: dict[Sort, Combinable] = {
    Sort.NAME: F("sort_name"),
    Sort.CONNECTION: F("sort_name"),
    Sort.STATE: F("sort_name"),
    Sort.NUMBER: F("external_id"),
    Sort.EMAIL: F("email"),
    Sort.KNOWN: moment_or_first("known_at"),
    Sort.TOUCHED: moment_or_first("touched_at"),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What the list is in order by."""

    sort: Sort = Sort.NAME
    is_descending: bool = False


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
    """Some customers by number, in order, and whether more of them follow in the direction of reading."""

    keys: Sequence[int]
    more: bool


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


def walk(question: Question, order: Order, start: Start, size: int) -> Stretch:
    """So many of those that are asked for, from a start on; from the first one if it is gone."""
    backwards, pivot = start.before is not None, _pivot(question.connections, order, start)
    few, groups = _looked_up(question, groups_of(question, order))
    keys = _walked(matching(question), groups, order, pivot, size + 1, backwards=backwards)
    if few:
        keys = _put_in_order([*few, *keys], question.connections, order, pivot, backwards=backwards)[: size + 1]
    more, keys = len(keys) > size, keys[:size]
    return Stretch(keys[::-1] if backwards else keys, more)


def among(question: Question, keys: Collection[int]) -> set[int]:
    """Which of these customers are asked for."""
    return set(matching(question).filter(connection__in=question.here, pk__in=keys).values_list("pk", flat=True))


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


def _walked(
    asked: CustomerQuerySet, groups: list[Group], order: Order, pivot: Place | None, size: int, *, backwards: bool
) -> list[int]:
    """First what is left of the stage in which the pivot is, then the stages behind it."""
    descending = order.is_descending != backwards
    if pivot is None:
        return _merged(asked, groups, order, size, descending=descending)
    same = [group for group in groups if group.stage == pivot.stage]
    behind = [group for group in groups if (group.stage < pivot.stage if descending else group.stage > pivot.stage)]
    beyond = _beyond(asked, order, pivot, descending=descending)
    keys = _merged(beyond, same, order, size, descending=descending)
    return keys + (_merged(asked, behind, order, size - len(keys), descending=descending) if len(keys) < size else [])


def _beyond(asked: CustomerQuerySet, order: Order, pivot: Place, *, descending: bool) -> CustomerQuerySet:
    """A range over the index: compared as rows, since as many as there are may be alike."""
    here = Func(_BY[order.sort], F("pk"), function="ROW", output_field=TextField())
    there = Func(Value(pivot.value), Value(pivot.pk), function="ROW", output_field=TextField())
    return asked.filter(LessThan(here, there) if descending else GreaterThan(here, there))


def _put_in_order(
    keys: Collection[int], connections: Sequence[Connection], order: Order, pivot: Place | None, *, backwards: bool
) -> list[int]:
    """These customers from a pivot on, in the direction of reading."""
    descending = order.is_descending != backwards
    placed = sorted(_placed(keys, connections, order), reverse=descending)
    if pivot is None:
        return [place.pk for place in placed]
    return [place.pk for place in placed if (place < pivot if descending else place > pivot)]


def _pivot(connections: Sequence[Connection], order: Order, start: Start) -> Place | None:
    """The place of another team's customer is none in this list: who they are could be guessed from where it begins."""
    return next(iter(_placed([start.pivot], connections, order)), None) if start.pivot else None


def _placed(keys: Collection[int], connections: Sequence[Connection], order: Order) -> list[Place]:
    """Where these customers are in an order; only those at these connections."""
    if not keys or not connections:
        return []
    here = {each.pk: place for place, each in enumerate(by_name(connections))}
    found = Customer.objects.filter(connection__in=here, pk__in=keys).annotate(place=_BY[order.sort])
    return [
        Place(_stage(order, here[connection], standing), place, pk)
        for pk, place, connection, standing in found.values_list("pk", "place", "connection_id", "standing")
    ]


def _merged(asked: CustomerQuerySet, groups: list[Group], order: Order, size: int, *, descending: bool) -> list[int]:
    if not groups or size <= 0:
        return []
    part = laterally(asked, groups).annotate(place=_BY[order.sort])
    part = part.order_by("-place", "-pk") if descending else part.order_by("place", "pk")
    sql, values = part.values_list("pk", "place")[:size].query.sql_with_params()
    way = "DESC" if descending else "ASC"
    statement = f"""SELECT found.id FROM {GROUPS}, LATERAL ({sql}) AS found (id, place)
        ORDER BY here.stage {way}, found.place {way}, found.id {way} LIMIT %s"""  # noqa: S608 - of our own words
    return [key for (key,) in rows(statement, [*columns(groups), *values, size])]


GROUPS = "unnest(%s::bigint[], %s::smallint[], %s::integer[]) AS here (connection, standing, stage)"


def laterally(asked: CustomerQuerySet, groups: list[Group]) -> CustomerQuerySet:
    """Of those asked for the ones in `here`, a group in a statement around it."""
    asked = asked.filter(connection=RawSQL("here.connection", ()))
    if groups[0].standing is None:
        return asked
    return asked.filter(standing=RawSQL("here.standing", ()))


def columns(groups: list[Group]) -> list[list[Any]]:
    """The groups as `GROUPS` takes them."""
    return [list(column) for column in zip(*groups, strict=True)]


def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What the database answers, going along an index: it would rather sort a group that it takes for small."""
    with database.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_sort = off; {statement}; SET LOCAL enable_sort = on", values)
        cursor.nextset()
        return list(cursor.fetchall())


def _looked_up(question: Question, groups: list[Group]) -> tuple[list[int], list[Group]]:
    """By an index of what the index of the list does not know of: those in groups with few of them, and the groups with
    many, in which a walk soon meets one. Without such a filter all groups are walked.
    """
    criteria = question.criteria
    if not groups:
        return [], []
    if criteria.by or criteria.days:
        by = "sort_name" if criteria.by else "known_at" if criteria.known_from or criteria.known_to else "touched_at"
        found = _first(question, groups, F(by) if criteria.by else moment_or_first(by))
        few = [key for keys in found.values() for key in keys if len(keys) <= FEW]
        return few, [group for group, keys in found.items() if len(keys) > FEW]
    if criteria.missing and groups[0].standing is not None:
        found = _first(question, [Group(each.pk, None, 0) for each in question.here], F("sort_name"))
        many = {group.connection for group, keys in found.items() if len(keys) > FEW}
        few = [key for group, keys in found.items() if group.connection not in many for key in keys]
        return few, [group for group in groups if group.connection in many]
    return [], groups


def _first(question: Question, groups: list[Group], place: Combinable) -> dict[Group, list[int]]:
    """The first of each group that has any, one more of them than are few."""
    part = laterally(matching(question), groups).annotate(place=place).order_by("place")
    sql, values = part.values_list("pk", "place")[: FEW + 1].query.sql_with_params()
    statement = f"""SELECT here.connection, here.standing, here.stage, array_agg(found.id)
        FROM {GROUPS}, LATERAL ({sql}) AS found (id, place) GROUP BY 1, 2, 3"""  # noqa: S608 - of our own words
    return {Group(*group): keys for *group, keys in rows(statement, [*columns(groups), *values])}
