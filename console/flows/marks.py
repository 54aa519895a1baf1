"""Marks: how far the workers of this host got, kept outside of the database that a backup may set back.

A folder holds one small file for each worker process. Each is written before anything is sent, in place and in one
write; the highest of them all is how far this installation got, ended workers included. A file is locked as long as its
worker lives: by that the next one knows which files it may take over.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import socket
import threading
import time
import zlib
from pathlib import Path
from typing import NamedTuple

SETTLED_SECONDS = 60.0  # a younger file may be one that its worker has yet to lock


class Mark(NamedTuple):
    """How far an installation got: its life, and in it the highest number of an attempt. Later ones are greater."""

    life: int
    attempt: int

    @property
    def line(self) -> bytes:
        """As it stands in a file: always of the same length, with a sum that a torn line does not have."""
        text = f"{self.life:010d} {self.attempt:020d}"
        return f"{text} {zlib.crc32(text.encode()):08x}\n".encode()

    @classmethod
    def of(cls, line: bytes) -> Mark | None:
        """What stands in a file; None if it is nothing that was written whole."""
        with contextlib.suppress(ValueError):
            life, attempt, _ = line.split()
            mark = cls(int(life), int(attempt))
            return mark if mark.line == line else None
        return None


NOWHERE = Mark(0, 0)


class Marks:
    """The marks of one installation on this host, and this process's own among them. Raises OSError as files do."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._guard = folder, threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with contextlib.suppress(OSError):  # a file system that knows no locks: then no file is ever taken over
            fcntl.flock(self._file, fcntl.LOCK_EX)
        self._own = NOWHERE
        self.reach(NOWHERE)
        self._take_over_what_ended_workers_left()

    def close(self) -> None:
        """Lets go of the file, whose mark stays."""
        os.close(self._file)

    def reach(self, mark: Mark) -> None:
        """Writes down that this installation got so far; what is lower than before changes nothing."""
        with self._guard:
            self._own = max(self._own, mark)
            os.pwrite(self._file, self._own.line, 0)

    def keep(self) -> None:
        """Sees to it that what was written outlives a power cut; takes milliseconds."""
        os.fsync(self._file)

    def highest(self) -> Mark:
        """How far this installation got, as far as this host knows."""
        return max((mark for _, mark in self._read()), default=NOWHERE)

    def _read(self) -> list[tuple[Path, Mark]]:
        """Once more from the start if a file went meanwhile: whoever took it over may have been read before that."""
        while True:
            paths = list(self.folder.iterdir())
            with contextlib.suppress(FileNotFoundError):
                found = [(path, Mark.of(path.read_bytes())) for path in paths]
                return [(path, mark) for path, mark in found if mark]

    def _take_over_what_ended_workers_left(self) -> None:
        """The mark first, safe from power cuts, and the files only then."""
        left = [(path, mark) for path, mark in self._read() if path != self._path and _is_left(path)]
        if left:
            self.reach(max(mark for _, mark in left))
            self.keep()
        for path, _ in left:
            path.unlink(missing_ok=True)


def _is_left(path: Path) -> bool:
    """Its worker has ended, or it would hold the lock."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return time.time() - os.fstat(file).st_mtime > SETTLED_SECONDS
    except OSError:
        return False
    finally:
        os.close(file)
