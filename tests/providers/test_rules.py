"""The rules: what is wrong with a change, judged without ever raising."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers import registry
from providers.base import Provider
from providers.fields import Choice, Clearing, Field, Kind, Locked, Required, Sent, Unit, Violation
from providers.rules import judge
from tests.providers.wild import ANY_TEXT, ANYTHING, TRICKY_TEXT

ID = Field(name="id", label="ID", kind=Kind.TEXT, group="", locked=Locked.FORBIDDEN, required=Required.ALWAYS)
NAME = Field(name="name", label="Name", kind=Kind.TEXT, group="", required=Required.ALWAYS, sent=Sent.ALWAYS)
CITY = Field(name="city", label="City", kind=Kind.TEXT, group="", required=Required.ONCE_SET)
NOTE = Field(name="note", label="Note", kind=Kind.TEXT, group="", clearing=Clearing.NULL, max_length=10)
CALL = Field(name="call", label="Call", kind=Kind.YES_NO, group="", required=Required.ALWAYS)
PLAN = Field(name="plan", label="Plan", kind=Kind.CHOICE, group="", choices=(Choice("a", "A"), Choice("b", "B")))
BORN = Field(
    name="born",
    label="Born",
    kind=Kind.DATE,
    group="",
    locked=Locked.CAUTION,
    locked_reason="Nobody knows whether it may.",
)
FIELDS = (ID, NAME, CITY, NOTE, CALL, PLAN, BORN)
BEFORE = {"id": "7", "name": "Adi", "city": "Jakarta", "call": False, "plan": "old plan", "born": "1985-06-15"}


def codes(after: dict[str, object], before: dict[str, object] | None = None) -> dict[str | None, str]:
    violations = judge(FIELDS, BEFORE if before is None else before, after, title="Acme")
    return {violation.field: violation.code for violation in violations}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({}, {}),
        ({"name": "Budi"}, {}),
        ({"name": None}, {"name": "required"}),
        ({"name": ""}, {"name": "required"}),
        ({"name": "   "}, {"name": "required"}),
        ({"city": None}, {"city": "required_once_set"}),
        ({"note": None}, {}),
        ({"note": "0123456789"}, {}),
        ({"note": "0123456789x"}, {"note": "too_long"}),
        ({"plan": None}, {"plan": "not_clearable"}),
        ({"plan": "c"}, {"plan": "not_a_choice"}),
        ({"plan": "b"}, {}),
        ({"id": "8"}, {"id": "locked"}),
        ({"id": None}, {"id": "locked"}),
        ({"born": "1985-06-16"}, {"born": "locked"}),
        ({"call": None}, {"call": "required"}),
        ({"call": "yes"}, {"call": "not_a_choice"}),
        ({"call": True}, {}),
        ({"nome": "x"}, {"nome": "unknown_field"}),
        ({"name": 5}, {"name": "wrong_type"}),
        ({"name": "x" * 5000}, {"name": "too_long"}),
        ({"name": "Bu\u200bdi"}, {"name": "invisible_character"}),
        ({"name": "Bu\0di"}, {"name": "bad_text"}),
        ({"note": "\ud800"}, {"note": "bad_text"}),
        ({"name": "x", "city": None, "nope": 1}, {"city": "required_once_set", "nope": "unknown_field"}),
    ],
)
def test_each_broken_rule_has_its_code(after: dict[str, object], expected: dict[str | None, str]) -> None:
    assert codes(after) == expected


def test_a_value_that_stays_the_same_breaks_no_rule() -> None:
    assert codes({"id": "7", "plan": "old plan", "born": "15 Jun 1985", "note": None}) == {}


def test_a_value_that_never_was_may_be_left_empty() -> None:
    assert codes({"city": None}, {"id": "7", "name": "Adi", "call": True}) == {}


def test_what_every_update_needs_and_nobody_knows_is_asked_for() -> None:
    assert codes({"note": "x"}, {"id": "7"}) == {"name": "required", "call": "required"}


def test_what_every_update_needs_may_come_with_the_change() -> None:
    assert codes({"name": "Adi", "call": False}, {"id": "7"}) == {}


def test_a_held_value_that_cannot_be_sent_counts_as_missing() -> None:
    assert codes({"note": "x"}, {**BEFORE, "name": {"first": "Adi"}, "call": "no"}) == {
        "name": "required",
        "call": "required",
    }


def test_an_unchanged_value_that_cannot_be_sent_is_refused_all_the_same() -> None:
    assert codes({"note": 5}, {**BEFORE, "note": 5}) == {"note": "wrong_type"}


def test_lengths_count_in_the_units_of_the_provider() -> None:
    utf16 = Field(name="it", label="It", kind=Kind.TEXT, group="", max_length=3, length_unit=Unit.UTF16)
    assert not judge([utf16], {}, {"it": "a\U0001f600"})
    (violation,) = judge([utf16], {}, {"it": "\U0001f600\U0001f600"})
    assert violation.parameters == {"length": 4, "max_length": 3, "unit": "UTF-16 units"}
    characters = Field(name="it", label="It", kind=Kind.TEXT, group="", max_length=3)
    assert not judge([characters], {}, {"it": "\U0001f600\U0001f600"})


def test_one_of_several_ids_is_enough() -> None:
    pair = [Field(name=name, label=name, kind=Kind.TEXT, group="") for name in ("loan", "lead")]
    assert not judge(pair, {"lead": "1"}, {}, one_of=[("loan", "lead")])
    (violation,) = judge(pair, {"lead": ""}, {}, one_of=[("loan", "lead")])
    assert (violation.field, violation.code) == (None, "one_of")


def test_a_lock_gives_its_reason_and_says_which_it_is() -> None:
    (violation,) = judge(FIELDS, BEFORE, {"born": None})
    assert violation == Violation("born", "locked", "Nobody knows whether it may.", {"locked": "caution"})


def test_violations_come_in_the_order_of_the_fields() -> None:
    violations = judge(FIELDS, {"id": "7"}, {"zzz": 1, "plan": "c", "note": "x" * 11})
    assert [violation.field for violation in violations] == ["name", "note", "call", "plan", "zzz"]


@given(before=ANYTHING, after=ANYTHING)
def test_anything_at_all_is_judged_without_raising(before: object, after: object) -> None:
    check(judge(FIELDS, before, after, one_of=[("id", "note")]))


NAMES = st.sampled_from(sorted({field.name for provider in registry.all() for field in provider.fields}))
RECORDS = st.dictionaries(NAMES | ANY_TEXT, ANYTHING | TRICKY_TEXT, max_size=8)


@pytest.mark.parametrize("provider", registry.all(), ids=lambda provider: provider.slug)
@given(before=RECORDS, after=RECORDS)
def test_every_provider_judges_anything_without_raising(
    provider: Provider, before: dict[str, object], after: dict[str, object]
) -> None:
    check(provider.violations(before, after))


def check(violations: tuple[Violation, ...]) -> None:
    for violation in violations:
        assert violation.code
        assert violation.message.endswith(".")
        assert len(violation.message) < 500
        violation.message.encode()
        (violation.field or "").encode()
