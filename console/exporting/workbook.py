"""A table as a workbook of one sheet (XLSX), written row by row in the memory of a few rows.

Every cell is text and holds its own, so that nothing in it is a formula, a number or a date: `00123` keeps its zeros,
`1e5` its letter, `=1+1` its sign. It takes no library: `zipfile` writes to a stream, and the import reads it again.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, cast

from console.errors import NotFit
from providers.kinds.characters import utf16_length

if TYPE_CHECKING:
    from datetime import datetime

    from console.exporting.files import Writable

MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767  # as Excel counts characters: those beyond the first 65,536 are two
MOST_BYTES = 2_000_000_000  # of a sheet, unpacked: beyond 2 GiB an archive takes a form that Excel does not read
LEVEL = 6

_TOO_LARGE = "This is more than a workbook of Excel's holds. Take a table (CSV) or lines of JSON, or narrow the list."
_TOO_LONG = "A value is longer than a cell of Excel's can be. Take a table (CSV) or lines of JSON instead."

# What XML cannot hold, or would give back as another character, and what would be taken for such a sign.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4})")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OPEN = "http://schemas.openxmlformats.org"
_MAIN, _OFFICE = f"{_OPEN}/spreadsheetml/2006/main", f"{_OPEN}/officeDocument/2006/relationships"
_PACKAGE = f"{_OPEN}/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET = "xl/worksheets/sheet1.xml"

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/{_SHEET}" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Customers" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    # Format 49 is text, and quotePrefix keeps it text when somebody edits the cell; the second is for the names above.
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_CELL, _NAME = 1, 2
_BEGIN = (
    f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<cols><col min="1" max="{columns}" width="20" style="1" customWidth="1"/></cols><sheetData>'
)
_END = "</sheetData></worksheet>"


def write_workbook(
    file: Writable, columns: Sequence[str], rows: Iterable[Sequence[Sequence[str]]], at: datetime
) -> None:
    """Writes the names of the columns, then rows of texts, some at a time; a cell without text is left out.

    Raises NotFit where Excel would not open it.
    """
    letters, moment, number, size = [_letters(place) for place in range(len(columns))], at.timetuple()[:6], 1, 0
    with zipfile.ZipFile(cast("IO[bytes]", file), "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for name, content in _PARTS.items():
            archive.writestr(_member(name, moment), f"{_HEAD}{content}")
        with archive.open(_member(_SHEET, moment), "w") as sheet:
            sheet.write(f"{_HEAD}{_BEGIN.format(columns=len(columns))}{_row(1, letters, columns, _NAME)}".encode())
            for some in rows:
                told = "".join(_row(number + place, letters, row, _CELL) for place, row in enumerate(some, 1)).encode()
                number, size = number + len(some), size + len(told)
                if number > MOST_ROWS or size > MOST_BYTES:
                    raise NotFit(_TOO_LARGE)
                sheet.write(told)
            sheet.write(_END.encode())


def _row(number: int, letters: Sequence[str], texts: Sequence[str], style: int) -> str:
    cells = (
        f'<c r="{letter}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{_text(text)}</t></is></c>'
        for letter, text in zip(letters, texts, strict=True)
        if text
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT // 2 and utf16_length(text) > LONGEST_TEXT:
        raise NotFit(_TOO_LONG)
    return _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text).translate(_MARKUP)


def _letters(place: int) -> str:
    """What stands over a column: A to Z, then AA."""
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(65 + last)


def _member(name: str, moment: tuple[int, ...]) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, cast("tuple[int, int, int, int, int, int]", moment))
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return info
