"""How far a worker is with a file: said once in a while, which may raise what ends its work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

BETWEEN_BEATS = 1.0


class Stopping(Exception):
    """This worker is to end."""


@dataclass(slots=True)
class Progress:
    """How many were written. It says so to `tell`, once in a while, which may raise what ends it."""

    tell: Callable[[int], None] = lambda _: None
    done: int = 0
    _told: float = field(default_factory=time.monotonic)

    def counting[T: Sequence[object]](self, found: Iterable[T]) -> Iterator[T]:
        """The same batches, each counted once it was written."""
        for some in found:
            yield some
            self.done += len(some)
            self.goes_on()

    def goes_on(self) -> None:
        """Called whenever a piece of the work is done."""
        if time.monotonic() - self._told >= BETWEEN_BEATS:
            self._told = time.monotonic()
            self.tell(self.done)
