"""What is exported is imported again without a difference, whatever stands in the values."""

import io
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.exporting.customers import write_lines, write_table, write_workbook
from console.exporting.files import Writable
from console.importing import Empty, Options, Understood, guess, open_table, read
from providers import registry
from providers.base import Provider
from providers.fields import Field, Kind, Value

SQRIL = registry.get("sqril").configured({})
TIMEPAY = registry.get("timepay").configured(
    {"fields": "city:text, vip:yes/no, zip:ZIP, score:decimal, mail:email, zone:time zone"}
)
CAIBO = registry.get("caibo").configured({})
FINOSU = registry.get("finosu").configured({"loan_ids": "none"})

HOSTILE = (
    "=1+1",
    "+62",
    "-",
    "@x",
    "'",
    "''=x",
    "'+1",
    '"',
    'a"b',
    "a,b;c|d",
    "a\tb",
    "00123",
    "1e5",
    "TRUE",
    "null",
    "é",
)
IDS = tuple(text for text in HOSTILE if "\t" not in text)
TEXTS = st.one_of(
    st.sampled_from(HOSTILE), st.text(st.characters(exclude_categories=["C", "Z", "M"]), min_size=1, max_size=12)
)
BY_KIND: Mapping[Kind, st.SearchStrategy[Value]] = {
    Kind.TEXT: TEXTS,
    Kind.EMAIL: st.sampled_from(["budi@example.com", "a+b@example.co.id"]),
    Kind.PHONE: st.from_regex(r"\+[1-9][0-9]{6,12}", fullmatch=True),
    Kind.DATE: st.dates().map(lambda day: day.isoformat()),
    Kind.DATE_TIME: st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    Kind.MONEY: st.from_regex(r"[1-9][0-9]{0,8}(\.[0-9]{2})?", fullmatch=True),
    Kind.DECIMAL: st.from_regex(r"-?[1-9][0-9]{0,5}(\.[0-9]{1,4})?", fullmatch=True),
    Kind.WHOLE_NUMBER: st.integers(-(2**63), 2**63 - 1).map(str),
    Kind.YES_NO: st.booleans(),
    Kind.CHOICE: TEXTS,
    Kind.COUNTRY: st.sampled_from(["ID", "US", "GB"]),
    Kind.US_STATE: st.sampled_from(["CA", "NY"]),
    Kind.ZIP: st.sampled_from(["02139", "94102-1234"]),
    Kind.TIME_ZONE: st.sampled_from(["Asia/Jakarta", "America/New_York"]),
    Kind.JSON: st.dictionaries(TEXTS, TEXTS | st.integers(-5, 5) | st.booleans(), min_size=1, max_size=3),
}


def values_of(field: Field) -> st.SearchStrategy[Value]:
    """What may be known of a field: a value, or that there is none."""
    if field.kind is Kind.CHOICE and field.choices:
        return st.none() | st.sampled_from([choice.value for choice in field.choices])
    return st.none() | BY_KIND[field.kind]


@st.composite
def records(draw: st.DrawFn, provider: Provider) -> dict[str, Value]:
    """A record of the provider's, with some of its fields known."""
    names = {"customer_id", "id"} & set(provider.identity) or {"campaignId", "loan_id"}
    ids = st.integers(1, 10**9).map(str) if provider is CAIBO else st.sampled_from(IDS)
    identity = {name: draw(ids) for name in names}
    fields = [field for field in provider.fields if field.name not in provider.identity]
    known = draw(st.lists(st.sampled_from(fields), unique_by=lambda field: field.name))
    return {**identity, **{field.name: draw(values_of(field)) for field in known}}


type Write = Callable[[Writable, Provider, list[dict[str, Value]]], None]


def again(write: Write, filename: str, provider: Provider, some: list[dict[str, Value]]) -> list[Understood]:
    """The records, written into a file and read from it."""
    source = io.BytesIO()
    write(source, provider, some)
    look = open_table(source, filename)
    fields = guess(look.columns, [look.samples(place) for place in range(len(look.columns))], provider).fields
    assert {look.columns[place]: name for place, name in fields.items()} == {name: name for name in look.columns}
    told = list(read(source, look, fields, provider, Options(Empty.CLEARS)))
    return [one for one in told if isinstance(one, Understood) and not one.problems]


def is_same(provider: Provider, name: str, one: Value, other: Value) -> bool:
    return provider.field(name).same(one, other)


@pytest.mark.parametrize("provider", [SQRIL, TIMEPAY, FINOSU, CAIBO], ids=lambda provider: provider.slug)
@settings(max_examples=40)
@given(data=st.data())
def test_lines_bring_back_exactly_what_is_known(provider: Provider, data: st.DataObject) -> None:
    some = data.draw(st.lists(records(provider), min_size=1, max_size=4, unique_by=provider.external_id))

    told = again(write_lines, "customers.jsonl", provider, some)

    assert [one.external_id for one in told] == [provider.external_id(record) for record in some]
    for one, record in zip(told, some, strict=True):
        known = {name: value for name, value in record.items() if name not in provider.identity}
        assert one.values.keys() == known.keys()
        assert all(is_same(provider, name, value, one.values[name]) for name, value in known.items())


@pytest.mark.parametrize("provider", [SQRIL, TIMEPAY, FINOSU, CAIBO], ids=lambda provider: provider.slug)
@pytest.mark.parametrize(("write", "ending"), [(write_table, "csv"), (write_workbook, "xlsx")], ids=["csv", "xlsx"])
@settings(max_examples=40)
@given(data=st.data())
def test_a_table_brings_back_every_value(write: Write, ending: str, provider: Provider, data: st.DataObject) -> None:
    some = data.draw(st.lists(records(provider), min_size=1, max_size=4, unique_by=provider.external_id))

    told = again(write, f"customers.{ending}", provider, some)

    assert [one.external_id for one in told] == [provider.external_id(record) for record in some]
    for one, record in zip(told, some, strict=True):
        assert all(is_same(provider, name, record.get(name), value) for name, value in one.values.items())
