"""What only a person can say of a file, once its columns are assigned: how its dates read, what an empty cell says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.importing import dates
from console.importing.table import Cell, DateStyle, Empty, Look, Question, QuestionKind
from providers.fields import Kind

if TYPE_CHECKING:
    from providers.base import Provider

_DATED = frozenset({Kind.DATE, Kind.DATE_TIME})
_STYLES = (DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST)
_EMPTY = Question(
    QuestionKind.EMPTY,
    "What does a cell say in which nothing stands?",
    (Empty.UNTOUCHED, Empty.CLEARS),
    Empty.UNTOUCHED,
)


def asked(look: Look, fields: Mapping[int, str], provider: Provider) -> tuple[Question, ...]:
    """All that a person has to say before the file can be read with its columns assigned like this."""
    known = {field.name: field for field in provider.fields}
    dated = [place for place, name in sorted(fields.items()) if name in known and known[name].kind in _DATED]
    questions = [*look.questions, *(question for place in dated if (question := _dates(look, place)))]
    if any(_is_empty(row.cells[place]) for row in look.first for place in fields):
        questions.append(_EMPTY)
    return tuple(questions)


def _dates(look: Look, place: int) -> Question | None:
    """The question how the dates of a column read, if any of the first needs to be told. All of them speak for one?
    That one is suggested, and still asked: further down it may be otherwise.
    """
    able, first = dates.styles_of(look.samples(place))
    if not first:
        return None
    suggested = next(iter(able)).value if len(able) == 1 else ""
    shown = {style.value: _read_as(first, style) for style in _STYLES}
    text = f"How do the dates in “{look.columns[place]}” read?"
    return Question(QuestionKind.DATES, text, _STYLES, suggested, place, shown)


def _read_as(text: str, style: DateStyle) -> str:
    try:
        return f"{text} is {dates.read(text, style)}"
    except dates.Unclear as unclear:
        return f"{text}: {unclear}"


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
