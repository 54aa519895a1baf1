"""Connections: kept, closed, secured, and through a proxy."""

from __future__ import annotations

import threading
import time

import pytest

from providers.errors import NotSent, OutcomeUnknown
from providers.http import Budget, Http, transport
from tests.providers.calls import (
    HEADERS,
    a_closed_port,
    drip,
    hang,
    not_sent,
    put,
    saying_raw,
    send,
    without_lease,
)
from tests.providers.tls import Authority, make_authority
from tests.providers.wire import Line, Script, Wire, answer, answering, saying


def test_a_connection_is_used_again() -> None:
    with Wire(answering(*[answer()] * 5)) as wire, Http(wire.url, headers=HEADERS) as http:
        for _ in range(5):
            send(http)
    assert (wire.connections, len(wire.requests)) == (1, 5)


def test_every_call_has_a_budget_of_its_own() -> None:
    with Wire(answering(answer(), answer())) as wire, Http(wire.url, headers=HEADERS) as http:
        send(http)
        with pytest.raises(NotSent):
            send(http, budget=without_lease())
        send(http)
    assert (wire.connections, len(wire.requests)) == (1, 2)


def closing(gone: threading.Event) -> Script:
    def script(line: Line) -> None:
        line.request()
        line.say(answer())
        line.connection.close()
        gone.set()

    return script


def test_a_connection_that_the_provider_closed_is_not_used_again() -> None:
    gone = threading.Event()
    with Wire(closing(gone), saying({})) as wire, Http(wire.url, headers=HEADERS) as http:
        send(http)
        assert gone.wait(5)
        send(http)
    assert (wire.connections, len(wire.requests)) == (2, 2)


def test_a_kept_connection_that_breaks_under_a_request_is_unknown_and_not_sent_again() -> None:
    def script(line: Line) -> None:
        line.request()
        line.say(answer())
        line.request()

    with Wire(script, saying({})) as wire, Http(wire.url, headers=HEADERS) as http:
        send(http)
        with pytest.raises(OutcomeUnknown):
            send(http)
    assert (wire.connections, len(wire.requests)) == (1, 2)


def test_an_answer_left_over_from_before_is_never_taken_for_ours() -> None:
    double = answer(body=b'{"n":1}') + answer(body=b'{"n":2}')
    with Wire(answering(double, answer()), saying({"n": 3})) as wire, Http(wire.url, headers=HEADERS) as http:
        assert send(http)[0].json() == {"n": 1}
        with pytest.raises(OutcomeUnknown, match="before the request"):
            send(http)
        assert send(http)[0].json() == {"n": 3}
    assert wire.connections == 2


def test_an_answer_that_comes_unasked_later_is_never_taken_for_ours() -> None:
    answered, said = threading.Event(), threading.Event()

    def script(line: Line) -> None:
        line.request()
        line.say(answer(body=b'{"n":1}'))
        answered.wait(5)
        line.say(answer("408 Request Timeout"))
        said.set()
        line.until_the_client_leaves()

    with Wire(script, saying({"n": 2})) as wire, Http(wire.url, headers=HEADERS) as http:
        send(http)
        answered.set()
        assert said.wait(5)
        assert send(http)[0].json() == {"n": 2}
    assert wire.connections == 2


def test_after_a_broken_call_the_next_one_gets_a_new_connection() -> None:
    with Wire(hang, saying({})) as wire, Http(wire.url, headers=HEADERS) as http:
        with pytest.raises(OutcomeUnknown):
            send(http, budget=Budget.of(0.5))
        assert send(http)[0].status == 200
    assert wire.connections == 2


# TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("tls"))


def test_a_certificate_of_the_given_authority_is_trusted(authority: Authority) -> None:
    trusting = transport(ca_bundle=authority.bundle)
    script = answering(*[answer()] * 3)
    with Wire(script, tls=authority.server) as wire, Http(wire.url, headers=HEADERS, transport=trusting) as http:
        for _ in range(3):
            assert send(http)[0].status == 200
    assert (wire.connections, len(wire.requests)) == (1, 3)


def test_a_certificate_of_an_unknown_authority_is_not_sent_to(authority: Authority) -> None:
    with Wire(saying({}), tls=authority.server) as wire:
        assert "not trusted" in str(not_sent(wire.url))
    assert wire.requests == []


def test_a_certificate_for_another_host_is_not_sent_to(authority: Authority) -> None:
    with Wire(saying({}), tls=authority.server) as wire:
        url = f"https://127.0.0.1:{wire.port}"
        assert "not trusted" in str(not_sent(url, via=transport(ca_bundle=authority.bundle)))
    assert wire.requests == []


def test_a_host_that_speaks_no_tls_is_not_sent_to() -> None:
    with Wire(saying_raw(b"HTTP/1.1 400 Bad\r\n\r\n")) as wire:
        not_sent(f"https://127.0.0.1:{wire.port}", Budget.of(0.3))


def test_a_handshake_that_hangs_ends_at_the_deadline_and_is_not_sent() -> None:
    def silence(line: Line) -> None:
        line.until_the_client_leaves()

    with Wire(silence) as wire:
        began = time.monotonic()
        not_sent(f"https://127.0.0.1:{wire.port}", Budget.of(0.3))
        assert time.monotonic() - began < 3


def test_a_secured_answer_that_does_not_end_is_given_up_at_the_deadline(authority: Authority) -> None:
    trusting = transport(ca_bundle=authority.bundle)
    with Wire(drip, tls=authority.server) as wire, Http(wire.url, headers=HEADERS, transport=trusting) as http:
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            send(http, budget=Budget.of(0.5))
        assert time.monotonic() - began < 3


def test_a_tunnel_through_a_proxy_carries_the_request(authority: Authority) -> None:
    def tunnel(line: Line) -> None:
        line.head()
        line.say(b"HTTP/1.1 200 Connected\r\n\r\n")
        line.secure(authority.server)
        line.request()
        line.say(answer())
        line.until_the_client_leaves()

    with Wire(tunnel) as proxy:
        via = transport(proxy=f"http://127.0.0.1:{proxy.port}", ca_bundle=authority.bundle)
        with Http("https://localhost", headers=HEADERS, transport=via) as http:
            assert send(http)[0].status == 200
    assert proxy.requests[0].line == "PUT /customers/42 HTTP/1.1"


# Proxies


def test_the_environments_proxies_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{a_closed_port()}")
    with Wire(saying({})) as wire:
        assert put(wire.url)[0].status == 200


def test_an_explicit_proxy_is_asked_with_its_password() -> None:
    with Wire(saying({})) as proxy:
        via = transport(proxy=f"http://user:p%40ss@127.0.0.1:{proxy.port}", private_addresses=False)
        with Http("http://api.example", headers=HEADERS, transport=via) as http:
            send(http)
    (request,) = proxy.requests
    assert request.target == "http://api.example/customers/42"
    assert request.headers["proxy-authorization"] == "Basic dXNlcjpwQHNz"


def test_a_proxy_that_opens_no_tunnel_has_not_sent_anything() -> None:
    with Wire(answering(answer("403 Forbidden"))) as proxy:
        not_sent("https://api.example", via=transport(proxy=f"http://127.0.0.1:{proxy.port}"))
    assert proxy.requests[0].line.startswith("CONNECT api.example:443")


def test_a_literal_private_address_is_not_asked_of_a_proxy() -> None:
    with Wire(saying({})) as proxy:
        via = transport(proxy=f"http://127.0.0.1:{proxy.port}", private_addresses=False)
        assert "private" in str(not_sent("http://169.254.169.254", via=via))
    assert proxy.connections == 0


@pytest.mark.parametrize(
    "proxy", ["https://proxy.example:3128", "socks5://proxy.example:1080", "proxy:3128", "http://x"]
)
def test_any_other_kind_of_proxy_is_refused_at_once(proxy: str) -> None:
    with pytest.raises(ValueError, match="http://"):
        transport(proxy=proxy)
