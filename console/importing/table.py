"""What a file of customers is made of, whatever it is written in: a look at it, rows, and what is made of a row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from providers.fields import Value

EXTERNAL_ID = "external_id"
"""What a column is assigned to that holds the whole id, as the console shows and finds it."""

LONGEST_CELL = 131_072  # characters
LONGEST_LINE = 1024 * 1024  # characters: a file without ends of lines is not read into memory to find that out
LONGEST_ROW = 4 * LONGEST_LINE
LONGEST_NAME = 200
MOST_COLUMNS = 1000
MOST_ROWS = 1_000_000
MOST_BYTES = 1024**3
FIRST_ROWS = 200
LONGEST_SAMPLE = 200


class Source(Protocol):
    """The bytes of a file, in any order: an open file, or pieces that somebody else keeps."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes from here on; none at the end."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Goes to a place, as files do."""
        ...

    def tell(self) -> int:
        """The place."""
        ...


class Format(StrEnum):
    """How the rows of a file are written down."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


class Absent:
    """That a row says nothing of a column; what is empty says something."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


class Numeral(str):
    """A number as the file spells it: as text it is what stands there, `1e5` too."""

    __slots__ = ()


class Computed(str):
    """What a formula came to when the file was saved."""

    __slots__ = ()


class ComputedNumeral(Numeral, Computed):
    """A number that a formula came to."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Damaged:
    """A cell that holds no value that could be taken over, and why."""

    code: str
    message: str


type Cell = str | bool | Mapping[str, Any] | list[Any] | Damaged | Absent | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be read: the line of the file (or row of the sheet) on which it begins, its cells by column."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that can't be read, and why. `last` is the line on which it ends; the text is fit to be downloaded."""

    number: int
    code: str
    message: str
    last: int = 0
    text: str = ""


class Unclear(ValueError):
    """A date or a number in figures that cannot be told, with a code and a sentence that says why."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


class NumberStyle(StrEnum):
    """What stands before the decimals of a number; the other sign may divide its thousands."""

    POINT = "point"
    COMMA = "comma"


class DateStyle(StrEnum):
    """In which order a date in figures stands."""

    YEAR_FIRST = "year first"
    DAY_FIRST = "day first"
    MONTH_FIRST = "month first"


class Empty(StrEnum):
    """What a cell without anything in it says."""

    UNTOUCHED = "untouched"
    CLEARS = "clears"


class QuestionKind(StrEnum):
    """What a file may leave open."""

    ENCODING = "encoding"
    DELIMITER = "delimiter"
    DATES = "dates"
    NUMBERS = "numbers"
    EMPTY = "empty"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person can say. `shown` has for each choice what the file would then say, from its own cells."""

    kind: QuestionKind
    text: str
    choices: tuple[str, ...]
    suggested: str = ""  # "" where nothing speaks for any of them
    column: int | None = None
    shown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Options:
    """Answers to what a file leaves open."""

    empty: Empty = Empty.UNTOUCHED
    dates: Mapping[int, DateStyle] = field(default_factory=dict)  # by column
    numbers: Mapping[int, NumberStyle] = field(default_factory=dict)  # by column

    def stored(self) -> dict[str, Any]:
        """As JSON holds it."""
        dates = {str(at): style.value for at, style in self.dates.items()}
        numbers = {str(at): style.value for at, style in self.numbers.items()}
        return {"empty": self.empty.value, "dates": dates, "numbers": numbers}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Options:
        """What `stored` gave; raises ValueError for what nobody can have chosen."""
        dates = {int(at): DateStyle(style) for at, style in stored.get("dates", {}).items()}
        numbers = {int(at): NumberStyle(style) for at, style in stored.get("numbers", {}).items()}
        return cls(Empty(stored.get("empty", Empty.UNTOUCHED)), dates, numbers)


@dataclass(frozen=True, slots=True)
class Look:
    """What a file is: all that reading it needs, the first rows (long cells cut), and what is to be asked."""

    format: Format
    columns: tuple[str, ...]
    first: tuple[Row, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header: int = 1  # the line on which the columns are named
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()  # what a person should know of it, in sentences

    def stored(self) -> str:
        """As text; it holds personal values."""
        first = [[row.number, [_shown(cell) for cell in row.cells]] for row in self.first]
        return json.dumps({**asdict(self), "first": first}, ensure_ascii=False)

    @classmethod
    def of(cls, text: str) -> Look:
        """What `stored` gave."""
        told = json.loads(text)
        told["first"] = tuple(
            Row(number, tuple(_from_shown(cell) for cell in cells)) for number, cells in told["first"]
        )
        told["questions"] = tuple(
            Question(**{**question, "kind": QuestionKind(question["kind"]), "choices": tuple(question["choices"])})
            for question in told["questions"]
        )
        tuples = {name: tuple(told[name]) for name in ("columns", "notes")}
        return cls(**{**told, **tuples, "format": Format(told["format"])})

    def samples(self, column: int, *, typed: bool = False) -> list[str]:
        """What stands in a column in the first rows, as text, without what is empty; `typed`: nor what the file itself
        says to be a number.
        """
        cells = (row.cells[column] for row in self.first)
        texts = (_sample(cell) for cell in cells if not (typed and isinstance(cell, Numeral)))
        return [text for text in texts if text]


@dataclass(frozen=True, slots=True)
class Guess:
    """Which field each column fills, and why that was thought; columns that nothing speaks for are left out."""

    fields: Mapping[int, str]
    reasons: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong with a cell, or with the whole row where `column` is None. The sentence may quote the cell."""

    code: str
    message: str
    field: str = ""
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What a row says: whom it is about, and the values in stored form, None for one that is to be empty.

    A row with problems is not to be carried out. `remarks` stand in nobody's way.
    """

    number: int
    external_id: str
    identity: Mapping[str, Value]
    values: Mapping[str, Value]
    problems: tuple[CellProblem, ...] = ()
    remarks: tuple[CellProblem, ...] = ()
    cells: tuple[Cell, ...] = ()  # the row as the file has it


def clipped(row: Row) -> Row:
    """The row with its long cells cut, to be looked at."""
    return Row(row.number, tuple(_clipped(cell) for cell in row.cells))


def text_of(cell: Cell) -> str:
    """A cell as a person reads it."""
    if isinstance(cell, str):
        return str(cell)
    if cell is None or isinstance(cell, Absent | Damaged):
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return json.dumps(cell, ensure_ascii=False)


def _sample(cell: Cell) -> str:
    return text_of(cell)[:LONGEST_SAMPLE].strip()


def _clipped(cell: Cell) -> Cell:
    if isinstance(cell, Mapping | list):
        return text_of(cell)[:LONGEST_SAMPLE]
    if isinstance(cell, Numeral):
        return Numeral(cell[:LONGEST_SAMPLE])
    return cell[:LONGEST_SAMPLE] if isinstance(cell, str) else cell


def _shown(cell: Cell) -> Any:
    """A cell of the first rows as JSON: its text, or nothing; what is damaged with its reason."""
    if isinstance(cell, Damaged):
        return {"code": cell.code, "message": cell.message}
    if isinstance(cell, Absent):
        return {}
    if isinstance(cell, Numeral):
        return {"number": str(cell)}
    return cell if cell is None or isinstance(cell, bool) else text_of(cell)


def _from_shown(cell: Any) -> Cell:
    if isinstance(cell, dict):
        if "number" in cell:
            return Numeral(cell["number"])
        return Damaged(**cell) if cell else ABSENT
    return cell  # type: ignore[no-any-return]  # text, yes or no, or nothing
