"""One page of the list of customers: those that were found, the best first, or without a search all of them by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import FETCH_RAISE
from django.http import QueryDict

from console import finding
from console.finding import NOTHING, Found, Hit
from console.models import Connection, Customer
from console.models.changes import with_open_change
from console.models.customers import CustomerQuerySet

SIZE = 50
BEST = 25  # of what was found: it comes with every few letters that are typed
MOST_COUNTED = 1000
SHOWN = (
    "forgotten_at",
    "name",
    "sort_name",
    "external_id",
    "email",
    "phone",
    "known",
    "known_at",
    "drift",
    "gone_at",
    "connection__name",
    "connection__provider_slug",
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
    total: int
    is_all: bool
    previous: Cursor | None
    next: Cursor | None

    @property
    def say(self) -> str:
        """Which of how many these are."""
        if not self.customers:
            return ""
        last = self.number + len(self.customers) - 1
        return f"{self.number}\N{EN DASH}{last} of {self.of}" if last > self.number else f"{self.number} of {self.of}"

    @property
    def of(self) -> str:
        """How many there are, as far as they were counted: “1000+”."""
        return str(self.total) if self.is_all else f"{self.total}+"


def page_of_all(connections: Sequence[Connection], cursor: Cursor) -> Page:
    """The page of all customers there, by name and by keyset."""
    here = Customer.objects.filter(connection__in=connections)
    rows, more = _slice(_beyond(here, connections, cursor), cursor)
    backwards = cursor.before is not None
    number = cursor.number if more or not backwards else 1
    is_first = not (more if backwards else cursor.after)
    is_last = not (backwards or more)
    count = here.order_by()[: MOST_COUNTED + 1].count()
    return Page(
        customers=rows,
        number=number,
        total=min(count, MOST_COUNTED),
        is_all=count <= MOST_COUNTED,
        previous=Cursor(before=rows[0].pk, number=max(1, number - SIZE)) if rows and not is_first else None,
        next=Cursor(after=rows[-1].pk, number=number + len(rows)) if rows and not is_last else None,
    )


def page_of_found(found: Found, cursor: Cursor) -> Page:
    """The page of what was found, the best first: so many are kept in order that a place is a number."""
    number = cursor.number if cursor.number <= len(found.hits) else 1
    rows = in_order(hit.pk for hit in found.hits[number - 1 : number - 1 + BEST])
    following = number + BEST
    return Page(
        customers=rows,
        number=number,
        total=len(found.hits),
        is_all=found.is_all,
        previous=Cursor(number=max(1, number - BEST)) if number > 1 else None,
        next=Cursor(number=following) if following <= len(found.hits) else None,
    )


def in_order(keys: Iterable[int]) -> list[Customer]:
    """These customers as lists show them."""
    wanted = list(keys)
    rows = {row.pk: row for row in shown(Customer.objects.filter(pk__in=wanted))} if wanted else {}
    return [rows[pk] for pk in wanted if pk in rows]


def shown(customers: CustomerQuerySet) -> CustomerQuerySet:
    """With all that a row says, in one query for all rows."""
    return with_open_change(customers).select_related("connection").only(*SHOWN).fetch_mode(FETCH_RAISE)


@dataclass(frozen=True, slots=True)
class Result:
    """What a search found, and how many at each connection where these are all."""

    found: Found = NOTHING
    counts: Mapping[int, int] = field(default_factory=dict)

    @property
    def hits(self) -> Sequence[Hit]:
        """Who was found."""
        return self.found.hits


def search(connections: Sequence[Connection], chosen: Connection | None, text: str) -> Result:
    """What is found at the chosen connection, or at all of them."""
    everywhere = finding.find(connections, text)
    if chosen and not everywhere.is_all:
        return Result(finding.find([chosen], text))
    by_connection = everywhere.by_connection
    counts = {each.pk: by_connection[each.pk] for each in connections} if everywhere.is_all else {}
    return Result(everywhere.at(chosen.pk) if chosen else everywhere, counts)


def _slice(found: CustomerQuerySet, cursor: Cursor) -> tuple[list[Customer], bool]:
    """The rows in order, and whether more follow in the direction of reading."""
    backwards = cursor.before is not None
    order = ("-sort_name", "-id") if backwards else ("sort_name", "id")
    rows = list(shown(found.order_by(*order))[: SIZE + 1])
    more = len(rows) > SIZE
    rows = rows[:SIZE]
    return (rows[::-1] if backwards else rows), more


def _beyond(found: CustomerQuerySet, connections: Sequence[Connection], cursor: Cursor) -> CustomerQuerySet:
    """A range over the index by name; the second condition only takes apart those of one name.

    The name of another team's customer is no place in this list: it could be guessed from where the list begins.
    """
    if not (pivot := cursor.before or cursor.after):
        return found
    names = Customer.objects.filter(connection__in=connections, pk=pivot).values_list("sort_name", flat=True)
    name = names.first()
    if name is None:
        return found
    if cursor.before:
        return found.filter(sort_name__lte=name).exclude(sort_name=name, pk__gte=pivot)
    return found.filter(sort_name__gte=name).exclude(sort_name=name, pk__lte=pivot)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
