"""A customer as a row of the list: who it is, how they are reached, where the record stands, as ready texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe

from console.explain import Explanation
from console.models import Customer, User
from console.templatetags.finding import mark_digits, mark_pieces, mark_words
from console.templatetags.look import provider, state, when
from console.templatetags.steward import Badge
from console.templatetags.values import how_short, phone
from console.views.customer_page import how_known
from console.views.rows import Row, addresses, rows_of

GONE = Badge("refused", "cross", "Gone there")
MOVED = Badge("waiting", "refresh", "Moved there")
NEVER_READ = Badge("neutral", "question", "Never read")
LET_GO = Badge("neutral", "clock", "Let go")
IN_STEP = Badge("neutral", "check", "In step")

NONE_KNOWN = mark_safe('<span class="faint" aria-label="none known">—</span>')
NEVER = mark_safe('<span class="faint" aria-label="never">—</span>')


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One customer in the list; `number`: the ID below a name, empty where it stands in the place of one.

    Its cells want no work of the template any more: a page has fifty rows.
    """

    url: str
    name: SafeString
    number: SafeString
    connection: SafeString
    email: SafeString
    phone: SafeString
    state: SafeString
    known: SafeString
    is_exact: bool


def customer_rows(
    customers: Sequence[Customer], reader: User, sought: Sequence[str] = (), exact: int | None = None
) -> list[CustomerRow]:
    """The rows of customers that came `with_open_change`, what was sought marked in them."""
    address, changes = addresses("customer"), under_way(customers, reader)
    return [
        CustomerRow(
            address(customer.pk),
            mark_words(customer.name, sought) if customer.name else mark_pieces(customer.external_id, sought),
            mark_pieces(customer.external_id, sought) if customer.name else SafeString(""),
            provider(customer.connection.name),
            _apart(mark_pieces(customer.email, sought)) if customer.email else NONE_KNOWN,
            _apart(mark_digits(phone(customer.phone), sought)) if customer.phone else NONE_KNOWN,
            _state(standing(customer, changes.get(getattr(customer, "open_change", None) or 0))),
            _known(customer),
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
    """The badge of a customer: an open change first, then what is wrong with our copy."""
    if change and change.change.state.needs_fixing:
        return change.state
    if customer.is_gone:
        return GONE
    if change:
        return change.state
    if customer.drift:
        return MOVED
    if customer.is_forgotten:
        return LET_GO
    return NEVER_READ if customer.never_read else IN_STEP


def _apart(text: SafeString) -> SafeString:
    """Whatever way it is read, what stands around it is not."""
    return SafeString(f"<bdi>{text}</bdi>")


def _state(badge: Badge | Explanation) -> SafeString:
    return state(badge.tone, badge.icon, badge.word)


def _known(customer: Customer) -> SafeString:
    """When the latest of what we know came to us, and how."""
    if not customer.known_at:
        return NEVER
    return SafeString(f"{when(customer.known_at)}<small>{how_short(how_known(customer))}</small>")
