"""The processes of the demo: begun one by one, watched, and ended together, whatever ends the demo."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from providers.sandbox import Stopped

ROOT = Path(__file__).resolve().parents[3]
LIBC = ctypes.CDLL(None)
PARENT_DIED = 1  # prctl's PR_SET_PDEATHSIG
ALWAYS = (signal.SIGINT, signal.SIGTERM)
ENDING = (*ALWAYS, signal.SIGHUP)  # the last one not under nohup
PATIENCE = 60.0
PAUSE = 0.05
HANGING_MOMENTS = 5.0
LAST_MOMENTS = 3.0


@dataclass(frozen=True, slots=True)
class Child:
    """A process of ours; `lasts`: it is there as long as the demo is."""

    name: str
    process: subprocess.Popen[bytes]
    lasts: bool = True

    @property
    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self.process.poll() is not None


class Asked(Exception):
    """Somebody asked the demo to end."""


class Lost(Exception):
    """The demo can't go on; the text says why."""


class Family:
    """All processes of one demo, in the order they began; they end with the block.

    A signal is only noted, and heeded at the next look: an exception out of the blue could leave a lock held for ever.
    """

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._asked = False

    def __enter__(self) -> Self:
        heeded = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN or number in ALWAYS]
        self._before = {number: signal.signal(number, self._note) for number in heeded}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def begin(self, name: str, *arguments: str, lasts: bool = True) -> None:
        """Starts `python *arguments` from the project's folder, out of reach of the terminal's Ctrl-C."""
        self._look()
        process = subprocess.Popen(  # noqa: S603 - our own modules with arguments that we made
            [sys.executable, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - makes one system call and takes no lock
        )
        self._children.append(Child(name, process, lasts))

    def wait_for(self, attempt: Callable[[], object]) -> None:
        """Tries until it works; raises Asked, and Lost when a process ended meanwhile or it takes too long."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self._look()
            try:
                attempt()
            except (OSError, Stopped):
                time.sleep(PAUSE)
            else:
                return
        raise Lost("The demo did not come up in a minute. Is the machine very busy?")

    def watch(self) -> NoReturn:
        """Waits until something ends it: raises Asked or Lost."""
        while True:
            self._look()
            time.sleep(PAUSE)

    def _note(self, *_: object) -> None:
        self._asked = True

    def _look(self) -> None:
        if self._asked:
            raise Asked
        lost = next((child for child in self._children if child.lasts and child.has_ended), None)
        if lost:
            raise Lost(f"The demo's {lost.name} has ended, so everything was stopped. The lines above may say why.")

    def _end(self) -> None:
        """Ends them all. The first one, which is the sandbox, goes last: it lets go of who waits for its answers."""
        first, others = self._children[:1], self._children[1:]
        _ask_to_end(others)
        _wait_for(others, HANGING_MOMENTS)
        _ask_to_end(first)
        _wait_for(self._children, LAST_MOMENTS)
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()


def port_problem(port: int) -> str:
    """Why nothing can be served at this port, as a sentence; empty when it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OverflowError:
            return f"{port} is no port: choose one from 1024 to 65535."
        except OSError as problem:
            why = "is in use" if not isinstance(problem, PermissionError) else "may not be used by you"
            return f"Port {port} {why}: stop what runs there, or choose another with --port."
    return ""


def free_port(wanted: int) -> int:
    """This port, or any other one if it is taken or 0."""
    if wanted and not port_problem(wanted):
        return wanted
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ask_to_end(children: Sequence[Child]) -> None:
    for child in children:
        if not child.has_ended:
            child.process.terminate()


def _wait_for(children: Sequence[Child], seconds: float) -> None:
    end = time.monotonic() + seconds
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, end - time.monotonic()))


def _end_with_parent() -> None:
    """On Linux, ends this process with the demo even when that is killed."""
    if sys.platform == "linux":
        LIBC.prctl(PARENT_DIED, signal.SIGTERM)
