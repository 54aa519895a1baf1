"""Excel's files (XLSX): one sheet, row by row, in the memory of a few rows however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from console.errors import NotATable
from console.importing import xlsx_cells, xlsx_strings
from console.importing.headers import named
from console.importing.table import (
    FIRST_ROWS,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    BadRow,
    Cell,
    Format,
    Look,
    Question,
    QuestionKind,
    Row,
    Source,
    clipped,
    text_of,
)
from console.importing.xlsx_package import Package
from console.importing.xml_pieces import Pieces

_LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384


def look(source: Source, sheet: str | None) -> Look:
    """The columns and first rows of a sheet: of the first one that is shown, if none is said."""
    package = Package(source)
    chosen = package.sheet(sheet) if sheet else package.sheets[0]
    first = _resolved(package, list(islice(_raw(package, chosen.part, _later), FIRST_ROWS + 1)))
    if not first:
        raise NotATable("empty", "There is nothing on this sheet.")
    header, width = first[0], _width(first[0][1])
    columns, notes = named([text_of(header[1].get(place, "")) for place in range(width)])
    found = (_row(number, cells, width) for number, cells in first[1:])
    rows = tuple(clipped(row) for row in found if isinstance(row, Row))
    questions = () if sheet else _sheets(package)
    return Look(Format.XLSX, columns, rows, sheet=chosen.name, header=header[0], questions=questions, notes=notes)


def rows(source: Source, look: Look) -> Iterator[Row | BadRow]:
    """The rows below the header."""
    package = Package(source)
    strings = xlsx_strings.all_of(package)
    width, count = len(look.columns), 0
    try:
        for number, cells in _raw(package, package.sheet(look.sheet).part, _finder(strings)):
            if number <= look.header:
                continue
            count += 1
            if count > MOST_ROWS:
                raise NotATable("too_many_rows", f"This sheet has more than {MOST_ROWS:,} rows: split it.")
            yield _row(number, cells, width)
    finally:
        strings.close()


class _Shared(str):
    """The number of a text that is still to be fetched."""

    __slots__ = ()


type _Cells = dict[int, Cell]


class _Sheet(Pieces):
    """Reads rows of cells: `done` has those that are complete, by number, with the cells in which something stands."""

    def __init__(self, package: Package, shared: Callable[[int], Cell]) -> None:
        super().__init__()
        self.done: list[tuple[int, _Cells]] = []
        self._shared = shared
        self._since_1904 = package.since_1904
        self._styles = xlsx_cells.styles_of(package.small(package.styles)) if package.styles else []
        self._places: dict[str, int] = {}
        self._row, self._place = 0, -1
        self._cells: _Cells = {}
        self._kind, self._style, self._aside = "n", "", 0
        self._formula = self._worked_out = False
        self._parts: list[str] = []
        self._size = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A row, a cell or what stands in it begins."""
        if name == "c":
            self._begin_cell(attributes)
        elif name in {"v", "t"}:
            if not self._aside:
                self._worked_out = True
                self.parser.CharacterDataHandler = self._take
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._begin_row(attributes)
        elif name == "rPh":
            self._aside += 1

    def end(self, name: str) -> None:
        """It ends."""
        if name in {"v", "t"}:
            self.parser.CharacterDataHandler = None
        elif name == "c":
            self._end_cell()
        elif name == "row":
            if self._cells:
                self.done.append((self._row, self._cells))
            self._cells = {}
        elif name == "rPh":
            self._aside -= 1

    def _begin_row(self, attributes: dict[str, str]) -> None:
        told = attributes.get("r", "")
        number = int(told) if told.isdecimal() and len(told) < 9 else self._row + 1
        if not self._row < number <= _LAST_ROW:
            raise NotATable("damaged", "The rows of this sheet are not in order: open it in Excel and save it anew.")
        self._row, self._place, self._cells = number, -1, {}

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        place = self._places.get(letters, -1)
        if place < 0:
            place = self._new_place(letters)
        self._place = place
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._formula = self._worked_out = False
        self._parts, self._size = [], 0

    def _new_place(self, letters: str) -> int:
        if not letters:
            return min(self._place + 1, _LAST_COLUMN)
        place = 0
        for letter in letters[:4]:
            place = place * 26 + ord(letter.upper()) - 64
        if len(letters) > 3 or not 0 < place <= _LAST_COLUMN or not (letters.isascii() and letters.isalpha()):
            raise NotATable("damaged", "A cell of this sheet stands nowhere: open it in Excel and save it anew.")
        self._places[letters] = place - 1
        return place - 1

    def _take(self, text: str) -> None:
        self._size += len(text)
        if self._size <= LONGEST_CELL:
            self._parts.append(text)

    def _end_cell(self) -> None:
        cell = self._cell("".join(self._parts)) if self._parts else ""
        if self._formula:
            worked_out = bool(self._parts) or (self._worked_out and self._kind == "str")
            cell = xlsx_cells.computed(cell, worked_out=worked_out)
        if cell != "" or self._formula:
            self._cells[self._place] = cell

    def _cell(self, raw: str) -> Cell:
        if self._size > LONGEST_CELL:
            return xlsx_cells.LONG
        if self._kind == "s":
            return self._shared(int(raw)) if raw.isdecimal() and len(raw) < 10 else xlsx_cells.NONE
        if self._kind == "n":
            return xlsx_cells.number(raw, self._style_of(), since_1904=self._since_1904)
        return xlsx_cells.OTHERS.get(self._kind, xlsx_cells.damaged)(raw)

    def _style_of(self) -> xlsx_cells.Style:
        style = self._style
        if not style or not style.isdecimal() or len(style) > 5 or int(style) >= len(self._styles):
            return xlsx_cells.PLAIN
        return self._styles[int(style)]


def _raw(package: Package, part: str, shared: Callable[[int], Cell]) -> Iterator[tuple[int, _Cells]]:
    """Rows in which something stands, with their numbers."""
    sheet = _Sheet(package, shared)
    with package.part(part) as file:
        for _ in sheet.feed(file):
            yield from sheet.done
            sheet.done.clear()


def _later(number: int) -> Cell:
    return _Shared(number)


def _finder(strings: xlsx_strings.Strings) -> Callable[[int], Cell]:
    def found(number: int) -> Cell:
        try:
            text = strings.get(number)
        except IndexError:
            return xlsx_cells.NONE
        return xlsx_cells.LONG if text is None else text

    return found


def _resolved(package: Package, read: list[tuple[int, _Cells]]) -> list[tuple[int, _Cells]]:
    """Rows with their shared texts, of which no more are read than are needed."""
    wanted = {int(cell) for _, cells in read for cell in cells.values() if isinstance(cell, _Shared)}
    texts = xlsx_strings.some_of(package, wanted)

    def fetched(cell: Cell) -> Cell:
        if not isinstance(cell, _Shared):
            return cell
        text = texts.get(int(cell), "")
        return xlsx_cells.LONG if text is None else text

    return [(number, {place: fetched(cell) for place, cell in cells.items()}) for number, cells in read]


def _width(cells: _Cells) -> int:
    return max((place + 1 for place, cell in cells.items() if text_of(cell).strip()), default=0)


def _row(number: int, cells: _Cells, width: int) -> Row | BadRow:
    beyond = [place for place, cell in cells.items() if place >= width and text_of(cell).strip()]
    if beyond:
        message = f"Something stands behind the last of the {width} columns, where no name is above it."
        shown = "; ".join(text_of(cell)[:200] for _, cell in sorted(cells.items())[:MOST_COLUMNS])
        return BadRow(number, "ragged", message, number, shown[:2000])
    return Row(number, tuple(cells.get(place, "") for place in range(width)))


def _sheets(package: Package) -> tuple[Question, ...]:
    names = tuple(sheet.name for sheet in package.sheets)
    if len(names) < 2:
        return ()
    return (Question(QuestionKind.SHEET, "Which sheet of this workbook holds the customers?", names, names[0]),)
