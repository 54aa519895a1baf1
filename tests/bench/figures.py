"""Figures, the targets they are held against, and the lines they are printed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `kept`: whether it is within its target, if it has one."""

    what: str
    value: str
    how: str
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in milliseconds: the middle one, the one that 95 of 100 don't exceed.

    `processor`: what one took of the processors, on the average; it says more than the others on a busy machine.
    """

    p50: float
    p95: float
    count: int
    processor: float = 0.0

    @classmethod
    def of(cls, taken: Iterable[float], spent: float = 0.0) -> Spread:
        """From what each one took."""
        ordered = sorted(taken)
        worst = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
        return cls(ordered[len(ordered) // 2], worst, len(ordered), spent / len(ordered))

    def __str__(self) -> str:
        return f"{self.p50:.1f} / {self.p95:.1f} ms"


def timed(call: Callable[[int], object], count: int, spent: Callable[[], float] = float, warm: int = 3) -> Spread:
    """The time of one call after the other; the first ones only warm up. `spent` reads the time on processors."""
    for number in range(warm):
        call(number)
    before = spent()
    taken = [milliseconds(call, number) for number in range(warm, warm + count)]
    return Spread.of(taken, spent() - before)


def milliseconds(call: Callable[[int], object], number: int) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call(number)
    return (time.perf_counter() - began) * 1000


def per_second(count: int, seconds: float) -> float:
    """How many in a second."""
    return count / seconds if seconds else 0.0


def line(figure: Figure) -> str:
    """A figure in the columns of the table; one beyond its target is marked."""
    return f"{'' if figure.kept else '!':1} {figure.what:24} {figure.value:>36}   {figure.how}"
