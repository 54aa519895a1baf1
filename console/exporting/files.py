"""Where an export goes: a file that is measured as it is written, and one that is kept in sealed pieces."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol

from console.flows.making import keep
from console.models import Export

PIECE = 1024 * 1024


class Writable(Protocol):
    """Whatever bytes can be written to."""

    def write(self, data: bytes, /) -> object: ...


class Measured:
    """Passes on what is written, and knows how much it was and its SHA-256. It can't go back, as no stream can."""

    def __init__(self, onward: Callable[[bytes], object]) -> None:
        self.size, self._onward, self._hash = 0, onward, hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        """Takes bytes."""
        taken = bytes(data)
        self.size += len(taken)
        self._hash.update(taken)
        self._onward(taken)
        return len(taken)

    def flush(self) -> None:
        """There is nothing that waits here: what writes archives asks for it all the same."""

    @property
    def digest(self) -> str:
        """SHA-256 of all that was written, in hex."""
        return self._hash.hexdigest()


class Pieces:
    """Keeps what it takes in sealed pieces of a megabyte; `done` says how many events it is that were written."""

    def __init__(self, export: Export, done: Callable[[], int]) -> None:
        self._export, self._done, self._waiting, self._number = export, done, bytearray(), 0

    def take(self, data: bytes) -> None:
        """Takes bytes and keeps every piece that is full."""
        self._waiting += data
        while len(self._waiting) >= PIECE:
            self._keep(PIECE)

    def end(self) -> None:
        """Keeps what is left."""
        if self._waiting:
            self._keep(len(self._waiting))

    def _keep(self, size: int) -> None:
        keep(self._export, self._number, bytes(self._waiting[:size]), done=self._done())
        del self._waiting[:size]
        self._number += 1
