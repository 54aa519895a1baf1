"""What is told from terms alone, without the texts, is what reading every text would have told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console import finding
from console.finding import Found, Hit, Match, find
from console.finding.ranking import Row, fairly, hit_of, take_up
from console.models import Connection, SearchTerm, SearchText
from console.models.search import NAME, NAMED, beginnings, dialled_at_home, grams, search_words, words, written_words
from tests.cast import connect, sample

FIRST, LAST = ("Asha", "Ann", "Lee", "Ashton", "O'Neil", "Maria del"), ("Lee", "Leeson", "Lake", "Ashton", "Neil-Lee")
STREETS, TOWNS = ("Lake Road", "Ann Street", "Leeward", "Ash Lane"), ("Pune", "Ashford", "Lee")
PIECES = (
    *("a", "as", "ash", "asha", "ashton", "ann", "le", "lee", "leeson", "la", "lake", "neil", "o'neil", "maria"),
    *("del", "road", "pune", "leew", "ward", "street", "ashton.lee", "@example.com", "3", "12", "id-1", "id-12"),
    *("0041", "79", "4179", "79000", "0790", "000012", "0012", "person", "eeso", "nobody"),
    *("2024-0", "2024-001", "200", "00"),
)
typing = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def people(db: None) -> list[Connection]:
    """Two connections with people who share words of names, streets, e-mails and digits."""
    plain, other = connect("flowwise"), connect("sqril")
    for number in range(40):
        first, last = FIRST[number % len(FIRST)], LAST[number * 7 % len(LAST)]
        phone = f"+41 79 {number * 1237 % 1000:03} 00 {number % 13:02}"
        email = f"{first}.{last}{number}@example.com".lower().replace(" ", "")
        address = f"{number % 5} {STREETS[number % 4]}, {TOWNS[number % 3]}"
        at, name = (
            (plain, {"name": f"{first} {last}"}) if number % 4 else (other, {"name_first": first, "name_last": last})
        )
        sample(at, None, customer_id=f"id-{number}", **name, email=email, phone=phone, address=address)
    about = {"email": "x@example.com", "phone": "+41 79 123 45 67"}
    sample(plain, None, customer_id="ashton", name="Ashton Lee", address="Far away", **about)
    sample(plain, None, customer_id="3", name="Zoe Third", address="Far away", **about)
    sample(plain, None, customer_id="2024-001", name="Yan Fourth", address="Far away", **about)
    return [plain, other]


@dataclass(frozen=True)
class Plain:
    """Everybody's text and terms."""

    rows: list[Row]
    terms: Mapping[int, list[str]]

    def found(self, typed: str) -> list[Hit]:
        """Who is found when every text is read, and how well each matches: by the number that it looks like, and by
        its words as they stand where that is one word, or where no number begins or ends so.
        """
        hits = {hit.pk: hit for hit in self.found_by(typed, search_words(typed))}
        written = written_words(typed)
        if written != search_words(typed) and (
            len(written) == 1 or all(hit.match is Match.INSIDE for hit in hits.values())
        ):
            take_up(hits, self.found_by(typed, written))
        return sorted(hits.values())

    def found_by(self, typed: str, sought: list[str]) -> list[Hit]:
        full_name = " ".join(words(typed))
        hits = [hit_of(row, full_name, sought) for row in self.rows if self.is_found(row, sought)]
        return [hit._replace(order=self.order_of(hit, sought)) for hit in hits]

    def is_found(self, row: Row, sought: list[str]) -> bool:
        """Whether each word stands in the text, or the longest begins a term and the others stand there."""
        held = {word for word in sought if any(way in row[2] for way in (word, dialled_at_home(word)) if way)}
        if held == set(sought) and any(map(grams, sought)):
            return True
        longest = max(sought, key=len)
        begins = any(term.startswith(tuple(beginnings(longest))) for term in self.terms[row[1]])
        return begins and held >= set(sought) - {longest}

    def order_of(self, hit: Hit, sought: list[str]) -> str:
        """By the name, and by another word of it as in a telephone book."""
        if hit.match is not Match.NAME_WORDS:
            return hit.order
        begins = tuple(each + max(sought, key=len) for each in (NAME, NAMED))
        return min(term.lstrip() for term in self.terms[hit.pk] if term.startswith(begins))


@pytest.fixture
def plain(people: list[Connection]) -> Plain:
    terms = defaultdict[int, list[str]](list)
    for pk, term in SearchTerm.objects.values_list("customer_id", "term"):
        terms[pk].append(term)
    return Plain(list(SearchText.objects.values_list("at", "customer_id", "text")), terms)


@typing
@given(typed=st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(" ".join))
def test_who_is_found_and_in_which_order_is_as_if_every_text_were_read(
    people: list[Connection], plain: Plain, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(finding, "ENOUGH", 1000)
    assert list(find(people, typed).hits) == plain.found(typed)


@typing
@given(typed=st.sampled_from(PIECES))
def test_of_whom_no_text_is_read_it_is_known_all_the_same_how_well_they_match(
    people: list[Connection], plain: Plain, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(finding, "CLOSELY", 1)
    monkeypatch.setattr(finding, "ENOUGH", 1)
    hits, everybody = find(people, typed).hits, plain.found(typed)
    expected = [hit for hit in everybody if hit.match is not Match.INSIDE] or everybody
    assert {hit.pk: hit.match for hit in hits} == {hit.pk: hit.match for hit in expected}
    assert [hit.match for hit in hits] == sorted(hit.match for hit in expected)


@typing
@given(typed=st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(" ".join))
def test_nothing_that_is_found_of_many_is_found_of_none_or_twice(
    people: list[Connection], plain: Plain, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(finding, "ENOUGH", 2)
    monkeypatch.setattr(finding, "MOST", 6)
    hits, everybody = find(people, typed).hits, {hit.pk for hit in plain.found(typed)}
    assert len(hits) == len({hit.pk for hit in hits}) <= 6
    assert {hit.pk for hit in hits} <= everybody
    if any(map(grams, search_words(typed))):  # of shorter words only the first so many are looked at
        assert len(hits) >= min(2, len(everybody))


class TestNamesThatFillAPage:
    @pytest.fixture(autouse=True)
    def a_page_is_two(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(finding, "ENOUGH", 2)

    def found(self, people: list[Connection], typed: str) -> tuple[Found, int]:
        """And how many texts were read for it."""
        with CaptureQueriesContext(connection) as asked:
            found = find(people, typed)
        return found, sum("console_searchtext" in each["sql"] for each in asked.captured_queries)

    def test_words_of_names_are_found_without_a_text_in_either_order(self, people: list[Connection]) -> None:
        for typed in ("maria lee", "lee maria", "le mar"):
            found, read = self.found(people, typed)
            assert (read, found.is_all) == (0, True), typed
            assert {hit.match for hit in found.hits} <= {Match.FULL_NAME, Match.NAME_WORDS}, typed

    def test_who_has_one_of_the_words_elsewhere_is_looked_for_where_they_fill_none(
        self, people: list[Connection]
    ) -> None:
        found, read = self.found(people, "leeson pune")
        assert read
        assert {hit.match for hit in found.hits} == {Match.OTHER}

    def test_one_word_reads_no_texts_of_those_who_have_it_in_their_names(self, people: list[Connection]) -> None:
        found, read = self.found(people, "maria")
        assert (read, len(found.hits), found.is_all) == (0, 6, True)


def test_of_many_with_one_word_those_come_who_are_first_in_the_telephone_book(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "MOST", 2)
    caibo = connect("caibo")
    for number, name in enumerate(("Zed", "Yan", "Xia", "Bob", "Ada"), 1):
        sample(caibo, id=str(number), name=f"{name} Lee", email=f"x{number}@example.com")
    assert [hit.order for hit in find([caibo], "lee").hits] == ["lee ada", "lee bob"]


def test_where_one_connection_has_too_many_the_others_keep_what_they_have() -> None:
    many = [Hit(Match.NAME_WORDS, f"lee {pk}", pk, 1) for pk in range(9)]
    last = Hit(Match.OTHER, "zed", 99, 2)
    assert fairly([*many, last], 4) == [*many[:3], last]
    assert len(fairly([last._replace(connection=each, pk=each) for each in range(30)], 25)) == 25
