"""A customer as a row of the list: who it is, how they are reached, where the record stands, as markup."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from html import escape

from django.utils.safestring import SafeString

from console.explain import Explanation
from console.finding import Found
from console.models import Awaits, Customer, User
from console.templatetags.finding import mark_pieces, mark_words
from console.templatetags.look import state
from console.templatetags.steward import Badge
from console.views.columns import Column, cells
from console.views.rows import Row, addresses, rows_of

GONE = Badge("refused", "cross", "Gone there")
MOVED = Badge("waiting", "refresh", "Moved there")
NEVER_READ = Badge("neutral", "question", "Never read")
LET_GO = Badge("neutral", "clock", "Let go")
ERASED = Badge("neutral", "eraser", "Erased")
IN_STEP = Badge("neutral", "check", "In step")


def customer_rows(
    customers: Sequence[Customer],
    reader: User,
    found: Found,
    columns: Sequence[Column],
    picked: Collection[int] | None = None,
) -> SafeString:
    """The rows of customers that came `in_order`, what was sought marked in them; `picked`: those that are selected, if
    the reader may select any. As markup, since there are fifty of them on a page.
    """
    address, changes, sought, exact = addresses("customer"), under_way(customers, reader), found.sought, found.exact
    has_numbers = any(column.name == "id" for column in columns)
    rows = []
    for customer in customers:
        box = "" if picked is None else _box(customer, is_picked=customer.pk in picked)
        name = _named(customer, address(customer.pk), sought, with_number=not has_numbers)
        more = cells(customer, columns, sought, _state(standing(customer, changes.get(_open(customer)))))
        rows.append(f"<tr{' data-exact' if customer.pk == exact else ''}>{box}{name}{more}</tr>")
    return SafeString("\n".join(rows))


def _box(customer: Customer, *, is_picked: bool) -> SafeString:
    checked = " checked" if is_picked else ""
    box = f'type="checkbox" name="customer" value="{customer.pk}"{checked} aria-label="Select {escape(str(customer))}"'
    return SafeString(f'<td class="pick"><input {box}></td>')


def _named(customer: Customer, url: str, sought: Sequence[str], *, with_number: bool) -> SafeString:
    """The cell of the name, which leads to the record; the ID below it where it stands nowhere else in the row."""
    number = mark_pieces(customer.external_id, sought)
    name = mark_words(customer.name, sought) if customer.name else number
    below = f'<small class="mono">{number}</small>' if customer.name and with_number else ""
    return SafeString(f'<td><a class="name" href="{url}"><bdi>{name}</bdi></a>{below}</td>')


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
