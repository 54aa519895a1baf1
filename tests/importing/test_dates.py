"""Dates in three styles: asked, never guessed."""

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.importing import DateStyle, Options, Question, QuestionKind, asked, guess, open_table, read
from console.importing.dates import Unclear
from console.importing.dates import read as read_date
from console.importing.table import Understood
from providers import registry

SQRIL = registry.get("sqril").configured({})


def questions(*dates: str) -> tuple[Question, ...]:
    look = open_table(
        io.BytesIO("\n".join(["customer_id;dob", *(f"{n};{d}" for n, d in enumerate(dates))]).encode()), "a.csv"
    )
    return asked(look, {0: "customer_id", 1: "dob"}, SQRIL)


def born(text: str, style: DateStyle | None) -> Understood:
    source = io.BytesIO(f"customer_id;dob\n1;{text}\n".encode())
    look = open_table(source, "a.csv")
    options = Options(dates={1: style} if style else {})
    [row] = read(source, look, {0: "customer_id", 1: "dob"}, SQRIL, options)
    assert isinstance(row, Understood)
    return row


def test_a_style_is_asked_with_what_it_would_make_of_the_first_date() -> None:
    [question] = questions("1990-04-03", "03/04/1990")

    assert (question.kind, question.column, question.suggested) == (QuestionKind.DATES, 1, "")
    assert question.shown == {"day first": "03/04/1990 is 1990-04-03", "month first": "03/04/1990 is 1990-03-04"}


def test_a_date_that_only_one_style_allows_suggests_it_and_is_asked_still() -> None:
    [question] = questions("03/04/1990", "13/04/1990")

    assert question.suggested == "day first"


def test_dates_that_contradict_each_other_suggest_nothing() -> None:
    [question] = questions("13/04/1990", "04/13/1990")

    assert question.suggested == ""


def test_dates_that_can_be_read_in_one_way_are_not_asked() -> None:
    assert questions("1990-04-03", "3 April 1990", "1990/4/3", "unknown") == ()


def test_a_date_that_was_not_asked_about_is_a_problem_and_no_guess() -> None:
    row = born("03/04/1990", None)

    assert [problem.code for problem in row.problems] == ["date_style"]
    assert "dob" not in row.values


@pytest.mark.parametrize(
    ("text", "style", "stored"),
    [
        ("03/04/1990", DateStyle.DAY_FIRST, "1990-04-03"),
        ("03/04/1990", DateStyle.MONTH_FIRST, "1990-03-04"),
        ("3.4.1990", DateStyle.DAY_FIRST, "1990-04-03"),
        ("3. 4. 1990", DateStyle.DAY_FIRST, "1990-04-03"),
        ("03-04-1990 00:00:00", DateStyle.DAY_FIRST, "1990-04-03"),
        ("1990-04-03", DateStyle.MONTH_FIRST, "1990-04-03"),
        ("1990/4/3", None, "1990-04-03"),
        ("3 Apr 1990", None, "1990-04-03"),
    ],
)
def test_a_style_is_followed(text: str, style: DateStyle | None, stored: str) -> None:
    assert born(text, style).values["dob"] == stored


@pytest.mark.parametrize(
    ("text", "style", "code"),
    [
        ("13/14/1990", DateStyle.DAY_FIRST, "no_such_day"),
        ("13/04/1990", DateStyle.MONTH_FIRST, "no_such_day"),
        ("29.02.2023", DateStyle.DAY_FIRST, "no_such_day"),
        ("03/04/90", DateStyle.DAY_FIRST, "short_year"),
        ("03/04/1990", DateStyle.YEAR_FIRST, "date_style"),
        ("03/04/1990 23:30", DateStyle.DAY_FIRST, "time"),
    ],
)
def test_what_a_style_makes_no_day_of_is_told(text: str, style: DateStyle, code: str) -> None:
    assert [problem.code for problem in born(text, style).problems] == [code]


def test_moments_follow_the_style_and_keep_their_time() -> None:
    assert read_date("3/4/1990 9:05", DateStyle.DAY_FIRST, timed=True) == "1990-04-03T09:05"
    assert read_date("04.03.1990 10:20:30Z", DateStyle.DAY_FIRST, timed=True) == "1990-03-04T10:20:30Z"


def test_a_column_of_moments_is_asked_as_well() -> None:
    look = open_table(io.BytesIO(b"customer_id;created_at\n1;03/04/1990 10:00\n"), "a.csv")

    assert [question.column for question in asked(look, guess(look.columns, [[], []], SQRIL).fields, SQRIL)] == [1]


@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from("/-. "), st.booleans())
def test_every_day_comes_back_in_the_style_it_was_written_in(day: date, between: str, padded: bool) -> None:
    d, m = (f"{day:%d}", f"{day:%m}") if padded else (str(day.day), str(day.month))

    assert read_date(between.join([d, m, str(day.year)]), DateStyle.DAY_FIRST) == day.isoformat()
    assert read_date(between.join([m, d, str(day.year)]), DateStyle.MONTH_FIRST) == day.isoformat()
    assert read_date(between.join([str(day.year), m, d]), None) == day.isoformat()


@given(st.text(alphabet="0123456789/-. :TZ", max_size=20), st.sampled_from([None, *DateStyle]))
def test_a_text_is_a_day_that_there_is_or_none_or_told(text: str, style: DateStyle | None) -> None:
    try:
        found = read_date(text, style)
    except Unclear:
        return
    assert found is None or date.fromisoformat(found).isoformat() == found
