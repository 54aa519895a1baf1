"""What processes use: their memory, where what they share is counted once, and the time they spent on a processor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def mebibytes(process: int) -> float:
    """Of a process and all that it started (PSS)."""
    return sum(_kibibytes(each) for each in family(process)) / 1024


def processor_milliseconds(*processes: int) -> float:
    """Of these processes and all that they started, those that ended meanwhile included."""
    return sum(_nanoseconds(each) / 1e6 + _of_ended(each) for process in processes for each in family(process))


def postmaster(data: Path) -> int:
    """The process that all of a database server's stem from."""
    return int((data / "postmaster.pid").read_text().split()[0])


def family(process: int) -> Iterator[int]:
    """The process and its descendants."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from family(int(child))


def _kibibytes(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _nanoseconds(process: int) -> int:
    return sum(int(thread.read_text().split()[0]) for thread in Path(f"/proc/{process}/task").glob("*/schedstat"))


def _of_ended(process: int) -> float:
    """Milliseconds of its children that have ended: a database's, each time a connection to it is closed."""
    try:
        after_the_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has just ended itself
        return 0
    return sum(map(int, after_the_name[13:15])) / TICKS_A_SECOND * 1000
