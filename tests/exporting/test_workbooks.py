"""Workbooks: a stream that Excel and others open, where a cell is text whatever stands in it."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from console.errors import NotFit
from console.exporting import workbook
from console.exporting.files import Measured
from console.exporting.workbook import LONGEST_TEXT, write_workbook
from console.importing import open_table
from console.importing.files import rows as rows_of
from console.importing.table import Row

AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
HOSTILE = ("=1+1", "+62", "-", "@x", "00123", "1e5", "12345678901234567890", "TRUE", "2026-11-22", "\uff1d1")
ESCAPED = ("_x0041_", "_x0041", "_x000D", "\r", "\r\n", "a\x01b", "_x0041\x01", "\x01x0041_", "\ufffe", "]]>", "<&>\"'")


def written(columns: Sequence[str], *rows: Sequence[str]) -> io.BytesIO:
    """A workbook of these rows, through a stream that cannot go back."""
    file = io.BytesIO()
    write_workbook(Measured(file.write), columns, [rows], AT)
    file.seek(0)
    return file


def read_again(file: io.BytesIO) -> list[list[str]]:
    """Its rows as an import reads them."""
    look = open_table(file, "customers.xlsx")
    return [[str(cell) for cell in row.cells] for row in rows_of(file, look) if isinstance(row, Row)]


@pytest.mark.parametrize(
    "text", [*HOSTILE, *ESCAPED, " a ", "line\nbreak", "a\tb", "Żaneta ß 李", "\U0001f600", "x" * LONGEST_TEXT]
)
def test_every_text_comes_back_as_it_was_whoever_reads_it(text: str) -> None:
    file = written(["external_id", "name"], ["1", text])
    assert read_again(file) == [["1", text]]
    cell = load_workbook(file).active["B2"]
    assert (cell.data_type, cell.number_format, cell.quotePrefix) == ("s", "@", True)
    if text not in ESCAPED:
        assert cell.value == text


@given(st.lists(st.text(max_size=20), min_size=1, max_size=40))
def test_whatever_stands_in_a_row_comes_back(texts: list[str]) -> None:
    columns = [f"c{number}" for number in range(len(texts) + 1)]
    assert read_again(written(columns, ["1", *texts])) == [["1", *texts]]


def test_a_workbook_has_no_formula_and_nothing_that_runs() -> None:
    file = written(["external_id", "name"], ["1", "=HYPERLINK(1)"])
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {*workbook._PARTS, "xl/worksheets/sheet1.xml"}
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert sheet.count('t="inlineStr"') == 4


def test_names_stand_above_stay_there_and_every_column_is_found() -> None:
    columns = [f"c{number}" for number in range(60)]
    sheet = load_workbook(written(columns, columns)).active
    assert (sheet.freeze_panes, sheet["A1"].font.bold, sheet["A2"].font.bold) == ("A2", True, False)
    assert [sheet["Z2"].value, sheet["AA2"].value, sheet["BH2"].value] == ["c25", "c26", "c59"]


def test_what_excel_cannot_hold_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFit, match=r"A value is longer than a cell of Excel's can be\. Take a table"):
        written(["external_id"], ["x" * (LONGEST_TEXT + 1)])
    faces = "\U0001f600" * (LONGEST_TEXT // 2)  # each of which Excel counts as two
    assert read_again(written(["external_id", "name"], ["1", faces + "x"])) == [["1", faces + "x"]]
    with pytest.raises(NotFit, match="A value is longer"):
        written(["external_id"], [f"{faces}xx"])
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    written(["external_id"], ["1"], ["2"])
    with pytest.raises(NotFit, match="more than a workbook of Excel's holds"):
        written(["external_id"], ["1"], ["2"], ["3"])
    monkeypatch.setattr(workbook, "MOST_BYTES", 100)
    with pytest.raises(NotFit, match="more than a workbook of Excel's holds"):
        written(["external_id"], ["1"], ["2"])


def test_many_rows_take_no_more_memory_than_few() -> None:
    def peak(chunks: int) -> int:
        tracemalloc.start()
        write_workbook(Measured(lambda _: None), [f"c{place}" for place in range(10)], rows(chunks), AT)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    def rows(chunks: int) -> Iterator[list[list[str]]]:
        for chunk in range(chunks):
            yield [[f"{chunk}-{place}-{number}" for number in range(10)] for place in range(100)]

    assert peak(60) < 1.2 * peak(3)
