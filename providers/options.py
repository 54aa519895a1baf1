"""The settings of a connection that decide on its provider's rules: what they are, and how their texts are read."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from providers.auth import SCHEMES
from providers.fields import Choice, Field, Kind, Locked, Violation

_PATH = re.compile(r"(/([A-Za-z0-9._~-]+|\{[a-z_]+\}))+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_CHOICE_KIND = re.compile(r"choice\(([^()]*)\)")
_DECLARABLE = tuple(kind for kind in Kind if kind not in {Kind.CHOICE, Kind.JSON, Kind.DATE_TIME})


@dataclass(frozen=True, slots=True)
class Option:
    """One setting as a connection's form shows it. Several values in one text are separated by commas."""

    name: str
    label: str
    help: str
    required: bool = False
    choices: tuple[Choice, ...] = ()
    default: str = ""


class BadOptions(ValueError):
    """Settings that cannot work; `violations` name each option as their field, in sentences for a person."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        super().__init__("; ".join(f"{violation.field}: {violation.message}" for violation in violations))
        self.violations = violations


def path_option(default: str) -> Option:
    """Where updates go, for an account whose documentation names another path."""
    return Option("path", "Path of an update", f"Leave empty for {default}.", default=default)


def read_path_option(default: str) -> Option:
    """Where a record is read."""
    return Option("read_path", "Path of a read", f"Leave empty for {default}.", default=default)


def auth_option(default: str) -> Option:
    """How requests authenticate."""
    choices = tuple(Choice(scheme.name, scheme.label) for scheme in SCHEMES.values())
    return Option("auth", "Authentication", "How your account proves who it is.", choices=choices, default=default)


def read_option() -> Option:
    """Whether the account may read records."""
    choices = (Choice("on", "Read"), Choice("off", "Never read"))
    text = "Reading finds what others changed; switch it off where your account may not read."
    return Option("read", "Reading records", text, choices=choices, default="on")


def clear_as_option() -> Option:
    """How an optional value is emptied at a provider that documents no way."""
    text = "The documentation names no way to empty a value. Choose this if your account takes an empty text for it."
    return Option("clear_as", "Emptying a value", text, choices=(Choice("empty", "Send an empty text"),))


def send_option() -> Option:
    """How much of a record an update carries."""
    choices = (Choice("changed", "Only what changes"), Choice("held", "Everything we hold"))
    text = "If your account blanks what an update leaves out, send everything we hold."
    return Option("send", "What an update carries", text, choices=choices, default="changed")


def editable_option(fields: Sequence[Field]) -> Option:
    """Which fields of uncertain fate a connection opens."""
    choices = tuple(Choice(field.name, field.label) for field in fields if field.locked is Locked.CAUTION)
    return Option("editable", "Fields to open", "Fields that may or may not be changeable, by name.", choices=choices)


def sensitive_option() -> Option:
    """Which fields a connection hides beside those that the provider's table does."""
    text = "Fields to mask on every page and keep sealed, beside those that always are, by name."
    return Option("sensitive", "Further sensitive fields", text)


def split(text: str) -> tuple[str, ...]:
    """The values of a comma-separated text, in order, each once."""
    return tuple(dict.fromkeys(value for part in text.split(",") if (value := part.strip())))


def problems_of(
    options: Mapping[str, object], offered: Sequence[Option], fields: Sequence[Field]
) -> Iterator[Violation]:
    """What is wrong with settings as far as it can be told without knowing the provider."""
    by_name = {option.name: option for option in offered}
    for name, value in options.items():
        if not isinstance(value, str):
            yield Violation(name, "wrong_type", "Enter a text here.")
        elif name not in by_name and name != "editable":
            yield Violation(name, "unknown_option", "This provider has no such setting; remove it.")
        elif name == "sensitive":
            declared, _ = declared_fields(str(options.get("fields") or ""), ())
            yield from _sensitive_problems(value, {*(field.name for field in fields), *(each for each, *_ in declared)})
        elif name == "editable":
            yield from _editable_problems(value, fields)
        elif value and name in {"path", "read_path"}:
            yield from _path_problems(name, value, by_name[name].default)
        elif value and by_name[name].choices:
            yield from _choice_problems(by_name[name], value)
    for option in offered:
        if option.required and not options.get(option.name):
            yield Violation(option.name, "required", f"Choose this: {option.label}.")


def _editable_problems(value: str, fields: Sequence[Field]) -> Iterator[Violation]:
    locks = {field.name: field for field in fields}
    for name in split(value):
        if name not in locks:
            yield Violation("editable", "unknown_field", f"There is no field “{name}”.", {"name": name})
        elif locks[name].locked is Locked.FORBIDDEN:
            message = f"No setting opens “{name}”: {locks[name].locked_reason}"
            yield Violation("editable", "locked", message, {"name": name})


def _sensitive_problems(value: str, names: Collection[str]) -> Iterator[Violation]:
    for name in split(value):
        if name not in names:
            yield Violation("sensitive", "unknown_field", f"There is no field “{name}”.", {"name": name})


def _path_problems(name: str, value: str, default: str) -> Iterator[Violation]:
    parts = value.split("/")
    if not _PATH.fullmatch(value) or "." in parts or ".." in parts:
        yield Violation(name, "invalid_path", f"Enter a path such as {default}.")
    elif sorted(_placeholders(value)) != sorted(_placeholders(default)):
        wanted = " and ".join(_placeholders(default))
        message = f"The path must hold {wanted} once." if wanted else "The path may not hold braces."
        yield Violation(name, "invalid_path", message)


def _placeholders(path: str) -> list[str]:
    return [part for part in path.split("/") if part.startswith("{")]


def _choice_problems(option: Option, value: str) -> Iterator[Violation]:
    if value not in {choice.value for choice in option.choices}:
        listed = ", ".join(choice.value for choice in option.choices)
        yield Violation(option.name, "not_a_choice", f"Choose one of: {listed}.", {"choices": listed})


def declared_fields(
    text: str, taken: Collection[str]
) -> tuple[list[tuple[str, Kind, tuple[str, ...]]], list[Violation]]:
    """The fields that `name:kind, name:choice(a|b)` declares, and what is wrong with it."""
    found: list[tuple[str, Kind, tuple[str, ...]]] = []
    wrong: list[Violation] = []
    for entry in split(text):
        name, _, word = (part.strip() for part in entry.partition(":"))
        listed = _CHOICE_KIND.fullmatch(word)
        values = tuple(dict.fromkeys(v for part in listed[1].split("|") if (v := part.strip()))) if listed else ()
        kind = Kind.CHOICE if values else next((kind for kind in _DECLARABLE if kind == (word or "text")), None)
        if problem := _declaration_problem(name, kind, {*taken, *(other for other, _, _ in found)}):
            wrong.append(Violation("fields", "invalid_field", f"“{entry}”: {problem}", {"entry": entry}))
        elif kind:
            found.append((name, kind, values))
    return found, wrong


def _declaration_problem(name: str, kind: Kind | None, taken: Collection[str]) -> str:
    if not _NAME.fullmatch(name):
        return "a name is letters, digits and underscores, at most 64."
    if name in taken:
        return "this field is there already."
    kinds = ", ".join(_DECLARABLE)
    return "" if kind else f"the kind must be one of {kinds}, or choice(one|another)."
