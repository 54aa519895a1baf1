"""Rotate: brings whatever a key of the ring sealed under the one that wraps now, while people and workers go on.

Each row says by itself under which key it is, so what is interrupted goes on where it was, and any number may do it at
once. What somebody had locked is looked at again.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import transaction

from console.flows.record import record
from console.flows.renewals import KINDS, Kind
from console.models import Installation, Origin
from console.models.sealing import key_ring

ROUNDS = 100
A_MOMENT = 0.1  # seconds, until whoever has a row locked is done with it

type Progress = Callable[[str, int], None]
"""Is told now and then what was moved, and how many of it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is under which key: by kind, how many under each. The key "" is one that the ring does not have."""

    current: str
    under: Mapping[str, Counter[str]]

    @property
    def needed(self) -> Counter[str]:
        """By key other than the current one: how many things it alone opens."""
        counts = sum(self.under.values(), Counter[str]())
        return Counter({key: count for key, count in counts.items() if key != self.current})


@dataclass(slots=True)
class Report:
    """What was moved and what no key opens, by kind; what somebody had locked to the very end."""

    moved: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    in_use: Counter[str] = field(default_factory=Counter)


def status() -> Standing:
    """How far it is. It reads whole tables, and writes nothing."""
    return Standing(key_ring().current, {kind.what: kind.under() for kind in KINDS})


def rotate(*, progress: Progress = lambda _what, _count: None, stopping: threading.Event | None = None) -> Report:
    """Moves everything that can be, and gives what it moved; one event of the installation tells of it, if anything."""
    report, stop = Report(), stopping or threading.Event()
    for kind in KINDS:
        for _ in range(ROUNDS):
            _once_through(kind, report, progress, stop)
            if not report.in_use[kind.what] or stop.wait(A_MOMENT):
                break
    report.moved += Counter()  # without the zeros
    if report.moved:
        _tell(report)
    return report


def _once_through(kind: Kind, report: Report, progress: Progress, stop: threading.Event) -> None:
    what, last = kind.what, 0
    report.in_use[what] = report.lost[what] = 0
    while not stop.is_set() and (some := kind.batch(last)):
        last = some.last
        report.moved[what] += some.moved
        report.in_use[what] += some.in_use
        report.lost[what] += some.lost
        progress(what, report.moved[what])


@transaction.atomic
def _tell(report: Report) -> None:
    details = {"to": key_ring().current, "moved": dict(sorted(report.moved.items()))}
    record(Installation.objects.get(), "installation.keys_rotated", by=None, origin=Origin.COMMAND, details=details)
