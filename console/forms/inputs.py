"""How one field of a provider becomes one input: which control it is, what stands in it, what it offers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from providers.fields import Clearing, Field, Kind, Meaning, Required
from providers.kinds.moments import zoneinfo_names
from providers.tables import countries, states

if TYPE_CHECKING:
    from providers.fields import Value

LISTED = frozenset({Kind.CHOICE, Kind.COUNTRY, Kind.US_STATE, Kind.TIME_ZONE, Kind.YES_NO})
TYPES = {Kind.EMAIL: "email", Kind.PHONE: "tel"}
MODES = {Kind.MONEY: "decimal", Kind.DECIMAL: "decimal", Kind.WHOLE_NUMBER: "numeric"}
FIRST_GROUPS = ("Person", "Contact", "Address", "Work")
LAST_GROUP = "Record"
NARROW = 60


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a list; `group` heads those that belong together, such as the time zones of a continent."""

    value: str
    label: str
    group: str = ""


def in_groups(fields: Iterable[Field]) -> list[tuple[str, list[Field]]]:
    """Fields under the headings of a form: the person first, what the provider keeps for itself last."""
    ranks = {name: rank for rank, name in enumerate(FIRST_GROUPS)} | {LAST_GROUP: len(FIRST_GROUPS) + 1}
    ordered = list(fields)
    first_seen = {field.group: place for place, field in reversed(list(enumerate(ordered)))}
    ordered.sort(key=lambda field: (ranks.get(field.group, len(FIRST_GROUPS)), first_seen[field.group]))
    return [(group, list(members)) for group, members in groupby(ordered, key=lambda field: field.group)]


def text_of(field: Field, value: Value) -> str:
    """The text that stands in the input for a stored value; parsed, it gives the same value again."""
    if field.is_blank(value):
        return ""
    if field.kind in LISTED:
        return _spelling(field, list(_listed(field, value)), value)
    if field.kind is Kind.PHONE or not isinstance(value, str):
        shown = field.display(value)
        return shown if field.same(field.parse(shown), value) else str(value)
    return value


def control_of(field: Field, text: str) -> str:
    """Which control takes it: select, textarea or input."""
    if field.kind in LISTED:
        return "select"
    long = field.kind is Kind.JSON or field.meaning is Meaning.ADDRESS or "\n" in text
    return "textarea" if long else "input"


def type_of(field: Field, text: str) -> str:
    """The type of an input. A text that is no date stays visible: a date control would show it as empty."""
    if field.kind is Kind.DATE:
        is_day = field.problem(text) is None and field.store(text) == text
        return "date" if is_day or not text else "text"
    return TYPES.get(field.kind, "text")


def mode_of(field: Field) -> str:
    """Which keyboard a phone shows; empty for the usual one."""
    return "numeric" if field.digits else MODES.get(field.kind, "")


def options_of(field: Field, held: Value, text: str) -> list[Option]:
    """What a list offers: its values, what arrived from the provider though unlisted, and what the person sent."""
    options = list(_listed(field, held))
    if text and all(option.value != text for option in options):
        options.append(Option(text, text))
    if not text or field.is_blank(held) or field.clearing is not Clearing.NO:
        options.insert(0, Option("", "Choose…" if field.is_blank(held) else "Empty"))
    return options


def option_groups(options: Iterable[Option]) -> list[tuple[str, list[Option]]]:
    """Options under their headings; the heading is empty where there is none."""
    return [(group, list(members)) for group, members in groupby(options, key=lambda option: option.group)]


def help_of(field: Field, held: Value) -> str:
    """What one should know before typing."""
    return " ".join(filter(None, [field.help, _hidden(field, held), _length(field), _emptying(field, held)]))


def _hidden(field: Field, held: Value) -> str:
    if not field.sensitive:
        return ""
    known = "Hidden. Type to replace it; left empty, it stays as it is."
    return "Hidden once it is saved." if field.is_blank(held) else known


def _length(field: Field) -> str:
    """Only limits that one comes near; a text that is longer than a wide one allows is told so."""
    if field.digits:
        return f"Exactly {field.digits} digits."
    return f"At most {field.max_length} characters." if field.max_length and field.max_length <= NARROW else ""


def _emptying(field: Field, held: Value) -> str:
    if field.required is not Required.NO or field.sensitive or field.kind in LISTED or field.is_blank(held):
        return ""
    return "Cannot be emptied." if field.clearing is Clearing.NO else "May be emptied."


def _listed(field: Field, held: Value) -> Iterator[Option]:
    """The options of the field's kind, and the value that arrived where none of them is the same."""
    options = list(_of_kind(field, held))
    yield from options
    if not field.is_blank(held) and not _spelling(field, options, held):
        shown = field.display(held)
        if field.same(field.parse(shown), held):
            yield Option(shown, f"{shown} (as it arrived)")


def _spelling(field: Field, options: list[Option], value: Value) -> str:
    """How a list spells a value; empty when it lacks it. The same spelling is found without judging hundreds."""
    if any(option.value == value for option in options):
        return str(value)
    return next((option.value for option in options if field.same(field.parse(option.value), value)), "")


def _of_kind(field: Field, held: Value) -> Iterable[Option]:
    match field.kind:
        case Kind.CHOICE:
            return (Option(choice.value, choice.label) for choice in field.choices)
        case Kind.YES_NO:
            return (Option("yes", "Yes"), Option("no", "No"))
        case Kind.COUNTRY:
            return _countries(three_letters=isinstance(held, str) and held.upper() in countries.THREE_LETTERS)
        case Kind.US_STATE:
            return tuple(Option(code, name) for code, name in states.NAMES.items())
        case _:
            return _time_zones()


@cache
def _countries(*, three_letters: bool) -> tuple[Option, ...]:
    """In the spelling that the record has them in: two letters or three."""
    codes = countries.THREE_LETTERS if three_letters else {code: code for code in countries.NAMES}
    options = (Option(code, countries.NAMES[two]) for code, two in codes.items())
    return tuple(sorted(options, key=lambda option: option.label))


@cache
def _time_zones() -> tuple[Option, ...]:
    zones = sorted((_continent(name), name) for name in zoneinfo_names())
    return tuple(Option(name, name.partition("/")[2].replace("_", " ") or name, continent) for continent, name in zones)


def _continent(zone: str) -> str:
    continent, slash, _ = zone.partition("/")
    return continent if slash else "Other"
