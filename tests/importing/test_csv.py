"""CSV of hostile and sloppy origin: what can be read is, and the rest is told line by line."""

import io

import pytest

from console.importing import BadRow, Look, NotATable, Row, open_table, rows


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
