"""Requests go where they may: asked when a base URL is set, each time before it is used, and of the address itself."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any

import pytest
from django.conf import LazySettings

from console.errors import NotFit
from console.flows.connect import Account, connect
from console.flows.reaching import problem_with, problem_with_host
from console.models import Connection, Origin, Outcome, Pause, Status
from providers.sandbox import Sandbox
from tests import cast
from tests.flows.helpers import fresh, push, pushes, wish

PUBLIC, METADATA, OURS = "93.184.216.34", "169.254.169.254", "127.0.0.1"
HOST = "apay.caibo.digital"


@pytest.fixture
def production(settings: LazySettings) -> None:
    settings.STEWARD_LOCAL = settings.STEWARD_PRIVATE_PROVIDERS = False
    settings.STEWARD_ALLOWED_PROVIDERS = [HOST, OURS, "10.1.2.3", "[::1]", "::1"]


type Resolver = Callable[..., list[str]]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    """Answers with these addresses, one after the other, the last for ever; gives the names that were asked for."""
    asked: list[str] = []
    really = socket.getaddrinfo

    def becomes(*answers: str) -> list[str]:
        said: Iterator[str] = chain(answers, repeat(answers[-1]))

        def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
            if host != HOST:
                return really(host, port, *rest, **more)
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(said), port))]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return becomes


def caibo(base_url: str) -> Account:
    return Account("Caibo", "caibo", base_url, {"api_key": "a key"})


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"http://{HOST}", "must begin with https://"),
        ("https://elsewhere.example", "not among STEWARD_ALLOWED_PROVIDERS"),
        (f"https://{HOST}.", "The base URL is like"),
        (f"https://{HOST}.evil.example", "not among STEWARD_ALLOWED_PROVIDERS"),
        (f"https://evil.example/{HOST}", "not among STEWARD_ALLOWED_PROVIDERS"),
        ("https://10.1.2.3", "not on the internet"),
        ("https://[::1]", "not on the internet"),
        ("https://127.0.0.1:8443/v1", "not on the internet"),
        (f"https://{HOST}@evil.example", "The base URL is like"),
        (f"https://evil.example\\@{HOST}", "The base URL is like"),
        (f"https://{HOST}/../admin", "The base URL is like"),
        (f"https://{HOST}?to=evil.example", "The base URL is like"),
        (f"https://{HOST}#evil", "The base URL is like"),
        (f"https://{HOST}\r\nHost: evil.example", "The base URL is like"),
        ("file:///etc/passwd", "The base URL is like"),
        ("gopher://127.0.0.1:6379/_INFO", "The base URL is like"),
    ],
)
def test_an_address_that_requests_may_not_go_to_is_refused_in_a_sentence(url: str, said: str) -> None:
    assert said in problem_with(url)
    with pytest.raises(NotFit, match=said):
        connect(caibo(url), by=None, origin=Origin.COMMAND)


@pytest.mark.usefixtures("production", "db")
@pytest.mark.parametrize("address", [METADATA, OURS, "10.0.0.7", "192.168.1.1", "100.64.0.1"])
def test_a_listed_name_that_leads_inside_is_refused_when_it_is_set(resolver: Resolver, address: str) -> None:
    resolver(address)
    with pytest.raises(NotFit, match=f"{HOST} leads to an address that is not on the internet"):
        connect(caibo(f"https://{HOST}"), by=None, origin=Origin.COMMAND)
    assert not Connection.objects.exists()


@pytest.mark.usefixtures("production", "db")
def test_a_listed_name_on_the_internet_is_taken(resolver: Resolver) -> None:
    asked = resolver(PUBLIC)
    made, new = connect(caibo(f"https://{HOST}/v2"), by=None, origin=Origin.COMMAND)
    assert (made.base_url, new, asked) == (f"https://{HOST}/v2", True, [HOST])


@pytest.mark.usefixtures("production")
def test_behind_a_proxy_it_is_the_proxy_that_finds_the_host(settings: LazySettings, resolver: Resolver) -> None:
    asked = resolver(OURS)
    settings.STEWARD_PROXY = "http://proxy.example:3128"
    assert problem_with_host(f"https://{HOST}") == ""
    assert asked == []


@pytest.mark.usefixtures("live_db", "quick")
def test_a_name_that_led_to_the_internet_when_it_was_set_and_leads_inside_at_the_send_reaches_nobody(
    settings: LazySettings, sandbox: Sandbox, resolver: Resolver
) -> None:
    settings.STEWARD_PRIVATE_PROVIDERS = False
    settings.STEWARD_ALLOWED_PROVIDERS = [HOST]
    resolver(PUBLIC, OURS)
    made, _ = connect(caibo(f"https://{HOST}"), by=None, origin=Origin.COMMAND)
    change = wish(cast.sample(made), cast.person("ed"))
    with socket.create_server((OURS, 443)) if _may_listen() else socket.create_server((OURS, 0)) as inside:
        inside.settimeout(0.5)
        push(change.customer)
        with pytest.raises(TimeoutError):
            inside.accept()
    attempt = fresh(change).attempts.latest("pk")
    assert (fresh(change).state, attempt.outcome) == (Status.APPROVED, Outcome.NOT_SENT)


def _may_listen() -> bool:
    try:
        socket.create_server((OURS, 443)).close()
    except OSError:
        return False
    return True


@pytest.mark.usefixtures("live_db", "quick")
def test_a_host_that_was_taken_off_the_list_is_not_sent_to_any_more(settings: LazySettings, sandbox: Sandbox) -> None:
    made = cast.connect("caibo", sandbox)
    customer, ed = cast.sample(made, sandbox), cast.person("ed")
    first = wish(customer, ed)
    push(customer)
    assert fresh(first).state is Status.APPLIED  # and the thread keeps its client
    second = wish(customer, ed, {"email": "ann@new.example"})
    settings.STEWARD_PRIVATE_PROVIDERS = False
    settings.STEWARD_ALLOWED_PROVIDERS = [HOST]
    push(customer)
    assert len(pushes(sandbox, "caibo")) == 1
    assert (fresh(second).state, fresh(made).pause) == (Status.APPROVED, Pause.MISROUTED)
