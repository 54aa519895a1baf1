"""One field as one input: what stands in it comes back as the same value, whatever the kind."""

from __future__ import annotations

from typing import Any

import pytest

from console.forms.inputs import control_of, help_of, in_groups, mode_of, option_groups, options_of, text_of, type_of
from providers import registry
from providers.fields import Choice, Clearing, Field, Kind, Meaning, Required


def field(kind: Kind, **more: Any) -> Field:
    return Field(name="it", label="It", kind=kind, group="Person", **more)


VALUES = [
    (field(Kind.TEXT), "Ann Whitfield"),
    (field(Kind.TEXT), " spaced "),
    (field(Kind.EMAIL), "ann@example.com"),
    (field(Kind.PHONE), "+628123456789"),
    (field(Kind.PHONE), "12"),
    (field(Kind.DATE), "1990-02-01"),
    (field(Kind.DATE), "some day"),
    (field(Kind.DATE_TIME), "2024-12-01T10:30:00Z"),
    (field(Kind.MONEY), "125000.50"),
    (field(Kind.DECIMAL), "-7.25"),
    (field(Kind.WHOLE_NUMBER), "16772748432912191"),
    (field(Kind.YES_NO), True),
    (field(Kind.YES_NO), False),
    (field(Kind.CHOICE, choices=(Choice("a", "First"), Choice("b", "Second"))), "b"),
    (field(Kind.CHOICE, choices=(Choice("a", "First"),)), "unlisted"),
    (field(Kind.COUNTRY), "ID"),
    (field(Kind.COUNTRY), "IDN"),
    (field(Kind.COUNTRY), "Atlantis"),
    (field(Kind.US_STATE), "CA"),
    (field(Kind.ZIP), "94102-1234"),
    (field(Kind.TIME_ZONE), "America/Los_Angeles"),
    (field(Kind.JSON), {"employer": "Acme", "since": 2020}),
]


@pytest.mark.parametrize(("rule", "value"), VALUES, ids=[f"{rule.kind}-{value}" for rule, value in VALUES])
def test_what_stands_in_the_input_is_the_value_again(rule: Field, value: Any) -> None:
    text = text_of(rule, value)
    assert rule.same(rule.parse(text), value)


@pytest.mark.parametrize(("rule", "value"), VALUES, ids=[f"{rule.kind}-{value}" for rule, value in VALUES])
def test_a_list_always_has_what_is_held_among_its_options(rule: Field, value: Any) -> None:
    text = text_of(rule, value)
    if control_of(rule, text) == "select":
        assert text in [option.value for option in options_of(rule, value, text)]


def test_nothing_is_an_empty_input() -> None:
    assert text_of(field(Kind.TEXT), None) == ""
    assert text_of(field(Kind.YES_NO), None) == ""


def test_a_phone_number_is_grouped_as_people_read_it() -> None:
    assert text_of(field(Kind.PHONE), "+919876543210") == "+91 98765 43210"


def test_a_list_offers_nothing_where_a_value_cannot_be_emptied() -> None:
    choices = (Choice("a", "First"), Choice("b", "Second"))
    assert [o.value for o in options_of(field(Kind.CHOICE, choices=choices), "a", "a")] == ["a", "b"]
    clearable = field(Kind.CHOICE, choices=choices, clearing=Clearing.NULL)
    assert [o.value for o in options_of(clearable, "a", "a")] == ["", "a", "b"]
    assert [o.label for o in options_of(field(Kind.CHOICE, choices=choices), None, "")] == [
        "Choose…",
        "First",
        "Second",
    ]


def test_what_was_posted_though_unlisted_stays_visible() -> None:
    options = options_of(field(Kind.CHOICE, choices=(Choice("a", "First"),)), "a", "klingon")
    assert [option.value for option in options] == ["a", "klingon"]


def test_countries_come_in_the_spelling_the_record_has() -> None:
    assert "DEU" in [option.value for option in options_of(field(Kind.COUNTRY), "IDN", "IDN")]
    assert "DE" in [option.value for option in options_of(field(Kind.COUNTRY), "ID", "ID")]


def test_time_zones_stand_under_their_continents() -> None:
    groups = dict(option_groups(options_of(field(Kind.TIME_ZONE), "Europe/Berlin", "Europe/Berlin")))
    assert "Los Angeles" in [option.label for option in groups["America"]]


@pytest.mark.parametrize(
    ("rule", "control"),
    [
        (field(Kind.TEXT), "input"),
        (field(Kind.TEXT, meaning=Meaning.ADDRESS), "textarea"),
        (field(Kind.JSON), "textarea"),
        (field(Kind.YES_NO), "select"),
        (field(Kind.US_STATE), "select"),
    ],
)
def test_each_kind_has_its_control(rule: Field, control: str) -> None:
    assert control_of(rule, "") == control


def test_a_text_with_line_breaks_gets_room_for_them() -> None:
    assert control_of(field(Kind.TEXT), "one\ntwo") == "textarea"


@pytest.mark.parametrize(
    ("text", "type_"), [("", "date"), ("1990-02-01", "date"), ("1 Feb", "text"), ("1990-2-1", "text")]
)
def test_a_date_that_a_date_control_would_swallow_stays_a_text(text: str, type_: str) -> None:
    assert type_of(field(Kind.DATE), text) == type_


def test_a_phone_shows_the_keys_that_are_needed() -> None:
    assert [mode_of(field(Kind.MONEY)), mode_of(field(Kind.TEXT, digits=4)), mode_of(field(Kind.TEXT))] == [
        "decimal",
        "numeric",
        "",
    ]


@pytest.mark.parametrize(
    ("rule", "held", "said"),
    [
        (field(Kind.TEXT, help="In your books.", max_length=50), None, "In your books. At most 50 characters."),
        (field(Kind.TEXT, max_length=255), "x", "Cannot be emptied."),
        (field(Kind.TEXT, clearing=Clearing.NULL), "x", "May be emptied."),
        (field(Kind.TEXT, required=Required.ONCE_SET), "x", ""),
        (
            field(Kind.TEXT, digits=4, sensitive=True),
            "1234",
            "Hidden. Type to replace it; left empty, it stays as it is. Exactly 4 digits.",
        ),
        (field(Kind.TEXT, digits=4, sensitive=True), None, "Hidden once it is saved. Exactly 4 digits."),
    ],
)
def test_the_help_says_what_one_should_know_before_typing(rule: Field, held: Any, said: str) -> None:
    assert help_of(rule, held) == said


def test_the_person_comes_first_and_what_the_provider_keeps_last() -> None:
    finosu = registry.get("finosu").configured({"loan_ids": "none"})
    groups = in_groups(finosu.fields)
    names = [name for name, _ in groups]
    assert names[0] == "Person"
    assert names[-1] == "Record"
    assert len(names) == len(set(names))
    assert sum(len(fields) for _, fields in groups) == len(finosu.fields)
