"""Dates in figures, in three styles. Which one it is, is asked, even where some dates allow only one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from console.importing.table import DateStyle

_BETWEEN = r"\s?[-/.\u2010-\u2015\u2212\s]\s?"
_MIDNIGHT = r"(?:[T ]00?:00(?::00)?(?:\.0+)?Z?)?"
_FIGURES = re.compile(rf"\s*([0-9]{{1,4}}){_BETWEEN}([0-9]{{1,2}}){_BETWEEN}([0-9]{{1,4}})\.?{_MIDNIGHT}\s*")
_PLACES = {
    DateStyle.YEAR_FIRST: (0, 1, 2),
    DateStyle.DAY_FIRST: (2, 1, 0),
    DateStyle.MONTH_FIRST: (2, 0, 1),
}


class Unclear(ValueError):
    """A date in figures that cannot be told, with a code and a sentence that says why."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


def read(text: str, style: DateStyle | None) -> str | None:
    """The date as YYYY-MM-DD; None for what is no date in figures. Raises Unclear where the style says no day of it.

    Four figures at the beginning are a year, whatever the style: nobody writes day or month so.
    """
    match = _FIGURES.fullmatch(text) if len(text) <= 60 else None
    if not match:
        return None
    parts = (match[1], match[2], match[3])
    if len(match[1]) == 4:
        return _day(parts, DateStyle.YEAR_FIRST)
    if len(match[3]) != 4:
        raise Unclear("short_year", "Write the year of this date with four figures.")
    if style is None:
        raise Unclear("date_style", "Day and month of this date may be either: say how the dates of this column read.")
    if style is DateStyle.YEAR_FIRST:
        raise Unclear("date_style", "This date does not begin with its year, as the others of this column do.")
    return _day(parts, style)


def styles_of(texts: Iterable[str]) -> tuple[frozenset[DateStyle], str]:
    """The styles in which every one of these texts that needs one is a day, and the first text that needs one.

    No style at all: they contradict each other. "" where none needs one.
    """
    able, first = {DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST}, ""
    for text in texts:
        match = _FIGURES.fullmatch(text) if len(text) <= 60 else None
        if match and len(match[1]) < 4 and len(match[3]) == 4:
            first = first or text
            able &= {style for style in able if _is_day((match[1], match[2], match[3]), style)}
    return frozenset(able), first


def _day(parts: tuple[str, str, str], style: DateStyle) -> str:
    year, month, day = (int(parts[place]) for place in _PLACES[style])
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise Unclear("no_such_day", f"There is no such day, read {style}.") from None


def _is_day(parts: tuple[str, str, str], style: DateStyle) -> bool:
    try:
        _day(parts, style)
    except Unclear:
        return False
    return True
