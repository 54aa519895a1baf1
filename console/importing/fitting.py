"""Whether a text can be a value of a field, and whether that says anything: half of all texts could be a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.importing import dates, numerals
from console.importing.table import DateStyle, NumberStyle, Unclear
from providers.fields import Kind

if TYPE_CHECKING:
    from providers.fields import Field

_STYLES = (DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST)
_TELLING = frozenset({Kind.EMAIL, Kind.DATE, Kind.ZIP, Kind.US_STATE, Kind.COUNTRY, Kind.TIME_ZONE, Kind.CHOICE})
_DIALLED = re.compile(r"\+[0-9][0-9 ().-]{6,20}")


def fits(field: Field, text: str) -> bool:
    """Whether this could be a value of that field."""
    if field.kind in {Kind.DATE, Kind.DATE_TIME} and any(_reads(text, style) for style in _STYLES):
        return True
    if field.kind in {Kind.MONEY, Kind.DECIMAL, Kind.WHOLE_NUMBER}:
        return any(_is_number(field, text, style) for style in NumberStyle)
    return field.problem(field.parse(text)) is None


def is_telling(field: Field, texts: Sequence[str]) -> bool:
    """Whether texts that fit speak for this field rather than for any: a number with a plus before it is dialled."""
    if field.kind is Kind.PHONE:
        return all(_DIALLED.fullmatch(text) for text in texts)
    if field.kind is Kind.CHOICE:
        return bool(field.choices)
    return field.kind in _TELLING


def _reads(text: str, style: DateStyle) -> bool:
    try:
        return dates.read(text, style) is not None
    except Unclear:
        return False


def _is_number(field: Field, text: str, style: NumberStyle) -> bool:
    try:
        return field.problem(field.parse(numerals.read(text, style))) is None
    except Unclear:
        return False
