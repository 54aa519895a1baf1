"""Excel's files: what cells say as text, and workbooks that are no friends."""

import contextlib
import io
import random
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from console.importing import BadRow, NotATable, Row, open_table, rows
from console.importing.table import Computed, Damaged
from tests.importing.workbooks import MAIN, archive, by_hand, inline, saved, workbook

HEADER = f'<row r="1">{inline("A1", "id")}{inline("B1", "name")}</row>'


def read(source: io.BytesIO) -> list[Row | BadRow]:
    return list(rows(source, open_table(source, "customers.xlsx")))


def cells(source: io.BytesIO) -> list[tuple[object, ...]]:
    return [row.cells for row in read(source) if isinstance(row, Row)]


def code_of(source: io.BytesIO, name: str = "customers.xlsx") -> str:
    with pytest.raises(NotATable) as refused:
        list(rows(source, open_table(source, name)))
    return refused.value.code


def test_ids_are_text_with_all_their_zeros() -> None:
    source = workbook([["id", "name"], ["00123", "Budi"], ["1e5", "Sari"]])

    assert cells(source) == [("00123", "Budi"), ("1e5", "Sari")]


def test_numbers_are_as_they_are_meant() -> None:
    source = workbook(
        [["a", "b", "c", "d"], [123, 12.5, 1e10, 123]], formats={"D2": "00000", "B2": "0.00", "C2": "#,##0"}
    )

    assert cells(source) == [("123", "12.5", "10000000000", "00123")]


def test_numbers_have_the_fifteen_figures_that_excel_shows() -> None:
    row = '<row r="2"><c r="A2"><v>0.30000000000000004</v></c><c r="B2"><v>1.2E-3</v></c></row>'

    assert cells(by_hand(HEADER + row)) == [("0.3", "0.0012")]


def test_dates_are_year_month_day_whatever_they_look_like() -> None:
    shown = {"A2": "dd/mm/yyyy", "B2": '[$-409]d" of "mmm yy;@', "C2": "mm-dd-yy h:mm"}
    source = workbook(
        [["a", "b", "c"], [date(1990, 4, 3), date(2024, 2, 29), datetime(2024, 1, 2, 3, 4, 5)]],  # noqa: DTZ001 -- Excel knows no zones
        formats=shown,
    )

    assert cells(source) == [("1990-04-03", "2024-02-29", "2024-01-02T03:04:05")]


def test_dates_since_1904_are_the_same_days() -> None:
    book = Workbook()
    book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 -- Excel knows no zones
    book.active.append(["born"])
    book.active.append([date(1990, 4, 3)])

    assert cells(saved(book)) == [("1990-04-03",)]


def test_excels_calendar_has_a_day_that_never_was() -> None:
    days = "".join(
        f'<row r="{n + 2}"><c r="A{n + 2}" s="1"><v>{day}</v></c></row>' for n, day in enumerate((1, 59, 60, 61))
    )
    styles = f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'

    found = cells(by_hand(HEADER + days, styles=styles))

    assert [row[0] for row in found] == [
        "1900-01-01",
        "1900-02-28",
        Damaged("invalid_date", "Excel has no such date."),
        "1900-03-01",
    ]


def test_a_number_that_excel_has_cut_is_told() -> None:
    [[cell, *_]] = cells(workbook([["id", "name"], [6281234567890123456, "Budi"]]))

    assert isinstance(cell, Damaged)
    assert cell.code == "digits_lost"


def test_a_formula_gives_what_it_came_to_and_says_so() -> None:
    formula = '<row r="2"><c r="A2" t="str"><f>A1</f><v>7</v></c><c r="B2"><f>1+1</f><v>2</v></c></row>'

    [row] = cells(by_hand(HEADER + formula))

    assert row == ("7", "2")
    assert all(isinstance(cell, Computed) for cell in row)


def test_a_formula_that_was_never_worked_out_is_not_an_empty_cell() -> None:
    [[cell, *_]] = cells(workbook([["id", "name"], ["=1+1", "Budi"]]))

    assert isinstance(cell, Damaged)
    assert cell.code == "formula"


def test_errors_and_yes_and_no_are_told() -> None:
    row = '<row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2" t="b"><v>1</v></c></row>'

    [[error, yes]] = cells(by_hand(HEADER + row))

    assert isinstance(error, Damaged)
    assert "(#N/A)" in error.message
    assert yes == "TRUE"


def test_shared_texts_are_joined_without_their_pronunciation() -> None:
    strings = (
        f'<x:sst xmlns:x="{MAIN}"><x:si><x:r><x:t>Su</x:t></x:r><x:r><x:t xml:space="preserve">zu </x:t></x:r>'
        "<x:rPh><x:t>no</x:t></x:rPh></x:si><x:si><x:t>a_x000D_b</x:t></x:si></x:sst>"
    )
    row = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'
    lost = '<row r="3"><c r="A3" t="s"><v>99</v></c></row>'

    first, second = cells(by_hand(HEADER + row + lost, strings=strings))

    assert first == ("Suzu ", "a\rb")
    assert isinstance(second[0], Damaged)


def test_half_a_character_that_is_spelled_out_stays_spelled_out() -> None:
    row = f'<row r="2">{inline("A2", "a_xD83D_")}{inline("B2", "_xdfff_b_x000A_")}</row>'

    assert cells(by_hand(HEADER + row)) == [("a_xD83D_", "_xdfff_b\n")]


def test_rows_keep_their_numbers_and_cells_their_columns() -> None:
    source = by_hand(f'<row r="3">{inline("B3", "id")}{inline("C3", "name")}</row><row r="7">{inline("C7", "x")}</row>')

    look = open_table(source, "a.xlsx")

    assert (look.header, look.columns) == (3, ("", "id", "name"))
    assert list(rows(source, look)) == [Row(7, ("", "", "x"))]


def test_what_stands_where_no_name_is_above_it_is_told() -> None:
    [row] = read(workbook([["id", "name"], ["1", "Budi", "what?"]]))

    assert isinstance(row, BadRow)
    assert (row.number, row.code) == (2, "ragged")


def test_a_person_says_which_sheet_holds_the_customers() -> None:
    book = Workbook()
    book.active.append(["notes"])
    book.create_sheet("Customers").append(["id"])
    book.create_sheet("Secret").sheet_state = "hidden"
    source = saved(book)

    look = open_table(source, "a.xlsx")

    assert [question.choices for question in look.questions] == [("Sheet", "Customers")]
    assert open_table(source, "a.xlsx", sheet="Customers").columns == ("id",)
    with pytest.raises(NotATable):
        open_table(source, "a.xlsx", sheet="Nowhere")


def test_many_shared_texts_are_found_again_in_any_order() -> None:
    names = [f"name {number} {'é' * (number % 7)}" for number in range(3000)]
    mixed = names[::-1]
    chance = random.Random(1)  # noqa: S311 -- any order will do
    chance.shuffle(mixed)

    found = cells(workbook([["name"], *([name] for name in names), *([name] for name in mixed)]))

    assert [cell for (cell,) in found] == names + mixed


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    zeros = "<row/>" * 20_000_000

    assert code_of(by_hand("", whole=f'<worksheet xmlns="{MAIN}">{zeros}')) == "bomb"


def test_a_list_of_contents_without_end_is_not_read() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as many:
        for number in range(20_000):
            many.writestr(f"{number:0100}", "")

    assert code_of(made) == "damaged"


@pytest.mark.parametrize(
    "sheet",
    ["<c" + " " * 3_000_000 + "/>", f'<c r="{"A" * 3_000_000}"/>', "<a>" * 200_000, "<row>" * 200_000],
    ids=["tag", "attribute", "nested", "nested rows"],
)
def test_xml_without_end_takes_no_memory(sheet: str) -> None:
    assert code_of(by_hand(HEADER + sheet)) == "bomb"


def test_declarations_are_refused() -> None:
    laughs = '<!DOCTYPE a [<!ENTITY b "cccccccc">]>'

    assert code_of(by_hand("", whole=f'{laughs}<worksheet xmlns="{MAIN}"/>')) == "declarations"


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="5"/><row r="4"/>',
        '<row r="99999999"/>',
        '<row r="2"><c r="AAAA2"/></row>',
        '<row r="2"><c r="1-2"/></row>',
        "<row><c></row>",
    ],
)
def test_a_sheet_that_is_none_is_told(sheet: str) -> None:
    assert code_of(by_hand(HEADER + sheet)) == "damaged"


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95, 0.999])
def test_a_workbook_that_is_cut_off_is_told(part: float) -> None:
    whole = workbook([["id"], *([str(number)] for number in range(500))]).getvalue()

    assert code_of(io.BytesIO(whole[: int(len(whole) * part)])) == "damaged"


def test_a_workbook_with_turned_bits_never_raises_anything_else() -> None:
    whole = workbook([["id", "name"], *([str(number), f"name {number}"] for number in range(50))]).getvalue()
    chance = random.Random(7)  # noqa: S311 -- the same harm every time
    for _ in range(300):
        harmed = bytearray(whole)
        for _ in range(3):
            harmed[chance.randrange(4, len(harmed))] ^= 1 << chance.randrange(8)
        with contextlib.suppress(NotATable):
            read(io.BytesIO(bytes(harmed)))


def test_other_archives_are_called_what_they_are() -> None:
    types = {"[Content_Types].xml": "<Types/>"}

    assert code_of(archive({"a.txt": "x"})) == "archive"
    assert code_of(archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})) == "ods"
    binary = '<Relationships><Relationship Type="x/officeDocument" Target="xl/workbook.bin"/></Relationships>'
    assert code_of(archive(types | {"_rels/.rels": binary})) == "xlsb"


def test_a_cell_holds_no_more_than_excels() -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t>{"x" * 40_000}</t></si></sst>'
    row = f'<row r="2"><c r="A2" t="s"><v>0</v></c>{inline("B2", "y" * 200_000)}</row>'

    [[one, two]] = cells(by_hand(HEADER + row, strings=strings))

    assert isinstance(one, Damaged)
    assert isinstance(two, Damaged)
    assert {one.code, two.code} == {"long_cell"}
