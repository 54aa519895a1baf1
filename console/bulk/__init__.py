"""Bulk: what a worker does with a file or a selection of customers, step by step, in constant memory.

A step is a function of a `Work`: it asks `goes_on` or writes inside of `keeping` every so many rows, and gives a `Done`,
which says what follows. What cannot be done for good is said by a ConsoleError; anything else is tried again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping

import structlog

from console.errors import ConsoleError
from console.flows import working
from console.flows.working import Done, Ended, Stopping, Work
from console.models import BulkKind, BulkStatus

log = structlog.get_logger()

type Step = Callable[[Work], Done]

STEPS: Mapping[tuple[str, str], Step] = {}
"""Which function does which step of which kind."""


def work_all(stopping: threading.Event) -> int:
    """Does what waits, one step after the other, until nothing is left or this worker is to end; says how many."""
    taken = 0
    while not stopping.is_set() and (bulk := working.claim()):
        taken += 1
        work_on(Work(bulk, stopping))
    return taken


def work_on(work: Work) -> None:
    """Does the step of a piece of work that this worker claimed."""
    bulk = work.bulk
    try:
        working.move_on(work, step_of(bulk.kind, bulk.status)(work))
    except Stopping:
        working.give_back(work)
    except Ended:
        log.info("bulk.ended", bulk=bulk.pk)
    except ConsoleError as problem:
        with contextlib.suppress(Ended):
            working.move_on(work, Done(BulkStatus.FAILED, str(problem)[:500]))


def step_of(kind: str, status: str) -> Step:
    """The function for what this kind of work is at."""
    return STEPS[BulkKind(kind), BulkStatus(status)]
