"""The words by which a customer is found."""

import pytest

from console.models.search import Pieces, dialled_at_home, fold, index_terms, marked, marked_phone, search_words

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


@pytest.mark.parametrize("typed", ["O'Neil", "oneil", "neil", "smith", "O\N{RIGHT SINGLE QUOTATION MARK}Nei"])
def test_a_name_with_signs_inside_is_found_by_each_of_its_parts(typed: str) -> None:
    name = "Ann O'Neil-Smith" if "'" in typed else "Ann O\N{RIGHT SINGLE QUOTATION MARK}Neil-Smith"
    terms = index_terms(name, "", "", [], "1")
    assert all(any(term.startswith(word) for term in terms) for word in search_words(typed))


@pytest.mark.parametrize(
    ("typed", "abroad"), [("0812345679", "812345679"), ("0062812", "62812"), ("812", ""), ("0", "")]
)
def test_a_number_as_it_is_dialled_at_home_loses_its_zeros(typed: str, abroad: str) -> None:
    assert dialled_at_home(typed) == abroad


def shown(pieces: Pieces) -> str:
    """What is marked, in brackets."""
    return "".join(f"[{text}]" if is_marked else text for text, is_marked in pieces)


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("Adi Wijaya", "wij", "Adi [Wij]aya"),
        ("Adi Wijaya", "ADI wi", "[Adi] [Wi]jaya"),
        ("Adi Adijaya", "adi", "[Adi] [Adi]jaya"),
        ("José Núñez", "jose nun", "[José] [Núñ]ez"),
        ("Jose\u0301 X", "jose", "[Jose\u0301] X"),
        ("Straße", "strass", "[Straß]e"),
        ("Okafor-Bell", "bell", "Okafor-[Bell]"),
        ("Adi Wijaya", "jaya", "Adi Wijaya"),
        ("camp_a/loan:LOAN-7", "loan-7", "camp_a/loan:[LOAN-7]"),
        ("adi.wijaya@example.com", "adi.w", "[adi.w]ijaya@example.com"),
        ("", "adi", ""),
    ],
)
def test_what_was_looked_for_is_marked_where_it_begins_a_word(text: str, typed: str, expected: str) -> None:
    assert shown(marked(text, search_words(typed))) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("+62 812", "+[62 812] 3456 79"),
        ("5679", "+62 812 34[56 79]"),
        ("3456", "+62 812 [3456] 79"),
        ("679", "+62 812 3456 79"),
        ("28", "+6[2 8]12 3456 79"),
        ("9999", "+62 812 3456 79"),
        ("adi", "+62 812 3456 79"),
    ],
)
def test_digits_are_marked_across_what_stands_between_them(typed: str, expected: str) -> None:
    assert shown(marked_phone("+62 812 3456 79", search_words(typed))) == expected
