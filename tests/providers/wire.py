"""A scripted server on a real socket: each connection plays one script, and what arrived is kept."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it stood on the wire."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]


@dataclass
class Line:
    """The server's end of one connection."""

    connection: socket.socket
    requests: list[Received]
    ending: threading.Event
    rest: bytes = b""

    def head(self) -> str:
        """Read a request up to its empty line."""
        while b"\r\n\r\n" not in self.rest:
            data = self.connection.recv(65536)
            if not data:
                raise ConnectionError("the client left")
            self.rest += data
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        return head.decode("latin-1")

    def request(self) -> Received:
        """Read a whole request and keep it."""
        first, *lines = self.head().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        while len(self.rest) < int(headers.get("content-length", "0")):
            self.rest += self.connection.recv(65536)
        received = Received(first, headers, self.rest)
        self.rest = b""
        self.requests.append(received)
        return received

    def say(self, data: bytes) -> None:
        self.connection.sendall(data)

    def keep_saying(self, data: bytes, every: float = 0.0) -> int:
        """Repeat until the client leaves (or the test ends); how many bytes could be said."""
        said = 0
        with contextlib.suppress(OSError):
            while not self.ending.wait(every):
                self.say(data)
                said += len(data)
        return said

    def until_the_client_leaves(self) -> bytes:
        """What else arrives before the client closes or resets the connection."""
        arrived = bytearray()
        with contextlib.suppress(OSError):
            while data := self.connection.recv(65536):
                arrived += data
        return bytes(arrived)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def secure(self, context: ssl.SSLContext) -> None:
        self.connection = context.wrap_socket(self.connection, server_side=True)


type Script = Callable[[Line], None]


def answer(status: str = "200 OK", body: bytes = b"{}", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole answer as bytes, with its length declared."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def answering(*answers: bytes) -> Script:
    """Answer each request of a connection with the next of these, then wait for the client to leave."""

    def script(line: Line) -> None:
        for each in answers:
            line.request()
            line.say(each)
        line.until_the_client_leaves()

    return script


def saying(data: object) -> Script:
    return answering(answer(body=json.dumps(data).encode()))


class Wire:
    """A listening socket on loopback; the n-th connection plays the n-th script, others are closed at once."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None, window: int | None = None) -> None:
        self.scripts, self.tls = scripts, tls
        self.requests: list[Received] = []
        self.connections = 0
        self._listener = socket.socket()
        if window:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = int(self._listener.getsockname()[1])
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failures: list[Exception] = []

    @property
    def url(self) -> str:
        scheme, host = ("https", "localhost") if self.tls else ("http", "127.0.0.1")
        return f"{scheme}://{host}:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ending.set()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass  # wakes the accepting thread
        for thread in self._threads:
            thread.join(PATIENCE)
        self._listener.close()
        if error is None and self._failures:
            raise self._failures[0]

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._ending.is_set():
                connection.close()
                return
            script = self.scripts[self.connections] if self.connections < len(self.scripts) else None
            self.connections += 1
            self._start(partial(self._play, connection, script))

    def _play(self, connection: socket.socket, script: Script | None) -> None:
        connection.settimeout(PATIENCE)
        line = Line(connection, self.requests, self._ending)
        try:
            if self.tls and script:
                line.secure(self.tls)
            if script:
                script(line)
        except OSError:
            pass  # the client left, which is what most faults are about
        except Exception as failure:  # noqa: BLE001 -- reported by the test's own thread
            self._failures.append(failure)
        finally:
            line.connection.close()
