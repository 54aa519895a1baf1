"""The connection to one client, and how an answer leaves by it: at once, slowly, in part, or not at all."""

import select
import socket
import struct
import threading
from email.utils import formatdate

from providers.sandbox.faults import Fault
from providers.sandbox.messages import Answer, reason

_CHUNK = b"a" * 65536
_AT_ONCE = struct.pack("ii", 1, 0)
"""The SO_LINGER value that makes a close drop everything, with a reset."""


class Wire:
    """One client's connection; whatever waits here ends when the client leaves or the sandbox stops."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def wait(self, seconds: float) -> bool:
        """True when the time is over, False when the sandbox stopped first."""
        return not self._stopping.wait(seconds)

    def hang(self, seconds: float | None) -> None:
        """Say nothing until the time is over, the client leaves, or the sandbox stops (which shuts the socket)."""
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        if not poll.poll(None if seconds is None else seconds * 1000):
            return
        while self._connection.recv(65536):
            pass  # a client that goes on talking hears nothing, too

    def reset(self) -> None:
        """Make the coming close a reset instead of an orderly end."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)


def is_reset(connection: socket.socket) -> bool:
    try:
        return connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_AT_ONCE)) == _AT_ONCE
    except OSError:
        return False


def deliver(wire: Wire, answer: Answer | None, fault: Fault | None) -> bool:
    """Let an answer leave; False when the connection is to be closed after it."""
    kind = fault.kind if fault else None
    if fault is None or kind in {"slow", "edit-between"}:
        return _plainly(wire, answer, fault["seconds"] if fault and kind == "slow" else 0)
    if kind == "drip":
        return _dripping(wire, answer, fault)
    if kind == "huge":
        return _without_end(wire, fault)
    if kind in {"drop", "apply-drop"}:
        return _broken_off(wire, answer, fault)
    if answer is None:
        wire.hang(fault["seconds"] if kind != "late-apply" else None)
        return False
    return _plainly(wire, answer, 0)


def encode(answer: Answer, *, close: bool = False) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {reason(answer.status)}",
        f"Date: {formatdate(usegmt=True)}",
        f"Content-Length: {len(answer.body)}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
        *(["Connection: close"] if close else []),
    ]
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1", "replace") + answer.body


def _plainly(wire: Wire, answer: Answer | None, seconds: float) -> bool:
    if answer is None or (seconds and not wire.wait(seconds)):
        return False
    wire.send(encode(answer))
    return True


def _dripping(wire: Wire, answer: Answer | None, fault: Fault) -> bool:
    data = encode(answer) if answer else b""
    if fault["part"] == "body":
        head, mark, data = data.partition(b"\r\n\r\n")
        wire.send(head + mark)
    size = max(1, int(fault["size"]))
    for start in range(0, len(data), size):
        if start and not wire.wait(fault["interval"]):
            return False
        wire.send(data[start : start + size])
    return True


def _without_end(wire: Wire, fault: Fault) -> bool:
    wire.send(f"HTTP/1.1 {fault['status']} OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n".encode())
    wire.send(b'{"filler":"')
    for _ in range(0, int(fault["size"]), len(_CHUNK)):
        wire.send(_CHUNK)
    return False


def _broken_off(wire: Wire, answer: Answer | None, fault: Fault) -> bool:
    if answer and fault["sent"]:
        wire.send(encode(answer)[: int(fault["sent"])])
    if fault["reset"]:
        wire.reset()
    return False
