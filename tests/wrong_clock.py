"""A worker on a host whose clock is wrong: `python -m tests.wrong_clock HOURS`."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.processes import QUICK, end

if TYPE_CHECKING:
    from tests.databases import Database


@contextlib.contextmanager
def worker_off_by(database: Database, hours: int) -> Iterator[subprocess.Popen[bytes]]:
    """Works on the test's database and is ended with the block; its clock ticks, but is off by so many hours."""
    command = [sys.executable, "-m", "tests.wrong_clock", str(hours)]
    process = subprocess.Popen(command, env={**database.environment, **QUICK})
    try:
        yield process
    finally:
        end(process)


def _run(hours: int) -> None:
    import django
    from django.core.management import call_command
    from time_machine import travel

    django.setup()
    with travel(time.time() + hours * 3600, tick=True):
        call_command("worker")


if __name__ == "__main__":
    _run(int(sys.argv[1]))
