"""Every kind of value: what it understands, refuses, keeps, sends, receives, compares and shows."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.body import Leaf, compact
from providers.fields import Field, Kind, Unfit, Value
from tests.providers.wild import ANY_TEXT, ANYTHING, SENSIBLE, TRICKY_TEXT, field

FRACTION = re.compile(r"\.[0-9]+")
KINDS = pytest.mark.parametrize("kind", Kind)


@KINDS
@given(data=st.data())
def test_whatever_a_person_types_is_understood_or_named_as_a_problem(kind: Kind, data: st.DataObject) -> None:
    it = field(kind)
    typed = data.draw(ANY_TEXT | TRICKY_TEXT | SENSIBLE[kind])
    value = it.parse(typed)
    problem = None if value is None else it.problem(value)
    if value is not None and problem is None:
        compact(Leaf(it.to_wire(value))).encode()
        assert "\0" not in str(value)
    if problem:
        assert problem.code
        assert problem.message.endswith(".")
        problem.message.encode()


@KINDS
@given(value=ANYTHING)
def test_no_value_whatsoever_makes_a_kind_raise(kind: Kind, value: Value) -> None:
    it = field(kind)
    it.problem(value)
    it.store(value)
    it.to_wire(value)
    it.display(value).encode()


@KINDS
def test_a_number_too_long_to_write_makes_no_kind_raise(kind: Kind) -> None:
    it, endless = field(kind), 10**5000
    assert it.problem(endless) is not None
    assert it.same(endless, endless)
    it.display(endless)  # type: ignore[arg-type]  # a wrong type is the point
    with pytest.raises(Unfit):
        it.from_wire(endless)


@KINDS
@given(value=ANYTHING)
def test_canonical_is_idempotent_and_same_is_reflexive(kind: Kind, value: Value) -> None:
    it = field(kind)
    assert it.canonical(it.canonical(value)) == it.canonical(value)
    assert it.same(value, value)


@KINDS
@given(data=st.data())
def test_same_is_an_equivalence(kind: Kind, data: st.DataObject) -> None:
    it = field(kind)
    values = st.lists(ANYTHING | SENSIBLE[kind] | SENSIBLE[kind].map(it.parse), min_size=3, max_size=3)
    a, b, c = data.draw(values)
    assert it.same(a, b) == it.same(b, a)
    assert not (it.same(a, b) and it.same(b, c)) or it.same(a, c)


@KINDS
@given(data=st.data())
def test_what_is_shown_can_be_typed_again(kind: Kind, data: st.DataObject) -> None:
    it = field(kind)
    value = it.parse(data.draw(SENSIBLE[kind]))
    if kind is Kind.DATE_TIME and isinstance(value, str):
        value = FRACTION.sub("", value)  # a moment is shown to the second
    if value is not None and it.problem(value) is None:
        again = it.parse(it.display(value))
        assert it.same(again, value)
        assert it.problem(again) is None


@KINDS
@given(data=st.data())
def test_what_is_sent_comes_back_as_it_was(kind: Kind, data: st.DataObject) -> None:
    it = field(kind)
    value = it.store(it.parse(data.draw(SENSIBLE[kind])))
    if value is not None and it.problem(value) is None:
        assert it.from_wire(it.to_wire(value)) == value
        received = json.loads(compact(Leaf(it.to_wire(value))))
        assert it.same(it.from_wire(received), value)


@KINDS
@given(wire=ANYTHING)
def test_an_answer_is_received_clean_or_not_at_all(kind: Kind, wire: object) -> None:
    it = field(kind)
    try:
        value = it.from_wire(wire)
    except Unfit as unfit:
        assert "expected" in str(unfit) or "deep" in str(unfit)  # noqa: PT017 -- not every value is unfit
        return
    assert value is None or it.is_sendable(value)
    text = json.dumps(value, ensure_ascii=False)
    assert "\0" not in text
    text.encode()


@KINDS
def test_nothing_is_nothing_in_every_kind(kind: Kind) -> None:
    it = field(kind)
    assert it.parse("  ") is None
    assert it.from_wire(None) is None
    assert it.from_wire("") is None
    assert it.is_blank(None)
    assert it.is_blank("")
    assert it.same("", None)
    assert it.display(None) == ""
    assert it.to_wire(None) is None


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        (Kind.TEXT, "  Zoe\u0308  ", "Zo\u00eb"),
        (Kind.TEXT, "Anna\u00a0Lena", "Anna Lena"),
        (Kind.PHONE, "+62 812-3456 79", "+62812345679"),
        (Kind.PHONE, "(415) 555-0132", "4155550132"),
        (Kind.PHONE, "\uff0b\uff11\uff12\uff13\uff14", "+1234"),
        (Kind.DATE, "1985-6-15", "1985-06-15"),
        (Kind.DATE, "15 Jun 1985", "1985-06-15"),
        (Kind.DATE, "June 15, 1985", "1985-06-15"),
        (Kind.MONEY, "\u20b91,25,000.50", "125000.50"),
        (Kind.MONEY, "$12,500", "12500"),
        (Kind.MONEY, "12500.50", "12500.50"),
        (Kind.MONEY, "007.50", "7.50"),
        (Kind.MONEY, ".5", "0.5"),
        (Kind.DECIMAL, "\u22123.25", "-3.25"),
        (Kind.WHOLE_NUMBER, "9007199254740993", "9007199254740993"),
        (Kind.WHOLE_NUMBER, "1,000", "1000"),
        (Kind.YES_NO, "Yes", True),
        (Kind.YES_NO, "off", False),
        (Kind.CHOICE, "partly paid", "partial"),
        (Kind.CHOICE, "occ1", "OCC1"),
        (Kind.COUNTRY, "indonesia", "ID"),
        (Kind.COUNTRY, "idn", "IDN"),
        (Kind.US_STATE, "california", "CA"),
        (Kind.US_STATE, "ny", "NY"),
        (Kind.ZIP, "941021234", "94102-1234"),
        (Kind.ZIP, "02134", "02134"),
        (Kind.TIME_ZONE, "america/new york", "America/New_York"),
        (Kind.JSON, '{"employer": "Acme"}', {"employer": "Acme"}),
    ],
)
def test_a_persons_spelling_is_understood(kind: Kind, typed: str, stored: Value) -> None:
    it = field(kind)
    assert it.parse(typed) == stored
    assert it.problem(stored) is None


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        (Kind.EMAIL, "name", "invalid_email"),
        (Kind.EMAIL, "name@localhost", "invalid_email"),
        (Kind.EMAIL, "na me@example.com", "invalid_email"),
        (Kind.EMAIL, "name@-example.com", "invalid_email"),
        (Kind.EMAIL, "a..b@example.com", "invalid_email"),
        (Kind.EMAIL, "name@example.1", "invalid_email"),
        (Kind.EMAIL, "name@example.12", "invalid_email"),
        (Kind.EMAIL, f"{'a' * 65}@example.com", "invalid_email"),
        (Kind.EMAIL, f"name@{'a' * 260}.com", "too_long"),
        (Kind.EMAIL, "name@[999.0.0.1]", "invalid_email"),
        (Kind.PHONE, "12", "invalid_phone"),
        (Kind.PHONE, "1" * 16, "invalid_phone"),
        (Kind.PHONE, "555-CALL", "invalid_phone"),
        (Kind.PHONE, "++6281", "invalid_phone"),
        (Kind.PHONE, "1" * 100, "too_long"),
        (Kind.DATE, "15/06/1985", "invalid_date"),
        (Kind.DATE, "1985-02-30", "invalid_date"),
        (Kind.DATE, "1 Foo 1985", "invalid_date"),
        (Kind.JSON, '{"a": 1, "b": 2, "a": 3}', "duplicate_name"),
        (Kind.JSON, '{"a": {"b": 1, "b": 2}}', "duplicate_name"),
        (Kind.DATE_TIME, "yesterday", "invalid_date_time"),
        (Kind.MONEY, "-5", "invalid_money"),
        (Kind.MONEY, "12,5", "invalid_money"),
        (Kind.MONEY, "1e5", "invalid_money"),
        (Kind.MONEY, "12345678901234.56", "invalid_money"),
        (Kind.MONEY, "1.23456", "invalid_money"),
        (Kind.DECIMAL, "twelve", "invalid_decimal"),
        (Kind.WHOLE_NUMBER, "1.5", "invalid_whole_number"),
        (Kind.WHOLE_NUMBER, "9223372036854775808", "invalid_whole_number"),
        (Kind.WHOLE_NUMBER, "9" * 5000, "too_long"),
        (Kind.YES_NO, "maybe", "not_a_choice"),
        (Kind.CHOICE, "unpaid", "not_a_choice"),
        (Kind.COUNTRY, "Atlantis", "not_a_choice"),
        (Kind.US_STATE, "ZZ", "not_a_choice"),
        (Kind.ZIP, "1234", "invalid_zip"),
        (Kind.TIME_ZONE, "Mars/Olympus", "invalid_time_zone"),
        (Kind.TIME_ZONE, "localtime", "invalid_time_zone"),
        (Kind.JSON, "[1]", "invalid_json"),
        (Kind.JSON, "{not json", "invalid_json"),
        (Kind.JSON, '{"a": NaN}', "invalid_json"),
        (Kind.JSON, '{"a":' * 30 + "1" + "}" * 30, "invalid_json"),
        (Kind.JSON, '{"a": "' + "x" * 30_000 + '"}', "invalid_json"),
        (Kind.JSON, '{"a": "\\u0000"}', "bad_text"),
        (Kind.TEXT, "x" * 2001, "too_long"),
        (Kind.TEXT, "a\ud800b", "bad_text"),
        (Kind.TEXT, "a\0b", "bad_text"),
        (Kind.TEXT, "one\ntwo", "control_character"),
        (Kind.TEXT, "one\ttwo", "control_character"),
        (Kind.TEXT, "bell\a!", "control_character"),
        (Kind.TEXT, "one\u2028two", "control_character"),
        (Kind.TEXT, "Pri\u200bya", "invisible_character"),
        (Kind.TEXT, "\ufeffPriya", "invisible_character"),
        (Kind.TEXT, "Pri\u00adya", "invisible_character"),
        (Kind.TEXT, "Pri\u200dya", "invisible_character"),
        (Kind.TEXT, "\u202eayirP", "invisible_character"),
        (Kind.TEXT, "Pri\u3164ya", "invisible_character"),
        (Kind.TEXT, "a\ufe0f", "invisible_character"),
        (Kind.EMAIL, "na\u200bme@example.com", "invisible_character"),
        (Kind.PHONE, "+62\u200b812345", "invisible_character"),
    ],
)
def test_what_cannot_be_right_is_refused(kind: Kind, typed: str, code: str) -> None:
    it = field(kind)
    value = it.parse(typed)
    problem = it.problem(value)
    assert problem is not None
    assert problem.code == code


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.EMAIL, "name@example.com"),
        (Kind.EMAIL, "first.last+tag@sub.example.co.in"),
        (Kind.EMAIL, "name@b\u00fccher.example"),
        (Kind.EMAIL, "name@xn--bcher-kva.example"),
        (Kind.EMAIL, "name@[127.0.0.1]"),
        (Kind.EMAIL, "name@[IPv6:::1]"),
        (Kind.PHONE, "+1234567890"),
        (Kind.TEXT, "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"),  # Persian joins with a zero-width non-joiner
        (Kind.TEXT, "\u0915\u094d\u200d\u0937"),  # Devanagari with a zero-width joiner
        (Kind.TEXT, "\u845b\U000e0100"),  # an ideograph in one of its variants
        (Kind.TEXT, "O\u2019Neill-M\u00fcller, Jr. \u738b"),
        (Kind.JSON, {"note": "two\nlines\tand a tab"}),
    ],
)
def test_unusual_values_that_are_right_pass(kind: Kind, value: Value) -> None:
    assert field(kind).problem(value) is None


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.YES_NO, Kind.JSON}))
@pytest.mark.parametrize("value", [5, 5.5, True, ["x"], {"a": 1}, b"x"])
def test_a_value_of_a_wrong_type_is_named_so(kind: Kind, value: object) -> None:
    problem = field(kind).problem(value)
    assert problem is not None
    assert problem.code == "wrong_type"


def test_the_place_of_an_invisible_character_is_told() -> None:
    problem = field(Kind.TEXT).problem("Pri\u200bya")
    assert problem is not None
    assert problem.message == "Remove the invisible character (character 4, after “Pri”)."
    assert problem.parameters == {"place": 4, "character": "U+200B"}


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        (Kind.PHONE, "+62 812 3456", "+628123456"),
        (Kind.EMAIL, "name@EXAMPLE.com", "name@example.com"),
        (Kind.EMAIL, "name@b\u00fccher.example", "name@xn--bcher-kva.example"),
        (Kind.MONEY, "12500.50", "12500.5"),
        (Kind.MONEY, "12500.00", "12500"),
        (Kind.WHOLE_NUMBER, "007", "7"),
        (Kind.DECIMAL, "-0.0", "0"),
        (Kind.DATE_TIME, "2024-12-01T10:30:00Z", "2024-12-01T11:30:00+01:00"),
        (Kind.COUNTRY, "IDN", "ID"),
        (Kind.US_STATE, "ca", "CA"),
        (Kind.ZIP, "941021234", "94102-1234"),
        (Kind.TEXT, " Zo\u00eb", "Zoe\u0308"),
        (Kind.JSON, {"a": 1, "b": [1.0]}, {"b": [1], "a": 1.0}),
    ],
)
def test_two_spellings_are_one_value(kind: Kind, a: Value, b: Value) -> None:
    assert field(kind).same(a, b)


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        (Kind.TEXT, "Priya", "Pri\u200bya"),
        (Kind.TEXT, "priya", "Priya"),
        (Kind.EMAIL, "Name@example.com", "name@example.com"),
        (Kind.PHONE, "+4155550132", "4155550132"),
        (Kind.YES_NO, False, None),
        (Kind.YES_NO, False, ""),
        (Kind.DATE_TIME, "2024-12-01T10:30:00Z", "2024-12-01T10:30:00"),
        (Kind.JSON, {"a": True}, {"a": 1}),
        (Kind.TEXT, "1", 1),
    ],
)
def test_two_values_stay_two(kind: Kind, a: Value, b: Value) -> None:
    assert not field(kind).same(a, b)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.PHONE, "+62812345679", "+62 812-345-679"),
        (Kind.PHONE, "4155550132", "4155550132"),
        (Kind.PHONE, "+1234567890", "+1234567890"),  # no such number, so nobody knows how to group it
        (Kind.PHONE, "+4402071838750", "+4402071838750"),  # grouping would drop its zero
        (Kind.DATE, "1985-06-15", "15 Jun 1985"),
        (Kind.DATE, "soon", "soon"),
        (Kind.DATE_TIME, "2026-11-21T09:28:45.805000Z", "21 Nov 2026, 09:28:45 UTC"),
        (Kind.DATE_TIME, "2024-12-01T10:30:00Z", "1 Dec 2024, 10:30:00 UTC"),
        (Kind.MONEY, "1250000.50", "1,250,000.50"),
        (Kind.YES_NO, True, "Yes"),
        (Kind.CHOICE, "partial", "Partly paid"),
        (Kind.CHOICE, "unheard of", "unheard of"),
        (Kind.COUNTRY, "IDN", "Indonesia"),
        (Kind.US_STATE, "CA", "California"),
        (Kind.TIME_ZONE, "America/New_York", "America/New York"),
        (Kind.JSON, {"a": "\u00e9"}, '{\n  "a": "\u00e9"\n}'),
    ],
)
def test_a_person_reads_words_not_codes(kind: Kind, value: Value, shown: str) -> None:
    assert field(kind).display(value) == shown


@pytest.mark.parametrize(
    ("kind", "value", "wire"),
    [
        (Kind.MONEY, "12500.50", "12500.50"),
        (Kind.MONEY, "12500", "12500"),
        (Kind.DECIMAL, "0.0000001", "0.0000001"),
        (Kind.WHOLE_NUMBER, "9007199254740993", "9007199254740993"),
        (Kind.YES_NO, False, "false"),
        (Kind.PHONE, "+62 812", '"+62812"'),
        (Kind.JSON, {"a": [1, None]}, '{"a":[1,null]}'),
    ],
)
def test_digits_go_on_the_wire_as_typed(kind: Kind, value: Value, wire: str) -> None:
    assert compact(Leaf(field(kind).to_wire(value))) == wire


@pytest.mark.parametrize(
    ("kind", "wire", "value"),
    [
        (Kind.MONEY, 12500.5, "12500.5"),
        (Kind.MONEY, 1e22, "10000000000000000000000"),
        (Kind.MONEY, Decimal("12500.50"), "12500.50"),
        (Kind.WHOLE_NUMBER, 9007199254740993, "9007199254740993"),
        (Kind.WHOLE_NUMBER, 12.0, "12"),
        (Kind.TEXT, 12345, "12345"),
        (Kind.TEXT, "a\0b\ud800", "ab"),
        (Kind.TEXT, " \0 ", None),
        (Kind.TEXT, " kept as it is ", " kept as it is "),
        (Kind.DATE, "1985-06-15T00:00:00Z", "1985-06-15"),
        (Kind.DATE, "unknown", "unknown"),
        (Kind.YES_NO, "TRUE", True),
        (Kind.CHOICE, "unheard of", "unheard of"),
        (Kind.COUNTRY, "Somewhere", "Somewhere"),
        (Kind.US_STATE, "tx", "TX"),
        (Kind.JSON, {"a\0": ["\ud800x"]}, {"a": ["x"]}),
    ],
)
def test_an_answer_is_stored_in_our_form(kind: Kind, wire: object, value: Value) -> None:
    assert field(kind).from_wire(wire) == value


@pytest.mark.parametrize(
    ("kind", "wire"),
    [
        (Kind.TEXT, ["x"]),
        (Kind.TEXT, True),
        (Kind.TEXT, {"street": "1"}),
        (Kind.MONEY, float("inf")),
        (Kind.MONEY, float("nan")),
        (Kind.MONEY, 1e300),
        (Kind.MONEY, True),
        (Kind.YES_NO, 1),
        (Kind.YES_NO, "maybe"),
        (Kind.JSON, "text"),
        (Kind.JSON, [1]),
        (Kind.DATE, 20240101.5),
    ],
)
def test_an_answer_of_a_wrong_type_is_unfit(kind: Kind, wire: object) -> None:
    with pytest.raises(Unfit):
        field(kind).from_wire(wire)


def test_exactly_so_many_digits() -> None:
    it = Field(name="it", label="It", kind=Kind.TEXT, group="", digits=4)
    assert it.problem("1234") is None
    for wrong in ("123", "12345", "12a4", "\u0661\u0662\u0663\u0664"):
        problem = it.problem(wrong)
        assert problem is not None
        assert problem.code == "invalid_digits"
