"""Encodings: found where the bytes prove it, asked where they don't, and never mended by guessing."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.importing import BadRow, Look, NotATable, QuestionKind, Row, open_table, rows
from console.importing.encodings import CHOICES

TABLE = "id;name\n1;Żaneta Müller\n2;Budi\n"


def look(content: bytes, encoding: str | None = None) -> tuple[io.BytesIO, Look]:
    source = io.BytesIO(content)
    return source, open_table(source, "customers.csv", encoding=encoding)


def names(content: bytes, encoding: str | None = None) -> list[object]:
    return [row.cells[1] for row in rows(*look(content, encoding)) if isinstance(row, Row)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_what_bytes_prove_is_not_asked(encoding: str) -> None:
    content = TABLE.encode(encoding)

    assert names(content) == ["Żaneta Müller", "Budi"]
    assert look(content)[1].questions == ()
    assert look(content)[1].columns == ("id", "name")


def test_a_file_that_is_not_utf_8_is_asked_about_with_its_own_words() -> None:
    [question] = look("id;name\n1;Müller\n2;José\n".encode("cp1252"))[1].questions

    assert (question.kind, question.suggested) == (QuestionKind.ENCODING, "cp1252")
    assert question.shown["cp1252"] == "1;Müller · 2;José"
    assert question.shown["mac-roman"] != question.shown["cp1252"]


def test_an_encoding_that_cannot_be_is_not_offered() -> None:
    [question] = look(b"id;name\n1;\x81\x8d\n")[1].questions

    assert "cp1252" not in question.choices
    assert "utf-8" not in question.choices


def test_what_a_person_chose_counts() -> None:
    content = "id;name\n1;Šárka\n".encode("cp1250")

    assert names(content, "cp1250") == ["Šárka"]
    assert look(content, "cp1250")[1].questions == ()


def test_an_encoding_that_is_none_is_refused() -> None:
    with pytest.raises(NotATable) as refused:
        look(TABLE.encode(), "rot13")
    assert refused.value.code == "encoding"


def test_of_mixed_encodings_the_odd_rows_are_told_and_the_others_read() -> None:
    content = b"id;name\n1;" + "Żaneta".encode() + b"\n2;M\xfcller\n3;" + "José".encode() + b"\n"

    source, found = look(content)
    told = list(rows(source, found))

    assert [row.number for row in told if isinstance(row, BadRow) and row.code == "encoding"] == [3]
    assert [row.cells[1] for row in told if isinstance(row, Row)] == ["Żaneta", "José"]
    assert found.questions == ()
    assert "one line" in found.notes[0]


def test_an_odd_character_far_down_is_found() -> None:
    content = b"id;name\n" + b"1;Budi\n" * 300_000 + b"2;M\xfcller\n"

    assert [question.kind for question in look(content)[1].questions] == [QuestionKind.ENCODING]


def test_half_a_pair_of_utf_16_is_told_with_its_row() -> None:
    content = "id;name\n1;x".encode("utf-16") + b"\x3d\xd8" + "\n2;Budi\n".encode("utf-16-le")

    source, found = look(content)

    assert [(row.number, isinstance(row, BadRow)) for row in rows(source, found)] == [(2, True), (3, False)]


def test_a_picture_of_bytes_is_no_text() -> None:
    with pytest.raises(NotATable) as refused:
        look(bytes(range(256)) * 10 + bytes(2000))
    assert refused.value.code == "binary"


@pytest.mark.parametrize("encoding", sorted(CHOICES))
def test_every_encoding_that_is_offered_can_be_read(encoding: str) -> None:
    assert names("id;name\n1;Budi\n".encode(encoding), encoding) == ["Budi"]


def test_utf_16_is_read_without_a_mark_and_as_its_mark_says() -> None:
    assert names(TABLE.encode("utf-16-le"), "utf-16") == ["Żaneta Müller", "Budi"]
    assert look(TABLE.encode("utf-16"), "utf-16-be")[1].columns == ("id", "name")


@pytest.mark.parametrize("filename", ["customers.csv", "customers.jsonl"])
@given(st.binary(max_size=400), st.none() | st.sampled_from(sorted(CHOICES)))
def test_any_bytes_are_a_table_or_told(filename: str, content: bytes, encoding: str | None) -> None:
    source = io.BytesIO(content)
    try:
        found = open_table(source, filename, encoding=encoding)
        told = list(rows(source, found))
    except NotATable as refused:
        assert str(refused)  # noqa: PT017 - what is raised is one of two good ends
        return
    for row in told:
        if isinstance(row, Row):
            assert len(row.cells) == len(found.columns)
            "".join(map(str, row.cells)).encode()
        else:
            row.text.encode()
