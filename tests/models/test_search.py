"""The words by which a customer is found."""

import pytest

from console.models.search import (
    MOST_OF_AN_ADDRESS,
    Indexed,
    Pieces,
    address_words,
    beginnings,
    dialled_at_home,
    fold,
    grams,
    indexed,
    marked,
    marked_phone,
    search_words,
    tells_of,
)


def by(name: str = "", email: str = "", phone: str = "", external_id: str = "1", **address: object) -> Indexed:
    """By what such a customer is found."""
    return indexed(name, email, phone, identity={"id": external_id}, external_id=external_id, address=address)


def begins(typed: str, found_by: Indexed) -> bool:
    """Whether each word that was typed begins a term."""
    return all(
        any(term.startswith(each) for term in found_by.terms for each in beginnings(word))
        for word in search_words(typed)
    )


ADI = by(
    "Adi Wijaya", "adi.wijaya@example.com", "+62 812 3456 79", "cus_8f31c2", address="Jl. Kebon Sirih 12/3, Jakarta"
)


@pytest.mark.parametrize(
    "typed",
    [
        *("wij", "Wijaya", "ADI", "adi.wij", "cus_8f", "sirih kebon", "jl. keb", "jakarta adi", "12", "kebon,"),
        *("+62 812 34", "62812", "345679", "5679", "812 3456", "0812 3456", "0812 3456 79", "0062 812", "2812345679"),
    ],
)
def test_what_a_person_types_begins_a_word_of_the_customer(typed: str) -> None:
    assert begins(typed, ADI)


@pytest.mark.parametrize("typed", ["ijaya", "example", "8123 4567 8888", "679", "28123"])
def test_what_begins_no_word_is_no_beginning(typed: str) -> None:
    assert not begins(typed, ADI)


def test_the_text_says_name_email_digits_and_id_and_then_the_rest() -> None:
    *head, rest = ADI.text.split("\n")
    assert head == ["adi wijaya", "adi.wijaya@example.com", "62812345679", "cus_8f31c2"]
    assert rest.split() == ["12", "3", "812345679", "jakarta", "jl", "kebon", "sirih"]


@pytest.mark.parametrize("typed", ["ijaya", "ample", "r.adi", "a.wij", "i.wijaya@exam", "8f3", "akart"])
def test_a_part_of_a_word_has_grams_that_are_all_among_those_of_the_text(typed: str) -> None:
    assert (grams(typed) <= set(ADI.grams)) == (typed in ADI.text)


def test_a_gram_is_a_number_of_16_bits_whatever_the_letters() -> None:
    every = {*grams("aaa bbb 999 ___ @.- zzz"), *grams("".join(map(chr, range(33, 3000)))), *grams("\U0001f600" * 3)}
    assert -(2**15) <= min(every) <= max(every) < 2**15
    assert grams("ab cd") == grams("ab\tcd\x1cef") == grams("ab\u00a0cd\u2003ef") == set()
    assert len(grams("abcd")) == 2


def test_accents_and_case_do_not_matter() -> None:
    assert fold("Ångström ÉCOLE") == "angstrom ecole"
    assert {"  jose nunez", " nunez jose"} <= set(by("José Núñez").terms)
    assert "zurich" in by(city="Zürich").terms


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Łukasz Đặng", "lukasz dang"),
        ("Søren Ægidius", "soren aegidius"),
        ("Þór Œuvré", "thor oeuvre"),
        ("Iğd\u0131r ŦĦð", "igdir thd"),
        ("D\u2019Souza", "d'souza"),
        ("Anne\u2013Marie", "anne-marie"),
        ("\u200eAdi\u202c Wi\u00adjaya\ufeff", "adi wijaya"),
    ],
)
def test_letters_and_signs_are_found_by_those_that_a_keyboard_has(written: str, typed: str) -> None:
    assert fold(written) == typed
    assert set(by(written).terms) == set(by(typed).terms)


def test_a_phone_number_that_was_copied_with_unseen_marks_is_one() -> None:
    assert search_words("\u202a+62 812\u20113456\u202c") == ["628123456"]


def test_an_address_of_any_length_gives_so_many_words() -> None:
    assert len(address_words({"address": " ".join(map(str, range(1000)))})) == MOST_OF_AN_ADDRESS
    assert address_words({"address": None, "zip": 12345}) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [("Ticket 77", False), ("of ADI", True), ("call 5679", True), ("cus_8f31c2", True), ("Ad", False), ("79", False)],
)
def test_a_text_tells_of_somebody_by_a_whole_word_or_last_digits(text: str, told: bool) -> None:
    assert tells_of(text, ADI) is told


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
    assert by(external_id="LOAN-1").terms == ["loan-1"]


def test_a_very_long_name_is_cut_to_what_the_index_holds() -> None:
    assert max(map(len, by("x" * 5000, external_id="y" * 700).terms)) <= 120


@pytest.mark.parametrize("typed", ["O'Neil", "oneil", "neil", "smith", "O\N{RIGHT SINGLE QUOTATION MARK}Nei"])
def test_a_name_with_signs_inside_is_found_by_each_of_its_parts(typed: str) -> None:
    name = "Ann O'Neil-Smith" if "'" in typed else "Ann O\N{RIGHT SINGLE QUOTATION MARK}Neil-Smith"
    assert begins(typed, by(name))


def test_a_name_is_a_term_from_each_of_its_words_on() -> None:
    terms = by("Ana Maria del Campo").terms
    assert terms == [
        "  ana maria del campo",
        " campo ana maria del",
        " del campo ana maria",
        " maria del campo ana",
        "1",
    ]


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
        ("Adi Wijaya", "jaya", "Adi Wi[jaya]"),
        ("Jay Wijaya", "jay", "[Jay] Wijaya"),
        ("José Núñez", "une", "José N[úñe]z"),
        ("Adi Wijaya", "jayz", "Adi Wijaya"),
        ("camp_a/loan:LOAN-7", "loan-7", "camp_a/loan:[LOAN-7]"),
        ("adi.wijaya@example.com", "adi.w", "[adi.w]ijaya@example.com"),
        ("", "adi", ""),
        ("Łukasz Đặng", "dan", "Łukasz [Đặn]g"),
        ("Þór Œuvré", "th oe", "[Þ]ór [Œ]uvré"),
        ("Anne\u2013Marie D\u2019Or", "marie or", "Anne\u2013[Marie] D\u2019[Or]"),
        ("Adi Wi\u00adjaya", "wija", "Adi [Wi\u00adja]ya"),
    ],
)
def test_what_was_looked_for_is_marked_where_it_begins_a_word_or_else_inside_of_one(
    text: str, typed: str, expected: str
) -> None:
    assert shown(marked(text, search_words(typed))) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("+62 812", "+[62 812] 3456 79"),
        ("5679", "+62 812 34[56 79]"),
        ("3456", "+62 812 [3456] 79"),
        ("679", "+62 812 345[6 79]"),
        ("28", "+6[2 8]12 3456 79"),
        ("9999", "+62 812 3456 79"),
        ("adi", "+62 812 3456 79"),
    ],
)
def test_digits_are_marked_across_what_stands_between_them(typed: str, expected: str) -> None:
    assert shown(marked_phone("+62 812 3456 79", search_words(typed))) == expected
