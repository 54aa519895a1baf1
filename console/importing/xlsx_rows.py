"""Excel's files (XLSX), one sheet, row by row."""

from __future__ import annotations

from collections.abc import Iterator

from console.errors import NotATable
from console.importing.table import BadRow, Look, Row, Source


def look(source: Source, sheet: str | None) -> Look:  # noqa: ARG001 -- to come
    """The columns and first rows of a sheet."""
    raise NotATable("not_yet", "Excel files are not read yet: save the sheet as CSV.")


def rows(source: Source, look: Look) -> Iterator[Row | BadRow]:  # noqa: ARG001 -- to come
    """The rows below the header."""
    raise NotATable("not_yet", "Excel files are not read yet: save the sheet as CSV.")
