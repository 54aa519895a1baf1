"""The columns of a file, as the page of an import has them assigned: what stands in each, which field it fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.bulk import file
from console.errors import StepNotPossible
from console.flows import bulk as flow
from console.forms.imports import Assignment
from console.importing import (
    EXTERNAL_ID,
    DateStyle,
    Empty,
    Look,
    NumberStyle,
    Options,
    Question,
    QuestionKind,
    asked,
    guess,
)
from console.importing.encodings import could_be
from console.models import Bulk
from console.views.import_page import MASK

if TYPE_CHECKING:
    from providers.base import Provider

SHOWN_CELLS = 3
WHOSE = "Whose row it is"
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
REMEMBERED = "As you or a colleague assigned it the last time."
_SAYS: Mapping[str, str] = {
    DateStyle.DAY_FIRST: "Day first: 03/04 is the 3rd of April",
    DateStyle.MONTH_FIRST: "Month first: 03/04 is the 4th of March",
    DateStyle.YEAR_FIRST: "Year first",
    NumberStyle.POINT: "Point before decimals: 1,234.56",
    NumberStyle.COMMA: "Comma before decimals: 1.234,56",
    Empty.UNTOUCHED: "Nothing: the value stays as it is",
    Empty.CLEARS: "That the value is to be empty",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One of them: its name, some of what stands in it, the field it fills, and why that was thought."""

    place: int
    name: str
    cells: tuple[str, ...]
    chosen: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question about the file: the name of its input, its choices with what each would make of a cell."""

    name: str
    text: str
    choices: tuple[tuple[str, str, str], ...]
    chosen: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """All that the form shows."""

    look: Look
    columns: tuple[Column, ...]
    choices: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    asks: tuple[Ask, ...]
    problems: Mapping[str, str]
    encoding: str
    delimiter: str

    @property
    def names_nobody(self) -> bool:
        """Whether no column is assigned yet that says whose row it is."""
        whose = {name for group, fields in self.choices if group == WHOSE for name, _ in fields}
        return not any(column.chosen in whose for column in self.columns)

    @property
    def is_text(self) -> bool:
        """Whether it could be read in another way."""
        return bool(self.look.encoding)

    @property
    def encodings(self) -> list[tuple[str, str]]:
        """In which it could be written: the name of each, and its words."""
        return list(could_be(self.encoding).items())

    @property
    def delimiters(self) -> list[tuple[str, str]]:
        """By what its cells could be divided; none where that is no question."""
        return list(DELIMITERS.items()) if self.delimiter else []

    @property
    def sheets(self) -> tuple[str, ...]:
        """Which sheets there are, where there is more than one."""
        found = [question for question in self.look.questions if question.kind is QuestionKind.SHEET]
        return found[0].choices if found else ()


def columns_of(bulk: Bulk, given: Assignment | None = None, problems: Mapping[str, str] | None = None) -> Columns:
    """As posted, as it was the last time for such columns, or as guessed; raises StepNotPossible without a file."""
    look, provider = file.look_of(bulk), bulk.connection.provider
    chosen, reasons = _chosen(bulk, look, provider, given)
    columns = tuple(
        Column(place, name, _cells(look, place, chosen.mapping, provider), chosen.mapping.get(place, ""), why)
        for place, name in enumerate(look.columns)
        for why in [reasons.get(place, "")]
    )
    said = {**(given.missing if given else {}), **(problems or {})}
    hidden = {place for place, name in chosen.mapping.items() if name in _sensitive(provider)}
    questions = asked(look, chosen.mapping, provider, further=needed_further(bulk))
    asks = tuple(_ask(question, chosen.options, said, hides=question.column in hidden) for question in questions)
    mine = tuple(ask for ask in asks if ask.name)
    return Columns(look, columns, _choices(provider), mine, said, look.encoding, look.delimiter)


def needed_further(bulk: Bulk) -> set[str]:
    """The fields of which looking through found that a row needs to have said how its column reads."""
    reasons = bulk.summary.get("shapes", {}).get("reasons", ())
    return {name for name, _, code, *_ in reasons if code in {"date_style", "number_style"}}


def _chosen(
    bulk: Bulk, look: Look, provider: Provider, given: Assignment | None
) -> tuple[Assignment, Mapping[int, str]]:
    if given:
        return given, {}
    if bulk.mapping:
        return Assignment({int(at): name for at, name in bulk.mapping.items()}, _options(bulk.options)), {}
    if kept := flow.remembered(bulk, look.columns):
        mapping = {int(at): name for at, name in kept.mapping.items()}
        return Assignment(mapping, _options(kept.options)), dict.fromkeys(mapping, REMEMBERED)
    thought = guess(look.columns, [look.samples(place) for place in range(len(look.columns))], provider)
    return Assignment(thought.fields), thought.reasons


def _options(stored: Mapping[str, object]) -> Options:
    try:
        return Options.of(stored)
    except ValueError:
        return Options()


def _cells(look: Look, place: int, mapping: Mapping[int, str], provider: Provider) -> tuple[str, ...]:
    """A few cells, hidden where the column fills a sensitive field."""
    texts = look.samples(place)[:SHOWN_CELLS]
    return tuple(MASK for _ in texts) if mapping.get(place) in _sensitive(provider) else tuple(texts)


def _sensitive(provider: Provider) -> set[str]:
    return {field.name for field in provider.fields if field.sensitive}


def _choices(provider: Provider) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """The fields by their groups, the id first."""
    groups: dict[str, list[tuple[str, str]]] = {WHOSE: [(EXTERNAL_ID, "Id")]}
    known = {field.name for field in provider.fields}
    groups[WHOSE] += [(name, name) for name in provider.identity if name not in known]
    for field in provider.fields:
        group = WHOSE if field.name in provider.identity else field.group or "Fields"
        groups.setdefault(group, []).append((field.name, field.label))
    return tuple((name, tuple(fields)) for name, fields in groups.items())


def _ask(question: Question, options: Options, said: Mapping[str, str], *, hides: bool) -> Ask:
    """A question of the form, without what a hidden cell would be; one without a name is asked elsewhere."""
    shown = {} if hides else question.shown
    if question.kind is QuestionKind.DATES and question.column is not None:
        name, chosen = f"dates-{question.column}", str(options.dates.get(question.column, ""))
    elif question.kind is QuestionKind.NUMBERS and question.column is not None:
        name, chosen = f"numbers-{question.column}", str(options.numbers.get(question.column, ""))
    elif question.kind is QuestionKind.EMPTY:
        name, chosen = "empty", options.empty
    else:
        return Ask("", question.text, (), "")
    choices = tuple((str(choice), _SAYS.get(choice, choice), shown.get(choice, "")) for choice in question.choices)
    return Ask(name, question.text, choices, str(chosen or question.suggested), said.get(name, ""))


__all__ = ["Column", "Columns", "StepNotPossible", "columns_of"]
