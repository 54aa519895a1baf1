"""Plain text, and the ways in which every kind that is written as text treats one."""

import contextlib

from providers.kinds.base import Handler, Problem, Unfit, Value
from providers.kinds.characters import clean, find_problem, plain

_LONGEST_RECEIVED = Handler.longest


class Text(Handler):
    """Text as it is. Kinds that are spelled as text build on this and add what they understand."""

    def parse(self, text: str) -> Value:
        typed = plain(text)
        return self.store(typed) if typed else None

    def problem(self, value: object) -> Problem | None:
        if not isinstance(value, str):
            return Problem("wrong_type", "Enter a text here.", {"type": type(value).__name__})
        if len(value) > self.longest:
            return too_long(len(value), self.longest)
        return find_problem(value)

    def canonical(self, value: object) -> Value:
        if value is None:
            return None
        if not isinstance(value, str):
            value = _describe(value)
        return plain(value) or None

    def from_wire(self, wire: object) -> Value:
        if wire is None:
            return None
        if isinstance(wire, int) and not isinstance(wire, bool):
            with contextlib.suppress(ValueError):  # Python refuses to write out integers of thousands of digits
                wire = str(wire)
        if not isinstance(wire, str):
            raise Unfit(f"a text was expected, not {type(wire).__name__}")
        if len(wire) > _LONGEST_RECEIVED:
            raise Unfit(f"a text was expected, not one of {len(wire)} characters")
        received = clean(wire)
        return self.store(received) if plain(received) else None

    def display(self, value: Value) -> str:
        return clean(value if isinstance(value, str) else "" if value is None else _describe(value))


def too_long(length: int, longest: int, unit: str = "characters") -> Problem:
    """The problem of a text of `length` where `longest` is allowed."""
    parameters: dict[str, str | int] = {"length": length, "max_length": longest, "unit": unit}
    return Problem("too_long", f"Shorten this to {longest} characters; it has {length}.", parameters)


def _describe(value: object) -> str:
    """A value of a type that no kind has, so that it can be compared and shown; equal only to its own like."""
    try:
        return f"{type(value).__name__} {value!r}"
    except (RecursionError, ValueError):  # nested too deep, or an integer too long to write
        return type(value).__name__
