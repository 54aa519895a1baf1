"""One page of the list of customers: those at some connections, by name, by keyset, with a count that stays bounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import FETCH_RAISE
from django.http import QueryDict

from console.models import Connection, Customer
from console.models.changes import with_open_change
from console.models.customers import CustomerQuerySet

SIZE = 50
MOST_COUNTED = 1000
SHOWN = (
    "name",
    "sort_name",
    "external_id",
    "email",
    "phone",
    "known",
    "known_at",
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


@dataclass(frozen=True, slots=True)
class Page:
    """Some customers in order. `number` is the place of the first one; `previous` and `next` lead on, if they can."""

    customers: list[Customer]
    number: int
    total: int
    previous: Cursor | None
    next: Cursor | None

    @property
    def say(self) -> str:
        """Which of how many these are."""
        if not self.customers:
            return ""
        total = f"{MOST_COUNTED}+" if self.total > MOST_COUNTED else str(self.total)
        last = self.number + len(self.customers) - 1
        return f"{self.number}\N{EN DASH}{last} of {total}" if last > self.number else f"{self.number} of {total}"


def page_of(connections: Sequence[Connection], text: str, cursor: Cursor) -> Page:
    """The page of those that match the text, or of all without one."""
    found = Customer.objects.filter(connection__in=connections)
    found = found.matching(text) if text else found
    rows, more = _slice(_beyond(found, connections, cursor), cursor)
    backwards = cursor.before is not None
    number = cursor.number if more or not backwards else 1
    is_first = not (more if backwards else cursor.after)
    is_last = not (backwards or more)
    return Page(
        customers=rows,
        number=number,
        total=found.order_by()[: MOST_COUNTED + 1].count(),
        previous=Cursor(before=rows[0].pk, number=max(1, number - SIZE)) if rows and not is_first else None,
        next=Cursor(after=rows[-1].pk, number=number + len(rows)) if rows and not is_last else None,
    )


def _slice(found: CustomerQuerySet, cursor: Cursor) -> tuple[list[Customer], bool]:
    """The rows in order, and whether more follow in the direction of reading."""
    backwards = cursor.before is not None
    order = ("-sort_name", "-id") if backwards else ("sort_name", "id")
    shown = with_open_change(found.order_by(*order)).select_related("connection").only(*SHOWN).fetch_mode(FETCH_RAISE)
    rows = list(shown[: SIZE + 1])
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
