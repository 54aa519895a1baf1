"""Files of customers: what one is by its content, a look at it, and its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from types import MappingProxyType

from console.errors import NotATable
from console.importing import csv_rows, jsonl_rows, xlsx_rows
from console.importing.table import MOST_BYTES, BadRow, Format, Look, Row, Source

ENDINGS: Mapping[str, Format] = MappingProxyType(
    {
        ".csv": Format.CSV,
        ".tsv": Format.CSV,
        ".txt": Format.CSV,
        ".jsonl": Format.JSONL,
        ".ndjson": Format.JSONL,
        ".xlsx": Format.XLSX,
    }
)
"""What a file's name may end with."""

_SAVE_AS = "Open it where it was made, save it as CSV, and upload that."
_XLS = "This is an Excel file of the old kind (.xls), or one with a password: save it as .xlsx without a password."
_HEADS = (
    (b"\xd0\xcf\x11\xe0", "xls", _XLS),
    (b"%PDF", "pdf", f"This is a PDF, which is no table. {_SAVE_AS}"),
    (b"\x1f\x8b", "packed", "This file is packed (gzip): unpack it and upload what is inside."),
    (b"7z\xbc\xaf", "packed", "This file is packed (7z): unpack it and upload what is inside."),
    (b"Rar!", "packed", "This file is packed (RAR): unpack it and upload what is inside."),
    (b"BZh", "packed", "This file is packed (bzip2): unpack it and upload what is inside."),
    (b"\xfd7zXZ", "packed", "This file is packed (xz): unpack it and upload what is inside."),
    (b"\x89PNG", "picture", f"This is a picture, which is no table. {_SAVE_AS}"),
    (b"\xff\xd8\xff", "picture", f"This is a picture, which is no table. {_SAVE_AS}"),
    (b"GIF8", "picture", f"This is a picture, which is no table. {_SAVE_AS}"),
    (b"SQLite format 3", "database", f"This is a database, which is no table by itself. {_SAVE_AS}"),
    (b"{\\rtf", "text", f"This is a text document, which is no table. {_SAVE_AS}"),
)
_ZIP = b"PK"
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<workbook")
_HEAD = 1024


def open_table(
    source: Source,
    filename: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Look:
    """A look at a file: what it is, its columns, its first rows. Text is read once to its end, to find its encoding.

    What a person said of it goes before what is found. Raises NotATable, with a sentence that quotes nothing of it.
    """
    kind = format_of(source, filename)
    if kind is Format.XLSX:
        return xlsx_rows.look(source, sheet)
    if kind is Format.JSONL:
        return jsonl_rows.look(source, encoding)
    return csv_rows.look(source, encoding, delimiter)


def rows(source: Source, look: Look, *, after: int = 0) -> Iterator[Row | BadRow]:
    """Every row behind that line, one by one, empty ones left out. Memory doesn't grow with the file.

    Raises NotATable where the file can't be read further, or has more rows than are taken.
    """
    readers = {Format.CSV: csv_rows.rows, Format.JSONL: jsonl_rows.rows, Format.XLSX: xlsx_rows.rows}
    for row in readers[look.format](source, look):
        if row.number > after:
            yield row


def format_of(source: Source, filename: str) -> Format:
    """What the file is; raises NotATable where its name and its content say different things, or neither is known."""
    named = ENDINGS.get(PurePath(filename.strip()).suffix.lower())
    if named is None:
        raise NotATable("ending", "Files of customers end in .csv, .tsv, .jsonl or .xlsx.")
    size = source.seek(0, 2)
    if size == 0:
        raise NotATable("empty", "This file is empty.")
    if size > MOST_BYTES:
        raise NotATable("too_large", "This file is larger than 1 GiB: split it, then import the parts.")
    source.seek(0)
    _refuse(source.read(_HEAD), named)
    return named


def _refuse(head: bytes, named: Format) -> None:
    for begin, code, sentence in _HEADS:
        if head.startswith(begin):
            raise NotATable(code, sentence)
    if head.startswith(_ZIP) and named is not Format.XLSX:
        raise NotATable(
            "wrong_ending", "By its content this is an Excel file or an archive: if it is Excel's, let it end in .xlsx."
        )
    if not head.startswith(_ZIP) and named is Format.XLSX:
        raise NotATable("wrong_ending", "By its content this is no Excel file: if it is CSV, let it end in .csv.")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise NotATable("markup", f"This is a page (HTML) or XML, which is no table. {_SAVE_AS}")
