"""How two hidden values differ is said without a character of either."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.difference import How, differing, matches
from providers.fields import Choice, Field, Kind, Value

SSN = Field(name="ssn", label="SSN, last four digits", kind=Kind.TEXT, group="Person", digits=4, sensitive=True)
DOCUMENT = Field(name="ic", label="Document number", kind=Kind.TEXT, group="Document", sensitive=True)
BIRTH = Field(name="dob", label="Birth date", kind=Kind.DATE, group="Person", sensitive=True)
PHONE = Field(name="phone", label="Phone", kind=Kind.PHONE, group="Contact", sensitive=True)
SORT = Field(
    name="sort", label="Sort", kind=Kind.CHOICE, group="Document", choices=(Choice("A", "a"),), open_choices=True
)


@pytest.mark.parametrize(
    ("field", "before", "after", "sentence"),
    [
        (SSN, "1234", "1234", "The same value as before."),
        (SSN, "1234", "1243", "Two neighbouring digits change places."),
        (SSN, "1234", "1235", "One of the digits differs."),
        (SSN, "1234", "1256", "Only the last 2 digits differ."),
        (SSN, "1234", "5634", "Only the first 2 digits differ."),
        (SSN, "1234", "5678", "Another value."),
        (SSN, "1234", "1562", "Another value."),
        (SSN, None, "1234", "It was empty before."),
        (SSN, "1234", None, "It becomes empty."),
        (DOCUMENT, "AB 123-456", "ab123456", "The same value, only spelled otherwise."),
        (DOCUMENT, "3174012345678901", "3174012345678999", "Only the last 2 digits differ."),
        (DOCUMENT, "3174012345678901", "3174019945678901", "Only 2 digits in the middle differ."),
        (DOCUMENT, "AB1234", "XB1234", "One of the characters differs."),
        (DOCUMENT, "3174012345678901", "31740123456789012", "It becomes longer by one digit; the rest stays."),
        (DOCUMENT, "X3174", "3174", "It becomes shorter by one character; the rest stays."),
        (DOCUMENT, "3174", "99", "Another value, of another length."),
        (DOCUMENT, "--", "++", "Another value."),
        (BIRTH, "1990-02-01", "1991-02-01", "Only the year differs."),
        (BIRTH, "1990-02-01", "1990-03-01", "Only the month differs."),
        (BIRTH, "1990-02-01", "1990-02-11", "Only the day differs."),
        (BIRTH, "1990-02-01", "1990-01-02", "Day and month change places."),
        (BIRTH, "1990-02-01", "1990-05-17", "Another day of the same year."),
        (BIRTH, "1990-02-01", "1971-05-17", "Another value."),
        (BIRTH, "some day", "1971-05-17", "Another value."),
        (PHONE, "+62812345679", "+62812345680", "Only the last 2 digits differ."),
        (SORT, "A", "B", "Another value."),
    ],
)
def test_it_says_what_kind_of_difference_it_is(field: Field, before: Value, after: Value, sentence: str) -> None:
    assert differing(field, before, after).sentences[0] == sentence


def test_what_was_never_known_is_not_called_empty() -> None:
    assert differing(SSN, None, "1234", was_known=False).how is How.FIRST_KNOWN


def test_it_says_whether_the_format_is_what_the_provider_asks_for() -> None:
    assert differing(SSN, "1234", "5678").sentences[-1] == "Its format is valid."
    assert differing(SSN, "1234", "56789").sentences[-1] == "Its format is not what the provider asks for."
    assert differing(SSN, "1234", None).sentences == ("It becomes empty.",)


def test_a_value_that_comes_back_is_told_and_the_one_that_is_held_is_none() -> None:
    assert differing(SSN, "1234", "5678", earlier=["9999", "5678"]).came_back
    assert not differing(SSN, "1234", "5678", earlier=["9999", None]).came_back
    assert not differing(SSN, "1234", "1234", earlier=["1234"]).came_back


@given(st.text("0123456789", min_size=1, max_size=12), st.text("0123456789", min_size=1, max_size=12), st.randoms())
def test_values_with_other_digits_in_the_same_places_are_told_alike(before: str, after: str, random: object) -> None:
    digits = list("0123456789")
    random.shuffle(digits)  # type: ignore[attr-defined]
    other = str.maketrans("0123456789", "".join(digits))
    told = differing(DOCUMENT, before, after)
    assert told == differing(DOCUMENT, before.translate(other), after.translate(other))


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_piece_of_either_value_stands_in_what_is_said(before: str, after: str) -> None:
    kinds = [re.compile(re.escape(how).replace(r"\{\}", r"((one|\d+) )?(digits?|characters?)")) for how in How]
    for field in (DOCUMENT, SSN, BIRTH, PHONE):
        told = differing(field, before, after).sentences
        assert any(kind.fullmatch(told[0]) for kind in kinds), told


@pytest.mark.parametrize(
    ("field", "held", "said", "is_it"),
    [
        (SSN, "1234", "1234", True),
        (SSN, "1234", "1235", False),
        (SSN, "1234", None, False),
        (SSN, None, None, False),
        (DOCUMENT, "AB 123-456", "ab123456", True),
        (DOCUMENT, "--", "++", False),
        (BIRTH, "1990-02-01", "1990-02-01", True),
        (BIRTH, "1990-02-01", "1990-01-02", False),
        (PHONE, "+62812345679", "+62 812 345 679", True),
        (SORT, "A", "a", False),
    ],
)
def test_what_a_caller_says_is_compared_whatever_its_spelling(
    field: Field, held: Value, said: Value, *, is_it: bool
) -> None:
    assert matches(field, held, said) is is_it


def test_every_kind_of_difference_is_one_that_is_said() -> None:
    values = ["1234", "1243", "1235", "1256", "5634", "5678", None, "12 34", "12345", "99", "123456789", "123956789"]
    dates = ["1990-02-01", "1991-02-01", "1990-03-01", "1990-02-11", "1990-01-02", "1990-05-17"]
    found = {differing(DOCUMENT, *pair).how for pair in itertools.product(values, repeat=2)}
    found |= {differing(BIRTH, *pair).how for pair in itertools.product(dates, repeat=2)}
    found |= {differing(DOCUMENT, None, "1", was_known=False).how, differing(DOCUMENT, "123456", "129956").how}
    assert found == set(How)
