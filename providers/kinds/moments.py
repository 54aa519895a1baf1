"""Dates, moments and time zones."""

import functools
import re
import zoneinfo
from datetime import UTC, date, datetime

from providers.kinds.base import Problem, Value
from providers.kinds.text import Text

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_WRITTEN = re.compile(r"([0-9]{1,2})\.? ([A-Za-z]{3,9})\.?,? ([0-9]{4})")
_WRITTEN_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? ([0-9]{1,2}),? ([0-9]{4})")
_FULL_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_SHOWN_MOMENT = re.compile(r"(.+), ([0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?)( UTC)?")
_MOMENT_IN_ANSWER = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9:.]+(Z|[+-][0-9:]+)?")
_LONGEST = 60


class Date(Text):
    """A day, stored as YYYY-MM-DD. Day and month are never guessed: 03/04/2024 is left for a person to look at."""

    longest = _LONGEST

    def store(self, value: Value) -> Value:
        day = _day(value) if isinstance(value, str) and len(value) <= self.longest else None
        return day.isoformat() if day else value

    def problem(self, value: object) -> Problem | None:
        if problem := super().problem(value):
            return problem
        if isinstance(value, str) and _day(value):
            return None
        return Problem("invalid_date", "Enter a date as year-month-day, such as 1985-06-15.")

    def canonical(self, value: object) -> Value:
        return self.store(super().canonical(value))

    def from_wire(self, wire: object) -> Value:
        value = super().from_wire(wire)
        match = _MOMENT_IN_ANSWER.fullmatch(value) if isinstance(value, str) else None
        return self.store(match[1]) if match else value

    def display(self, value: Value) -> str:
        stored = self.store(value)
        day = _day(stored) if isinstance(stored, str) and len(stored) <= self.longest else None
        return _written(day) if day else super().display(value)


class DateTime(Text):
    """A moment as its provider wrote it, fractions and zone included; compared as a point in time, shown in seconds."""

    longest = _LONGEST

    def problem(self, value: object) -> Problem | None:
        if problem := super().problem(value):
            return problem
        if isinstance(value, str) and _moment(value):
            return None
        return Problem("invalid_date_time", "Enter a date and time such as 2024-12-01T10:30:00Z.")

    def parse(self, text: str) -> Value:
        typed = super().parse(text)
        shown = _SHOWN_MOMENT.fullmatch(typed) if isinstance(typed, str) and len(typed) <= self.longest else None
        day = _day(shown[1]) if shown else None
        return f"{day.isoformat()}T{shown[2]}{'Z' if shown[3] else ''}" if shown and day else typed

    def canonical(self, value: object) -> Value:
        text = super().canonical(value)
        moment = _moment(text) if isinstance(text, str) and len(text) <= self.longest else None
        return moment.isoformat() if moment else text

    def display(self, value: Value) -> str:
        moment = _moment(value) if isinstance(value, str) and len(value) <= self.longest else None
        if not moment:
            return super().display(value)
        return f"{_written(moment.date())}, {moment.time().isoformat('seconds')}{' UTC' if moment.tzinfo else ''}"


class TimeZone(Text):
    """The IANA name of a time zone, shown without its underscores."""

    longest = 100

    def store(self, value: Value) -> Value:
        known = _zones_by_fold().get(value.replace(" ", "_").casefold()) if isinstance(value, str) else None
        return known or value

    def problem(self, value: object) -> Problem | None:
        if problem := super().problem(value):
            return problem
        if self.store(str(value)) in zoneinfo_names():
            return None
        return Problem("invalid_time_zone", "Choose a time zone such as America/New_York.")

    def canonical(self, value: object) -> Value:
        return self.store(super().canonical(value))

    def display(self, value: Value) -> str:
        shown = super().display(value)
        return shown.replace("_", " ") if shown in zoneinfo_names() else shown


@functools.cache
def zoneinfo_names() -> frozenset[str]:
    """Every time zone that this machine's tables know, without the names that are files rather than zones."""
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime", "posixrules"})


@functools.cache
def _zones_by_fold() -> dict[str, str]:
    return {name.casefold(): name for name in zoneinfo_names()}


def _day(text: str) -> date | None:
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = match[1], int(match[2]), match[3]
    elif match := _WRITTEN.fullmatch(text):
        year, month, day = match[3], _month(match[2]), match[1]
    elif match := _WRITTEN_MONTH_FIRST.fullmatch(text):
        year, month, day = match[3], _month(match[1]), match[2]
    else:
        return None
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None


def _month(word: str) -> int:
    """1 to 12 for a month's name or its beginning of three letters, otherwise 0."""
    for number, name in enumerate(_FULL_MONTHS, start=1):
        if word.lower() in {name, name[:3], "sept" if name == "september" else name}:
            return number
    return 0


def _written(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year:04}"


def _moment(text: str) -> datetime | None:
    """In UTC where the text names a zone; without one there is no telling, so it stays without."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
