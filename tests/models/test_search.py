"""The words by which a customer is found."""

import pytest

from console.models.search import fold, index_terms, search_words

ADI = index_terms("Adi Wijaya", "adi.wijaya@example.com", "+62 812 3456 79", ["cus_8f31c2"], "cus_8f31c2")


@pytest.mark.parametrize(
    "typed", ["wij", "Wijaya", "ADI", "adi.wij", "cus_8f", "+62 812 34", "62812", "345679", "5679"]
)
def test_what_a_person_types_begins_a_word_of_the_customer(typed: str) -> None:
    assert all(any(term.startswith(word) for term in ADI) for word in search_words(typed))


@pytest.mark.parametrize("typed", ["ijaya", "example", "8123 4567 8888"])
def test_what_begins_no_word_finds_nothing(typed: str) -> None:
    assert not all(any(term.startswith(word) for term in ADI) for word in search_words(typed))


def test_accents_and_case_do_not_matter() -> None:
    assert fold("Ångström ÉCOLE") == "angstrom ecole"
    assert "jose" in index_terms("José Núñez", "", "", [], "1")


def test_a_phone_number_is_one_word_however_it_is_spaced() -> None:
    assert search_words("+62 (812) 3456-79") == ["6281234 5679".replace(" ", "")]


@pytest.mark.parametrize("typed", ["-----", "(((((", "....."])
def test_the_signs_of_a_phone_number_without_a_digit_do_not_find_everybody(typed: str) -> None:
    assert search_words(typed) == [typed]


def test_what_the_database_cannot_hold_parts_words() -> None:
    assert search_words("adi\0wijaya") == ["adi", "wijaya"]


def test_words_are_looked_for_at_most_six_at_a_time() -> None:
    assert len(search_words("a b c d e f g h")) == 6


def test_an_empty_record_is_found_by_its_id_alone() -> None:
    assert index_terms("", "", "", [], "LOAN-1") == {"loan-1"}


def test_a_very_long_name_is_cut_to_what_the_index_holds() -> None:
    assert max(map(len, index_terms("x" * 5000, "", "", [], "y" * 700))) <= 120
