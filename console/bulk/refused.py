"""Rows that were refused as a table (CSV): the line, why, and the row as it stands in the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from console.bulk import file, problems
from console.errors import StepNotPossible
from console.exporting.table import MARK, harmless
from console.models import Bulk


def table(bulk: Bulk) -> Iterator[bytes]:
    """The table of an import, a row at a time; without the names of the columns once those are no longer kept."""
    try:
        columns = file.look_of(bulk).columns
    except StepNotPossible:
        columns = ()
    yield head(columns)
    for row in problems.refused_rows(bulk):
        yield line(row.line, (problem.sentence for problem in row.problems), row.cells)


def head(columns: Iterable[str]) -> bytes:
    """The first line."""
    return MARK.encode() + _written(["Line", "Why", *columns])


def line(number: int, why: Iterable[str], cells: Iterable[str]) -> bytes:
    """A row with all that is wrong with it."""
    return _written([number, " ".join(why), *cells])


def _written(cells: Iterable[object]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([harmless(cell) for cell in cells])
    return text.getvalue().encode("utf-8", "replace")
