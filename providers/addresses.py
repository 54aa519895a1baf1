"""Where a host is: names resolved within a time, and which addresses are on the public internet."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
from typing import Any

type Address = tuple[socket.AddressFamily, tuple[Any, ...]]

TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # how an IPv6-only network shows IPv4 hosts


def resolve(host: str, port: int, *, patience: float) -> list[Address]:
    """Every TCP address of a host, none if it has none; raises TimeoutError after `patience` seconds."""
    # getaddrinfo knows no timeout: a thread that outlasts its caller ends with the resolver's own.
    found: queue.SimpleQueue[list[Address]] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            answers = []
        found.put([(family, address) for family, _, _, _, address in answers])

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    try:
        return found.get(timeout=patience)
    except queue.Empty:
        raise TimeoutError from None


def is_public_address(address: str) -> bool:
    """Whether an IP address is on the public internet, also one that hides in an IPv6 address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in TRANSLATED:
            return is_public_address(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.ipv4_mapped is not None:
            return is_public_address(str(ip.ipv4_mapped))
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_private_literal(host: str) -> bool:
    """Whether a host is written as an IP address, and as one that is not public."""
    try:
        return not is_public_address(host)
    except ValueError:
        return False
