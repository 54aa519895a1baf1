"""A real worker that is killed, or frozen, by its own hand at one named point of a push.

`python -m tests.crashing POINT ACTION CONNECTION` runs `manage.py worker` with the steps of the flow wrapped from
outside; the product knows nothing of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tests.processes import QUICK, end

if TYPE_CHECKING:
    from tests.databases import Database


class CrashPoint(StrEnum):
    """Where a push can be cut off, in the order in which it comes by."""

    BEFORE_CLAIM = "before claim"
    AFTER_CLAIM = "after claim"
    MID_BODY = "mid-body"
    AFTER_SEND = "after send"
    BEFORE_SETTLE = "before settle"
    AFTER_SETTLE = "after settle"


class Action(StrEnum):
    """What happens there."""

    KILL = "SIGKILL"
    FREEZE = "SIGSTOP"


@contextlib.contextmanager
def crashing_worker(
    database: Database,
    point: CrashPoint,
    connection_id: int,
    action: Action = Action.KILL,
    environment: Mapping[str, str] = QUICK,
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker that comes to grief the first time it gets to that point with a push of this connection."""
    command = [sys.executable, "-m", "tests.crashing", point, action, str(connection_id)]
    process = subprocess.Popen(command, env={**database.environment, **QUICK, **environment})
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        end(process)


def is_frozen(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has just stopped; says so once."""
    pid, status = os.waitpid(process.pid, os.WUNTRACED | os.WNOHANG)
    return pid == process.pid and os.WIFSTOPPED(status)


class Trap:
    """Goes off once, at one point of the pushes of one connection; threads of other connections pass."""

    def __init__(self, point: CrashPoint, action: Action, connection_id: int) -> None:
        self.point, self.action, self.connection_id = point, action, connection_id
        self._here, self._guard, self._armed = threading.local(), threading.Lock(), True

    def at(self, point: CrashPoint) -> None:
        """The named point, reached by this thread."""
        if point is not self.point or not getattr(self._here, "pushes", False):
            return
        with self._guard:
            armed, self._armed = self._armed, False
        if armed:
            # To this very thread: it stops here, and not where another one of them happens to take notice.
            signal.pthread_kill(threading.get_ident(), getattr(signal, self.action))

    def begin(self, *, pushes: bool) -> None:
        """What this thread is at from now on."""
        self._here.pushes, self._here.sent = pushes, False

    def claim(self, claim: Callable[[int], Any], connection_id: int) -> Any:
        """The claim, with a point before and one after it; before, it is not known yet whether it will be a push."""
        self.begin(pushes=connection_id == self.connection_id)
        self.at(CrashPoint.BEFORE_CLAIM)
        claimed = claim(connection_id)
        self.begin(pushes=connection_id == self.connection_id and getattr(claimed, "kind", "") == "push")
        self.at(CrashPoint.AFTER_CLAIM)
        return claimed

    def write(self, write: Callable[..., int], stream: Any, part: memoryview, flight: Any) -> int:
        """Half of the body, the point, and then the rest."""
        if bytes(part[:1]) != b"{":  # the headers
            return write(stream, part, flight)
        if self.point is CrashPoint.MID_BODY and not self._here.sent:
            part = part[: len(part) // 2]
        count = write(stream, part, flight)
        self._here.sent = True
        self.at(CrashPoint.MID_BODY)
        return count

    def read(self, read: Callable[..., bytes], stream: Any, *arguments: Any, **more: Any) -> bytes:
        """What is read before a body was sent is the answer to a reading."""
        if getattr(self._here, "sent", False):
            self.at(CrashPoint.AFTER_SEND)
        return read(stream, *arguments, **more)

    def settle(self, settle: Callable[..., Any], *arguments: Any) -> Any:
        """The settling, with a point before and one after it."""
        self.at(CrashPoint.BEFORE_SETTLE)
        settled = settle(*arguments)
        self.at(CrashPoint.AFTER_SETTLE)
        return settled


def _run(point: CrashPoint, action: Action, connection_id: int) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    from console.flows import deliver
    from providers import http

    trap = Trap(point, action, connection_id)
    for module, name, wrapper in (
        (deliver, "claim", trap.claim),
        (deliver, "settle", trap.settle),
        (http.Stream, "_write_some", trap.write),
        (http.Stream, "read", trap.read),
    ):
        setattr(module, name, _wrapped(wrapper, getattr(module, name)))
    call_command("worker")


def _wrapped(wrapper: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments, **more: wrapper(original, *arguments, **more)


if __name__ == "__main__":
    _run(CrashPoint(sys.argv[1]), Action(sys.argv[2]), int(sys.argv[3]))
