"""What lists offer: the values of a kind, what arrived from the provider though unlisted, and what a person sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from providers.fields import Clearing, Field, Kind, Required
from providers.kinds.moments import zoneinfo_names
from providers.tables import countries, states

if TYPE_CHECKING:
    from providers.fields import Value

LISTED = frozenset({Kind.CHOICE, Kind.COUNTRY, Kind.US_STATE, Kind.TIME_ZONE, Kind.YES_NO})
AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a list; `group` heads those that belong together, such as the time zones of a continent."""

    value: str
    label: str
    group: str = ""


def options_of(field: Field, held: Value, text: str, *, radios: bool = False) -> list[Option]:
    """What a list offers. Radios offer no “Choose…”, but a way back where nothing has to be chosen."""
    options = list(_listed(field, held))
    if text and all(option.value != text for option in options):
        options.append(Option(text, text))
    is_blank = field.is_blank(held)
    if radios and is_blank and field.required is Required.ALWAYS:
        return options
    if not text or is_blank or field.clearing is not Clearing.NO:
        nothing = "Not chosen" if radios else "Choose…"  # whether it is empty there, nobody may know
        options.insert(0, Option("", nothing if is_blank else "Empty"))
    return options


def option_groups(options: Iterable[Option]) -> list[tuple[str, list[Option]]]:
    """Options under their headings; the heading is empty where there is none."""
    return [(group, list(members)) for group, members in groupby(options, key=lambda option: option.group)]


def spelled(field: Field, value: Value) -> str:
    """How the field's list spells a value that it has."""
    return _spelling(field, list(_listed(field, value)), value)


def _listed(field: Field, held: Value) -> Iterator[Option]:
    """The options of the field's kind, and the value that arrived where none of them is the same."""
    options = list(_of_kind(field, held))
    yield from options
    if not field.is_blank(held) and not _spelling(field, options, held):
        shown = field.display(held)
        yield Option(shown, f"{shown} (as it arrived)")


def _spelling(field: Field, options: list[Option], value: Value) -> str:
    """How a list spells a value; empty when it lacks it. The same spelling is found without judging hundreds."""
    if any(option.value == value for option in options):
        return str(value)
    same = (option.value for option in options if field.same(field.parse(option.value), value))
    return next(same, "")


def _of_kind(field: Field, held: Value) -> Iterable[Option]:
    match field.kind:
        case Kind.CHOICE:
            return (Option(choice.value, choice.label) for choice in field.choices)
        case Kind.YES_NO:
            return (Option("yes", "Yes"), Option("no", "No"))
        case Kind.COUNTRY:
            return _countries(three_letters=isinstance(held, str) and held.upper() in countries.THREE_LETTERS)
        case Kind.US_STATE:
            return tuple(Option(code, f"{name} ({code})") for code, name in states.NAMES.items())
        case _:
            return _time_zones(int(datetime.now(UTC).timestamp()) // AN_HOUR)


@cache
def _countries(*, three_letters: bool) -> tuple[Option, ...]:
    """In the spelling that the record has them in: two letters or three."""
    codes = countries.THREE_LETTERS if three_letters else {code: code for code in countries.NAMES}
    options = (Option(code, countries.NAMES[two]) for code, two in codes.items())
    return tuple(sorted(options, key=lambda option: option.label))


@lru_cache(maxsize=2)
def _time_zones(hour: int) -> tuple[Option, ...]:
    """With the offset that each has in this hour, counted since 1970: summer time comes and goes."""
    now = datetime.fromtimestamp(hour * AN_HOUR, UTC)
    zones = sorted((_continent(name), name) for name in zoneinfo_names())
    return tuple(Option(name, f"{_place(name)} ({offset(name, now)})", continent) for continent, name in zones)


def offset(zone: str, now: datetime) -> str:
    """How far a zone is from UTC at a moment, such as UTC+5:30."""
    distance = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    hours, minutes = divmod(abs(round(distance.total_seconds())) // 60, 60)
    sign = "+" if distance > timedelta() else "\N{MINUS SIGN}"
    return "UTC" if not distance else f"UTC{sign}{hours}{f':{minutes:02}' if minutes else ''}"


def _place(zone: str) -> str:
    return zone.partition("/")[2].replace("_", " ") or zone


def _continent(zone: str) -> str:
    continent, slash, _ = zone.partition("/")
    return continent if slash else "Other"
