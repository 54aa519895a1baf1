"""What a call that failed means, told apart by what really happened on the wire."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
import traceback
import tracemalloc
from collections.abc import Callable, Iterator

import httpcore
import pytest

from providers.errors import NotSent
from providers.flight import CLOCK, Flight
from providers.http import Budget, Http, Stream, clock, transport
from tests.providers.calls import (
    HEADERS,
    a_closed_port,
    drip,
    drip_headers,
    drop,
    endless_early_hints,
    hang,
    huge_body,
    huge_chunked_body,
    huge_headers,
    not_sent,
    one_huge_header,
    put,
    reset,
    saying_raw,
    send,
    unknown,
    with_lease,
    without_lease,
)
from tests.providers.wire import Line, Script, Wire, answer, answering, saying


def test_a_refused_connection_is_not_sent() -> None:
    assert "ConnectionRefusedError" in str(not_sent(f"http://127.0.0.1:{a_closed_port()}"))


def test_an_unresolvable_host_is_not_sent() -> None:
    assert "resolved" in str(not_sent("http://no-such-host.invalid", Budget.of(30)))


def test_a_lease_that_is_over_opens_no_connection() -> None:
    with Wire(saying({})) as wire:
        assert "lease" in str(not_sent(wire.url, without_lease()))
    assert wire.connections == 0


def test_a_deadline_that_has_passed_opens_no_connection() -> None:
    with Wire(saying({})) as wire:
        assert "deadline" in str(not_sent(wire.url, Budget(deadline=clock())))
    assert wire.connections == 0


def test_a_lease_that_is_over_writes_nothing_on_an_open_connection() -> None:
    after: list[bytes] = []

    def once(line: Line) -> None:
        line.request()
        line.say(answer())
        after.append(line.until_the_client_leaves())

    with Wire(once) as wire, Http(wire.url, headers=HEADERS) as http:
        send(http)
        with pytest.raises(NotSent, match="lease"):
            send(http, budget=without_lease())
    assert after == [b""]


@pytest.fixture
def a_port_that_hangs() -> Iterator[int]:
    """A listener whose queue is full: whoever connects waits."""
    with contextlib.ExitStack() as kept:
        full = kept.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(4):
            waiting = kept.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield full.getsockname()[1]


def test_a_host_that_takes_no_connection_ends_at_the_deadline(a_port_that_hangs: int) -> None:
    began = time.monotonic()
    not_sent(f"http://127.0.0.1:{a_port_that_hangs}", Budget.of(0.3))
    assert time.monotonic() - began < 3


def test_an_address_that_hangs_leaves_time_for_the_next(
    monkeypatch: pytest.MonkeyPatch, a_port_that_hangs: int
) -> None:
    with Wire(saying({})) as wire:
        places = ("127.0.0.1", a_port_that_hangs), ("127.0.0.1", wire.port)
        monkeypatch.setattr(socket, "getaddrinfo", addresses(*places))
        put("http://api.example", budget=Budget.of(1))
        monkeypatch.undo()
    assert len(wire.requests) == 1


def test_nothing_is_written_where_the_other_side_spoke_first() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"220 mail.example ESMTP\r\n")
        flight = Flight(Budget.of(5))
        with flight.served(), pytest.raises(httpcore.ConnectError):
            Stream(ours).write(b"PUT / HTTP/1.1\r\n\r\n")
        assert flight.sent == 0
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_a_private_address_is_not_connected_to_where_it_is_forbidden(host: str) -> None:
    with Wire(saying({})) as wire:
        error = not_sent(f"http://{host}:{wire.port}", via=transport(private_addresses=False))
    assert "private" in str(error)
    assert wire.connections == 0


def addresses(*places: tuple[str, int]) -> Callable[..., list[object]]:
    def getaddrinfo(*_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]

    return getaddrinfo


def test_a_public_name_with_private_addresses_only_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(saying({})) as wire:
        monkeypatch.setattr(socket, "getaddrinfo", addresses(("127.0.0.1", wire.port), ("10.0.0.1", 80)))
        error = not_sent("http://api.example", via=transport(private_addresses=False))
        monkeypatch.undo()
    assert "private" in str(error)
    assert wire.connections == 0


def test_a_name_that_leads_inside_a_moment_later_is_asked_for_once_and_connected_to_where_it_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, reached = list[str](), list[str]()

    def rebinding(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        place = "93.184.216.34" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, 443))]

    def connect(_: socket.socket, place: tuple[str, int]) -> None:
        reached.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket.socket, "connect", connect)
    not_sent("https://api.example", via=transport(private_addresses=False))
    assert (asked, reached) == (["api.example"], ["93.184.216.34"])


def test_the_next_address_is_tried_when_one_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with Wire(saying({})) as wire:
        places = ("127.0.0.1", a_closed_port()), ("127.0.0.1", wire.port)
        monkeypatch.setattr(socket, "getaddrinfo", addresses(*places))
        put("http://api.example")
        monkeypatch.undo()
    assert wire.requests[0].headers["host"] == "api.example"


@pytest.mark.parametrize("fault", [drip, drip_headers, hang])
@pytest.mark.parametrize("budget", [Budget.of, with_lease])
def test_an_answer_that_does_not_end_is_given_up_at_the_deadline(
    fault: Script, budget: Callable[[float], Budget]
) -> None:
    with Wire(fault) as wire:
        began = time.monotonic()
        unknown(wire.url, budget(0.5))
        assert 0.4 < time.monotonic() - began < 3
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        drop,
        reset,
        saying_raw(b"garbage\r\n\r\n"),
        saying_raw(b"\x16\x03\x01\x02\x00"),
        saying_raw(b"HTTP/1.1 099 Low\r\n\r\n"),
        saying_raw(b"HTTP/1.1 20x OK\r\n\r\n"),
        saying_raw(b"HTTP/1.1 200 OK\r\n"),
        saying_raw(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
        saying_raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"),
        saying_raw(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}"),
        saying_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        saying_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}"),
        saying_raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}"),
        saying_raw(b"HTTP/2 200\r\n\r\n"),
        saying_raw(b"SSH-2.0-OpenSSH\r\n"),
    ],
)
def test_a_broken_answer_leaves_the_outcome_unknown(fault: Script) -> None:
    with Wire(fault) as wire:
        error = unknown(wire.url)
    assert len(wire.requests) == wire.connections == 1
    assert "garbage" not in "".join(traceback.format_exception(error))


def test_what_was_received_before_it_broke_is_kept_as_evidence() -> None:
    with Wire(saying_raw(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"id"')) as wire:
        exchange = unknown(wire.url).exchange
    assert exchange is not None
    assert (exchange.status, exchange.response_body) == (200, b'{"id"')
    assert exchange.request_body == '{"name":"Zoë"}'.encode()


@pytest.mark.parametrize("fault", [huge_headers, one_huge_header, endless_early_hints, huge_body, huge_chunked_body])
def test_an_answer_without_end_is_cut_off_and_takes_little_memory(fault: Script) -> None:
    with Wire(fault) as wire:
        tracemalloc.start()
        error = unknown(wire.url, Budget.of(10))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert "too large" in str(error) or "RemoteProtocolError" in str(error)
    assert peak < 8 * 1024 * 1024


def test_headers_just_below_the_cap_are_read() -> None:
    with Wire(answering(answer(headers={f"X-{n}": "a" * 1000 for n in range(60)}))) as wire:
        assert put(wire.url)[0].headers["x-59"] == "a" * 1000


@pytest.mark.parametrize("budget", [Budget.of, with_lease])
def test_a_request_cut_off_in_its_middle_is_unknown_and_never_completed(budget: Callable[[float], Budget]) -> None:
    over = threading.Event()
    arrived, ends = [], []

    def stall(line: Line) -> None:
        line.head()
        over.wait(10)
        arrived.append(len(line.rest))
        try:
            while data := line.connection.recv(65536):
                arrived.append(len(data))
        except ConnectionResetError:
            ends.append("reset")

    body = {"name": "a" * 8_000_000}
    with Wire(stall, window=4096) as wire:
        began = time.monotonic()
        error = unknown(wire.url, budget(0.5), body)
        assert time.monotonic() - began < 4
        over.set()
    assert sum(arrived) < 8_000_000
    assert ends == ["reset"]
    assert error.exchange is not None
    assert error.exchange.status is None


def test_an_answer_to_half_a_request_counts() -> None:
    def too_large(line: Line) -> None:
        line.head()
        line.say(answer("413 Content Too Large", headers={"Connection": "close"}))
        line.connection.shutdown(socket.SHUT_WR)
        line.until_the_client_leaves()

    with Wire(too_large) as wire:
        received, _ = put(wire.url, body={"name": "a" * 2_000_000})
    assert received.status == 413


def test_the_clock_of_leases_goes_on_while_the_machine_is_suspended() -> None:
    assert getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC) == CLOCK
    assert 0 <= clock() - time.clock_gettime(CLOCK) + 1 <= 2
