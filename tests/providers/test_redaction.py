"""Bodies made fit to show: what is sensitive is masked in whole answers, in halves of them and in plain words."""

from __future__ import annotations

import pytest

from providers.redaction import hidden, redact, unread

NAMES = ["ssnLastFour", "dob"]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"ssnLastFour": "4321", "city": "Oakland"}', '{"ssnLastFour": "••••", "city": "Oakland"}'),
        ('{"a": [{"DOB": 19900101}]}', '{"a": [{"DOB": "••••"}]}'),
        ('{"ssn_last_four": {"x": 1}}', '{"ssn_last_four": "••••"}'),
        ('{"dob": null, "ssnLastFour": ""}', '{"dob": null, "ssnLastFour": ""}'),
        ('{"message": "dob: 1990-01-01 is wrong"}', '{"message": "dob: •••• is wrong"}'),
        ('{"message": "{\\"dob\\": \\"1990-01-01\\"}"}', '{"message": "{\\"dob\\": \\"••••\\"}"}'),
        ('{"message": "dob must be a date"}', '{"message": "dob must be a date"}'),
        ('{"ssnLastFour": "43', '{"ssnLastFour": "••••'),
        ('{"ssnLastFour": "4\\"321", "ci', '{"ssnLastFour": "••••", "ci'),
        ("ssnLastFour=4321&city=Oakland", "ssnLastFour=••••&city=Oakland"),
        ("<p>ssn last four: 4321</p>", "<p>ssn last four: ••••</p>"),
        (b"\xef\xbb\xbf[1]", "[1]"),
        (b"\xff", "\ufffd"),
        (None, ""),
    ],
)
def test_sensitive_values_are_masked_in_any_shape(body: object, shown: str) -> None:
    assert redact(body, NAMES) == shown


def test_known_values_are_hidden_wherever_they_stand() -> None:
    assert (
        redact('{"message": "4321 is taken, 94321 is not"}', [], ["4321"])
        == '{"message": "•••• is taken, 94321 is not"}'
    )
    assert hidden("born 1990-01-01, or 1 Jan 1990", ["1990-01-01", "1 Jan 1990"]) == "born ••••, or ••••"


def test_what_is_too_short_to_be_told_from_other_words_is_left() -> None:
    assert hidden("a no b", ["no", "", None, 5]) == "a no b"


def test_a_long_body_is_cut() -> None:
    assert redact("x" * 5000, NAMES) == "x" * 4000 + "…"


def test_a_body_nested_beyond_sense_is_shown_as_text() -> None:
    assert redact("[" * 100_000, NAMES).startswith("[[[")


def test_what_stands_in_a_value_that_everybody_reads_is_no_secret_in_it() -> None:
    read = ["4 Main Street, 4321", {"notes": ["1990-01-01"]}, 750, None]
    assert unread(["4321", "1990-01-01", "750"], read) == set()
    assert unread(["432", "1990-01-02", "75", "Main"], ["4 Mine Street, 4321", 750]) == {
        "432",
        "1990-01-02",
        "75",
        "Main",
    }
