"""A provider's words are brought back to the fields they speak of."""

from __future__ import annotations

import time

import pytest

from providers.fields import Field, Kind
from providers.refusals import MOST_REASONS, complaints, field_called, field_named_in, said

FIELDS = tuple(
    Field(name=name, label=label, kind=kind, group="")
    for name, label, kind in (
        ("first_name", "First name", Kind.TEXT),
        ("name", "Name", Kind.TEXT),
        ("phoneNumber", "Phone", Kind.PHONE),
        ("email", "E-mail", Kind.EMAIL),
        ("address", "Address", Kind.TEXT),
    )
)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("first_name is too long", "first_name"),
        ("The First Name is too long", "first_name"),
        ("Name is missing", "name"),
        ("Name or first name is missing", None),
        ("phone number is short", "phoneNumber"),
        ("PhoneNumber is short", "phoneNumber"),
        ("Invalid e-mail", "email"),
        ("Invalid email address", "email"),
        ("email and address are missing", None),
        ("filename is wrong", None),
        ("Something is wrong", None),
        ("", None),
    ],
)
def test_a_sentence_speaks_of_one_field_or_of_none(text: str, field: str | None) -> None:
    assert field_named_in(FIELDS, text) == field


@pytest.mark.parametrize(
    "name", ["first_name", "FirstName", "FIRST-NAME", "$.first_name", "body.firstName", "/data/first_name"]
)
def test_a_field_is_known_by_any_spelling_of_its_name(name: str) -> None:
    assert field_called(FIELDS, name) == "first_name"


def test_a_phrase_that_two_fields_share_names_neither() -> None:
    second = Field(name="mobile", label="Phone", kind=Kind.PHONE, group="")
    assert field_named_in([*FIELDS, second], "phone is short") is None


def test_sentences_are_kept_together_unless_each_names_a_field() -> None:
    assert list(complaints(FIELDS, "email is bad; name is bad")) == [("email", "email is bad"), ("name", "name is bad")]
    assert list(complaints(FIELDS, "email is bad; try again")) == [("email", "email is bad; try again")]


@pytest.mark.parametrize(
    "value", [None, 5, "", "  ", [], {}, [[[[[["deep"]]]]]], {"a": {"b": {"c": {"d": {"e": "deep"}}}}}]
)
def test_what_says_nothing_complains_of_nothing(value: object) -> None:
    assert list(complaints(FIELDS, value)) == []


@pytest.mark.parametrize(
    "value",
    [
        "email;" * 100_000,
        ["email is bad"] * 100_000,
        [["", "email is bad"]] * 100_000,
        {f"key {number}": "email is bad" for number in range(100_000)},
        [{"field": "email", "message": "is bad"}] * 100_000,
    ],
    ids=["one text", "texts", "lists", "by name", "objects"],
)
def test_a_provider_that_complains_without_end_is_heard_for_a_while(value: object) -> None:
    began = time.process_time()
    assert 1 <= len(list(complaints(FIELDS, value))) <= MOST_REASONS
    assert time.process_time() - began < 1


def test_words_are_quoted_clean_and_short() -> None:
    violation = said("Acme", "  too\0 \n long\ud800 " + "x" * 1000, field="name", status=422)
    assert violation.message.startswith("Acme answered: too long xxx")
    assert len(violation.message) < 330
    assert violation.parameters["status"] == 422


def test_a_providers_words_cannot_turn_the_direction_of_ours() -> None:
    assert said("Caibo", "\u2067the \u202egninrut\u202c words\u2069").message == "Caibo answered: the gninrut words"
