"""Free-form JSON objects, edited as keys and values."""

import json
import math
from collections.abc import Mapping
from typing import Any, ClassVar, NoReturn

from providers.kinds.base import Handler, Problem, Unfit, Value, Wire
from providers.kinds.characters import clean, find_problem
from providers.kinds.text import Text, too_long

_LONGEST = 20_000
_DEEPEST = 20
_ADVICE = 'Enter a JSON object such as {"employer": "Acme"}.'
_TEXT = Text()


class _Twice(ValueError):
    """A name that stands in one object twice; readers of JSON would silently keep one of the values."""


class JsonObject(Handler):
    """A JSON object. Its texts may have line breaks; what cannot be stored, or nests too deep, it may not hold."""

    longest = _LONGEST
    stored_as: ClassVar[type] = Mapping

    def parse(self, text: str) -> Value:
        typed = text.strip()
        parsed = _read(typed) if typed and len(typed) <= self.longest else None
        return parsed if parsed is not None else typed or None

    def problem(self, value: object) -> Problem | None:
        if not isinstance(value, str | Mapping):
            return Problem("wrong_type", _ADVICE, {"type": type(value).__name__})
        if isinstance(value, str):
            return _problem_of_text(value)
        if not _is_json(value):
            return Problem("invalid_json", _ADVICE)
        length = len(_written(value) or "")
        return too_long(length, self.longest) if length > self.longest else _find(value)

    def canonical(self, value: object) -> Value:
        """JSON text with its keys in order. 1.0 counts as 1: a database may give back either."""
        if isinstance(value, str):
            value = (_read(value) if len(value) <= self.longest else None) or value
        if isinstance(value, Mapping) and _is_json(value):
            return _written(_even(value), sort_keys=True)
        return _TEXT.canonical(value)

    def to_wire(self, value: Value) -> Wire:
        return value

    def from_wire(self, wire: object) -> Value:
        if wire is None or wire == "":
            return None
        if not isinstance(wire, Mapping) or not _is_json(wire):
            raise Unfit(f"a JSON object was expected, not {type(wire).__name__}")
        if len(_written(wire) or "") > self.longest:
            raise Unfit(f"a JSON object was expected, not one of more than {self.longest} characters")
        cleaned: dict[str, Any] = _cleaned(wire)
        return cleaned

    def display(self, value: Value) -> str:
        if isinstance(value, Mapping) and _is_json(value):
            return clean(_written(value, indent=2, ensure_ascii=False) or "")
        return _TEXT.display(value)


def _read(text: str) -> dict[str, Any] | None:
    try:
        parsed = _parsed(text)
    except (RecursionError, ValueError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _parsed(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse, object_pairs_hook=_each_once)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return members


def _problem_of_text(text: str) -> Problem:
    try:
        _parsed(text[:_LONGEST])
    except _Twice as twice:
        name = clean(str(twice))
        return Problem("duplicate_name", f"Two values have the name “{name}”; keep one of them.", {"name": name})
    except (RecursionError, ValueError):
        pass
    return Problem("invalid_json", _ADVICE)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _written(value: object, **how: Any) -> str | None:
    try:
        return json.dumps(value, **how)
    except (RecursionError, TypeError, ValueError):  # an integer may have too many digits to write
        return None


def _is_json(value: object) -> bool:
    problem = _find(value)
    return (problem is None or problem.code != "invalid_json") and _written(value) is not None


def _find(value: object, depth: int = 0) -> Problem | None:
    """The first problem in an object; `invalid_json` where it is no JSON at all or nests too deep."""
    if isinstance(value, str):
        return _find_in_text(value)
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return None
    if depth >= _DEEPEST or not isinstance(value, Mapping | list):
        return Problem("invalid_json", _ADVICE)
    if isinstance(value, Mapping) and not all(isinstance(key, str) for key in value):
        return Problem("invalid_json", _ADVICE)
    inner = [*value, *value.values()] if isinstance(value, Mapping) else value
    problems = [problem for item in inner if (problem := _find(item, depth + 1))]
    return next((problem for problem in problems if problem.code == "invalid_json"), problems[0] if problems else None)


def _find_in_text(text: str) -> Problem | None:
    return find_problem(text.replace("\n", " ").replace("\t", " "))


def _even(value: Any) -> Any:
    """Numbers without a fraction as whole ones, everywhere inside."""
    if isinstance(value, Mapping):
        return {key: _even(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_even(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _cleaned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {clean(key): _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return clean(value) if isinstance(value, str) else value
