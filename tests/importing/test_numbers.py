"""Numbers with points and commas: asked, never guessed."""

import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.exporting.customers import write_lines, write_table
from console.importing import Look, NumberStyle, Options, Question, QuestionKind, asked, guess, open_table, read
from console.importing.numerals import read as read_number
from console.importing.numerals import styles_of
from console.importing.table import Unclear, Understood
from providers import registry
from providers.fields import Kind
from tests.importing.workbooks import by_hand, inline, workbook

TIMEPAY = registry.get("timepay").configured({"fields": "score:decimal"})
FIELDS = {0: "external_id", 1: "loan_amount"}
POINT, COMMA = NumberStyle.POINT, NumberStyle.COMMA


def csv(*amounts: str) -> io.BytesIO:
    lines = ["external_id;loan_amount", *(f"camp/loan:{n};{amount}" for n, amount in enumerate(amounts))]
    return io.BytesIO("\n".join(lines).encode())


def questions(*amounts: str) -> tuple[Question, ...]:
    return asked(open_table(csv(*amounts), "a.csv"), FIELDS, TIMEPAY)


def lent(text: str, style: NumberStyle | None) -> Understood:
    source = csv(text)
    [row] = read(source, open_table(source, "a.csv"), FIELDS, TIMEPAY, Options(numbers={1: style} if style else {}))
    assert isinstance(row, Understood)
    return row


def test_a_style_is_asked_with_what_it_would_make_of_the_first_number() -> None:
    [question] = questions("12", "1.234")

    assert (question.kind, question.column, question.suggested) == (QuestionKind.NUMBERS, 1, "")
    assert question.text == "How do the numbers in “loan_amount” read?"
    assert question.shown == {POINT: "1.234 is 1.234", COMMA: "1.234 is 1234"}


@pytest.mark.parametrize(
    ("amounts", "suggested"),
    [
        (["1.234,56"], COMMA),
        (["1,25,000.50"], POINT),
        (["1,234", "12.5"], POINT),
        (["1.234", "12,5"], COMMA),
        (["1.234.567"], COMMA),
        (["1.234,56", "1,234.56"], ""),
        (["1,234", "1.234"], ""),
        (["0,500"], COMMA),
        (["12,5", "0.500"], ""),
        (["-0.500", "1,234"], POINT),
    ],
)
def test_numbers_that_only_one_style_allows_suggest_it_and_are_asked_still(amounts: list[str], suggested: str) -> None:
    [question] = questions(*amounts)

    assert question.suggested == suggested


def test_numbers_that_read_in_one_way_are_not_asked() -> None:
    assert questions("12", "125000.50", "0.125", "1234.567", "₹ 500", "-3", "1 234", "unknown, or none") == ()


def test_a_number_that_was_not_asked_about_is_a_problem_and_no_guess() -> None:
    for text in ("1.234", "1,234", "1.234,56", "12,5"):
        row = lent(text, None)
        assert [problem.code for problem in row.problems] == ["number_style"], text
        assert "loan_amount" not in row.values


@pytest.mark.parametrize(
    ("text", "style", "amount"),
    [
        ("1.234,56", COMMA, "1234.56"),
        ("1.234", COMMA, "1234"),
        ("1.234", POINT, "1.234"),
        ("1,234", POINT, "1234"),
        ("12,5", COMMA, "12.5"),
        ("€ 1.234,50", COMMA, "1234.50"),
        ("1 234,5 EUR", COMMA, "1234.5"),
        ("₹1,25,000.50", POINT, "125000.50"),
        ("12", COMMA, "12"),
        (",5", COMMA, "0.5"),
        ("0,500", COMMA, "0.500"),
        ("0.500", POINT, "0.500"),
        ("500.000", COMMA, "500000"),
    ],
)
def test_a_number_is_read_as_its_column_was_said_to_read(text: str, style: NumberStyle, amount: str) -> None:
    row = lent(text, style)

    assert not row.problems
    assert row.values["loan_amount"] == amount


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("12.50", COMMA),
        ("1,234.56", COMMA),
        ("1.234,56", POINT),
        ("1,2", POINT),
        ("0,500", POINT),
        ("-0,500.25", POINT),
        ("012,500", POINT),
        ("0.500", COMMA),
        ("€ 0.500,25", COMMA),
    ],
)
def test_a_number_of_the_other_style_is_refused_and_not_bent(text: str, style: NumberStyle) -> None:
    assert [problem.code for problem in lent(text, style).problems] == ["no_such_number"]


@pytest.mark.parametrize("style", [None, POINT, COMMA])
def test_what_is_no_number_is_left_for_the_rules_to_judge(style: NumberStyle | None) -> None:
    row = lent("about a dozen, or so", style)
    assert (row.problems, row.values["loan_amount"]) == ((), "about a dozen, or so")


def test_numbers_that_a_workbook_or_json_say_to_be_numbers_are_not_asked_about() -> None:
    book = workbook([["external_id", "loan_amount"], ["camp/loan:1", Decimal("1.234")]])
    line = io.BytesIO(b'{"external_id": "camp/loan:1", "loan_amount": 1.234}\n')
    for source, name in ((book, "a.xlsx"), (line, "a.jsonl")):
        look = open_table(source, name)
        kept = Look.of(look.stored())
        assert asked(look, FIELDS, TIMEPAY) == asked(kept, FIELDS, TIMEPAY) == ()
        [row] = read(source, kept, FIELDS, TIMEPAY, Options())
        assert isinstance(row, Understood)
        assert row.values["loan_amount"] == "1.234"


@pytest.mark.parametrize("style", [None, POINT, COMMA])
def test_a_number_that_a_formula_came_to_is_one_in_every_style_and_told(style: NumberStyle | None) -> None:
    head = f'<row r="1">{inline("A1", "external_id")}{inline("B1", "loan_amount")}</row>'
    cells = f'{inline("A2", "camp/loan:1")}<c r="B2"><f>A1*2</f><v>1.234</v></c>'
    source = by_hand(f'{head}<row r="2">{cells}</row>')
    look = open_table(source, "a.xlsx")
    kept = Look.of(look.stored())

    assert asked(look, FIELDS, TIMEPAY) == asked(kept, FIELDS, TIMEPAY) == ()
    [row] = read(source, kept, FIELDS, TIMEPAY, Options(numbers={1: style} if style else {}))
    assert isinstance(row, Understood)
    assert (row.problems, row.values["loan_amount"]) == ((), "1.234")
    assert [remark.code for remark in row.remarks] == ["formula"]


def test_a_column_of_which_only_a_row_further_down_needs_it_is_asked_about_once_that_is_known() -> None:
    look = open_table(csv("12"), "a.csv")

    assert asked(look, FIELDS, TIMEPAY) == ()
    [question] = asked(look, FIELDS, TIMEPAY, further={"loan_amount"})
    assert (question.kind, question.shown, question.suggested) == (QuestionKind.NUMBERS, {}, "")


def test_a_column_is_guessed_by_its_name_whatever_stands_before_its_decimals() -> None:
    look = open_table(csv("1.234,56", "99,00", "3.000,00", "12,5"), "a.csv")

    thought = guess(("loan id", "Loan amount"), [[], look.samples(1)], TIMEPAY)
    assert thought.fields[1] == "loan_amount"
    assert "doubt" not in thought.reasons[1].lower()


NUMBERS = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=3).map(lambda n: f"{n:f}")


def german(text: str) -> str:
    whole, _, fraction = f"{Decimal(text):,}".partition(".")
    return f"{whole.replace(',', '.')},{fraction}"


@given(NUMBERS)
def test_a_number_comes_back_from_either_style(text: str) -> None:
    assert Decimal(read_number(german(text), COMMA)) == Decimal(text)
    assert Decimal(read_number(f"{Decimal(text):,}", POINT)) == Decimal(text)


@given(st.text(st.sampled_from("0123456789.,-+ €"), max_size=12))
def test_without_a_style_a_text_stays_as_it_is_or_is_asked_about(text: str) -> None:
    if styles_of([text])[1]:
        with pytest.raises(Unclear):
            read_number(text, None)
    else:
        assert read_number(text, None) == text


@given(st.text(st.sampled_from("0123456789.,-"), max_size=12), st.sampled_from(NumberStyle))
def test_a_style_never_makes_another_number_of_figures(text: str, style: NumberStyle) -> None:
    try:
        told = read_number(text, style)
    except Unclear:
        return
    digits = [figure for figure in text if figure.isdigit()]
    assert [figure for figure in told if figure.isdigit()] == digits


@given(NUMBERS)
def test_an_export_is_never_asked_about_and_brings_back_the_same_number(text: str) -> None:
    field = TIMEPAY.field("score")
    assert field.kind is Kind.DECIMAL
    for write, name in ((write_table, "a.csv"), (write_lines, "a.jsonl")):
        source = io.BytesIO()
        write(source, TIMEPAY, [{"campaignId": "camp", "loan_id": "1", "score": text}])
        look = open_table(source, name)
        fields = {place: column for place, column in enumerate(look.columns) if column in {"external_id", "score"}}
        assert [one.kind for one in asked(look, fields, TIMEPAY)] in ([], [QuestionKind.EMPTY])
        [row] = read(source, look, fields, TIMEPAY, Options())
        assert isinstance(row, Understood)
        assert not row.problems
        assert field.same(row.values["score"], text)
