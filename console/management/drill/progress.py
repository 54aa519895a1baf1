"""How far a drill is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time

WIDTH = 30
BETWEEN_LINES = 5.0


class Progress:
    """Writes to the error stream, so that what the drill found stays alone on the other one."""

    def __init__(self, total: int) -> None:
        self._total, self._what = total, ""
        self._terminal = sys.stderr.isatty()
        self._said_at = 0.0

    def say(self, what: str) -> None:
        """A stage that takes as long as it takes."""
        self._write(what, at_once=True)

    def show(self, count: int, what: str) -> None:
        """How many of all changes have come so far."""
        filled = WIDTH * count // self._total
        bar = f"{'█' * filled}{'·' * (WIDTH - filled)} " if self._terminal else ""
        self._write(f"{bar}{count} of {self._total} {what}", at_once=what != self._what)
        self._what = what

    def end(self) -> None:
        """Takes the bar away."""
        if self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _write(self, text: str, *, at_once: bool) -> None:
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{text}")
        elif at_once or time.monotonic() - self._said_at >= BETWEEN_LINES:
            sys.stderr.write(f"{text}\n")
            self._said_at = time.monotonic()
        sys.stderr.flush()
