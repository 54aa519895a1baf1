"""CSV of hostile and sloppy origin: what can be read is, and the rest is told line by line."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.exporting.table import harmless
from console.importing import BadRow, Look, NotATable, Row, open_table, rows
from console.importing.csv_rows import unharmed


def table(content: str | bytes, name: str = "customers.csv") -> tuple[io.BytesIO, Look]:
    source = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return source, open_table(source, name)


def read(content: str | bytes) -> list[Row | BadRow]:
    return list(rows(*table(content)))


def cells(content: str | bytes) -> list[tuple[object, ...]]:
    return [row.cells for row in read(content) if isinstance(row, Row)]


def bad(content: str | bytes) -> list[tuple[int, str]]:
    return [(row.number, row.code) for row in read(content) if isinstance(row, BadRow)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    _, look = table(f"id{delimiter}name\n1{delimiter}Budi\n2{delimiter}Sari\n")

    assert (look.delimiter, look.columns) == (delimiter, ("id", "name"))


def test_cells_are_text_as_the_file_has_it() -> None:
    assert cells("id,name\n00123,  Budi \n1e5,\n") == [("00123", "  Budi "), ("1e5", "")]


def test_rows_have_the_line_on_which_they_begin() -> None:
    content = 'id,address\n1,"Jalan 1\nBandung"\n\n2,Bogor\n'

    assert [(row.number, row.cells) for row in read(content) if isinstance(row, Row)] == [
        (2, ("1", "Jalan 1\nBandung")),
        (5, ("2", "Bogor")),
    ]


def test_a_bad_row_hides_none_of_the_others() -> None:
    content = 'id,name\n1,Budi\n2\n3,Sari,x\n4,"a"b\n5,Dewi\n'

    assert cells(content) == [("1", "Budi"), ("5", "Dewi")]
    assert bad(content) == [(3, "ragged"), (4, "ragged"), (5, "quotes")]


def test_a_file_goes_on_behind_the_last_row_that_was_kept() -> None:
    source, look = table("id\na\nb\nc\n")

    assert [row.number for row in rows(source, look, after=3)] == [4]


def test_a_look_can_be_kept_as_text() -> None:
    _, look = table("id;geboren\n1;03/04/1990\n")

    assert Look.of(look.stored()) == look


def test_an_empty_file_is_told() -> None:
    with pytest.raises(NotATable, match="empty"):
        table("")


def test_a_million_columns_are_refused() -> None:
    with pytest.raises(NotATable) as refused:
        table(",".join(["c"] * 100_000))
    assert refused.value.code == "too_many_columns"


def test_a_header_that_names_nothing_is_none() -> None:
    with pytest.raises(NotATable) as refused:
        table(",,\n1,2,3\n")
    assert refused.value.code == "no_header"


@pytest.mark.parametrize("header", ['"a"b,c', '"a,b', 'id,"name'])
def test_a_header_whose_quotes_are_wrong_is_told(header: str) -> None:
    with pytest.raises(NotATable) as refused:
        table(f"{header}\n1,2\n")
    assert refused.value.code == "no_header"


def test_a_line_without_an_end_is_not_read_to_its_end() -> None:
    with pytest.raises(NotATable, match="Line 3"):
        table("id\n1\n" + "x" * 2_000_000)


def test_a_row_without_an_end_is_not_read_to_its_end() -> None:
    with pytest.raises(NotATable, match="row of line 4 has no end"):
        table("id\n1\n2\n" + '"' + 'x","\n' * 1_000_000)


def test_quotes_that_never_close_are_told_with_the_line_on_which_they_open() -> None:
    content = 'id,name\n1,Budi\n2,"Sari\n' + "3,Dewi\n" * 5

    assert bad(content) == [(3, "cut_off")]


def test_quotes_that_swallow_many_rows_are_told_and_what_follows_is_read() -> None:
    content = 'id,name\n1,"Budi\n' + "2,Dewi Lestari\n" * 20_000

    told = read(content)

    assert isinstance(told[0], BadRow)
    assert (told[0].number, told[0].code) == (2, "long_cell")
    assert told[1].number == told[0].last + 1


@pytest.mark.parametrize("end", ["1", '1,"Bu', "1,Budi"])
def test_a_file_that_is_cut_off_is_told_where_that_shows(end: str) -> None:
    told = read(f"id,name,phone\n0,Ann,+62\n{end}")

    assert [row.code for row in told if isinstance(row, BadRow)] == ["cut_off"]


def test_nul_is_told_with_its_row() -> None:
    assert bad("id,name\n1,Bu\0di\n2,Sari\n") == [(2, "nul")]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_ends_of_lines_will_do(ends: str) -> None:
    assert [row.number for row in read(ends.join(["id,name", "1,Budi", "2,Sari", ""]))] == [2, 3]


def test_a_hint_of_excels_and_empty_lines_stand_before_the_header() -> None:
    source, look = table("sep=|\n\nid|a;b\n1|2\n")

    assert (look.delimiter, look.header, look.columns) == ("|", 3, ("id", "a;b"))
    assert list(rows(source, look)) == [Row(4, ("1", "2"))]


def test_what_two_delimiters_make_a_table_of_is_asked() -> None:
    _, look = table("id,a;b,c\n1,2;3,4\n")

    [question] = look.questions
    assert set(question.choices) == {",", ";"}
    assert question.shown == {",": "3 columns", ";": "2 columns"}


def test_a_delimiter_that_is_said_counts() -> None:
    look = open_table(io.BytesIO(b"id,a;b\n1,2;3\n"), "a.csv", delimiter=";")

    assert look.columns == ("id,a", "b")
    with pytest.raises(NotATable):
        open_table(io.BytesIO(b"id\n"), "a.csv", delimiter="x")


def test_a_delimiter_within_texts_is_not_taken_for_one() -> None:
    rows_of = "\n".join(f'{n};"Jalan {n}, Bandung, Jawa"' for n in range(20))

    assert table(f"id;address\n{rows_of}")[1].delimiter == ";"


def test_the_apostrophe_that_keeps_a_cell_from_being_run_is_taken_away() -> None:
    assert cells("id,phone,name\n1,'+62812,'Aisha\n2,''=x,'\n") == [("1", "+62812", "'Aisha"), ("2", "'=x", "'")]


def test_columns_without_or_with_the_same_name_are_told() -> None:
    _, look = table("id,,name,name\n1,2,3,4\n")

    assert look.notes == (
        "Column 4 is called as another one is: assign by hand which is meant.",
        "Column 2 is without a name.",
    )


def test_more_rows_than_a_million_are_refused() -> None:
    source, look = table("id\n" + "1\n" * 1_000_001)

    with pytest.raises(NotATable) as refused:
        for _ in rows(source, look):
            pass
    assert refused.value.code == "too_many_rows"


def test_a_long_cell_is_cut_in_the_look_and_whole_in_the_rows() -> None:
    source, look = table("id,note\n1," + "x" * 5000 + "\n")

    [row] = rows(source, look)
    assert (len(str(look.first[0].cells[1])), len(str(row.cells[1] if isinstance(row, Row) else ""))) == (200, 5000)


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "'", "'Aisha", "+62", "\t", "'\n"])
def test_what_an_export_adds_is_what_an_import_takes_away(text: str) -> None:
    assert unharmed(harmless(text)) == text


PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(PLAIN, PLAIN), max_size=10), st.sampled_from(",;\t|"))
def test_what_was_written_is_read_again(written: list[tuple[str, str]], delimiter: str) -> None:
    into = io.StringIO(newline="")
    csv.writer(into, delimiter=delimiter).writerows([("id", "name"), *((harmless(a), harmless(b)) for a, b in written)])
    source = io.BytesIO(into.getvalue().encode())
    look = open_table(source, "a.csv", delimiter=delimiter)

    assert [row.cells for row in rows(source, look) if isinstance(row, Row)] == [row for row in written if any(row)]
