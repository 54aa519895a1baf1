"""The page of an import's columns has its file read in another way: every choice that it offers leads on."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from console.models import Bulk, BulkStatus, Connection, User
from tests.cast import connect
from tests.deciding import no_policies
from tests.importing_files import assigned, done_by_a_worker, fresh, read
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db

LATIN = "external_id,name\n1,José\n2,Budi\n".encode("cp1252")
FILES = {
    "ascii.csv": b"external_id,name\n1,Jose\n2,Budi\n",
    "utf-8.csv": LATIN.decode("cp1252").encode(),
    "latin.csv": LATIN,
    "wide.csv": LATIN.decode("cp1252").encode("utf-16"),
    "unmarked.csv": LATIN.decode("cp1252").encode("utf-16-be"),
    "lines.jsonl": b'{"external_id": "1", "name": "Jose"}\n',
    "wide.jsonl": '{"external_id": "1", "name": "José"}\n'.encode("utf-16-le"),
}


@pytest.fixture
def caibo() -> Connection:
    no_policies()
    return connect("caibo")


class _Encodings(HTMLParser):
    """The choices of the select called `encoding`, by their words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.chosen = ""
        self._within = False
        self._value: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "select":
            self._within = told.get("name") == "encoding"
        elif tag == "option" and self._within:
            self._value = told.get("value") or ""
            self.chosen = self._value if "selected" in told else self.chosen

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag != "select"

    def handle_data(self, data: str) -> None:
        if self._within and self._value is not None:
            self.found[data], self._value = self._value, None


def offered(client: Client, bulk: Bulk) -> _Encodings:
    found = _Encodings()
    found.feed(client.get(reverse("import", args=[bulk.pk])).content.decode())
    return found


def read_anew(client: Client, bulk: Bulk, encoding: str) -> Bulk:
    said = {"encoding": encoding, "delimiter": ","}
    assert client.post(reverse("import_reading", args=[bulk.pk]), said).status_code == 303
    return done_by_a_worker(bulk)


@pytest.mark.parametrize("filename", FILES)
def test_no_encoding_that_is_offered_ends_an_import(client: Client, ed: User, caibo: Connection, filename: str) -> None:
    bulk = read(caibo, FILES[filename], by=ed, filename=filename)
    choices = offered(client, bulk)

    assert choices.chosen == bulk.encoding
    for encoding in choices.found.values():
        assert read_anew(client, bulk, encoding).status == BulkStatus.MAPPING, encoding
        assert offered(client, bulk).chosen == encoding
        assert choices.chosen in offered(client, bulk).found.values(), "there is a way back"


def test_encodings_are_offered_in_words_and_read_as_they_say(client: Client, ed: User, caibo: Connection) -> None:
    bulk = read(caibo, LATIN, by=ed)
    choices = offered(client, bulk).found
    address = reverse("import", args=[bulk.pk])

    read_anew(client, bulk, choices["Cyrillic (Windows)"])
    assert "Josй" in text_of(client.get(address))
    read_anew(client, bulk, choices["Western European (Windows)"])
    assert "José" in text_of(client.get(address))


@pytest.mark.parametrize("spelled", ["windows-1252", "iso-8859-15"])
def test_an_encoding_by_another_of_its_names_is_read_all_the_same(
    client: Client, ed: User, caibo: Connection, spelled: str
) -> None:
    """The page had offered them so."""
    bulk = read_anew(client, read(caibo, LATIN, by=ed), spelled)

    assert bulk.status == BulkStatus.MAPPING
    assert "José" in text_of(client.get(reverse("import", args=[bulk.pk])))
    Bulk.objects.filter(pk=bulk.pk).update(encoding=spelled)
    assert client.get(reverse("import", args=[bulk.pk])).status_code == 200
    assert fresh(bulk).encoding == spelled


@pytest.mark.parametrize(
    "line", [r'{"external_id": "2", "name": "Ann \ud83d"}', r'{"external_id": "2", "name \ud83d": "Ann"}']
)
def test_half_a_character_in_a_line_of_json_leaves_the_page_as_it_is(
    client: Client, ed: User, caibo: Connection, line: str
) -> None:
    content = FILES["lines.jsonl"] + line.encode() + b"\n"
    bulk = read(caibo, content, by=ed, filename="lines.jsonl")

    page = client.get(reverse("import", args=[bulk.pk]))
    assert (bulk.status, page.status_code) == (BulkStatus.MAPPING, 200)
    assert "Jose" in text_of(page)
    assert done_by_a_worker(assigned(bulk)).summary["shapes"]["refused"] == 1
