"""Which addresses are public, and how long a host may take to be found."""

from __future__ import annotations

import socket
import threading
from typing import Never

import pytest

from providers.addresses import is_private_literal, is_public_address, resolve


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_an_address_on_the_internet_is_public(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 -- an address to refuse, nothing listens
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_every_other_address_is_not(address: str) -> None:
    assert not is_public_address(address)
    assert is_private_literal(address)


def test_a_name_is_no_literal() -> None:
    assert not is_private_literal("localhost")


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1"])
def test_a_disguised_loopback_address_is_seen_after_resolution(host: str) -> None:
    assert all(not is_public_address(address[0]) for _, address in resolve(host, 80, patience=5))


@pytest.mark.parametrize("host", ["a" * 64, "no-such-host.invalid", "a..b"])
def test_a_host_that_does_not_exist_has_no_address(host: str) -> None:
    assert resolve(host, 443, patience=30) == []


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def hang(*_: object, **__: object) -> list[Never]:
        answered.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(TimeoutError):
        resolve("api.example", 443, patience=0.05)
    answered.set()
