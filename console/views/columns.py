"""The columns that the list of customers can have, and the cells of one customer under them, as ready texts.

Where the list is of one connection, the fields of its provider can be columns, too, but for the sensitive ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from console.listing import APART, name_of
from console.models import Connection, Customer, Sort
from console.templatetags.finding import mark_digits, mark_pieces
from console.templatetags.look import provider, when
from console.templatetags.values import how_short, phone
from console.views.customer_page import how_known

if TYPE_CHECKING:
    from providers.fields import Field

LONGEST = 80
NONE_KNOWN = mark_safe('<span class="faint" aria-label="none known">—</span>')
NEVER = mark_safe('<span class="faint" aria-label="never">—</span>')
NOTHING = mark_safe('<span class="faint" aria-label="nothing">—</span>')


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it is called, how its cells look, what it is put in order by; of a field, its rule."""

    name: str
    label: str
    sort: Sort | None = None
    kind: str = ""
    field: Field | None = None


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


def columns_of(names: Iterable[str], connection: Connection | None = None) -> list[Column]:
    """The columns of these names, each once, in their order; those of everybody where there is none of them.

    `connection`: the one that the list is of, if it is one; columns of another provider's fields are left out.
    """
    there = {**COLUMNS, **fields_as_columns(connection)}
    known = [there[name] for name in dict.fromkeys(names) if name in there]
    return known or [COLUMNS[name] for name in AS_MADE]


def fields_as_columns(connection: Connection | None) -> dict[str, Column]:
    """The fields of a provider that may be columns, by name: what is sensitive stands in no list."""
    if connection is None:
        return {}
    shown = [field for field in connection.provider.fields if not field.sensitive]
    columns = [Column(name_of(connection, field), field.label, field=field) for field in shown]
    return {column.name: column for column in columns}


def is_of_a_field(name: str) -> bool:
    """Whether it names a column that only the lists of one provider have."""
    return APART in name


def cells(customer: Customer, columns: Sequence[Column], sought: Sequence[str], state: SafeString) -> SafeString:
    """The cells of a customer, what was sought marked in them; `state`: where the record stands, as a badge."""
    texts = [state if column.name == "state" else _cell(customer, column, sought) for column in columns]
    each = zip(columns, texts, strict=True)
    return SafeString("".join(f"{_opening(column.kind, column.label)}{text}</td>" for column, text in each))


@lru_cache(maxsize=512)
def _opening(kind: str, label: str) -> SafeString:
    """The tag of a cell: how it looks, and what it is called on a narrow screen. The same in all rows."""
    look = format_html(' class="{}"', kind) if kind else ""
    return format_html('<td{} data-label="{}">', look, label)


def _cell(customer: Customer, column: Column, sought: Sequence[str]) -> SafeString:
    return _held(customer, column.field) if column.field else _CELLS[column.name](customer, sought)


def _held(customer: Customer, field: Field) -> SafeString:
    """What our copy of the record holds in a field, on one line as far as a list has room."""
    words = field.display({**customer.values, **customer.identity}.get(field.name))
    if not words:
        return NONE_KNOWN
    short = words if len(words) <= LONGEST else f"{words[:LONGEST].rstrip()}…"
    return _apart(conditional_escape(short))


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
