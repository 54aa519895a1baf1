"""The only place that speaks HTTP: one request out, one answer back, within a deadline and a lease.

httpx's timeouts are for each read, so a server that drips its answer holds a call for ever; and a broken connection
alone does not say whether the request had left. So the sockets are our own (an `httpcore` network backend): every
connect, write and read asks the clocks of the call that it serves, and every byte that leaves is counted. No byte
left: `NotSent`. Otherwise, whatever breaks: `OutcomeUnknown`. Nothing is ever sent a second time from here.

The call that a socket serves is known by a context variable that `Http.send` sets: one `Http` for each thread.

Bytes that a socket already holds when the lease ends may still arrive. A request cut off in its middle therefore
resets the connection, which drops what the kernel has not sent yet.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import select
import socket
import ssl
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, cast, override
from urllib.parse import unquote, urlsplit

import httpcore
import httpx

from providers.addresses import Address, is_private_literal, is_public_address, resolve
from providers.answer import Answer, judge
from providers.errors import Exchange, Misrouted
from providers.flight import Budget, Flight, clock, served
from providers.request import STANDARD_HEADERS, build_url, check_base_url, checked_headers, json_body

__all__ = [
    "STANDARD_HEADERS",
    "Answer",
    "BaseTransport",
    "Budget",
    "Exchange",
    "Http",
    "build_url",
    "check_base_url",
    "clock",
    "is_public_address",
    "judge",
    "transport",
]

MAX_HEADERS = 64 * 1024
MAX_BODY = 1024 * 1024
MAX_KEPT = 64 * 1024  # of a body, as evidence: whoever keeps it needs many times its length for a moment
TLS_RECORD = 16 * 1024
KEEP_ALIVE = 1.5  # seconds: less than the 2 s after which common servers close an idle connection
MOST_ADDRESSES = 4
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpcore.ConnectTimeout)
BROKEN = (
    httpx.HTTPError,
    httpx.StreamError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    OSError,
)
BaseTransport = httpx.BaseTransport  # what carries requests, under a name that needs no import of httpx
type SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

# Their debug lines hold headers, and addresses with customer ids.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


def transport(
    *, private_addresses: bool = True, proxy: str | None = None, ca_bundle: str | None = None
) -> httpx.BaseTransport:
    """What an `Http` sends through; one for each Http, which closes it. It works for Http alone, and not for httpx.

    `private_addresses=False` connects to public addresses only: the host is resolved once, and the connection goes to
    the very address that was checked. `ca_bundle` (a PEM file) replaces the public certificate authorities.
    `proxy` is `http://[user:password@]host:port`; it resolves the host itself, so only a literal address can be
    checked here and what else it may reach is the proxy's own rule. The environment's proxies are never used.
    """
    return Transport(private_addresses=private_addresses, proxy=proxy, ca_bundle=ca_bundle)


class Http:
    """One base URL and the headers every request to it carries: a context manager that is kept open, for one thread.

    Raises Misrouted for a base URL that cannot be one, and NotAllowed for a header that cannot be sent, such as a
    credential with a line break in it. It closes the transport it was given.
    """

    def __init__(
        self, base_url: str, *, headers: Mapping[str, str], transport: httpx.BaseTransport | None = None
    ) -> None:
        self._base_url = check_base_url(base_url)
        self._headers = {**STANDARD_HEADERS, **checked_headers(headers)}
        self._transport = transport if transport is not None else Transport()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; a later send would open a new one."""
        self._transport.close()

    def send(
        self,
        method: str,
        path_parts: Sequence[str],
        *,
        query: Mapping[str, str] | None = None,
        json: object = None,
        raw_json: str | None = None,
        budget: Budget,
    ) -> tuple[Answer, Exchange]:
        """One request, never repeated, and its whole answer, whatever its status.

        The body is `json` as compact UTF-8, or `raw_json` as it is (both None: no body). Raises NotSent as long as it
        is certain that no byte of the request left, OutcomeUnknown from then on, and Refused for an id or a text that
        no request can carry. An answer with more than 1 MiB of body or 64 KiB of headers counts as broken; the exchange
        keeps the first 64 KiB of a body.
        """
        body = json_body(json, raw_json)
        request = self._request(method, build_url(self._base_url, path_parts, query), body, budget)
        flight = Flight(budget)
        headers: dict[str, str] = {}
        broken: Exception | None = None
        with flight.served():
            try:
                headers = self._receive(request, flight)
            except BROKEN as error:
                broken = error
        kept = bytes(flight.body[:MAX_KEPT])
        exchange = Exchange(method, str(request.url), body or b"", flight.status, kept, flight.elapsed())
        if broken is not None:
            # Raised out here, so that no foreign error, which may quote what was received, hangs on to ours.
            raise flight.outcome(broken, exchange, connected=not isinstance(broken, NEVER_LEFT))
        return Answer(flight.status or 0, headers, bytes(flight.body), exchange.elapsed), exchange

    def _request(self, method: str, url: str, body: bytes | None, budget: Budget) -> httpx.Request:
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        wait = max(budget.deadline - clock(), 0.001)  # for a transport other than ours, and for our pool
        try:
            return httpx.Request(
                method, url, headers=headers, content=body, extensions={"timeout": httpx.Timeout(wait).as_dict()}
            )
        except httpx.InvalidURL:
            problem = "the base URL is not an address"
        raise Misrouted(problem)

    def _receive(self, request: httpx.Request, flight: Flight) -> dict[str, str]:
        flight.left(httpcore.ConnectTimeout)
        response = self._transport.handle_request(request)
        flight.status = response.status_code
        with contextlib.closing(response):
            # The raw stream: a compressed body stays small, and iter_raw() would refuse a mock's answer.
            for chunk in cast(Iterable[bytes], response.stream):
                flight.body += chunk[: MAX_BODY + 1 - len(flight.body)]
                if len(flight.body) > MAX_BODY:
                    raise flight.stop(httpcore.ReadError, "the body of the answer is too large")
        return dict(response.headers.items())


class Transport(httpx.BaseTransport):
    """A pool of connections over the sockets below; raises httpcore's errors as they are."""

    def __init__(
        self, *, private_addresses: bool = True, proxy: str | None = None, ca_bundle: str | None = None
    ) -> None:
        self._literal_must_be_public = proxy is not None and not private_addresses
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(ca_bundle),
            proxy=_proxy(proxy) if proxy else None,
            keepalive_expiry=KEEP_ALIVE,
            network_backend=Network(private_addresses=private_addresses or proxy is not None),
        )

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        flight = served()
        flight.counted = True
        url = request.url
        if self._literal_must_be_public and is_private_literal(url.host):
            raise flight.stop(httpcore.ConnectError, "the address is private")
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                target,
                headers=request.headers.raw,
                content=cast(Iterable[bytes], request.stream),
                extensions=request.extensions,
            )
        )
        if not flight.sent or not flight.received:
            # It was there before we asked, left over from an earlier answer: it says nothing about this request.
            self._pool.close()
            raise flight.stop(httpcore.RemoteProtocolError, "an answer came before the request")
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    @override
    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    @override
    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    @override
    def close(self) -> None:
        self._response.close()


@functools.cache
def _tls(ca_bundle: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_bundle) if ca_bundle else httpx.create_ssl_context(trust_env=False)


def _proxy(address: str) -> httpcore.Proxy:
    url = urlsplit(address)
    if url.scheme != "http" or not url.hostname or not url.port:
        raise ValueError("the proxy must be http://[user:password@]host:port")
    user = (unquote(url.username), unquote(url.password or "")) if url.username else None
    return httpcore.Proxy(httpcore.URL(scheme="http", host=url.hostname, port=url.port, target="/"), auth=user)


class Network(httpcore.NetworkBackend):
    """Where connections are made: to checked addresses, within the time of the call that needs one."""

    def __init__(self, *, private_addresses: bool) -> None:
        self._private_addresses = private_addresses

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        flight = served()
        addresses = self._addresses(host, port, flight)
        reason = ""
        for waiting, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            patience = flight.left(httpcore.ConnectTimeout) / waiting
            try:
                return Stream(_connected(address, patience))
            except OSError as error:
                reason = type(error).__name__
        raise flight.stop(httpcore.ConnectError, f"could not connect: {reason}")

    def _addresses(self, host: str, port: int, flight: Flight) -> list[Address]:
        try:
            found = resolve(host, port, patience=flight.left(httpcore.ConnectTimeout))
        except TimeoutError:
            raise flight.stop(httpcore.ConnectTimeout, "the host was not resolved in time") from None
        if not found:
            raise flight.stop(httpcore.ConnectError, "the host could not be resolved")
        allowed = [each for each in found if self._private_addresses or is_public_address(each[1][0])]
        if not allowed:
            raise flight.stop(httpcore.ConnectError, "the host has a private address only, which is not allowed")
        return allowed[:MOST_ADDRESSES]


def _connected(address: Address, patience: float) -> socket.socket:
    family, place = address
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(patience)
        connection.connect(place)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        connection.close()
        raise
    return connection


class Stream(httpcore.NetworkStream):
    """One connection. A `send()` that fails has delivered nothing: not to a plain socket, nor a whole TLS record."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._used = False

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        flight = served()
        if buffer:  # the end of a message is written as nothing, when the answer may have begun
            self._check_silence(flight)
        rest = memoryview(buffer)
        while rest:
            count = self._write_some(rest[:TLS_RECORD], flight)
            # What is said to the proxy in front of a TLS connection is no part of the request.
            flight.sent += 0 if buffer.startswith(b"CONNECT ") else count
            rest = rest[count:]

    def _check_silence(self, flight: Flight) -> None:
        # Fresh TLS connections may hold session tickets; apart from these, what is there before we ask is an end or
        # somebody else's answer.
        fresh_tls = isinstance(self._connection, ssl.SSLSocket) and not self._used
        if not flight.sent and not fresh_tls and _is_readable(self._connection):
            raise flight.stop(httpcore.ConnectError, "the provider had closed the connection")
        self._used = True

    def _write_some(self, part: memoryview, flight: Flight) -> int:
        try:
            self._connection.settimeout(flight.left(httpcore.WriteTimeout))
            return self._connection.send(part)
        except httpcore.WriteTimeout:
            self._reset()
            raise
        except TimeoutError:
            self._reset()
            raise flight.stop(httpcore.WriteTimeout, "the request could not be sent in time") from None
        except OSError as error:
            reason = f"the connection broke while sending: {type(error).__name__}"
            raise flight.stop(httpcore.WriteError, reason) from None

    def _reset(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        flight = served()
        left = flight.left(httpcore.ReadTimeout)
        if flight.status is None and flight.received >= MAX_HEADERS:
            raise flight.stop(httpcore.ReadError, "the headers of the answer are too large")
        try:
            self._connection.settimeout(left)
            data = self._connection.recv(max_bytes)
        except TimeoutError:
            raise flight.stop(httpcore.ReadTimeout, "no whole answer came in time") from None
        except OSError as error:
            raise flight.stop(httpcore.ReadError, f"the connection broke: {type(error).__name__}") from None
        flight.received += len(data)
        return data

    @override
    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        flight = served()
        flight.received = 0
        try:
            self._connection.settimeout(flight.left(httpcore.ConnectTimeout))
            return Stream(ssl_context.wrap_socket(self._connection, server_hostname=server_hostname))
        except ssl.SSLCertVerificationError:
            reason = "the certificate of the host is not trusted"
        except OSError as error:
            reason = f"no TLS connection: {type(error).__name__}"
        except httpcore.ConnectTimeout:
            reason = flight.reason
        self.close()
        raise flight.stop(httpcore.ConnectError, reason)

    @override
    def close(self) -> None:
        self._connection.close()

    @override
    def get_extra_info(self, info: str) -> Any:
        return _is_readable(self._connection) if info == "is_readable" else None


def _is_readable(connection: socket.socket) -> bool:
    if connection.fileno() < 0 or (isinstance(connection, ssl.SSLSocket) and connection.pending()):
        return True
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    return bool(waiting.poll(0))
