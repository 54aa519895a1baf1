"""The zip archive that an Excel file is: its parts, within bounds, and the sheets it names."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

from console.errors import NotATable
from console.importing.table import Source
from console.importing.xml_pieces import elements

MOST_UNPACKED = 4 * 1024**3
LARGEST_SMALL_PART = 16 * 1024**2
LARGEST_DIRECTORY = 1024**2  # the list of what is inside; zipfile reads it as a whole
SUSPICIOUS = 64 * 1024**2
MOST_TIMES_PACKED = 300

_WORKBOOK = "xl/workbook.xml"
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED = "This Excel file is cut off or damaged: upload it once more, or open it in Excel and save it anew."
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: what it is called, and the part that holds it."""

    name: str
    part: str


class Package:
    """An Excel file, open. All that it raises is NotATable."""

    def __init__(self, source: Source) -> None:
        with _told():
            self._zip = zipfile.ZipFile(cast("IO[bytes]", _Bounded(source)))
        self._names = set(self._zip.namelist())
        self._workbook = self._of_root()
        self._links = self._links_of(self._workbook)
        self.sheets, self.since_1904 = self._told_by_workbook()

    def sheet(self, name: str) -> Sheet:
        """The sheet of that name."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise NotATable("no_sheet", "This workbook has no such sheet.")

    @property
    def strings(self) -> str:
        """The part with the texts that cells share; "" where there is none."""
        return self._linked("sharedStrings")

    @property
    def styles(self) -> str:
        """The part with the formats of cells; "" where there is none."""
        return self._linked("styles")

    @contextmanager
    def part(self, name: str) -> Iterator[IO[bytes]]:
        """A part, to be read from its beginning; never more than it may hold."""
        with _told():
            info = self._zip.getinfo(name) if name in self._names else None
            if info is None:
                raise NotATable("damaged", _DAMAGED)
            _check(info)
            with self._zip.open(info) as file:
                yield file

    def small(self, name: str) -> list[tuple[str, dict[str, str]]]:
        """The elements of a part that is small in every workbook."""
        if name not in self._names:
            return []
        if self._zip.getinfo(name).file_size > LARGEST_SMALL_PART:
            raise NotATable("bomb", "A part of this Excel file is far larger than in any workbook.")
        with self.part(name) as file:
            return elements(file)

    def _of_root(self) -> str:
        for name, link in self.small("_rels/.rels"):
            if name == "Relationship" and link.get("Type", "").endswith("/officeDocument"):
                found = link.get("Target", "").lstrip("/")
                break
        else:
            found = _WORKBOOK
        if found.endswith(".bin"):
            raise NotATable("xlsb", "This is a binary Excel file (.xlsb): save it as .xlsx.")
        if found in self._names and found.endswith(".xml") and "[Content_Types].xml" in self._names:
            return found
        if "mimetype" in self._names:
            raise NotATable("ods", "This is no Excel file: save it as .xlsx or CSV.")
        raise NotATable("archive", "This is an archive, and no Excel file: unpack it and upload what is inside.")

    def _links_of(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: by id, the kind and the name of the other part."""
        folder, name = posixpath.split(part)
        told = self.small(posixpath.join(folder, "_rels", f"{name}.rels"))
        return {
            link["Id"]: (link.get("Type", "").rpartition("/")[2], _joined(folder, link.get("Target", "")))
            for name, link in told
            if name == "Relationship" and "Id" in link
        }

    def _linked(self, kind: str) -> str:
        return next((part for linked, part in self._links.values() if linked == kind and part in self._names), "")

    def _told_by_workbook(self) -> tuple[tuple[Sheet, ...], bool]:
        told = self.small(self._workbook)
        sheets = [link for name, link in told if name == "sheet"]
        shown = [link for link in sheets if link.get("state", "visible") == "visible"] or sheets
        found = tuple(Sheet(link.get("name", ""), part) for link in shown if (part := self._sheet_part(link)))
        if not found:
            raise NotATable("no_sheet", "There is no sheet with cells in this Excel file.")
        years = next((link.get("date1904", "") for name, link in told if name == "workbookPr"), "")
        return found, years in {"1", "true"}

    def _sheet_part(self, link: dict[str, str]) -> str:
        ids = (value for name, value in link.items() if name.rpartition(":")[2] == "id")
        kind, part = self._links.get(next(ids, ""), ("", ""))
        return part if kind == "worksheet" and part in self._names else ""


class _Bounded:
    """A source as zipfile wants it; it never reads much at once, however long the archive says that a piece is."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.seek, self.tell = source.seek, source.tell

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile
        return self._source.read(size if size >= 0 else LARGEST_DIRECTORY)


@contextmanager
def _told() -> Iterator[None]:
    """What zipfile raises over a broken archive, as a sentence."""
    try:
        yield
    except _BROKEN:
        raise NotATable("damaged", _DAMAGED) from None


def _check(info: zipfile.ZipInfo) -> None:
    """Sizes are what the archive says; zipfile reads no further than that."""
    if info.flag_bits & 1:
        raise NotATable("password", "This Excel file has a password: save it without one.")
    if info.compress_type not in _KINDS:
        raise NotATable("packed", "This Excel file is packed in a way that Excel's are not: save it anew.")
    packed = max(1, info.compress_size)
    bomb = info.file_size > SUSPICIOUS and info.file_size / packed > MOST_TIMES_PACKED
    if bomb or info.file_size > MOST_UNPACKED:
        raise NotATable("bomb", "This Excel file would unpack to far more than it is: save the sheet as CSV.")


def _joined(folder: str, target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
