"""Cells become values: ids stay text, empty cells say what was chosen, and all that is wrong is told at once."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.importing import BadRow, Empty, NotATable, Options, Row, Understood, open_table, read, rows, understand
from console.importing.table import Cell, Computed, Damaged
from providers import registry

SQRIL = registry.get("sqril").configured({})
TIMEPAY = registry.get("timepay").configured({})
NAMES = ("customer_id", "email", "phone", "name_first", "occupation")
FIELDS = dict(enumerate(NAMES))


def row(*cells: Cell, options: Options | None = None) -> Understood:
    padded = [*cells, *([""] * (len(NAMES) - len(cells)))]
    return understand(Row(7, tuple(padded)), FIELDS, SQRIL, options or Options())


def lines(*objects: object) -> io.BytesIO:
    return io.BytesIO("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in objects).encode())


def from_lines(*objects: object, options: Options | None = None) -> list[Understood | BadRow]:
    source = lines(*objects)
    look = open_table(source, "customers.jsonl")
    known = {"external_id", *(field.name for field in TIMEPAY.fields)}
    fields = {place: name for place, name in enumerate(look.columns) if name in known}
    return list(read(source, look, fields, TIMEPAY, options or Options()))


@pytest.mark.parametrize("text", ["00123", "1e5", "0x1F", "+1", "1,000", "TRUE"])
def test_ids_stay_text(text: str) -> None:
    assert row(text).identity == {"customer_id": text}
    assert row(text).external_id == text


def test_values_are_stored_in_one_spelling() -> None:
    told = row("1", " budi@example.com ", "+62 812-3456", "Budi", "OCC1")

    assert told.problems == ()
    assert told.values == {
        "email": "budi@example.com",
        "phone": "+628123456",
        "name_first": "Budi",
        "occupation": "OCC1",
    }


def test_all_that_is_wrong_with_a_row_is_told_at_once() -> None:
    told = row("", Damaged("error_cell", "An error."), "+62", "Bu\x00di")

    assert [(problem.field, problem.code, problem.column) for problem in told.problems] == [
        ("external_id", "identity", 0),
        ("email", "error_cell", 1),
        ("name_first", "bad_text", 3),
    ]
    assert told.values == {"phone": "+62"}


def test_an_empty_cell_leaves_untouched_or_clears_as_was_chosen() -> None:
    assert row("1", " ", "").values == {}
    assert row("1", " ", "", options=Options(Empty.CLEARS)).values == dict.fromkeys(NAMES[1:])


def test_formulas_are_taken_as_what_they_say_and_told() -> None:
    told = row("1", "=1+1", Computed("+62812"), "-", "+OCC1")

    assert told.values["email"] == "=1+1"
    assert told.values["phone"] == "+62812"
    assert [(remark.code, remark.column) for remark in told.remarks] == [("formula", 1), ("formula", 2)]
    assert told.problems == ()


def test_what_only_breaks_a_rule_is_left_to_the_rules() -> None:
    assert row("1", "no address", "12", "Budi", "OCC99").problems == ()


def test_the_whole_id_and_its_parts_must_name_one_record() -> None:
    fields = {0: "external_id", 1: "customer_id"}

    assert understand(Row(2, ("7", "7")), fields, SQRIL, Options()).external_id == "7"
    assert understand(Row(2, ("7", "")), fields, SQRIL, Options()).external_id == "7"
    assert understand(Row(2, ("", "7")), fields, SQRIL, Options()).external_id == "7"
    assert [each.code for each in understand(Row(2, ("7", "8")), fields, SQRIL, Options()).problems] == ["identity"]


def test_an_id_of_parts_is_put_together() -> None:
    [told] = from_lines({"campaignId": "camp_1", "loan_id": "L1"})

    assert isinstance(told, Understood)
    assert told.external_id == "camp_1/loan:L1"


def test_numbers_in_lines_keep_their_digits_and_ids_their_spelling() -> None:
    [told] = from_lines('{"campaignId": "c", "loan_id": 1e5, "loan_amount": 125000.50, "loan_period": 2.4e1}')

    assert isinstance(told, Understood)
    assert told.identity["loan_id"] == "1e5"
    assert told.values == {"loan_amount": "125000.50", "loan_period": "24"}


def test_in_lines_a_missing_name_is_untouched_and_null_says_what_an_empty_cell_does() -> None:
    both = {"external_id": "c/loan:1", "first_name": None}, {"external_id": "c/loan:2", "last_name": "Rao"}

    untouched = from_lines(*both)
    cleared = from_lines(*both, options=Options(Empty.CLEARS))

    assert [told.values for told in untouched if isinstance(told, Understood)] == [{}, {"last_name": "Rao"}]
    assert [told.values for told in cleared if isinstance(told, Understood)] == [
        {"first_name": None},
        {"last_name": "Rao"},
    ]


def test_the_second_of_one_id_is_told_with_the_line_of_the_first() -> None:
    first, bad, second = from_lines({"external_id": "c/loan:1"}, {"loan_id": "1"}, {"campaignId": "c", "loan_id": 1})

    assert isinstance(first, Understood)
    assert isinstance(bad, Understood)
    assert isinstance(second, Understood)
    assert first.problems == ()
    assert [problem.code for problem in bad.problems] == ["identity"]
    assert [problem.message for problem in second.problems] == ["This id stands in line 1 already."]


def test_what_is_read_on_behind_a_line_remembers_the_ids_before_it() -> None:
    source = io.BytesIO(b"customer_id\n1\n2\n1\n3\n")
    look = open_table(source, "a.csv")

    told = list(read(source, look, {0: "customer_id"}, SQRIL, Options(), after=3))

    assert [(one.number, len(one.problems)) for one in told if isinstance(one, Understood)] == [(4, 1), (5, 0)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("[1]", "not_json"),
        ("{", "not_json"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": NaN}', "not_json"),
        ("[" * 100_000, "not_json"),
        ('{"a": {"b": ' + "[" * 5000, "not_json"),
        ('{"' + "x" * 300 + '": 1}', "long_name"),
        ('"text"', "not_json"),
        (r'{"name": "Ann \ud83d"}', "encoding"),
        (r'{"name": "\uDE00 Ann"}', "encoding"),
        (r'{"name \ud83d": "Ann"}', "encoding"),
        (r'{"a": {"b": ["\ud83d"]}}', "encoding"),
    ],
)
def test_a_line_that_is_no_object_is_told_and_the_others_are_read(line: str, code: str) -> None:
    told = from_lines({"external_id": "c/loan:1"}, "", line, {"external_id": "c/loan:2"})

    assert [(one.number, one.code) for one in told if isinstance(one, BadRow)] == [(3, code)]
    assert [one.number for one in told if isinstance(one, Understood)] == [1, 4]


def test_characters_that_are_written_as_two_halves_are_whole() -> None:
    [told] = from_lines(r'{"external_id": "c/loan:1", "name": "Ann \ud83d\ude00 \\ud83d"}')

    assert isinstance(told, Understood)
    assert told.cells[1] == r"Ann 😀 \ud83d"


def test_lines_that_are_cut_off_are_told() -> None:
    source = io.BytesIO(b'{"a": 1}\n{"a": ')
    look = open_table(source, "a.jsonl")

    assert [row.code for row in rows(source, look) if isinstance(row, BadRow)] == ["cut_off"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'[{"a": 1},\n{"a": 2}]\n', "json_list"),
        (b"id,name\n1,2\n", "no_rows"),
        (b'{"a": 1}\n' + b"x" * 2_000_000, "long_line"),
        (("{" + ",".join(f'"{n}": 1' for n in range(2000)) + "}\n").encode(), "too_many_columns"),
    ],
)
def test_a_file_that_is_no_lines_of_json_is_told(content: bytes, code: str) -> None:
    with pytest.raises(NotATable) as refused:
        open_table(io.BytesIO(content), "a.jsonl")
    assert refused.value.code == code


def test_names_that_come_late_are_columns_as_well() -> None:
    look = open_table(lines(*({"a": n} for n in range(3000)), {"b": 1}), "a.jsonl")

    assert look.columns == ("a", "b")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.sampled_from([f.name for f in TIMEPAY.fields]), JSON, min_size=1), min_size=1))
def test_whatever_stands_in_lines_is_understood_or_told(objects: list[dict[str, object]]) -> None:
    try:
        told = from_lines(*objects)
    except NotATable as refused:
        assert refused.code == "no_rows"  # noqa: PT017 - none of them was JSON
        return
    assert [one.number for one in told] == list(range(1, len(objects) + 1))
    for one in told:
        for name, value in one.values.items() if isinstance(one, Understood) else ():
            assert value is None or TIMEPAY.field(name).is_sendable(value)


@given(st.lists(st.text(max_size=15), min_size=5, max_size=5))
def test_whatever_stands_in_cells_is_understood_or_told(cells: list[str]) -> None:
    told = row(*cells)

    assert bool(told.external_id) == (not any(problem.code == "identity" for problem in told.problems))
    assert {problem.field for problem in told.problems} & set(told.values) == set()
    for name, value in told.values.items():
        assert SQRIL.field(name).store(value) == value
