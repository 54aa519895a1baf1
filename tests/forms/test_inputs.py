"""One field as one input: what stands in it comes back as the same value, whatever the kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.forms.inputs import (
    Input,
    control_of,
    help_of,
    in_groups,
    in_one_line,
    mode_of,
    text_of,
    type_of,
    typed,
    words_of,
)
from console.forms.listed import offset, option_groups, options_of
from providers import registry
from providers.fields import Choice, Clearing, Field, Kind, Meaning, Required, Unit
from tests.providers.wild import ANY_TEXT, SENSIBLE
from tests.providers.wild import field as wild_field


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


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data())
def test_whatever_is_held_stands_in_the_input_without_loss(kind: Kind, data: st.DataObject) -> None:
    rule = wild_field(kind)
    held = data.draw(SENSIBLE[kind].map(rule.parse) | ANY_TEXT)
    if rule.is_sendable(held):  # an answer holds nothing else
        text = text_of(rule, held)
        assert rule.same(rule.parse(text), held) or text == held  # a name where codes are listed is kept as it is


@pytest.mark.parametrize(("kind", "held"), [(Kind.COUNTRY, "Indonesia"), (Kind.US_STATE, "MICRONESIA")])
def test_a_name_that_arrived_instead_of_a_code_is_shown_as_it_is(kind: Kind, held: str) -> None:
    text = text_of(field(kind), held)
    assert text == held
    assert f"{held} (as it arrived)" in [option.label for option in options_of(field(kind), held, text)]


def test_a_moment_keeps_its_fraction_in_the_input_though_it_is_shown_in_seconds() -> None:
    assert text_of(field(Kind.DATE_TIME), "2026-11-21T09:28:45.805Z") == "2026-11-21T09:28:45.805Z"


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
    assert "Los Angeles" in [option.label.partition(" (")[0] for option in groups["America"]]


@pytest.mark.parametrize(
    ("rule", "control"),
    [
        (field(Kind.TEXT), "input"),
        (field(Kind.TEXT, meaning=Meaning.ADDRESS), "textarea"),
        (field(Kind.JSON), "pairs"),
        (field(Kind.PHONE), "phone"),
        (field(Kind.YES_NO), "choices"),
        (field(Kind.CHOICE, choices=tuple(Choice(c, c) for c in "ab")), "choices"),
        (field(Kind.CHOICE, choices=tuple(Choice(c, c) for c in "abcde")), "select"),
        (field(Kind.CHOICE, choices=(Choice("a", "One"),)), "select"),
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
        (field(Kind.PHONE, max_length=20), None, ""),
        (field(Kind.DATE, clearing=Clearing.NULL), "1985-06-15", "May be emptied."),
        (field(Kind.DATE), "some day", "As year-month-day, such as 1985-06-15. Cannot be emptied."),
        (field(Kind.DATE, sensitive=True), None, "Hidden once it is saved."),
        (field(Kind.DATE_TIME), None, "Such as 2024-12-01T10:30:00Z, in UTC."),
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


def test_an_input_that_was_not_on_the_page_says_nothing() -> None:
    assert typed(field(Kind.TEXT), {}) is None
    assert typed(field(Kind.PHONE), {"v-it-country": "ID"}) is None
    assert typed(field(Kind.TEXT), {"v-it": " Ann "}) == " Ann "


@pytest.mark.parametrize(
    ("rule", "text", "line"),
    [
        (field(Kind.TEXT, meaning=Meaning.ADDRESS), "1 High Street,\n\n London \nW1", "1 High Street, London, W1"),
        (field(Kind.TEXT, meaning=Meaning.ADDRESS), "1 High Street\n", "1 High Street"),
        (field(Kind.TEXT, meaning=Meaning.ADDRESS), "1 High Street, ", "1 High Street, "),
        (field(Kind.TEXT), "Ann\nWhitfield", "Ann Whitfield"),
        (field(Kind.JSON), '{"a":\n 1}', '{"a":\n 1}'),
    ],
)
def test_lines_become_the_one_line_that_is_sent(rule: Field, text: str, line: str) -> None:
    assert in_one_line(rule, text) == line


@pytest.mark.parametrize(
    ("rule", "text", "words"),
    [
        (field(Kind.DATE), "1985-06-15", "Saturday, 15 June 1985"),
        (field(Kind.DATE), "1985-02-30", ""),
        (field(Kind.DATE), "", ""),
        (field(Kind.MONEY), "125000.50", "125,000.50"),
        (field(Kind.MONEY), "12.50", ""),
        (field(Kind.MONEY), "much", ""),
        (field(Kind.TEXT), "1985-06-15", ""),
    ],
)
def test_a_day_and_an_amount_are_said_in_words(rule: Field, text: str, words: str) -> None:
    assert words_of(rule, text) == words


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "UTC"),
        ("America/Los_Angeles", "UTC\N{MINUS SIGN}7"),
        ("Asia/Kolkata", "UTC+5:30"),
        ("Asia/Jakarta", "UTC+7"),
        ("America/St_Johns", "UTC\N{MINUS SIGN}2:30"),
    ],
)
def test_a_time_zone_has_the_offset_of_the_day(zone: str, said: str) -> None:
    assert offset(zone, datetime(2026, 7, 1, tzinfo=UTC)) == said


AB = tuple(Choice(value, value.upper()) for value in "ab")


@pytest.mark.parametrize(
    ("rule", "held", "offered"),
    [
        (field(Kind.YES_NO), None, ["Not chosen", "Yes", "No"]),
        (field(Kind.YES_NO), True, ["Yes", "No"]),
        (field(Kind.YES_NO, required=Required.ALWAYS), None, ["Yes", "No"]),
        (field(Kind.CHOICE, choices=AB), "a", ["A", "B"]),
        (field(Kind.CHOICE, choices=AB, clearing=Clearing.NULL), "a", ["Empty", "A", "B"]),
        (field(Kind.CHOICE, choices=AB), "c", ["A", "B", "c (as it arrived)"]),
    ],
)
def test_radios_offer_a_way_back_where_nothing_has_to_be_chosen(rule: Field, held: Any, offered: list[str]) -> None:
    assert [option.label for option in Input(rule, held, text_of(rule, held)).options] == offered


def test_a_long_list_is_searched_and_drawn_with_its_headings() -> None:
    zones = Input(field(Kind.TIME_ZONE), "Europe/Berlin", "Europe/Berlin")
    assert zones.has_search
    assert not Input(field(Kind.CHOICE, choices=AB), "a", "a").has_search
    drawn = str(zones.listed)
    assert drawn.count(" selected") == 1
    assert '<optgroup label="Europe">' in drawn


def test_what_arrived_is_escaped_in_a_list() -> None:
    hostile = "<script>alert(1)</script>"
    assert "<script>" not in str(Input(field(Kind.COUNTRY), hostile, hostile).listed)


def test_birth_dates_have_bounds_and_other_days_none() -> None:
    first, last = Input(field(Kind.DATE, meaning=Meaning.BIRTH_DATE), None, "").bounds
    assert (first, last) == ("1900-01-01", datetime.now(UTC).date().isoformat())
    assert Input(field(Kind.DATE), None, "").bounds == ("", "")


@pytest.mark.parametrize(
    ("rule", "counts"),
    [
        (field(Kind.TEXT, max_length=20), "characters"),
        (field(Kind.TEXT, max_length=20, length_unit=Unit.UTF16), "utf16"),
        (field(Kind.TEXT), ""),
        (field(Kind.CHOICE, choices=AB, max_length=20), ""),
    ],
)
def test_what_is_left_is_counted_as_the_provider_counts(rule: Field, counts: str) -> None:
    assert Input(rule, None, "").counts == counts
