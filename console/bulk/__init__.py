"""Bulk: what a worker does with a file or a selection of customers, step by step, in constant memory.

A step is a function of a `Work`: it asks `goes_on` or writes inside of `keeping` every so many rows, and gives a
`Done`, which says what follows. What cannot be done for good is said by a ConsoleError; anything else is tried again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from functools import partial

import structlog

from console.bulk import edit, file, filling, looking, proposing
from console.errors import ConsoleError
from console.flows import batches, working
from console.flows.notify import notify_work
from console.flows.working import Done, Ended, Stopping, Work
from console.models import About, Bulk, BulkKind, BulkStatus

log = structlog.get_logger()

type Step = Callable[[Work], Done]

STEPS: Mapping[tuple[str, str], Step] = {
    (BulkKind.FILL, BulkStatus.READING): file.read,
    (BulkKind.PROPOSE, BulkStatus.READING): file.read,
    (BulkKind.FILL, BulkStatus.CHECKING): looking.check,
    (BulkKind.PROPOSE, BulkStatus.CHECKING): looking.check,
    (BulkKind.EDIT, BulkStatus.CHECKING): edit.check,
    (BulkKind.FILL, BulkStatus.RUNNING): filling.run,
    (BulkKind.PROPOSE, BulkStatus.RUNNING): proposing.run,
    (BulkKind.EDIT, BulkStatus.RUNNING): edit.run,
}
"""Which function does which step of which kind."""


def work_all(stopping: threading.Event) -> int:
    """Does what waits, one step after the other, until nothing is left or this worker is to end; says how many."""
    taken = 0
    while not stopping.is_set() and (bulk := working.claim()):
        taken += 1
        work_on(Work(bulk, stopping))
    return taken


def work_on_one(pk: int, tell: Callable[[Bulk], object]) -> bool:
    """Does what waits of one piece of work, and says so; false where nothing does, or a worker has it."""
    if bulk := working.claim(only=pk):
        tell(bulk)
        work_on(Work(bulk, tell=tell))
    return bulk is not None


def work_on(work: Work) -> None:
    """Does the step of a piece of work that this worker claimed."""
    bulk = work.bulk
    try:
        working.move_on(work, STEPS[bulk.kind, bulk.status](work))
    except Stopping:
        working.give_back(work)
    except Ended:
        log.info("bulk.ended", bulk=bulk.pk)
    except ConsoleError as problem:
        with contextlib.suppress(Ended):
            working.move_on(work, _failed(bulk, str(problem)[:500]))


def _failed(bulk: Bulk, note: str) -> Done:
    """Nothing more comes of it, nor of the batch that it was to become; its author is told, of that or of this."""
    batch = bulk.batch if bulk.status == BulkStatus.RUNNING else None
    tell = partial(batches.fail, batch, note) if batch else partial(notify_work, bulk, About.FAILED, by=None)
    return Done(BulkStatus.FAILED, note, beside=tell)
