"""One page of the list of customers: those that were found, the best first, or without a search all that match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from django.db import connection as database
from django.http import QueryDict

from console import finding, listing
from console.finding import NOTHING, Found, Hit
from console.listing import Count, Order, Question, Start
from console.models import Connection, Customer, User
from console.models.changes import OPEN_CHANGE
from console.models.rows import Table

SIZE = 50
BEST = 25  # of what was found: it comes with every few letters that are typed
SHOWN = (
    "id",
    "connection_id",
    "awaits",
    "forgotten_at",
    "erased_at",
    "name",
    "sort_name",
    "external_id",
    "email",
    "phone",
    "known",
    "known_at",
    "drift",
    "flaws",
    "gone_at",
    "touched_at",
    "touched_by_id",
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after or before a customer, named by number since a name would be personal."""

    after: int | None = None
    before: int | None = None
    number: int = 1

    @classmethod
    def of(cls, given: QueryDict) -> Cursor:
        """From an address; what makes no sense there means the first page."""
        return cls(_number(given.get("after")), _number(given.get("before")), _number(given.get("from")) or 1)


START = Cursor()


@dataclass(frozen=True, slots=True)
class Page:
    """Some customers in order. `number` is the place of the first one; `previous` and `next` lead on, if they can."""

    customers: Sequence[Customer]
    number: int
    total: Count
    is_all: bool
    previous: Cursor | None
    next: Cursor | None

    @property
    def say(self) -> str:
        """Which of how many these are."""
        if not self.customers:
            return ""
        last = self.number + len(self.customers) - 1
        those = f"{self.number:,}\N{EN DASH}{last:,}" if last > self.number else f"{self.number:,}"
        return f"{those} of {self.of}"

    @property
    def of(self) -> str:
        """How many there are, as far as they were counted: “1000+”, “about 1,200,000”."""
        return str(self.total) if self.is_all or not self.total.is_exact else f"{self.total}+"


def page_of_all(question: Question, order: Order, cursor: Cursor, more: Sequence[str] = ()) -> Page:
    """The page of all customers there that match, in an order and by keyset; with `more` of each than lists show."""
    walk = listing.walk_by_field if order.field else listing.walk
    stretch = walk(question, order, Start(cursor.after, cursor.before), SIZE)
    keys, start = stretch.keys, stretch.start
    is_first = not (stretch.more if start.before else start.after)
    is_last = not (start.before or stretch.more)
    number = 1 if is_first else cursor.number
    return Page(
        customers=in_order(keys, question.connections, more),
        number=number,
        total=listing.count(question),
        is_all=True,
        previous=Cursor(before=keys[0], number=max(1, number - SIZE)) if keys and not is_first else None,
        next=Cursor(after=keys[-1], number=number + len(keys)) if keys and not is_last else None,
    )


def page_of_found(found: Found, connections: Iterable[Connection], cursor: Cursor, more: Sequence[str] = ()) -> Page:
    """The page of what was found, the best first: so many are kept in order that a place is a number."""
    number = cursor.number if cursor.number <= len(found.hits) else 1
    rows = in_order([hit.pk for hit in found.hits[number - 1 : number - 1 + BEST]], connections, more)
    following = number + BEST
    return Page(
        customers=rows,
        number=number,
        total=Count(len(found.hits)),
        is_all=found.is_all,
        previous=Cursor(number=max(1, number - BEST)) if number > 1 else None,
        next=Cursor(number=following) if following <= len(found.hits) else None,
    )


def in_order(keys: Iterable[int], connections: Iterable[Connection], more: Sequence[str] = ()) -> list[Customer]:
    """These customers as lists show them, with these columns besides; nobody who is at none of the connections.

    With all that a row says, in one statement for all rows: who touched them last, and as `open_change` the number of
    the change that has not ended.
    """
    wanted, there = list(keys), {each.pk: each for each in connections}
    if not wanted:
        return []
    table = _customer_with(tuple(more))
    with database.cursor() as cursor:
        cursor.execute(_SHOWN.format(table.columns), [wanted])
        found = [_shown(table, row, there) for row in cursor.fetchall() if row[0] in there]
    rows = {customer.pk: customer for customer in found}
    return [rows[pk] for pk in wanted if pk in rows]


def _shown(table: Table[Customer], row: Sequence[Any], there: Mapping[int, Connection]) -> Customer:
    connection, open_change, *columns = row
    customer = table.of(columns)
    customer.connection = there[connection]
    customer.touched_by = _PERSON.of(columns[len(table) :]) if customer.touched_by_id else None
    customer.open_change = open_change  # type: ignore[attr-defined]  # beside its columns
    return customer


@cache
def _customer_with(more: Sequence[str]) -> Table[Customer]:
    return Table(Customer, "customer", only=(*SHOWN, *more))


_PERSON = Table(User, "person", only=("id", "username", "first_name", "last_name"))
_SHOWN = f"""
    SELECT customer.connection_id, {OPEN_CHANGE}, {{}}, {_PERSON.columns}
    FROM console_customer customer LEFT JOIN console_user person ON person.id = customer.touched_by_id
    WHERE customer.id = ANY(%s)"""  # noqa: S608 - of our own names


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found, and how many at each connection where these are all."""

    found: Found = NOTHING
    counts: Mapping[int, int] = field(default_factory=dict)

    @property
    def hits(self) -> Sequence[Hit]:
        """Who was found."""
        return self.found.hits


def search(question: Question, text: str) -> Result:
    """What is found of all that match the criteria; `counts` are those at each connection, whichever is asked for."""
    at = question.criteria.at
    everywhere = _narrowed(finding.find(question.connections, text), question.but(at=None))
    if at and not everywhere.is_all:
        return Result(_narrowed(finding.find(question.here, text), question))
    by_connection = everywhere.by_connection
    counts = {each.pk: by_connection[each.pk] for each in question.connections} if everywhere.is_all else {}
    return Result(everywhere.at(at) if at else everywhere, counts)


def _narrowed(found: Found, question: Question) -> Found:
    if not found.hits or not question.criteria.given():
        return found
    keys = listing.among(question, [hit.pk for hit in found.hits])
    return replace(found, hits=[hit for hit in found.hits if hit.pk in keys])


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
