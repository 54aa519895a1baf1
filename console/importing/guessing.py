"""Which column fills which field, guessed by names and by what stands below them; a person has the last word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from console.importing import dates
from console.importing.table import (
    EXTERNAL_ID,
    Cell,
    DateStyle,
    Empty,
    Guess,
    Look,
    Question,
    QuestionKind,
    text_of,
)
from providers.fields import Kind

if TYPE_CHECKING:
    from providers.base import Provider

_IDS = frozenset({"externalid", "customerid", "recordid", "id"})


def guess(columns: Sequence[str], samples: Sequence[Sequence[str]], provider: Provider) -> Guess:  # noqa: ARG001 -- to come
    """Which field each column fills. `samples` has the texts of each column (`look.samples`)."""
    by_name = {_plain(name): name for field in provider.fields for name in (field.label, field.name)}
    by_name = {key: _name_of(provider, name) for key, name in by_name.items()}
    by_name |= dict.fromkeys(_IDS - by_name.keys(), EXTERNAL_ID)
    fields: dict[int, str] = {}
    for place, column in enumerate(columns):
        name = by_name.get(_plain(column))
        if name and name not in fields.values() and columns.count(column) == 1:
            fields[place] = name
    return Guess(fields, dict.fromkeys(fields, "It is called so."))


def asked(look: Look, fields: Mapping[int, str], provider: Provider) -> tuple[Question, ...]:
    """All that a person has to say before the file can be read with its columns assigned like this."""
    known = {field.name: field for field in provider.fields}
    questions = [*look.questions]
    for place, name in sorted(fields.items()):
        if name in known and known[name].kind is Kind.DATE and (question := _dates(look, place)):
            questions.append(question)
    if any(_is_empty(row.cells[place]) for row in look.first for place in fields):
        questions.append(_EMPTY)
    return tuple(questions)


_EMPTY = Question(
    QuestionKind.EMPTY,
    "What does a cell say that has nothing in it?",
    (Empty.UNTOUCHED, Empty.CLEARS),
    Empty.UNTOUCHED,
)


def _dates(look: Look, place: int) -> Question | None:
    able, first = dates.styles_of(look.samples(place))
    if not first:
        return None
    choices = (DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST)
    shown = {}
    for style in choices:
        try:
            shown[style.value] = f"{first} is {dates.read(first, style)}"
        except dates.Unclear as unclear:
            shown[style.value] = f"{first}: {unclear}"
    suggested = next(iter(able)) if len(able) == 1 else ""
    text = f"How do the dates in “{look.columns[place]}” read?"
    return Question(QuestionKind.DATES, text, choices, suggested, place, shown)


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not text_of(cell).strip())


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z0-9]", "", bare)


def _name_of(provider: Provider, name: str) -> str:
    return next(field.name for field in provider.fields if name in {field.name, field.label})
