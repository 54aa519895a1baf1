"""Real worker processes for tests, and waiting for what they do."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.databases import Database

QUICK = {
    "STEWARD_SWEEP_SECONDS": "0.2",
    "STEWARD_LEASE_SECONDS": "2",
    "STEWARD_CALL_SECONDS": "1",
    "STEWARD_SETTLE_SECONDS": "1",
}


@contextlib.contextmanager
def worker(database: Database, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `manage.py worker` on the test's database, ended with the block. Its lease lasts two seconds."""
    command = [sys.executable, "manage.py", "worker"]
    process = subprocess.Popen(command, env={**database.environment, **QUICK, **environment})
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Asks it to end, and sees to it that it does."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    if process.poll() is None:
        process.kill()
        process.wait()


def wait_for[T](what: Callable[[], T], *, seconds: float = 20.0) -> T:
    """The first truthy answer; fails with the last one when the time is over."""
    ends = time.monotonic() + seconds
    while not (answer := what()):
        if time.monotonic() > ends:
            raise AssertionError(f"waited {seconds:g} s in vain; the last answer was {answer!r}")
        time.sleep(0.02)
    return answer
