"""What is wrong with a record as it stands: found by the provider's own rules, before anybody tries to change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import flaws
from providers import registry
from tests.cast import OPTIONS, SAMPLES, SLUGS

if TYPE_CHECKING:
    from providers.base import Provider

LEFT_OUT = object()
SOME_VALUES = st.none() | st.booleans() | st.text(max_size=40) | st.sampled_from(["a@b.de", "+6281", "12345", "0"])


def provider(slug: str, **options: str) -> Provider:
    return registry.get(slug).configured({**OPTIONS.get(slug, {}), **options})


def record(slug: str, **values: Any) -> dict[str, Any]:
    """The sample of a provider with other values; LEFT_OUT for what nobody knows."""
    return {name: value for name, value in {**SAMPLES[slug], **values}.items() if value is not LEFT_OUT}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_whole_record_has_none(slug: str) -> None:
    assert flaws.compute(provider(slug), record(slug)) == {}


@pytest.mark.parametrize(
    ("slug", "field", "value", "code"),
    [
        ("sqril", "email", None, "required"),
        ("sqril", "email", LEFT_OUT, "required"),
        ("sqril", "email", "adi.wijaya@example", "invalid_email"),
        ("sqril", "phone", "call me", "invalid_phone"),
        ("caibo", "name", "", "required"),
        ("finosu", "zipCode", "9410", "invalid_zip"),
        ("finosu", "state", "Atlantis", "not_a_choice"),
        ("finosu", "ssnLastFour", "12a4", "invalid_digits"),
        ("finosu", "doNotCall", None, "required"),
        ("flowwise", "scope", LEFT_OUT, "required"),
        ("timepay", "loan_amount", "a lot", "invalid_money"),
        ("timepay", "loan_id", LEFT_OUT, "one_of"),
    ],
)
def test_what_the_provider_would_refuse_is_named_by_its_field(slug: str, field: str, value: Any, code: str) -> None:
    assert flaws.compute(provider(slug), record(slug, **{field: value})) == {field: code}


def test_what_need_not_be_there_is_not_missing() -> None:
    assert flaws.compute(provider("finosu"), record("finosu", phoneNumber=None, firstName=LEFT_OUT)) == {}


def test_a_value_that_no_update_carries_and_nobody_can_change_is_not_doubted() -> None:
    assert flaws.compute(provider("sqril"), record("sqril", dob="yesterday")) == {}


def test_what_a_connection_opens_is_judged() -> None:
    opened = provider("sqril", editable="dob")
    assert flaws.compute(opened, record("sqril", dob="yesterday")) == {"dob": "invalid_date"}


def test_a_choice_that_the_provider_made_beyond_an_open_list_stands() -> None:
    assert flaws.compute(provider("sqril"), record("sqril", occupation="OCC99")) == {}


def test_of_a_record_that_is_still_to_be_read_nothing_is_said() -> None:
    assert flaws.compute(provider("sqril"), {"customer_id": "cus_1"}) == {}
    assert flaws.compute(provider("caibo"), {"id": "1"}) == {"name": "required", "email": "required"}


@pytest.mark.parametrize("slug", SLUGS)
@given(st.data())
def test_it_takes_whatever_a_record_holds(slug: str, data: st.DataObject) -> None:
    its = provider(slug)
    names = st.sampled_from([field.name for field in its.fields])
    held = data.draw(st.dictionaries(names, SOME_VALUES))
    found = flaws.compute(its, {**SAMPLES[slug], **held})
    assert set(found) <= {field.name for field in its.fields}
    assert all(found.values())


@pytest.mark.parametrize("slug", SLUGS)
@given(st.data())
def test_where_there_is_none_every_value_may_be_saved_as_it_is(slug: str, data: st.DataObject) -> None:
    """It asks the rules that a save asks: what it finds nothing in, nobody is refused for."""
    its = provider(slug)
    open_ones = [field.name for field in its.fields if field.locked == "no" and not field.open_choices]
    held = data.draw(st.dictionaries(st.sampled_from(open_ones), SOME_VALUES, min_size=1))
    whole = {**SAMPLES[slug], **held}
    if not flaws.compute(its, whole):
        others = {name: None for name in whole if name not in its.identity}
        assert not [
            violation
            for violation in its.violations({**whole, **others}, {name: whole[name] for name in held})
            if violation.field in held
        ]
