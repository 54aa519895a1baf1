"""Calls against a wire, and the faults that answer them."""

from __future__ import annotations

import socket

import httpx
import pytest

from providers.errors import Exchange, NotSent, OutcomeUnknown
from providers.http import Answer, Budget, Http, clock
from tests.providers.wire import Line, Script

SECRET = "s3cr3t-t0k3n"
HEADERS = {"X-API-Key": SECRET}
HOUR = 3600.0


def put(url: str, *, budget: Budget | None = None, body: object = None) -> tuple[Answer, Exchange]:
    with Http(url, headers=HEADERS) as http:
        return send(http, budget=budget, body=body)


def send(http: Http, *, budget: Budget | None = None, body: object = None) -> tuple[Answer, Exchange]:
    return http.send("PUT", ["customers", "42"], json=body or {"name": "Zoë"}, budget=budget or Budget.of(5))


def without_lease() -> Budget:
    return Budget(deadline=clock() + HOUR, lease_until=clock())


def with_lease(seconds: float) -> Budget:
    return Budget(deadline=clock() + HOUR, lease_until=clock() + seconds)


def a_closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def not_sent(url: str, budget: Budget | None = None, via: httpx.BaseTransport | None = None) -> NotSent:
    with Http(url, headers=HEADERS, transport=via) as http, pytest.raises(NotSent) as error:
        send(http, budget=budget)
    assert error.value.exchange is not None
    assert error.value.exchange.status is None
    return error.value


def unknown(url: str, budget: Budget | None = None, body: object = None) -> OutcomeUnknown:
    with pytest.raises(OutcomeUnknown) as error:
        put(url, budget=budget, body=body)
    assert error.value.exchange is not None
    return error.value


def drip(line: Line) -> None:
    line.request()
    line.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    line.keep_saying(b" ", every=0.02)


def drip_headers(line: Line) -> None:
    line.request()
    line.say(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    line.keep_saying(b"a", every=0.02)


def hang(line: Line) -> None:
    line.request()
    line.until_the_client_leaves()


def drop(line: Line) -> None:
    line.request()


def reset(line: Line) -> None:
    line.request()
    line.reset()


def huge_headers(line: Line) -> None:
    line.request()
    line.say(b"HTTP/1.1 200 OK\r\n")
    line.keep_saying(b"X-Header: " + b"a" * 1000 + b"\r\n")


def one_huge_header(line: Line) -> None:
    line.request()
    line.say(b"HTTP/1.1 200 OK\r\nX-Header: ")
    line.keep_saying(b"a" * 1000)


def endless_early_hints(line: Line) -> None:
    line.request()
    line.keep_saying(b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n")


def huge_body(line: Line) -> None:
    line.request()
    line.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    line.keep_saying(b"a" * 65536)


def huge_chunked_body(line: Line) -> None:
    line.request()
    line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    line.keep_saying(b"10000\r\n" + b"a" * 65536 + b"\r\n")


def saying_raw(data: bytes) -> Script:
    def script(line: Line) -> None:
        line.request()
        line.say(data)

    return script
