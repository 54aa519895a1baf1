"""The columns that the list of customers can have, and the cells of one customer under them, as ready texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from console.models import Customer, Sort
from console.templatetags.finding import mark_digits, mark_pieces
from console.templatetags.look import provider, when
from console.templatetags.values import how_short, phone
from console.views.customer_page import how_known

NONE_KNOWN = mark_safe('<span class="faint" aria-label="none known">—</span>')
NEVER = mark_safe('<span class="faint" aria-label="never">—</span>')
NOTHING = mark_safe('<span class="faint" aria-label="nothing">—</span>')


class Cell(NamedTuple):
    """What stands under a column in one row."""

    label: str
    kind: str
    text: SafeString


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it is called, how its cells look, what it is put in order by."""

    name: str
    label: str
    sort: Sort | None = None
    kind: str = ""


NAME = Column("name", "Name", Sort.NAME)
COLUMNS: Mapping[str, Column] = {
    each.name: each
    for each in (
        Column("connection", "Provider", Sort.CONNECTION),
        Column("id", "ID", Sort.NUMBER, "mono"),
        Column("email", "E-mail", Sort.EMAIL),
        Column("phone", "Phone", kind="num"),
        Column("state", "State", Sort.STATE),
        Column("known", "Known since", Sort.KNOWN),
        Column("touched", "Last change", Sort.TOUCHED),
        Column("mend", "To mend"),
    )
}
AS_MADE = ("connection", "email", "phone", "state", "known")


def columns_of(names: Iterable[str]) -> list[Column]:
    """The columns of these names, each once, in their order; those of everybody where there is none of them."""
    known = [COLUMNS[name] for name in dict.fromkeys(names) if name in COLUMNS]
    return known or [COLUMNS[name] for name in AS_MADE]


def cells(customer: Customer, columns: Sequence[Column], sought: Sequence[str], state: SafeString) -> list[Cell]:
    """The cells of a customer, what was sought marked in them; `state`: where the record stands, as a badge."""
    return [
        Cell(column.label, column.kind, state if column.name == "state" else _CELLS[column.name](customer, sought))
        for column in columns
    ]


def _connection(customer: Customer, _: Sequence[str]) -> SafeString:
    return provider(customer.connection.name)


def _number(customer: Customer, sought: Sequence[str]) -> SafeString:
    return _apart(mark_pieces(customer.external_id, sought))


def _email(customer: Customer, sought: Sequence[str]) -> SafeString:
    return _apart(mark_pieces(customer.email, sought)) if customer.email else NONE_KNOWN


def _phone(customer: Customer, sought: Sequence[str]) -> SafeString:
    return _apart(mark_digits(phone(customer.phone), sought)) if customer.phone else NONE_KNOWN


def _known(customer: Customer, _: Sequence[str]) -> SafeString:
    """When the latest of what we know came to us, and how."""
    if not customer.known_at:
        return NEVER
    return SafeString(f"{when(customer.known_at)}<small>{how_short(how_known(customer))}</small>")


def _touched(customer: Customer, _: Sequence[str]) -> SafeString:
    """When somebody last asked for a change, and who."""
    if not customer.touched_at or not customer.touched_by:
        return NEVER
    return format_html("{}<small><bdi>{}</bdi></small>", when(customer.touched_at), customer.touched_by.name)


def _mend(customer: Customer, _: Sequence[str]) -> SafeString:
    """The fields that would make the provider refuse an update."""
    labels = {field.name: field.label for field in customer.connection.provider.fields} if customer.flaws else {}
    named = [labels.get(name, name) for name in customer.flaws]
    if not named:
        return NOTHING
    more = format_html("<small>and {} more</small>", len(named) - 1) if len(named) > 1 else ""
    return format_html("{}{}", named[0], more)


def _apart(text: SafeString) -> SafeString:
    """Whatever way it is read, what stands around it is not."""
    return SafeString(f"<bdi>{text}</bdi>")


_CELLS: Mapping[str, Callable[[Customer, Sequence[str]], SafeString]] = {
    "connection": _connection,
    "id": _number,
    "email": _email,
    "phone": _phone,
    "known": _known,
    "touched": _touched,
    "mend": _mend,
}
