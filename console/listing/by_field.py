"""The list of one connection in the order of a field of its provider.

No index has the values of fields in order, so all that match are read and put in order here, by what their kind says of
them: only as long as they are few. Sealed values have no order. Customers without a value come last whichever way one
reads, and those who are alike follow each other as they came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from console.listing.counting import count_up_to
from console.listing.criteria import Question, condition, sole
from console.listing.walking import GROUPS, Order, Start, Stretch, columns, customers_of, found_by, groups_of, rows
from console.models.search import fold
from providers.fields import Field, Kind

if TYPE_CHECKING:
    from console.models import Connection

MOST = 20_000
"""Customers that are put in order."""
LONGEST = 200  # characters of a value that are compared
APART = ":"  # between the provider and the field in the name of an order or a column

NOT_HERE = (
    "This list cannot be put in the order that was asked for: a list of one connection can, by fields of its "
    "provider that are neither hidden nor without an order."
)
TOO_MANY = f"More than {MOST:,} customers match, too many for the order of a field: narrow the list first."

type Value = tuple[bool, Decimal, str]
"""As it is compared: a number, or behind all numbers a text."""


def name_of(connection: Connection, field: Field) -> str:
    """What an order by a field, or its column, is called in addresses and where it is kept."""
    return f"{connection.provider_slug}{APART}{field.name}"


def orders_of(connection: Connection | None) -> Mapping[str, Field]:
    """The fields by which the list of a connection can be put in order, by the name of the order."""
    if connection is None:
        return {}
    return {name_of(connection, each): each for each in connection.provider.fields if _has_an_order(each)}


def why_not_by_field(question: Question, order: Order) -> str:
    """Why the list cannot be in this order of a field, in a sentence that says what to do; empty if it can."""
    return why_not_by_any(question) if order.field in _orders(question) else NOT_HERE


def why_not_by_any(question: Question) -> str:
    """The same of any field by which there is an order: since too many match."""
    return TOO_MANY if count_up_to(question, MOST) > MOST else ""


def walk_by_field(question: Question, order: Order, start: Start, size: int) -> Stretch:
    """As `walk`, in the order of a field; asked for where `why_not_by_field` says nothing against it."""
    field = _orders(question)[order.field]
    found = _values(question, field)
    keys = _in_order(found | _value_of(question, field, start, found), field, is_descending=order.is_descending)
    beyond = _beyond(keys, start)
    if not beyond:
        start, beyond = Start(), keys
    shown = [key for key in beyond if key in found][: size + 1]
    more, shown = len(shown) > size, shown[:size]
    return Stretch(shown[::-1] if start.before else shown, more, start)


def _has_an_order(field: Field) -> bool:
    return not field.sensitive and field.kind is not Kind.JSON


def _orders(question: Question) -> Mapping[str, Field]:
    return orders_of(sole(question.criteria, question.connections))


def _values(question: Question, field: Field) -> dict[int, str | None]:
    """By key, what those who are asked for have in a field; as text, which is what all kinds are stored as but two."""
    groups = groups_of(question, Order())
    (asked, values), (held, name) = condition(question), _held(question, field)
    statement = f"""
        SELECT found.id, found.held FROM {GROUPS}, LATERAL (
            SELECT id, {held} FROM {customers_of(groups)} AND {asked} ORDER BY {found_by(question.criteria)} LIMIT %s
        ) AS found (id, held) LIMIT %s"""  # noqa: S608 - of our own words
    return dict(rows(statement, [*columns(groups), name, *values, MOST, MOST]))


def _value_of(question: Question, field: Field, start: Start, found: Mapping[int, str | None]) -> dict[int, str | None]:
    """That of the customer from whom the page begins, who may not be asked for any more."""
    if not start.pivot or start.pivot in found:
        return {}
    held, name = _held(question, field)
    statement = f"SELECT id, {held} FROM console_customer WHERE connection_id = ANY(%s) AND id = %s"  # noqa: S608 - of our own words
    return dict(rows(statement, [name, [each.pk for each in question.here], start.pivot]))


def _held(question: Question, field: Field) -> tuple[str, str]:
    """The beginning of a value in a statement, and what stands for the field in that."""
    [connection] = question.here
    column = "identity" if field.name in connection.provider.identity else '"values"'
    return f"left({column} ->> %s, {LONGEST})", field.name


def _in_order(found: Mapping[int, str | None], field: Field, *, is_descending: bool) -> list[int]:
    """These customers, each place told once for all who are alike."""
    told = _told_by(field)
    places = {value: told(value) for value in {*found.values()} if value and value.strip()}
    placed = [(places[value], key) for key, value in found.items() if value in places]
    without = [key for key, value in found.items() if value not in places]
    return [key for _, key in sorted(placed, reverse=is_descending)] + sorted(without, reverse=is_descending)


def _beyond(keys: Sequence[int], start: Start) -> Sequence[int]:
    """Those that follow in the direction of reading; all where that begins nowhere."""
    if not start.pivot:
        return keys
    if start.pivot not in keys:
        return ()
    place = keys.index(start.pivot)
    return keys[:place][::-1] if start.before else keys[place + 1 :]


def _told_by(field: Field) -> Callable[[str], Value]:
    """As what a value is compared: a number, a point in time, the name by which it is shown, a text."""
    if field.kind in _NUMBERS:
        return lambda value: _number(str(field.canonical(value)))
    if field.kind in _MOMENTS:
        return lambda value: _text(str(field.canonical(value)))
    if field.kind in _NAMED:
        return lambda value: _text(field.display(value))
    return _text


def _number(text: str) -> Value:
    return (False, Decimal(text), "") if _WRITTEN.fullmatch(text) else _text(text)


def _text(text: str) -> Value:
    return True, _NONE, fold(text.strip())


_NONE = Decimal(0)
_WRITTEN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_NUMBERS = frozenset({Kind.MONEY, Kind.DECIMAL, Kind.WHOLE_NUMBER})
_MOMENTS = frozenset({Kind.DATE, Kind.DATE_TIME})
_NAMED = frozenset({Kind.CHOICE, Kind.COUNTRY, Kind.US_STATE, Kind.TIME_ZONE})
