"""What an Excel cell holds, as text: numbers as they are meant, dates as year-month-day, ids with their zeros."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from console.importing.table import Cell, Computed, ComputedNumeral, Damaged, Numeral
from console.importing.xlsx_strings import unescaped

_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})  # built into Excel
_SET_ASIDE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_OF_DATES = re.compile(r"[ymdhs]", re.IGNORECASE)
_ZEROS = re.compile(r"0{2,15}")
_EXACT = 10**15  # Excel keeps no more than 15 figures
_LAST_DAY = 2_958_466  # 31 December 9999
_EARLY, _SINCE_1900 = datetime(1899, 12, 31, tzinfo=UTC), datetime(1899, 12, 30, tzinfo=UTC)
_SINCE_1904 = datetime(1904, 1, 1, tzinfo=UTC)
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})

LONG = Damaged("long_cell", "This cell has more text than Excel's cells hold.")
NONE = Damaged("damaged_cell", "This cell is damaged: enter it again.")
_LOST = Damaged(
    "digits_lost",
    "Excel keeps 15 figures of a number, and this has more: format the column as text, then enter it again.",
)
_NO_DAY = Damaged("invalid_date", "Excel has no such date.")
_NEVER = Damaged("formula", "A formula stands here that was never worked out: put its value in its place.")


@dataclass(frozen=True, slots=True)
class Style:
    """What a format says of a number: that it is a date, or how many figures it is filled to with zeros."""

    date: bool = False
    figures: int = 0


PLAIN = Style()


def styles_of(elements: list[tuple[str, dict[str, str]]]) -> list[Style]:
    """The formats of a workbook, by the numbers that its cells have."""
    codes = {link.get("numFmtId", ""): link.get("formatCode", "") for name, link in elements if name == "numFmt"}
    found, within = [], False
    for name, link in elements:
        if name in {"cellXfs", "cellStyles", "cellStyleXfs", "dxfs"}:
            within = name == "cellXfs"
        elif name == "xf" and within:
            found.append(_style(link.get("numFmtId", "0"), codes))
    return found


def number(raw: str, style: Style, *, since_1904: bool = False) -> Cell:
    """A number as the sheet means it."""
    try:
        value = float(raw)
    except ValueError:
        return NONE
    if not abs(value) < _EXACT:  # neither is what is no number
        return _LOST if abs(value) >= _EXACT else NONE
    if style.date:
        return _date(value, since_1904=since_1904)
    if value.is_integer():
        return Numeral(str(int(value)).zfill(style.figures))
    return Numeral(format(Decimal(format(value, ".15g")), "f"))


def computed(cell: Cell, *, worked_out: bool) -> Cell:
    """The same cell where a formula stands in it."""
    if not worked_out:
        return _NEVER
    if isinstance(cell, Numeral):
        return ComputedNumeral(cell)
    return Computed(cell) if isinstance(cell, str) else cell


def damaged(_: str) -> Cell:
    """A cell of a kind that no sheet has."""
    return NONE


def _of_iso(raw: str) -> Cell:
    day, _, time = raw.partition("T")
    return day if not time.strip("0:.Z") else raw


def _error(raw: str) -> Cell:
    shown = f" ({raw})" if raw in _ERRORS else ""
    return Damaged("error_cell", f"An error of Excel's stands here{shown}: put a value in its place.")


def _style(number: str, codes: Mapping[str, str]) -> Style:
    if number in codes:
        bare = _SET_ASIDE.sub("", codes[number].split(";")[0])
        if _ZEROS.fullmatch(bare):
            return Style(figures=len(bare))
        return Style(date="general" not in bare.lower() and bool(_OF_DATES.search(bare)))
    return Style(date=number.isdecimal() and int(number) in _DATES)


def _date(days: float, *, since_1904: bool) -> Cell:
    """Days since the beginning of Excel's calendar, which has a 29 February 1900 that never was."""
    if not 0 <= days < _LAST_DAY or (not since_1904 and 60 <= days < 61):
        return _NO_DAY
    if days < 1:
        return (_EARLY + timedelta(seconds=round(days * 86400))).time().isoformat()
    base = _SINCE_1904 if since_1904 else _SINCE_1900 if days >= 60 else _EARLY
    try:
        moment = base + timedelta(seconds=round(days * 86400))
    except OverflowError:
        return _NO_DAY
    return moment.date().isoformat() if moment.time() == _EARLY.time() else moment.replace(tzinfo=None).isoformat()


OTHERS: Mapping[str, Callable[[str], Cell]] = MappingProxyType(
    {
        "inlineStr": unescaped,
        "str": unescaped,
        "b": lambda raw: "TRUE" if raw == "1" else "FALSE",
        "d": _of_iso,
        "e": _error,
    }
)
"""What the kinds of cells other than numbers and shared texts hold."""
