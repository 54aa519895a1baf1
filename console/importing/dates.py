"""Dates in figures, in three styles. Which one it is, is asked, even where some dates allow only one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from console.importing.table import DateStyle
from console.importing.table import Unclear as Unclear  # noqa: PLC0414 - what reading a date raises

_BETWEEN = r"\s?[-/.\u2010-\u2015\u2212\s]\s?"
_TIME = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?\s?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
_FIGURES = re.compile(rf"([0-9]{{1,4}}){_BETWEEN}([0-9]{{1,2}}){_BETWEEN}([0-9]{{1,4}})\.?(?:[T ]\s?({_TIME}))?")
_MIDNIGHT = re.compile(r"0?0:00(?::00(?:\.0+)?)?Z?")
_LONGEST = 60
_PLACES = {
    DateStyle.YEAR_FIRST: (0, 1, 2),
    DateStyle.DAY_FIRST: (2, 1, 0),
    DateStyle.MONTH_FIRST: (2, 0, 1),
}


def read(text: str, style: DateStyle | None, *, timed: bool = False) -> str | None:
    """The date as YYYY-MM-DD, with its time if `timed`; None for what is no date in figures.

    Raises Unclear where the style says no day of it. Four figures at the beginning are a year, whatever the style.
    """
    match = _matched(text)
    if not match:
        return None
    if match[4] and not timed and not _MIDNIGHT.fullmatch(match[4]):
        raise Unclear("time", "Leave out the time: this is a date, and elsewhere it may be another day.")
    day = _day(match, style)
    return f"{day}T{_time(match[4])}" if timed and match[4] else day


def styles_of(texts: Iterable[str]) -> tuple[frozenset[DateStyle], str]:
    """The styles in which every one of these texts that needs one is a day, and the first text that needs one.

    No style at all: they contradict each other. "" where none needs one.
    """
    able, first = {DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST}, ""
    for text in texts:
        match = _matched(text)
        if match and len(match[1]) < 4 and len(match[3]) == 4:
            first = first or text
            able = {style for style in able if _is_day(match, style)}
    return frozenset(able), first


def _matched(text: str) -> re.Match[str] | None:
    return _FIGURES.fullmatch(text.strip()) if len(text) <= _LONGEST else None


def _day(match: re.Match[str], style: DateStyle | None) -> str:
    if len(match[1]) == 4:
        return _in_style(match, DateStyle.YEAR_FIRST)
    if len(match[3]) != 4:
        raise Unclear("short_year", "Write the year of this date with four figures.")
    if style is None:
        raise Unclear("date_style", "Day and month of this date may be either: say how the dates of this column read.")
    if style is DateStyle.YEAR_FIRST:
        raise Unclear("date_style", "This date does not begin with its year, as the others of this column do.")
    return _in_style(match, style)


def _in_style(match: re.Match[str], style: DateStyle) -> str:
    figures = match[1], match[2], match[3]
    year, month, day = (int(figures[place]) for place in _PLACES[style])
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise Unclear("no_such_day", f"There is no such day, read {style}.") from None


def _is_day(match: re.Match[str], style: DateStyle) -> bool:
    try:
        _in_style(match, style)
    except Unclear:
        return False
    return True


def _time(text: str) -> str:
    return text.replace(" ", "") if text[1:2] != ":" else f"0{text}".replace(" ", "")
