"""Values out of a list: choices, countries, US states, yes and no."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import ClassVar

from providers.kinds.base import Choice, Handler, Problem, Unfit, Value, Wire
from providers.kinds.characters import plain
from providers.kinds.text import Text
from providers.tables import countries, states

_NAMED = 12


class Chosen(Text):
    """One of the field's choices, by its value exactly; a person may also type its words."""

    longest = 200

    def __init__(self, choices: tuple[Choice, ...] = ()) -> None:
        self.choices = choices

    def parse(self, text: str) -> Value:
        typed = super().parse(text)
        if not isinstance(typed, str) or any(choice.value == typed for choice in self.choices):
            return typed
        meant = {choice.value for choice in self.choices if typed.casefold() == choice.label.casefold()}
        meant = meant or {choice.value for choice in self.choices if typed.casefold() == choice.value.casefold()}
        return meant.pop() if len(meant) == 1 else typed

    def problem(self, value: object) -> Problem | None:
        if problem := super().problem(value):
            return problem
        if any(choice.value == value for choice in self.choices):
            return None
        return not_a_choice(choice.label for choice in self.choices)

    def display(self, value: Value) -> str:
        labels = {choice.value: choice.label for choice in self.choices}
        shown = super().display(value)
        return labels.get(shown, shown)


class Listed(Text):
    """A code out of a table of our own; a person may also type the name that stands beside it."""

    longest = 100
    names: ClassVar[Mapping[str, str]]
    by_name: ClassVar[Mapping[str, str]]
    advice: ClassVar[str]

    def parse(self, text: str) -> Value:
        typed = super().parse(text)
        if not isinstance(typed, str) or self.code(typed):
            return self.store(typed)
        return self.by_name.get(typed.casefold(), typed)

    def store(self, value: Value) -> Value:
        return value.upper() if isinstance(value, str) and self.code(value) else value

    def code(self, text: str) -> str | None:
        """The code that a text is a spelling of, if it is one."""
        return text.upper() if text.upper() in self.names else None

    def problem(self, value: object) -> Problem | None:
        if problem := super().problem(value):
            return problem
        return None if self.code(str(value)) else Problem("not_a_choice", self.advice)

    def canonical(self, value: object) -> Value:
        text = super().canonical(value)
        return (self.code(text) or text) if isinstance(text, str) else text

    def display(self, value: Value) -> str:
        shown = super().display(value)
        return self.names.get(self.code(shown) or "", shown)


class State(Listed):
    """A state of the USA, as two letters."""

    names: ClassVar[Mapping[str, str]] = states.NAMES
    by_name: ClassVar[Mapping[str, str]] = MappingProxyType({v.casefold(): k for k, v in states.NAMES.items()})
    advice: ClassVar[str] = "Choose a US state such as California."


class Country(Listed):
    """A country, as two letters or three, whichever the provider uses; both spellings are one value."""

    names: ClassVar[Mapping[str, str]] = countries.NAMES
    by_name: ClassVar[Mapping[str, str]] = MappingProxyType({v.casefold(): k for k, v in countries.NAMES.items()})
    advice: ClassVar[str] = "Choose a country such as Indonesia."

    def code(self, text: str) -> str | None:
        return countries.THREE_LETTERS.get(text.upper()) or super().code(text)


class YesNo(Handler):
    """Yes or no. Nothing but a real yes or no is sent: “maybe” is not false."""

    stored_as: ClassVar[type] = bool
    words: ClassVar[Mapping[str, bool]] = MappingProxyType(
        {
            **dict.fromkeys(("yes", "y", "true", "on", "1"), True),
            **dict.fromkeys(("no", "n", "false", "off", "0"), False),
        }
    )

    def parse(self, text: str) -> Value:
        typed = plain(text)
        return self.words.get(typed.casefold(), typed) if typed else None

    def problem(self, value: object) -> Problem | None:
        if not isinstance(value, bool | str):
            return Problem("wrong_type", "Choose Yes or No.", {"type": type(value).__name__})
        return None if isinstance(value, bool) else not_a_choice(("Yes", "No"))

    def canonical(self, value: object) -> Value:
        return value if isinstance(value, bool) else Text().canonical(value)

    def to_wire(self, value: Value) -> Wire:
        return value

    def from_wire(self, wire: object) -> Value:
        spelled = {"true": True, "false": False}.get(wire.lower()) if isinstance(wire, str) else wire
        if wire is None or wire == "":
            return None
        if not isinstance(spelled, bool):
            raise Unfit(f"yes or no was expected, not {type(wire).__name__}")
        return spelled

    def display(self, value: Value) -> str:
        if isinstance(value, bool):
            return "Yes" if value else "No"
        return Text().display(value)


def not_a_choice(labels: Iterable[str]) -> Problem:
    """The problem of a value that isn't in a list, naming the list where it is short enough to read."""
    named = tuple(labels)
    if not named:
        return Problem("not_a_choice", "There is nothing to choose from here; ask an administrator.")
    listed = " or ".join((", ".join(named[:-1]), named[-1])) if len(named) > 1 else named[0]
    message = f"Choose {listed}." if len(named) <= _NAMED else "Choose one of the listed values."
    return Problem("not_a_choice", message, {"choices": ", ".join(named)})
