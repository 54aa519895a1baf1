"""A phone number beside its country: left alone, it stays the same number; typed in any way, it is the right one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.forms.inputs import Input, text_of, typed
from console.forms.phones import Parts, dialled, joined, parts
from providers import registry
from providers.fields import Field, Kind
from tests.cast import OPTIONS, SLUGS
from tests.providers.wild import ANY_TEXT, SENSIBLE, TRICKY_TEXT


def phone_of(slug: str) -> Field:
    fields = registry.get(slug).configured(OPTIONS.get(slug, {})).fields
    return next(field for field in fields if field.kind is Kind.PHONE)


PHONES = {slug: phone_of(slug) for slug in SLUGS}
EXAMPLES = st.builds(
    joined,
    st.sampled_from([r for r, _, _ in dialled()]),
    st.from_regex(r"[0-9]{3,11}", fullmatch=True),
)
every_phone = pytest.mark.parametrize("field", PHONES.values(), ids=PHONES)


def posted(field: Field, text: str) -> str | None:
    """What comes back of a text that stands in the form and that nobody touches."""
    shown = parts(text, field.home)
    return typed(field, {f"v-{field.name}": shown.number, f"v-{field.name}-country": shown.country})


@every_phone
@given(value=SENSIBLE[Kind.PHONE] | EXAMPLES | ANY_TEXT | TRICKY_TEXT)
def test_what_nobody_touches_stays_the_same_number(field: Field, value: str) -> None:
    back = posted(field, text_of(field, value))
    assert back is not None
    assert field.same(field.parse(back), value)


@given(text=ANY_TEXT | TRICKY_TEXT, country=st.sampled_from(["", "ID", "US", "XX", "zz"]) | ANY_TEXT)
def test_nothing_that_is_posted_breaks_it(text: str, country: str) -> None:
    whole = joined(country, text)
    assert isinstance(whole, str)
    assert bool(whole.strip()) >= bool(text.strip())


@every_phone
def test_no_number_at_all_begins_in_the_providers_own_country(field: Field) -> None:
    assert parts(text_of(field, None), field.home) == Parts(field.home, "")
    assert posted(field, "") == ""


@pytest.mark.parametrize(
    ("country", "number", "whole"),
    [
        ("ID", "812-9988-7766", "+62 812-9988-7766"),
        ("ID", "0812 9988 7766", "+62 812-9988-7766"),
        ("ID", " (0812) 9988/7766 ", "+62 812-9988-7766"),
        ("ID", "+44 20 7946 0958", "+44 20 7946 0958"),
        ("ID", "+44 (0)20 7946 0958", "+44 20 7946 0958"),
        ("ID", "+62 812-9988-7766", "+62 812-9988-7766"),
        ("GB", "0044 20 7946 0958", "+44 20 7946 0958"),
        ("US", "415.555.0132", "+1 415-555-0132"),
        ("IT", "06 698 12345", "+39 06 6981 2345"),
        ("GB", "1632 960961", "+44 1632 960961"),
        ("GB", "01632 960961", "+441632960961"),
        ("US", "call me", "+1 call me"),
        ("US", "", ""),
        ("", "0812 9988 7766", "0812 9988 7766"),
        ("XX", "0812 9988 7766", "0812 9988 7766"),
        ("IN", "٩٨٧٦٥٤٣٢١٠", "+91 98765 43210"),
    ],
)
def test_a_number_is_understood_as_it_is_dialled_in_its_country(country: str, number: str, whole: str) -> None:
    assert joined(country, number) == whole


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("+6281299887766", Parts("ID", "812-9988-7766")),
        ("+14155550132", Parts("US", "415-555-0132")),
        ("+16135550132", Parts("CA", "613-555-0132")),
        ("+44 1632 960961", Parts("GB", "1632 960961")),
        ("08123456", Parts("", "08123456")),
        ("12", Parts("", "12")),
        ("+999123", Parts("", "+999123")),
        ("call me", Parts("", "call me")),
        ("+1 call me", Parts("", "+1 call me")),
    ],
)
def test_a_number_is_shown_beside_its_country_where_it_has_one(text: str, apart: Parts) -> None:
    assert parts(text) == apart


def test_the_country_is_chosen_and_shown_in_short() -> None:
    countries = str(Input(PHONES["sqril"], "+6281299887766", "+62 812-9988-7766").countries)
    assert countries.count(" selected") == 1
    assert '<option value="ID" data-short="ID +62" selected>Indonesia +62</option>' in countries
