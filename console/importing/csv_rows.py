"""CSV as people have it: any common delimiter and encoding, quotes that end nowhere, rows too long or too short."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from console.errors import NotATable
from console.importing.encodings import check, encoding_of, is_damaged, text_of
from console.importing.headers import named
from console.importing.table import (
    FIRST_ROWS,
    LONGEST_CELL,
    LONGEST_LINE,
    LONGEST_ROW,
    MOST_COLUMNS,
    MOST_ROWS,
    BadRow,
    Format,
    Look,
    Question,
    QuestionKind,
    Row,
    Source,
    clipped,
)

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
"""What may stand between cells, with its name."""

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With which a spreadsheet begins a formula: our own files have an apostrophe before it, which is taken away again."""

_TRIED = 50
_HINT = "sep="
_SHOWN = 2000


def look(source: Source, encoding: str | None, delimiter: str | None) -> Look:
    """The columns and first rows of a CSV file."""
    found = encoding_of(source)
    spoken = check(encoding) if encoding else found.encoding
    head = _head(source, spoken)
    separator, question = _separator(head.lines, head.hint, delimiter)
    columns, notes = named(_cells(head.lines, separator))
    asked = [None if encoding else found.question, question]
    questions = tuple(one for one in asked if one)
    notes = (*([found.note] if found.note else []), *notes)
    told = Look(Format.CSV, columns, (), spoken, separator, header=head.number, questions=questions, notes=notes)
    return _with_rows(told, source)


def rows(source: Source, look: Look) -> Iterator[Row | BadRow]:
    """The rows below the header."""
    text = text_of(source, look.encoding)
    try:
        lines = _Lines(text)
        lines.skip(look.header - 1)
        reader = csv.reader(lines, delimiter=look.delimiter, strict=True)
        next(reader, None)
        yield from _rows(lines, reader, look)
    finally:
        text.detach()


def unharmed(cell: str) -> str:
    """A cell as it was before an apostrophe kept spreadsheets from running it."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULAS) else cell


class _Head:
    """The first lines of a file, and the number of that which names the columns."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.number = 1
        self.hint = ""


class _Lines:
    """The lines of a text, counted. Raises NotATable for a line, or a row, that is longer than any could be."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self.number = 0
        self.first = 1  # the line on which the present row begins
        self.row = 0  # its characters so far
        self.ended = True  # whether the last line has an end

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.number += 1
        self.row += len(line)
        if len(line) == LONGEST_LINE:
            raise NotATable("long_line", f"Line {self.number:,} is longer than a million characters: this is no table.")
        if self.row > LONGEST_ROW:
            raise NotATable("long_row", f"The row of line {self.first:,} has no end: look at its quotes.")
        self.ended = line[-1] in "\r\n"
        return line

    def begin(self) -> int:
        """A row begins with the next line."""
        self.first, self.row = self.number + 1, 0
        return self.first

    def skip(self, count: int) -> None:
        """Leaves out that many lines."""
        for _ in islice(self, count):
            self.begin()


def _head(source: Source, encoding: str) -> _Head:
    """The first lines from the header on; a hint of Excel's (`sep=;`) and empty lines may stand before it."""
    text = text_of(source, encoding)
    head = _Head()
    try:
        lines = _Lines(text)
        for line in lines:
            lines.begin()
            if not head.lines and line.lower().startswith(_HINT) and len(line.rstrip("\r\n")) == len(_HINT) + 1:
                head.hint = line[len(_HINT)]
            elif head.lines or line.strip():
                head.lines.append(line)
            if len(head.lines) == 1:
                head.number = lines.number
            if len(head.lines) >= _TRIED:
                break
    finally:
        text.detach()
    if not head.lines:
        raise NotATable("empty", "There is nothing in this file.")
    return head


def _separator(lines: list[str], hint: str, given: str | None) -> tuple[str, Question | None]:
    """What stands between cells: what was said, what the file says, or what makes the most even table of it."""
    if given:
        if given not in DELIMITERS:
            raise NotATable("delimiter", "Cells stand between commas, semicolons, tabs or bars.")
        return given, None
    if hint in DELIMITERS:
        return hint, None
    scores = {one: _score(lines, one) for one in DELIMITERS}
    best = max(scores, key=lambda one: scores[one])
    likely = [one for one, score in scores.items() if score[0] >= 0.9 and score[1] > 1]
    if len(likely) < 2:
        return best, None
    text = "Which of these stands between the cells of this file?"
    shown = {one: f"{scores[one][1]} columns" for one in likely}
    return best, Question(QuestionKind.DELIMITER, text, tuple(likely), best, shown=shown)


def _score(lines: list[str], delimiter: str) -> tuple[float, int]:
    """How large a part of the rows is as wide as the header, if that has more than one column, and how wide it is."""
    try:
        read = [cells for cells in csv.reader(lines, delimiter=delimiter) if any(cells)]
    except csv.Error:
        return 0.0, 1
    width = len(read[0]) if read else 1
    if width < 2:
        return 0.0, 1
    even = sum(len(cells) == width for cells in read) / len(read)
    return round(even, 1), width


def _cells(lines: list[str], delimiter: str) -> list[str]:
    try:
        return [unharmed(name) for name in next(csv.reader(lines, delimiter=delimiter, strict=True), [])]
    except csv.Error:
        raise NotATable("no_header", "The first line, which names the columns, cannot be read.") from None


def _with_rows(told: Look, source: Source) -> Look:
    found = (row for row in rows(source, told) if isinstance(row, Row))
    return replace(told, first=tuple(clipped(row) for row in islice(found, FIRST_ROWS)))


def _rows(lines: _Lines, reader: Iterator[list[str]], look: Look) -> Iterator[Row | BadRow]:
    width, count = len(look.columns), 0
    while True:
        begin = lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            yield _unreadable(begin, lines, str(problem))
            continue
        if not any(cells):
            continue
        count += 1
        if count > MOST_ROWS:
            raise NotATable("too_many_rows", f"This file has more than {MOST_ROWS:,} rows: split it.")
        yield _row(begin, lines, cells, width, look)


def _row(begin: int, lines: _Lines, cells: list[str], width: int, look: Look) -> Row | BadRow:
    last = lines.number
    text = "".join(cells)
    if is_damaged(text):
        message = "Something in this row is not of the encoding of this file. Save the file as UTF-8."
        return BadRow(begin, "encoding", message, last, _shown(cells, look))
    if "\0" in text:
        return BadRow(begin, "nul", "A character that is none (NUL) stands in this row.", last, _shown(cells, look))
    if len(cells) == width:
        return Row(begin, tuple(unharmed(cell) if cell[:1] == "'" else cell for cell in cells))
    if len(cells) < width and not lines.ended:
        message = f"The file ends in the midst of this row, with {len(cells)} cells of {width}: it may be cut off."
        return BadRow(begin, "cut_off", message, last, _shown(cells, look))
    message = f"{len(cells):,} {'cell stands' if len(cells) == 1 else 'cells stand'} under {width} columns."
    return BadRow(begin, "ragged", message, last, _shown(cells, look))


def _unreadable(begin: int, lines: _Lines, problem: str) -> BadRow:
    """What csv says in words for whoever has the file before them."""
    last = lines.number
    if "unexpected end of data" in problem:
        message = "The quotes that open here are never closed: the file may be cut off."
        return BadRow(begin, "cut_off", message, last)
    if "field larger" in problem:
        message = f"A cell has more than {LONGEST_CELL:,} characters: look for quotes that open here and never close."
        return BadRow(begin, "long_cell", message, last)
    return BadRow(begin, "quotes", "Quotes stand where none can be: double those within a cell.", last)


def _shown(cells: list[str], look: Look) -> str:
    """A row that isn't taken, to be told: its beginning, with nothing that could not be kept."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=look.delimiter, lineterminator="").writerow(cells[:MOST_COLUMNS])
    return text.getvalue()[:_SHOWN].replace("\0", "\ufffd").encode("utf-8", "replace").decode()
