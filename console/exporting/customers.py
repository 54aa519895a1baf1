"""Customers as a table (CSV), a workbook (XLSX) or lines of JSON, which an import takes in again without a difference.

Each value is spelled as it is stored. What whoever exports may not see has no column: a mask in its place would be
taken for a value by whoever imports the file. A table or a workbook cannot tell what is known to be empty from what was
never known; lines can.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING

from console.exporting import workbook
from console.exporting.table import MARK, harmless
from console.importing.numerals import may_be_either
from console.importing.table import EXTERNAL_ID
from providers.fields import Kind

if TYPE_CHECKING:
    from console.exporting.files import Writable
    from providers.base import Provider
    from providers.fields import Field, Value

AT_ONCE = 1000
_NUMBERS = frozenset({Kind.MONEY, Kind.DECIMAL, Kind.WHOLE_NUMBER})
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")


def write_table(
    file: Writable, provider: Provider, records: Iterable[Mapping[str, Value]], *, without: Collection[str] = ()
) -> None:
    """Writes a row for each record: its id, then its fields in the order of the provider's, `without` some of them."""
    columns = [EXTERNAL_ID, *_names(provider, without)]
    file.write(_lines([columns]).join([MARK, ""]).encode())
    for some in batched(records, AT_ONCE):
        rows = (map(harmless, _cells(provider, record, columns[1:])) for record in some)
        file.write(_lines(rows).encode(errors="replace"))


def write_workbook(
    file: Writable, provider: Provider, records: Iterable[Mapping[str, Value]], *, without: Collection[str] = ()
) -> None:
    """Writes the same table as a workbook, where a cell is text whatever stands in it. Raises NotFit for too much."""
    columns = [EXTERNAL_ID, *_names(provider, without)]
    rows = ([[*_cells(provider, record, columns[1:])] for record in some] for some in batched(records, AT_ONCE))
    workbook.write_workbook(file, columns, rows, datetime.now(UTC))


def write_lines(
    file: Writable, provider: Provider, records: Iterable[Mapping[str, Value]], *, without: Collection[str] = ()
) -> None:
    """Writes an object for each record, with what is known of it `without` some fields; null is known to be empty."""
    names = _names(provider, without)
    for some in batched(records, AT_ONCE):
        told = "".join(f"{_object(provider, record, names)}\n" for record in some)
        file.write(told.encode(errors="backslashreplace"))  # of half a character, as JSON spells it


def _names(provider: Provider, without: Collection[str]) -> list[str]:
    return [field.name for field in provider.fields if field.name not in {*provider.identity, *without}]


def _cells(provider: Provider, record: Mapping[str, Value], names: Iterable[str]) -> Iterator[str]:
    yield provider.external_id(record)
    for name in names:
        yield _spelled(provider.field(name), record.get(name))


def _spelled(field: Field, value: Value) -> str:
    """A value as its field reads it again. A number with three decimals gets a zero more, which makes it no other:
    nobody takes its point for one that divides thousands, no spreadsheet and no import.
    """
    if isinstance(value, str) and field.kind in _NUMBERS and may_be_either(value):
        return f"{value}0"
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _object(provider: Provider, record: Mapping[str, Value], names: Iterable[str]) -> str:
    known = {name: _in_json(provider.field(name), record[name]) for name in names if name in record}
    whole = {EXTERNAL_ID: json.dumps(provider.external_id(record), ensure_ascii=False), **known}
    pairs = ", ".join(f"{json.dumps(name)}: {value}" for name, value in whole.items())
    return f"{{{pairs}}}"


def _in_json(field: Field, value: Value) -> str:
    """A number as a number, digit by digit; everything else as it is stored."""
    if isinstance(value, str) and field.kind in _NUMBERS and _NUMBER.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _lines(rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
