"""Files of customers on the command line: columns go by their names, and options say what a file leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from django.core.management.base import CommandError, CommandParser

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
    open_table,
)
from console.importing.encodings import CHOICES

if TYPE_CHECKING:
    from providers.base import Provider

STYLES = {"day-first": DateStyle.DAY_FIRST, "month-first": DateStyle.MONTH_FIRST}
EMPTY = {"untouched": Empty.UNTOUCHED, "clears": Empty.CLEARS}


@dataclass(frozen=True, slots=True)
class Table:
    """A file of customers, open: how it is read. `strange` are its columns that fill no field."""

    file: BinaryIO
    look: Look
    fields: Mapping[int, str]
    options: Options
    strange: tuple[str, ...]


def add_table_arguments(parser: CommandParser) -> None:
    """The options by which a person answers what a file leaves open."""
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="NAME=FIELD",
        help="the column of that name fills that field of the provider, or external_id; may be given several times",
    )
    parser.add_argument("--encoding", choices=CHOICES, metavar="NAME", help=f"of a text: {', '.join(CHOICES)}")
    parser.add_argument("--delimiter", metavar="SIGN", help="between the cells of a CSV file: , ; | or tab")
    parser.add_argument("--sheet", metavar="NAME", help="the sheet of a workbook, if there are several")
    parser.add_argument("--dates", choices=STYLES, help="how dates such as 03/04/1990 read")
    parser.add_argument(
        "--numbers",
        choices=[style.value for style in NumberStyle],
        help="what stands before decimals: point as in 1,234.56, comma as in 1.234,56",
    )
    parser.add_argument(
        "--empty", choices=EMPTY, default="untouched", help="what an empty cell says; untouched if not given"
    )


@contextmanager
def opened(path: Path, provider: Provider, answers: Mapping[str, Any]) -> Iterator[Table]:
    """The file, as the options have it. Raises NotATable, and CommandError for what they leave open."""
    try:
        file = path.open("rb")
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}.") from None
    with file:
        delimiter = "\t" if answers["delimiter"] == "tab" else answers["delimiter"]
        look = open_table(file, path.name, encoding=answers["encoding"], delimiter=delimiter, sheet=answers["sheet"])
        fields = _fields(look.columns, provider, answers["column"])
        _refuse_what_is_open(asked(look, fields, provider), answers)
        style = STYLES.get(answers["dates"] or "")
        numbers = dict.fromkeys(fields, NumberStyle(answers["numbers"])) if answers["numbers"] else {}
        options = Options(EMPTY[answers["empty"]], dict.fromkeys(fields, style) if style else {}, numbers)
        yield Table(file, look, fields, options, tuple(_strange(look.columns, fields)))


def _fields(columns: Sequence[str], provider: Provider, said: Sequence[str]) -> dict[int, str]:
    """A column fills the field that it is called as, or the one that was said; none is guessed."""
    known = {field.name for field in provider.fields} | {*provider.identity, EXTERNAL_ID}
    names = {name: name for name in known} | _said(columns, said, known)
    fields = {place: names[column] for place, column in enumerate(columns) if column in names}
    if twice := sorted({name for name in fields.values() if list(fields.values()).count(name) > 1}):
        raise CommandError(f"The file has the column {', '.join(twice)} twice.")
    return fields


def _said(columns: Sequence[str], said: Sequence[str], known: set[str]) -> dict[str, str]:
    names = {}
    for one in said:
        column, equals, name = one.rpartition("=")
        if not equals or column not in columns or name not in known:
            raise CommandError("--column is NAME=FIELD, of a column that the file has and a field of the provider.")
        names[column] = name
    return names


def _refuse_what_is_open(questions: Sequence[Question], answers: Mapping[str, Any]) -> None:
    """A command asks nothing: what a file leaves open is to be said beforehand."""
    for question in questions:
        if question.kind is QuestionKind.EMPTY or answers[question.kind.value]:
            continue
        ways = [f"  {_option(question, choice)}  {question.shown.get(choice, '')}" for choice in question.choices]
        raise CommandError("\n".join([question.text, *(way.rstrip() for way in ways)]))


def _option(question: Question, choice: str) -> str:
    spelled = {style.value: name for name, style in STYLES.items()} | {"\t": "tab"}
    return f"--{question.kind.value} '{spelled.get(choice, choice)}'"


def _strange(columns: Sequence[str], fields: Mapping[int, str]) -> Iterator[str]:
    yield from (column for place, column in enumerate(columns) if column and place not in fields)
