"""Workbooks to read: made by a library of others, and by hand where they are to be hostile."""

import io
import zipfile
from collections.abc import Mapping, Sequence

from openpyxl import Workbook

RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(rows: Sequence[Sequence[object]], *, formats: Mapping[str, str] | None = None) -> io.BytesIO:
    """A workbook of one sheet, as openpyxl writes it; `formats` has the formats of numbers by cell."""
    book = Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    return saved(book)


def saved(book: Workbook) -> io.BytesIO:
    """The bytes of a workbook."""
    into = io.BytesIO()
    book.save(into)
    into.seek(0)
    return into


def by_hand(sheet: str, **others: str) -> io.BytesIO:
    """A workbook whose one sheet has this XML between `<sheetData>` and its end; other parts by their short names."""
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="r3" Type="{OFFICE}/styles" Target="/xl/styles.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"/>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"/>',
    }
    names = {"strings": "xl/sharedStrings.xml", "styles": "xl/styles.xml", "whole": "xl/worksheets/sheet1.xml"}
    return archive(parts | {names[name]: content for name, content in others.items()})


def archive(parts: Mapping[str, str | bytes]) -> io.BytesIO:
    """A zip archive of these parts."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    into.seek(0)
    return into


def inline(place: str, text: str) -> str:
    """A cell that holds its own text."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
