"""What an answer's status, headers and body mean."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime, formatdate

import pytest

from providers.errors import (
    Conflict,
    Misrouted,
    NotAllowed,
    OutcomeUnknown,
    ProviderError,
    Refused,
    TryLater,
    Unreadable,
)
from providers.http import Answer, Exchange, judge

EXCHANGE = Exchange("PUT", "https://api.example/customers/1", b"{}")
JSON = {"content-type": "application/json"}


def an_answer(status: int = 200, body: bytes = b"{}", headers: Mapping[str, str] = JSON) -> Answer:
    return Answer(status, headers, body, 0.1)


def meaning(answer: Answer, *, own_404: bool = False) -> ProviderError | None:
    try:
        judge(answer, EXCHANGE, refusal=lambda _: (), is_own_404=lambda _: own_404)
    except ProviderError as error:
        return error
    return None


def expected(status: int) -> type[ProviderError]:
    known: dict[int, type[ProviderError]] = {
        401: NotAllowed,
        404: Misrouted,
        407: Misrouted,
        303: OutcomeUnknown,
        408: OutcomeUnknown,
        409: Conflict,
        425: TryLater,
        429: TryLater,
    }
    by_hundred: dict[int, type[ProviderError]] = {3: Misrouted, 4: Refused, 5: OutcomeUnknown}
    return known.get(status, by_hundred[status // 100])


@pytest.mark.parametrize("status", range(300, 600))
def test_every_status_from_300_to_599_has_one_meaning(status: int) -> None:
    error = meaning(an_answer(status))
    assert type(error) is expected(status)
    assert error.exchange is EXCHANGE
    assert str(error) == f"the provider answered {status}"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
def test_a_status_of_the_two_hundreds_passes(status: int) -> None:
    assert meaning(an_answer(status, b"")) is None


@pytest.mark.parametrize("status", [100, 101, 199, 600, 799, 999])
def test_a_status_outside_of_every_class_leaves_the_outcome_unknown(status: int) -> None:
    assert type(meaning(an_answer(status))) is OutcomeUnknown


def test_only_the_providers_own_404_says_that_the_record_is_gone() -> None:
    gone = meaning(an_answer(404), own_404=True)
    assert isinstance(gone, Refused)
    assert gone.gone
    assert not gone.forbidden


def test_a_404_whose_body_cannot_be_read_is_not_the_providers_own() -> None:
    def reads_the_body(answer: Answer) -> bool:
        return bool(answer.json())

    with pytest.raises(Misrouted):
        judge(an_answer(404, b"<html>"), EXCHANGE, refusal=lambda _: (), is_own_404=reads_the_body)


def test_a_403_is_a_refusal_that_forbids() -> None:
    refused = meaning(an_answer(403))
    assert isinstance(refused, Refused)
    assert refused.forbidden
    assert not refused.gone


def test_a_refusal_whose_reasons_cannot_be_read_is_still_a_refusal() -> None:
    def reads_the_body(answer: Answer) -> tuple[()]:
        answer.json()
        return ()

    with pytest.raises(Refused) as refused:
        judge(an_answer(400, b"not json"), EXCHANGE, refusal=reads_the_body, is_own_404=lambda _: False)
    assert refused.value.violations == ()


@pytest.mark.parametrize(
    "answer",
    [
        an_answer(200, b"<!DOCTYPE html><title>Sign in</title>"),
        an_answer(200, b" \n<html>"),
        an_answer(200, b"{}", {"content-type": "text/html; charset=utf-8"}),
        an_answer(200, b"\x1f\x8b", {**JSON, "content-encoding": "gzip"}),
        an_answer(204, b"", {"content-encoding": "br"}),
    ],
)
def test_a_success_that_is_a_web_page_or_compressed_is_unreadable(answer: Answer) -> None:
    assert type(meaning(answer)) is Unreadable


@pytest.mark.parametrize("status", [425, 429])
@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("30", 30.0),
        (" 30 ", 30.0),
        ("1.5", 1.5),
        ("-5", 0.0),
        ("3601", 3600.0),
        ("9" * 5000, 3600.0),
        (formatdate(0, usegmt=True), 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("", None),
        ("soon", None),
        ("30, 60", None),
        ("٣٠", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("Fri, 31 Foo 2099 23:59:59 GMT", None),
        ("Fri, 99 Dec 2099 99:99:99 GMT", None),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", None),
        ("\x00", None),
    ],
)
def test_retry_after_is_clamped_and_garbage_says_nothing(status: int, header: str, seconds: float | None) -> None:
    error = meaning(an_answer(status, headers={"retry-after": header}))
    assert isinstance(error, TryLater)
    assert error.after == seconds


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-8))])
def test_retry_after_may_be_a_date_in_any_zone(zone: timezone) -> None:
    moment = datetime.fromtimestamp(time.time() + 120, zone)
    error = meaning(an_answer(429, headers={"retry-after": format_datetime(moment)}))
    assert isinstance(error, TryLater)
    assert error.after is not None
    assert 100 < error.after <= 120


def test_try_later_without_a_header_does_not_say_when() -> None:
    error = meaning(an_answer(429))
    assert isinstance(error, TryLater)
    assert error.after is None


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"[]", []),
        (b"null", None),
        (b'\xef\xbb\xbf{"a": "\xc3\xa9"}', {"a": "é"}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"9007199254740993", 9007199254740993),
        (b"[" * 100 + b"]" * 100, None),
    ],
)
def test_readable_json_is_read(body: bytes, value: object) -> None:
    read = an_answer(body=body).json()
    assert value is None or read == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"{'a': 1}",
        b'{"a": 1} trailing',
        b"NaN",
        b'{"a": Infinity}',
        b"[-Infinity]",
        b"1e999",
        b"1" * 5000,
        b'"\xff\xfe"',
        b"\xff\xfe{\x00}\x00",
        b'"\xed\xa0\x80"',
        b"[" * 101 + b"]" * 101,
        b"[" * 500_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    ],
    ids=range(16),
)
def test_anything_else_is_unreadable_and_not_quoted(body: bytes) -> None:
    with pytest.raises(Unreadable) as error:
        an_answer(body=body).json()
    assert len(str(error.value)) < 100
    assert error.value.__context__ is None


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "identity, gzip"])
def test_a_compressed_body_is_unreadable(encoding: str) -> None:
    with pytest.raises(Unreadable):
        an_answer(headers={**JSON, "content-encoding": encoding}).json()


def test_an_identity_encoding_is_no_compression() -> None:
    assert an_answer(headers={**JSON, "content-encoding": "identity"}).json() == {}


def test_an_answer_does_not_show_its_headers_and_body() -> None:
    shown = repr(an_answer(body=b"secret", headers={"set-cookie": "secret"}))
    assert "secret" not in shown
