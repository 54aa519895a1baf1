"""Cells become values: identity and fields of a row in stored form, and all that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from console.importing import dates, numerals
from console.importing.table import (
    EXTERNAL_ID,
    Absent,
    Cell,
    CellProblem,
    Computed,
    Damaged,
    DateStyle,
    Empty,
    NumberStyle,
    Numeral,
    Options,
    Row,
    Unclear,
    Understood,
    text_of,
)
from providers.base import BadIdentity
from providers.fields import Kind, Unfit, Value

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field

_NUMBERS = frozenset({Kind.MONEY, Kind.DECIMAL, Kind.WHOLE_NUMBER})
_DATED = frozenset({Kind.DATE, Kind.DATE_TIME})
_LONGEST_NUMBER = 400


def understand(row: Row, fields: Mapping[int, str], provider: Provider, options: Options) -> Understood:
    """What a row says, by columns assigned to the provider's fields or to `external_id`. Never raises for a cell."""
    return understanding(fields, provider, options)(row)


def understanding(fields: Mapping[int, str], provider: Provider, options: Options) -> Callable[[Row], Understood]:
    """The same for many rows: what doesn't change from row to row is done once. Unknown fields raise KeyError."""
    return _Reader(provider, options, fields).understand


@dataclass(frozen=True, slots=True)
class _Column:
    place: int
    field: Field
    dates: DateStyle | None
    numbers: NumberStyle | None


class _Wrong(ValueError):
    """A cell that holds no value of its field."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class _Reader:
    """How the rows of one file are understood."""

    def __init__(self, provider: Provider, options: Options, fields: Mapping[int, str]) -> None:
        self._provider = provider
        self._clears = options.empty is Empty.CLEARS
        self._whole = next((place for place, name in fields.items() if name == EXTERNAL_ID), None)
        self._parts = {place: name for place, name in fields.items() if name in provider.identity}
        self._columns = [
            _Column(place, provider.field(name), options.dates.get(place), options.numbers.get(place))
            for place, name in fields.items()
            if name != EXTERNAL_ID and name not in provider.identity
        ]

    def understand(self, row: Row) -> Understood:
        problems: list[CellProblem] = []
        remarks: list[CellProblem] = []
        external_id, identity = self._identity(row, problems)
        values: dict[str, Value] = {}
        for column in self._columns:
            cell, field = row.cells[column.place], column.field
            if isinstance(cell, Absent) or (not self._clears and _is_empty(cell)):
                continue
            if isinstance(cell, Computed) or (type(cell) is str and cell[:1] == "="):
                remarks.append(_formula(cell, field, column.place))
            try:
                values[field.name] = _value(cell, column)
            except _Wrong as wrong:
                problems.append(CellProblem(wrong.code, f"{field.label}: {wrong}", field.name, column.place))
        return Understood(row.number, external_id, identity, values, tuple(problems), tuple(remarks), row.cells)

    def _identity(self, row: Row, problems: list[CellProblem]) -> tuple[str, dict[str, Value]]:
        try:
            identity = self._identified(row)
            return self._provider.external_id(identity), identity
        except BadIdentity as bad:
            place = self._whole if self._whole is not None else next(iter(self._parts), None)
            problems.append(CellProblem("identity", str(bad), EXTERNAL_ID, place))
        except _Wrong as wrong:
            problems.append(CellProblem(wrong.code, str(wrong), EXTERNAL_ID))
        return "", {}

    def _identified(self, row: Row) -> dict[str, Value]:
        """Where a row has the whole id, that counts; its parts must say the same."""
        parts = {name: text for place, name in self._parts.items() if (text := _id_text(row.cells[place]))}
        whole = _id_text(row.cells[self._whole]) if self._whole is not None else ""
        if not whole:
            return dict(self._provider.identify(self._provider.external_id(parts)))
        identity = dict(self._provider.identify(whole))
        if any(identity.get(name, text) != text for name, text in parts.items()):
            raise _Wrong("identity", "The id and the columns it is made of name different records.")
        return identity


def _id_text(cell: Cell) -> str:
    """An id as the file has it, digit by digit."""
    if isinstance(cell, Damaged):
        raise _Wrong(cell.code, cell.message)
    if isinstance(cell, bool | Mapping | list):
        raise _Wrong("identity", "An id is a text.")
    return text_of(cell).strip()


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def _value(cell: Cell, column: _Column) -> Value:
    """The stored form of a cell; raises _Wrong for what cannot be kept. What only breaks a rule can."""
    field = column.field
    if isinstance(cell, Damaged):
        raise _Wrong(cell.code, cell.message)
    try:
        value = _parsed(cell, column)
    except Unfit as unfit:
        raise _Wrong("wrong_type", str(unfit)) from None
    except Unclear as unclear:
        raise _Wrong(unclear.code, str(unclear)) from None
    if value is None or field.is_sendable(value):
        return value
    if field.is_blank(value):
        return None
    problem = field.problem(value)
    raise _Wrong(*((problem.code, problem.message) if problem else ("wrong_type", "This is not a value of its kind.")))


def _parsed(cell: Any, column: _Column) -> Value:
    field = column.field
    if isinstance(cell, Numeral) and field.kind in _NUMBERS:
        return field.from_wire(_decimal(cell))
    if not isinstance(cell, str):
        return field.from_wire(cell)
    if field.kind in _DATED and (day := dates.read(cell, column.dates, timed=field.kind is Kind.DATE_TIME)):
        return day
    if field.kind in _NUMBERS:
        return field.parse(numerals.read(cell, column.numbers))
    return field.parse(str(cell))


def _decimal(text: Numeral) -> Decimal:
    try:
        return Decimal(text[:_LONGEST_NUMBER])
    except InvalidOperation:
        raise _Wrong("wrong_type", "This is no number.") from None


def _formula(cell: str, field: Field, place: int) -> CellProblem:
    if isinstance(cell, Computed):
        message = "A formula stands here: what it came to when the file was saved is taken."
    else:
        message = "This begins like a formula: it is taken as the text that it is."
    return CellProblem("formula", f"{field.label}: {message}", field.name, place)
