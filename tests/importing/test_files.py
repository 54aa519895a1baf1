"""Files that are no table, by name or by content: each a sentence, before anything is done."""

import io
import os

import pytest

from console.importing import NotATable, Source, open_table, rows


def code_of(content: bytes, name: str) -> str:
    source = io.BytesIO(content)
    with pytest.raises(NotATable) as refused:
        list(rows(source, open_table(source, name)))
    return refused.value.code


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"id\n1\n", "customers.exe", "ending"),
        (b"id\n1\n", "customers", "ending"),
        (b"", "customers.csv", "empty"),
        (b"\n\n \n", "customers.csv", "empty"),
        (b"PK\x03\x04rest", "customers.csv", "wrong_ending"),
        (b"id,name\n", "customers.xlsx", "wrong_ending"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "customers.xlsx", "xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "customers.csv", "xls"),
        (b"%PDF-1.7", "customers.csv", "pdf"),
        (b"\x1f\x8b\x08", "customers.csv", "packed"),
        (b"\x89PNG\r\n", "customers.csv", "picture"),
        (b"  <!DOCTYPE html><table>", "customers.csv", "markup"),
        (b"\xef\xbb\xbf<html>", "customers.jsonl", "markup"),
        (b"MZ" + bytes(4000), "customers.csv", "binary"),
        (b"PK\x03\x04 and no more", "customers.xlsx", "damaged"),
    ],
)
def test_what_a_file_is_not_is_told(content: bytes, name: str, code: str) -> None:
    assert code_of(content, name) == code


def test_names_are_read_without_regard_to_case() -> None:
    assert open_table(io.BytesIO(b"id\n1\n"), "CUSTOMERS.CSV").columns == ("id",)


class Endless:
    """A file of ten gigabytes, of which nothing may be read."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return 10 * 1024**3 if whence == os.SEEK_END else offset

    def tell(self) -> int:
        return 0

    def read(self, size: int = -1, /) -> bytes:
        raise AssertionError(f"{size} bytes were read")


def test_a_file_of_ten_gigabytes_is_refused_unread() -> None:
    source: Source = Endless()

    with pytest.raises(NotATable, match="larger than 1 GiB"):
        open_table(source, "customers.csv")


def test_a_sentence_quotes_nothing_of_the_file() -> None:
    for content in (b"budi@example.com\x00" * 200, b"x" * 2_000_000, ",".join(map(str, range(2000))).encode()):
        with pytest.raises(NotATable) as refused:
            open_table(io.BytesIO(content), "budi.csv")
        assert "budi" not in str(refused.value)
