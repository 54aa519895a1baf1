"""A customer as a row of the list: who it is, how they are reached, where the record stands, as ready texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from console.explain import Explanation
from console.models import Awaits, Customer, User
from console.templatetags.finding import mark_pieces, mark_words
from console.templatetags.look import state
from console.templatetags.steward import Badge
from console.views.columns import Cell, Column, cells, columns_of
from console.views.rows import Row, addresses, rows_of

GONE = Badge("refused", "cross", "Gone there")
MOVED = Badge("waiting", "refresh", "Moved there")
NEVER_READ = Badge("neutral", "question", "Never read")
LET_GO = Badge("neutral", "clock", "Let go")
ERASED = Badge("neutral", "eraser", "Erased")
IN_STEP = Badge("neutral", "check", "In step")


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer in the list; `number`: the ID below a name, empty where it stands elsewhere in the row.

    Its cells want no work of the template any more: a page has fifty rows.
    """

    key: int
    url: str
    called: str
    name: SafeString
    number: SafeString
    cells: Sequence[Cell]
    is_exact: bool


def customer_rows(
    customers: Sequence[Customer],
    reader: User,
    sought: Sequence[str] = (),
    exact: int | None = None,
    columns: Sequence[Column] = (),
) -> list[CustomerRow]:
    """The rows of customers that came `with_open_change`, what was sought marked in them."""
    address, changes, columns = addresses("customer"), under_way(customers, reader), columns or columns_of(())
    has_numbers = any(column.name == "id" for column in columns)
    return [
        CustomerRow(
            customer.pk,
            address(customer.pk),
            str(customer),
            mark_words(customer.name, sought) if customer.name else mark_pieces(customer.external_id, sought),
            mark_pieces(customer.external_id, sought) if customer.name and not has_numbers else SafeString(""),
            cells(customer, columns, sought, _state(standing(customer, changes.get(_open(customer))))),
            customer.pk == exact,
        )
        for customer in customers
    ]


def under_way(customers: Iterable[Customer], reader: User) -> Mapping[int, Row]:
    """The open changes of these customers by number, each as a row, so that it is said in the words of its own page.

    A question or two to the database for all of them, none where nothing is under way.
    """
    numbers = [number for customer in customers if (number := getattr(customer, "open_change", None))]
    return {number: row for number, row in rows_of(numbers, reader).items() if not row.change.state.is_final}


def standing(customer: Customer, change: Row | None) -> Badge | Explanation:
    """The badge of a customer, in the order of `models.listing.STANDING`, by which the list is narrowed."""
    if customer.is_erased:
        return ERASED
    if change and customer.awaits == Awaits.PERSON:
        return change.state
    if customer.is_gone:
        return GONE
    if change:
        return change.state
    return _of_our_copy(customer)


def _of_our_copy(customer: Customer) -> Badge:
    if customer.drift:
        return MOVED
    if customer.is_forgotten:
        return LET_GO
    return NEVER_READ if customer.never_read else IN_STEP


def _open(customer: Customer) -> int:
    return getattr(customer, "open_change", None) or 0


def _state(badge: Badge | Explanation) -> SafeString:
    return state(badge.tone, badge.icon, badge.word)
