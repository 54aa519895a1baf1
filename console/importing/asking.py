"""What only a person can say of a file, once its columns are assigned: how dates and numbers read, what is empty."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from console.importing import dates, numerals
from console.importing.table import Cell, DateStyle, Empty, Look, NumberStyle, Question, QuestionKind, Unclear
from providers.fields import Kind

if TYPE_CHECKING:
    from providers.base import Provider

_DATED = frozenset({Kind.DATE, Kind.DATE_TIME})
_NUMBERS = frozenset({Kind.MONEY, Kind.DECIMAL, Kind.WHOLE_NUMBER})
_STYLES = (DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST)
_EMPTY = Question(
    QuestionKind.EMPTY,
    "What does an empty cell say?",
    (Empty.UNTOUCHED, Empty.CLEARS),
    Empty.UNTOUCHED,
)


def asked(
    look: Look, fields: Mapping[int, str], provider: Provider, *, further: Collection[str] = ()
) -> tuple[Question, ...]:
    """All that a person has to say before the file can be read with its columns assigned like this. Of the fields in
    `further` it is known that a row behind the first ones needs it to be said.
    """
    known = {field.name: field for field in provider.fields}
    questions = list(look.questions)
    for place, name in sorted(fields.items()):
        kind = known[name].kind if name in known else None
        asking = _dates if kind in _DATED else _numbers if kind in _NUMBERS else None
        if asking and (question := asking(look, place, needed=name in further)):
            questions.append(question)
    if any(_is_empty(row.cells[place]) for row in look.first for place in fields):
        questions.append(_EMPTY)
    return tuple(questions)


def _dates(look: Look, place: int, *, needed: bool) -> Question | None:
    """The question how the dates of a column read, if any of the first needs to be told. All of them speak for one?
    That one is suggested, and still asked: further down it may be otherwise.
    """
    able, first = dates.styles_of(look.samples(place))
    if not (first or needed):
        return None
    suggested = next(iter(able)).value if len(able) == 1 else ""
    shown = {style.value: _read_as(first, style) for style in _STYLES} if first else {}
    text = f"How do the dates in “{look.columns[place]}” read?"
    return Question(QuestionKind.DATES, text, _STYLES, suggested, place, shown)


def _numbers(look: Look, place: int, *, needed: bool) -> Question | None:
    """The same of a column of numbers: what stands before their decimals, and what divides their thousands."""
    able, first = numerals.styles_of(look.samples(place, typed=True))
    if not (first or needed):
        return None
    suggested = next(iter(able)).value if len(able) == 1 else ""
    shown = {style.value: _number_as(first, style) for style in NumberStyle} if first else {}
    text = f"How do the numbers in “{look.columns[place]}” read?"
    return Question(QuestionKind.NUMBERS, text, tuple(NumberStyle), suggested, place, shown)


def _number_as(text: str, style: NumberStyle) -> str:
    try:
        return f"{text} is {numerals.read(text, style)}"
    except Unclear:
        return f"{text} would be no number"


def _read_as(text: str, style: DateStyle) -> str:
    try:
        return f"{text} is {dates.read(text, style)}"
    except Unclear as unclear:
        return f"{text}: {unclear}"


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
