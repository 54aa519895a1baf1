"""Outside: the last checkpoint that this host knows of, in a file that no backup of the database sets back.

One file for a host, as all its processes seal in turn: whoever comes next goes on from what the last one signed. It is
the signed note itself, so that it can be copied elsewhere as it stands and checked without the console.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from console.proof.verify import Unfit, read_note

NAME = "checkpoint.txt"


class Outside:
    """The file of one installation in `folder`, which is made with it. Raises OSError as files do."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / NAME
        folder.mkdir(parents=True, exist_ok=True)

    def read(self) -> str:
        """The note as it stands there; nothing if there is none yet."""
        try:
            return self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def prepare(self, note: str) -> Path:
        """Writes the note beside the file, safe from a power cut; `put` lets it take the file's place.

        A disk that is full, or that cannot be written, is noticed by this before anything is signed for good.
        """
        fresh = self.folder / f"{NAME}.{os.getpid()}.{secrets.token_hex(4)}"
        try:
            with fresh.open("x", encoding="utf-8") as file:
                file.write(note)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        return fresh

    def put(self, fresh: Path) -> None:
        """Lets a prepared note take the file's place, at once or not at all.

        A process that stood still since it signed may come late: what others signed meanwhile is longer, and stays.
        """
        with self._alone():
            if _size(self.read()) < _size(fresh.read_text(encoding="utf-8")):
                fresh.replace(self.path)
                self._keep()
            for left in self.folder.glob(f"{NAME}.*"):  # by a process that was killed; whoever seals now is alone
                left.unlink(missing_ok=True)

    def set_aside(self, note: str) -> Path | None:
        """Has the file hold this note, or none, whatever it held; that is kept beside it, as evidence. Gives where."""
        fresh = self.prepare(note) if note else None
        with self._alone():
            aside = self._aside() if self.path.exists() else None
            if aside:
                self.path.rename(aside)
            if fresh:
                fresh.replace(self.path)
            self._keep()
        return aside

    def _aside(self) -> Path:
        return self.folder / f"set-aside-{_size(self.read())}-{secrets.token_hex(4)}.txt"

    def _keep(self) -> None:
        """The names in a folder outlive a power cut only once the folder was written, too."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with contextlib.suppress(OSError):  # a file system that knows no locks: then the database's alone holds
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _size(note: str) -> int:
    """How many leaves a note is about; what cannot be read counts as none."""
    try:
        return read_note(note).size
    except Unfit:
        return -1
