"""What goes out, what comes back, and what is kept quiet."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator

import httpx
import pytest

from providers.errors import Misrouted, NotAllowed, NotSent, OutcomeUnknown, ProviderError, Refused
from providers.http import Budget, Http
from tests.providers.calls import (
    HEADERS,
    SECRET,
    hang,
    put,
    saying_raw,
    send,
)
from tests.providers.wire import Script, Wire, answer, answering, saying


def test_a_request_arrives_as_it_was_meant() -> None:
    with Wire(saying({"ok": True})) as wire:
        received, exchange = put(wire.url + "/router")
    (request,) = wire.requests
    assert request.line == "PUT /router/customers/42 HTTP/1.1"
    assert request.body == '{"name":"Zoë"}'.encode()
    assert request.headers["x-api-key"] == SECRET
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"127.0.0.1:{wire.port}"
    assert (received.status, received.json(), received.headers["content-type"]) == (
        200,
        {"ok": True},
        "application/json",
    )
    assert exchange.request_body == request.body
    assert exchange.response_body == b'{"ok": true}'
    assert exchange.status == 200
    assert 0 < exchange.elapsed < 5
    assert exchange.url == f"{wire.url}/router/customers/42"


def test_path_parts_and_query_stay_encoded_on_the_wire() -> None:
    with Wire(saying({})) as wire, Http(wire.url, headers=HEADERS) as http:
        http.send("PUT", ["a/b", "../c", "%2F?#", "zoë"], query={"customer_id": "x&y=/ é"}, budget=Budget.of(5))
    assert wire.requests[0].target == "/a%2Fb/..%2Fc/%252F%3F%23/zo%C3%AB?customer_id=x%26y%3D%2F%20%C3%A9"


def test_a_text_rendered_before_keeps_its_digits_on_the_wire() -> None:
    with Wire(saying({})) as wire, Http(wire.url, headers=HEADERS) as http:
        http.send("PUT", ["update"], raw_json='{"loan_amount":25000.10}', budget=Budget.of(5))
    assert wire.requests[0].body == b'{"loan_amount":25000.10}'


def test_a_read_carries_no_body() -> None:
    with Wire(saying({})) as wire, Http(wire.url, headers=HEADERS) as http:
        http.send("GET", ["customers", "1"], budget=Budget.of(5))
    assert "content-type" not in wire.requests[0].headers
    assert "content-length" not in wire.requests[0].headers


@pytest.mark.parametrize("part", ["", ".", "..", "\ud800"])
def test_an_id_that_would_lead_elsewhere_never_leaves(part: str) -> None:
    with Wire() as wire, Http(wire.url, headers=HEADERS) as http, pytest.raises(Refused):
        http.send("PUT", ["customers", part], json={}, budget=Budget.of(5))
    assert wire.connections == 0


def test_a_credential_with_a_line_break_opens_no_connection() -> None:
    with pytest.raises(NotAllowed) as error:
        Http("https://api.example", headers={"X-API-Key": f"{SECRET}\r\nX-Admin: yes"})
    assert SECRET not in "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize("base_url", ["not a url", "https://999.1.1.1", "https://user:pw@host"])
def test_a_base_url_that_is_none_is_misrouted(base_url: str) -> None:
    with pytest.raises(Misrouted), Http(base_url, headers=HEADERS) as http:
        send(http)


def test_cookies_are_not_kept() -> None:
    first = answer(headers={"Set-Cookie": "session=1"})
    with Wire(answering(first, answer())) as wire, Http(wire.url, headers=HEADERS) as http:
        send(http)
        send(http)
    assert "cookie" not in wire.requests[1].headers


@pytest.mark.parametrize(
    "status", ["201 Created", "301 Moved", "307 Again", "401 No", "404 Not", "429 Wait", "500 Oops"]
)
def test_every_status_is_handed_back_to_be_judged(status: str) -> None:
    with Wire(answering(answer(status, b'{"message":"m"}'))) as wire:
        received, exchange = put(wire.url)
    assert received.status == exchange.status == int(status[:3])
    assert received.json() == {"message": "m"}


def test_a_redirect_is_not_followed() -> None:
    with Wire(saying({})) as other, Wire(answering(answer("302 Found", headers={"Location": other.url}))) as wire:
        received, _ = put(wire.url)
    assert received.status == 302
    assert (wire.connections, other.connections) == (1, 0)


def test_an_empty_answer_is_an_answer() -> None:
    with Wire(answering(answer(body=b""))) as wire:
        assert put(wire.url)[0].body == b""


def test_a_body_of_exactly_one_mebibyte_is_read_and_its_beginning_is_kept() -> None:
    with Wire(answering(answer(body=b" " * 1024 * 1024))) as wire:
        received, exchange = put(wire.url)
    assert len(received.body) == 1024 * 1024
    assert exchange.response_body == b" " * 64 * 1024


def test_a_compressed_body_is_handed_over_as_it_came() -> None:
    with Wire(answering(answer(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}))) as wire:
        received, _ = put(wire.url)
    assert received.is_compressed
    assert received.body == b"\x1f\x8b"


def test_an_informational_answer_is_skipped() -> None:
    with Wire(answering(b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer())) as wire:
        assert put(wire.url)[0].status == 200


def failing(error: Exception) -> httpx.BaseTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(handle)


@pytest.mark.parametrize("error", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")])
def test_three_errors_of_a_foreign_transport_mean_not_sent(error: Exception) -> None:
    with Http("https://api.example", headers=HEADERS, transport=failing(error)) as http, pytest.raises(NotSent):
        send(http)


@pytest.mark.parametrize(
    "error",
    [httpx.ReadTimeout(SECRET), httpx.WriteError(SECRET), httpx.RemoteProtocolError(SECRET), OSError(SECRET)],
)
def test_every_other_error_of_a_foreign_transport_leaves_the_outcome_unknown(error: Exception) -> None:
    http = Http("https://api.example", headers=HEADERS, transport=failing(error))
    with http, pytest.raises(OutcomeUnknown) as raised:
        send(http)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_a_mocked_answer_is_read() -> None:
    mock = httpx.MockTransport(lambda _: httpx.Response(200, json={"ok": True}))
    with Http("https://api.example", headers=HEADERS, transport=mock) as http:
        assert send(http)[0].json() == {"ok": True}


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


NAMED = {"name": "Zo\u00eb"}
RECORD = "zoe@example.com"
SECRETS = (SECRET, RECORD, NAMED["name"], json.dumps(NAMED["name"]), "\\xc3")


@pytest.mark.parametrize("fault", [saying(NAMED), hang, saying_raw(json.dumps(NAMED, ensure_ascii=False).encode())])
def test_neither_credentials_nor_values_nor_ids_are_shown_anywhere(
    fault: Script, everything_logged: pytest.LogCaptureFixture
) -> None:
    shown: list[str] = []
    with Wire(fault) as wire, Http(wire.url, headers=HEADERS) as http:
        try:
            shown += map(repr, http.send("PUT", [RECORD], json=NAMED, budget=Budget.of(0.3)))
        except ProviderError as error:
            shown += [str(error), repr(error), repr(error.exchange), "".join(traceback.format_exception(error))]
        shown += [repr(http), everything_logged.text]
    assert [secret for secret in SECRETS if secret in "".join(shown)] == []
