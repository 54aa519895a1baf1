"""Working: how a worker takes up a piece of work on many customers, keeps how far it is, and brings it a step on.

A worker that is gone loses its work to another: reading a file and looking it through begin anew, carrying it out
goes on behind the last row that was kept. A worker that only seemed to be gone keeps nothing more: whatever it writes
stands in one transaction with the question whether the work is still its own, by the moment it took it up.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from console.flows.record import database_now, record
from console.models import Bulk, BulkCustomer, BulkPart, BulkProblem, BulkStatus, Origin, User
from console.models.bulk import BULK_TO_DO

TASK = QUEUE = "bulk"
TRIES = 3
LEASES_WITHOUT_A_BEAT = 2
BETWEEN_BEATS = 1.0

GAVE_UP = (
    f"It was taken up {TRIES} times without getting any further, so it was given up. If it ends like this once more, "
    "whoever runs this console finds the reason in its log."
)

TAKEN_UP = {
    BulkStatus.TO_READ: BulkStatus.READING,
    BulkStatus.TO_CHECK: BulkStatus.CHECKING,
    BulkStatus.TO_RUN: BulkStatus.RUNNING,
}
"""What is waiting → what it is once a worker has it."""


class Ended(Exception):
    """The work is no longer this worker's: somebody stopped it, or another worker took it up."""


class Stopping(Exception):
    """This worker is to end."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a step came to: the status that follows, why in a sentence if it needs one, what else is written, and what
    is done in the same transaction.
    """

    status: BulkStatus
    note: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)
    beside: Callable[[], object] = lambda: None


@dataclass(slots=True)
class Work:
    """A piece of work that this worker took up. `bulk.done` says behind how many rows a run goes on; `tell` is called
    whenever it is further.
    """

    bulk: Bulk
    stopping: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[Bulk], object] = lambda _: None
    _beaten: float = field(default_factory=time.monotonic)

    @contextlib.contextmanager
    def keeping(self, done: int, **columns: Any) -> Iterator[None]:
        """One transaction in which a step writes what makes `done` rows done; raises Ended before anything is written
        if the work is not this worker's any more, and Stopping if this worker is to end.

        The row of the work is locked first, so whoever stops it waits until what is written here is whole.
        """
        self._ask_whether_to_end()
        further = {"tries": 0} if self.bulk.status == BulkStatus.RUNNING else {}  # the others begin anew each time
        with transaction.atomic():
            self._write(done=done, **further, **columns)
            yield
        self._is_at(done)

    def goes_on(self, done: int) -> None:
        """Called every so many rows by a step that writes nothing as it goes: says once a second how far it is. Raises
        what `keeping` raises.
        """
        if time.monotonic() - self._beaten < BETWEEN_BEATS:
            return
        self._ask_whether_to_end()
        self._write(done=done)
        self._is_at(done)

    def write(self, **columns: Any) -> None:
        """Writes columns of the work itself; raises Ended if it is not this worker's any more."""
        self._write(**columns)

    def _is_at(self, done: int) -> None:
        self.bulk.done, self._beaten = done, time.monotonic()
        self.tell(self.bulk)

    def _ask_whether_to_end(self) -> None:
        if self.stopping.is_set():
            raise Stopping

    def _write(self, **columns: Any) -> None:
        own = Bulk.objects.filter(pk=self.bulk.pk, status=self.bulk.status, started_at=self.bulk.started_at)
        if not own.update(beat_at=Now(), **columns):
            raise Ended
        for name, value in columns.items():
            setattr(self.bulk, name, value)


def wake() -> None:
    """Tells the workers that there is something to do. It is a notification only; losing it loses nothing."""
    task = app.configure_task(TASK, queue=QUEUE, queueing_lock=TASK, allow_unknown=True)
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        task.defer()


def claim(*, only: int | None = None) -> Bulk | None:
    """Takes up what waits, or whose worker is gone, for this worker alone, the smallest first; None: nothing to do.

    `only`: this one and none besides.
    """
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute(_CLAIM, {"lost": _lost_since(), "tries": TRIES, "only": only})
            row = cursor.fetchone()
        if row is None:
            return None
        bulk = Bulk.objects.select_related("owner", "connection", "batch").get(pk=row[0])
        if bulk.status == BulkStatus.CHECKING:
            BulkProblem.objects.filter(bulk=bulk).delete()
        return bulk


def move_on(work: Work, done: Done) -> None:
    """The step is through: writes what it came to. Raises Ended if the work is not this worker's any more."""
    was_carried_out = work.bulk.status == BulkStatus.RUNNING
    with transaction.atomic():
        ended = {"ended_at": Now()} if done.status.is_final else {}
        work.write(status=done.status, note=done.note, tries=0, **ended, **done.columns)
        done.beside()
        if done.status.is_final:
            BulkPart.objects.filter(bulk=work.bulk).delete()
            if was_carried_out:
                told(work.bulk, "bulk.ended", by=work.bulk.owner, origin=Origin.WORKER)


def give_back(work: Work) -> None:
    """This worker ends: another may take the work up at once, and no try is counted."""
    waiting = next(before for before, taken in TAKEN_UP.items() if taken == work.bulk.status)
    own = Bulk.objects.filter(pk=work.bulk.pk, status=work.bulk.status, started_at=work.bulk.started_at)
    with transaction.atomic():
        own.filter(tries__gt=0).update(tries=F("tries") - 1)
        own.update(status=waiting, beat_at=None)
        wake()


def lost_for_good() -> list[Bulk]:
    """What too many workers left without getting any further; locked until the transaction ends."""
    lost = Bulk.objects.filter(status__in=TAKEN_UP.values(), beat_at__lt=_lost_since(), tries__gte=TRIES)
    rows = lost.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("connection", "batch")
    return list(rows)


def give_up(bulk: Bulk) -> None:
    """Ends one of these."""
    was_carried_out = bulk.status == BulkStatus.RUNNING
    bulk.status, bulk.note, bulk.ended_at = BulkStatus.FAILED, GAVE_UP, database_now()
    bulk.save(update_fields=["status", "note", "ended_at"])
    BulkPart.objects.filter(bulk=bulk).delete()
    if was_carried_out:
        told(bulk, "bulk.ended", by=None, origin=Origin.WORKER)


def are_to_do() -> bool:
    """Whether something waits, or lost its worker."""
    lost = Bulk.objects.filter(status__in=TAKEN_UP.values(), beat_at__lt=_lost_since(), tries__lt=TRIES)
    return lost.exists() or Bulk.objects.filter(status__in=BULK_TO_DO).exists()


def told(bulk: Bulk, verb: str, *, by: User | None, origin: Origin, **more: str) -> None:
    """What happened to it, on the chain of its connection; nothing in it is personal."""
    counts = {name: bulk.summary.get(name) for name in ("taken", "proposed") if name in bulk.summary}
    about = {"bulk": bulk.pk, "kind": bulk.kind, "rows": bulk.rows, "done": bulk.done, "state": bulk.status}
    record(bulk.connection, verb, by=by, origin=origin, details={**about, **counts, **more})


def forget_content(numbers: list[int]) -> None:
    """Deletes what these pieces of work hold of people: files, first rows, samples, problems, wishes."""
    BulkPart.objects.filter(bulk__in=numbers).delete()
    BulkProblem.objects.filter(bulk__in=numbers).delete()
    BulkCustomer.objects.filter(bulk__in=numbers).delete()
    Bulk.objects.filter(pk__in=numbers).update(sealed_look="", sealed_sample="", sealed_wishes="")


def _lost_since() -> datetime:
    return database_now() - timedelta(seconds=LEASES_WITHOUT_A_BEAT * settings.STEWARD_LEASE_SECONDS)


# The clock itself and not that of the statement, so that no two claims ever have the same moment. What is being carried
# out goes on behind what was kept of it; every other step begins anew.
_CLAIM = """
    UPDATE console_bulk SET
        status = CASE status WHEN 'to read' THEN 'reading' WHEN 'to check' THEN 'checking'
            WHEN 'to run' THEN 'running' ELSE status END,
        done = CASE WHEN status IN ('to run', 'running') THEN done ELSE 0 END,
        done_before = CASE WHEN status IN ('to run', 'running') THEN done ELSE 0 END,
        tries = tries + 1, started_at = clock_timestamp(), beat_at = clock_timestamp()
    WHERE id = (
        SELECT id FROM console_bulk
        WHERE (
            status IN ('to read', 'to check', 'to run')
            OR (status IN ('reading', 'checking', 'running') AND beat_at < %(lost)s AND tries < %(tries)s)
        ) AND (%(only)s::bigint IS NULL OR id = %(only)s)
        ORDER BY rows, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id
"""
