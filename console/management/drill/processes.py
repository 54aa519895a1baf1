"""The processes of a drill: the sandbox, and workers that are there to be killed. All of them end with this one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import IO

from console.management.demo.processes import LIBC, PARENT_DIED, ROOT, free_port
from providers.sandbox import Control, Stopped

PATIENCE = 30.0
LAST_MOMENTS = 8.0
PAUSE = 0.05


class Broken(Exception):
    """The drill can't go on; the text says why."""


@dataclass(slots=True)
class Frozen:
    """A worker that is stopped until a moment of the monotonic clock."""

    process: subprocess.Popen[bytes]
    until: float


@dataclass(slots=True)
class Crew:
    """The workers. One that is killed, or ends by itself, is replaced; a frozen one goes on later."""

    log: IO[bytes]
    hands: list[subprocess.Popen[bytes]] = field(default_factory=list)
    frozen: list[Frozen] = field(default_factory=list)
    ended_by_themselves: int = 0

    def hire(self) -> None:
        """One more worker."""
        self.hands.append(begin("manage.py", "worker", log=self.log))

    def kill(self, luck: Random) -> None:
        """Ends one in the middle of whatever it is at, and hires another."""
        process = self.hands.pop(luck.randrange(len(self.hands)))
        process.kill()
        process.wait()
        self.frozen = [each for each in self.frozen if each.process is not process]
        self.hire()

    def freeze(self, luck: Random, seconds: float) -> None:
        """Stops one in the middle of whatever it is at, and lets it go on after so many seconds."""
        stopped = [each.process for each in self.frozen]
        if awake := [process for process in self.hands if process not in stopped]:
            process = luck.choice(awake)
            process.send_signal(signal.SIGSTOP)
            self.frozen.append(Frozen(process, time.monotonic() + seconds))

    def look_after(self) -> None:
        """Thaws whose time has come, and replaces whoever ended unasked, as the services of a machine would be."""
        for each in [each for each in self.frozen if each.until <= time.monotonic()]:
            self._thaw(each)
        for process in [process for process in self.hands if process.poll() is not None]:
            self.hands.remove(process)
            self.ended_by_themselves += 1
            self.hire()

    def dismiss(self) -> None:
        """Lets all of them end what they are at; whoever doesn't is killed."""
        for each in list(self.frozen):
            self._thaw(each)
        end_all(self.hands)
        self.hands.clear()

    def _thaw(self, frozen: Frozen) -> None:
        self.frozen.remove(frozen)
        with contextlib.suppress(ProcessLookupError):
            frozen.process.send_signal(signal.SIGCONT)


def begin(*arguments: str, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Starts `python *arguments` from the project's folder, out of reach of the terminal's Ctrl-C.

    Call it from the thread that lives longest: on Linux the process is killed when that thread ends.
    """
    return subprocess.Popen(  # noqa: S603 - our own modules with arguments that we made
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=partial(end_with_parent, signal.SIGKILL),  # noqa: PLW1509 - makes one system call and takes no lock
    )


def begin_sandbox(folder: Path, log: IO[bytes]) -> tuple[subprocess.Popen[bytes], Control]:
    """The five providers, once they answer; raises Broken."""
    port = free_port(0)
    state = str(folder / "sandbox.sqlite3")
    process = begin("-m", "providers.sandbox", "--port", str(port), "--state", state, log=log)
    control, end = Control(f"http://127.0.0.1:{port}"), time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            control.faults()
        except Stopped:
            time.sleep(PAUSE)
        else:
            return process, control
    end_all([process])
    raise Broken("The sandbox did not come up.")


def end_all(processes: list[subprocess.Popen[bytes]]) -> None:
    """Asks them to end, and kills whoever hasn't after a few seconds."""
    for process in processes:
        process.terminate()
    end = time.monotonic() + LAST_MOMENTS
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, end - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def end_with_parent(number: signal.Signals) -> None:
    """On Linux, sends this process the signal when the one that began it is gone, even by SIGKILL."""
    if sys.platform == "linux":
        LIBC.prctl(PARENT_DIED, number)
