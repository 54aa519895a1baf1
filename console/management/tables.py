"""Files of customers, read row by row however long they are: CSV with a header, or one JSON object a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from console.flows.import_customers import Row

LONGEST_CELL = 131_072
LONGEST_LINE = 1024 * 1024  # characters: a file without ends of lines is not read into memory to find that out
MOST_BYTES = 1024**3
DELIMITERS = ",;\t"


class NotATable(Exception):
    """The file as a whole can't be read as a table; the text says why."""


class Table(AbstractContextManager["Table"]):
    """A file of customers, open. `rows` leaves out what can't be read and adds a sentence to `problems` for it."""

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in {".csv", ".jsonl"}:
            raise NotATable(f"{path} is neither a .csv nor a .jsonl file.")
        self._path = path
        self.problems: list[str] = []
        self.columns: list[str] = []

    def __enter__(self) -> Self:
        """Opens the file and reads the header of a CSV; raises NotATable, also for a file that is larger than 1 GiB."""
        try:
            if self._path.stat().st_size > MOST_BYTES:
                raise NotATable(f"{self._path} is larger than 1 GiB: split it, then import the parts.")
            # What isn't UTF-8 comes through as lone surrogates, so that one bad row doesn't hide the others.
            self._file: IO[str] = self._path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
        except OSError as problem:
            raise NotATable(f"{self._path} cannot be read: {problem.strerror}.") from None
        try:
            if self._path.suffix.lower() == ".csv":
                self._read_header()
        except NotATable:
            self._file.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def rows(self) -> Iterator[Row]:
        """Every row that can be read, with the number of the line on which it begins."""
        return self._csv_rows() if self.columns else self._json_rows()

    def _read_header(self) -> None:
        first = self._file.readline(LONGEST_CELL)
        delimiter = max(DELIMITERS, key=first.count)
        self.columns = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
        self._csv = csv.reader(self._lines(after=1), delimiter=delimiter, strict=True)
        if not any(self.columns):
            raise NotATable(f"{self._path} has no header: its first line names the columns.")
        if twice := sorted({name for name in self.columns if name and self.columns.count(name) > 1}):
            raise NotATable(f"{self._path} has the column {', '.join(twice)} twice.")

    def _lines(self, *, after: int = 0) -> Iterator[str]:
        """The lines from here on; raises NotATable for one that is longer than any row could be."""
        number = after
        while line := self._file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise NotATable(
                    f"{self._path} is no table of customers: line {number} is longer than a million characters."
                )
            yield line

    def _csv_rows(self) -> Iterator[Row]:
        while True:
            number = self._csv.line_num + 2  # the header was line 1
            try:
                cells = next(self._csv)
            except StopIteration:
                return
            except csv.Error as problem:
                self.problems.append(f"line {number}: this can't be read as CSV ({problem}).")
                continue
            if any(cells) and self._fits(number, cells):
                yield Row(number, dict(zip(self.columns, cells, strict=True)))

    def _fits(self, number: int, cells: list[str]) -> bool:
        if len(cells) != len(self.columns):
            self.problems.append(f"line {number}: {len(cells)} cells stand under {len(self.columns)} columns.")
            return False
        return self._is_text(number, "".join(cells))

    def _json_rows(self) -> Iterator[Row]:
        for number, line in enumerate(self._lines(), start=1):
            if line.strip() and self._is_text(number, line):
                cells = self._parsed(number, line)
                if cells is not None:
                    yield Row(number, cells)

    def _parsed(self, number: int, line: str) -> dict[str, Any] | None:
        try:
            cells = json.loads(line, parse_float=Decimal)
        except (ValueError, RecursionError):
            cells = None
        if isinstance(cells, dict):
            return cells
        self.problems.append(f"line {number}: this is not a JSON object on one line.")
        return None

    def _is_text(self, number: int, text: str) -> bool:
        try:
            text.encode()
        except UnicodeEncodeError:
            self.problems.append(f"line {number}: this is not UTF-8. Save the file as UTF-8 and import it again.")
            return False
        return True
