"""The embedded server that tests run on: nothing of it need last, so it lies in memory where there is room."""

import os
from pathlib import Path

from console import embedded

MEMORY = Path("/dev/shm")  # noqa: S108 a name of its own in it, and its data closed to others
ROOM_BYTES = 8 * 2**30


def server(folder: Path) -> embedded.Server:
    """The one below this folder. A disk takes its time over hundreds of files for each test's database."""
    return embedded.Server(folder, durable=False, above=MEMORY if has_room(MEMORY) else None)


def has_room(folder: Path) -> bool:
    """Whether this is a file system large enough: in all, because every process has to find the same."""
    return folder.is_dir() and os.access(folder, os.W_OK) and _bytes_of(folder) >= ROOM_BYTES


def _bytes_of(folder: Path) -> int:
    system = os.statvfs(folder)
    return system.f_blocks * system.f_frsize
