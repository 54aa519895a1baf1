"""Values and names inside a sentence: in words, as a list, masked where sensitive. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from providers.fields import Field, Value

MASK = "••••"
_MOST_NAMED = 4
_LONGEST_VALUE = 80


def named(names: Sequence[str], fields: Mapping[str, Field]) -> str:
    """Labels of fields as a list in a sentence: “Phone”, “Phone and Address”, “Phone, Address and 3 more”."""
    labels = [fields[name].label if name in fields else name for name in names]
    return listed(labels) or "nothing"


def listed(words: Sequence[str]) -> str:
    """Words as people list them, the end of a long list counted."""
    if len(words) > _MOST_NAMED:
        words = [*words[: _MOST_NAMED - 1], f"{len(words) - _MOST_NAMED + 1} more"]
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def days(number: object) -> str:
    """“1 day”, “30 days”."""
    return f"{number} day{'' if number == 1 else 's'}"


def told(field: Field | None, value: Value) -> str:
    """A value inside a sentence: in words, masked when sensitive, shortened when long."""
    if field is None or field.is_blank(value):
        return "nothing"
    if field.sensitive:
        return MASK
    words = " ".join(field.display(value).split())
    return words if len(words) <= _LONGEST_VALUE else f"{words[:_LONGEST_VALUE].rstrip()}…"
