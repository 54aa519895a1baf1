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
from django.db.models import F
from django.db.models.expressions import Combinable, RawSQL

from console.listing.criteria import Question, matching
from console.models import Connection, Customer, Sort, Standing
from console.models.customers import CustomerQuerySet
from console.models.listing import moment_or_first

FEW = 2000  # that are put in order one by one

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


class Pivot(NamedTuple):
    """Where a customer is in an order."""

    pk: int
    place: Any
    stage: int


def walk(question: Question, order: Order, start: Start, size: int) -> Stretch:
    """So many of those that are asked for, from a start on; from the first one if it is gone."""
    groups, asked = groups_of(question, order), matching(question)
    if (few := _few(question)) is not None:
        asked = asked.filter(pk__in=few)
    backwards = start.before is not None
    pivot = _pivot(question.connections, order, start)
    keys = _walked(asked, groups, order, pivot, size + 1, backwards=backwards)
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
    asked: CustomerQuerySet, groups: list[Group], order: Order, pivot: Pivot | None, size: int, *, backwards: bool
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


def _beyond(asked: CustomerQuerySet, order: Order, pivot: Pivot, *, descending: bool) -> CustomerQuerySet:
    """A range over the index; the second condition only takes apart those that are alike."""
    placed = asked.alias(place=_BY[order.sort])
    if descending:
        return placed.filter(place__lte=pivot.place).exclude(place=pivot.place, pk__gte=pivot.pk)
    return placed.filter(place__gte=pivot.place).exclude(place=pivot.place, pk__lte=pivot.pk)


def _pivot(connections: Sequence[Connection], order: Order, start: Start) -> Pivot | None:
    """The place of another team's customer is none in this list: who they are could be guessed from where it begins."""
    if start.pivot is None:
        return None
    here = {each.pk: place for place, each in enumerate(sorted(connections, key=lambda it: (it.name.lower(), it.pk)))}
    found = Customer.objects.filter(connection__in=here, pk=start.pivot).annotate(place=_BY[order.sort])
    for place, connection, standing in found.values_list("place", "connection_id", "standing"):
        return Pivot(start.pivot, place, _stage(order, here[connection], standing))
    return None


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
    """What the database answers."""
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _few(question: Question) -> list[int] | None:
    """Those that pass what the index of the list does not know of, if they are few; None otherwise."""
    criteria, asked = question.criteria, matching(question)
    if criteria.by:
        own = [Group(each.pk, None, 0) for each in question.here]
        found = _merged(asked, own, Order(Sort.TOUCHED), FEW + 1, descending=False)
    elif criteria.days:
        order = Order(Sort.KNOWN if criteria.known_from or criteria.known_to else Sort.TOUCHED)
        groups = groups_of(question.but(missing=None), order)
        found = _merged(asked, groups, order, FEW + 1, descending=False)
    else:
        return None
    return found if len(found) <= FEW else None
