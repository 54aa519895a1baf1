"""Figures and the lines they are printed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    how: str


def latency(what: str, call: Callable[[int], object], count: int, warm: int = 3) -> Figure:
    """The time of one call after the other: the middle one, and the one that 95 of 100 don't exceed."""
    for number in range(warm):
        call(number)
    taken = []
    for number in range(warm, warm + count):
        began = time.perf_counter()
        call(number)
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    middle, worst = taken[len(taken) // 2], taken[min(len(taken) - 1, int(len(taken) * 0.95))]
    return Figure(what, f"{middle:.0f} / {worst:.0f} ms", f"p50 / p95 of {count}, one client")


def per_second(count: int, seconds: float) -> float:
    """How many in a second."""
    return count / seconds if seconds else 0.0


def line(figure: Figure) -> str:
    """A figure in the columns of the table."""
    return f"{figure.what:20} {figure.value:>14}   {figure.how}"
