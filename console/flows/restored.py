"""Restored: notices that the database was set back, and holds everything for a person before anything is sent.

A backup that was put back knows nothing of the requests that left after it was made: sending what it takes for approved
would send those a second time, long after. What the workers remember outside of it (`marks`) is then ahead of it.
"""

from __future__ import annotations

import threading
from collections import Counter
from itertools import batched
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import connection as database
from django.db import transaction

from console.flows.batch_steps import take
from console.flows.marks import NOWHERE, Mark, Marks
from console.flows.record import database_now, record, take_step
from console.models import (
    Batch,
    BatchStatus,
    Change,
    Connection,
    Customer,
    Installation,
    Origin,
    Pause,
    Status,
    Wait,
    claiming,
)

log = structlog.get_logger()

ONE_HOLDER = 7_203_115
AT_ONCE = 500
NOTE = "The database was restored from a backup, so nobody here knows whether this was sent since. A person decides."
LEAVING = (BatchStatus.CANARY, BatchStatus.GOING)
ON_ITS_WAY = (Status.APPROVED, Status.SENDING, Status.UNKNOWN)


class _Memory:
    """What this process keeps: the marks of the installation it works for, and which life of it this is."""

    def __init__(self) -> None:
        self.marks: Marks | None = None
        self.life = 0
        self._opening = threading.Lock()

    def of(self, folder: Path) -> Marks:
        with self._opening:
            if self.marks is None or self.marks.folder != folder:
                if self.marks:
                    self.marks.close()
                self.marks = Marks(folder)
            return self.marks


_memory = _Memory()


def notice() -> bool:
    """Whether the database is older than what the workers of this host did; then all that would leave was held first.

    Otherwise it takes down how far the database is. Asked before anything is claimed; only a database that is set back
    while a worker runs is noticed later, at the next drain or sweep. Raises OSError where no marks can be kept.
    """
    first = _memory.marks is None
    marks, kept, reached = _compare()
    if kept <= reached:
        if first and kept == NOWHERE < reached:  # this once, it could not have been noticed
            log.warning("restored.no_marks", folder=str(marks.folder))
        if kept < reached:
            claiming.keep()  # a claim is seen before it is on the disk, and an outage of the database may take it back
        marks.reach(reached)
        _memory.life = reached.life
        return False
    log.error("restored.noticed", kept=tuple(kept), database=tuple(reached))
    _stop_all()
    held = _hold_all()
    notice()
    return held


def mark(attempt_id: int) -> None:
    """Writes down that this attempt was begun: after its claim was committed, before anything of it is sent."""
    marks = _memory.marks
    if marks is None or not marks.folder.is_relative_to(settings.STEWARD_MARKS):
        marks, _, reached = _compare()
        _memory.life = reached.life
    marks.reach(Mark(_memory.life, attempt_id))


def keep() -> None:
    """Sees to it that what was marked outlives a power cut of this host; takes milliseconds."""
    if _memory.marks:
        _memory.marks.keep()


def _compare() -> tuple[Marks, Mark, Mark]:
    """What was marked, and how far the database is. Read in this order: what is marked was committed before."""
    while True:
        kept = _memory.marks.highest() if _memory.marks else NOWHERE
        folder, reached = _database()
        known, marks = _memory.marks, _memory.of(folder)
        if marks is known:
            return marks, kept, reached


def _database() -> tuple[Path, Mark]:
    with database.cursor() as cursor:
        cursor.execute(_REACHED)
        name, life, attempt = cursor.fetchone()
    return Path(settings.STEWARD_MARKS) / str(name), Mark(life, attempt)


_REACHED = "SELECT name, life, (SELECT COALESCE(max(id), 0) FROM console_attempt) FROM console_installation"


def _stop_all() -> None:
    """At once, so that no worker of another host goes on while everything is being held."""
    Connection.objects.filter(paused_at=None).update(
        paused_at=database_now(), pause=Pause.RESTORED, pause_reason=Pause.RESTORED.label
    )


@transaction.atomic
def _hold_all() -> bool:
    """All or nothing, once: customers first and connections last, as every claim locks them."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_HOLDER])
    _, kept, reached = _compare()
    if kept <= reached:
        return False
    life, held = max(kept.life, reached.life) + 1, Counter[tuple[int, Status]]()
    waiting = Change.objects.filter(status__in=ON_ITS_WAY).order_by("customer_id")
    for customers in batched(waiting.values_list("customer_id", flat=True).distinct(), AT_ONCE):
        held.update(_hold(customers, life))
    for connection in Connection.objects.select_for_update(no_key=True).order_by("pk"):
        _pause(connection, life, {status: held[connection.pk, status] for status in ON_ITS_WAY})
    _pause_batches(life)
    Installation.objects.update(life=life)
    return True


def _pause_batches(life: int) -> None:
    """What was let go after the backup waits for its batch again, as if it had not been: a person says go on.

    One that was paused may have gone on since, too: it stays so, and says it.
    """
    now = database_now()
    Batch.objects.filter(status=BatchStatus.PAUSED).update(note=NOTE, set_back_at=now)
    rows = Batch.objects.select_for_update(no_key=True, of=("self",)).select_related("connection", "requester")
    for batch in rows.filter(status__in=[*LEAVING, BatchStatus.CHECKING]).order_by("pk"):
        known = {"note": NOTE, "set_back_at": now}
        take(batch, BatchStatus.PAUSED, by=None, origin=Origin.WORKER, details={"restored": life}, **known)


def _hold(customers: tuple[int, ...], life: int) -> list[tuple[int, Status]]:
    locked = {customer.pk: customer for customer in Customer.objects.locked(customers)}
    changes = Change.objects.select_for_update(no_key=True).filter(customer__in=locked, status__in=ON_ITS_WAY)
    held = list[tuple[int, Status]]()
    for change in changes.order_by("customer_id", "approved_place"):
        change.customer = locked[change.customer_id]
        held.append((change.connection_id, change.state))
        _hold_one(change, life)
    return held


def _hold_one(change: Change, life: int) -> None:
    """What was approved is proposed again; what was being sent is unknown; nothing of it goes on by itself."""
    if change.state is Status.UNKNOWN:
        if change.wait != Wait.PERSON:
            change.wait, change.note = Wait.PERSON, NOTE
        change.next_attempt_at = change.lease_until = None
        change.save(update_fields=["wait", "note", "next_attempt_at", "lease_until"])
        return
    approved = change.state is Status.APPROVED
    nothing: dict[str, Any] = {"approved_place": None, "approved_at": None} if approved else {}
    take_step(
        change,
        Status.PROPOSED if approved else Status.UNKNOWN,
        by=None,
        origin=Origin.WORKER,
        details={"restored": life},
        wait=Wait.RESTORED if approved else Wait.PERSON,
        note=NOTE,
        maybe_applied=True,
        next_attempt_at=None,
        lease_until=None,
        **nothing,
    )


def _pause(connection: Connection, life: int, held: dict[Status, int]) -> None:
    """Paused for this cause, whatever it was before: the event tells that."""
    was = "" if connection.pause == Pause.RESTORED else connection.pause
    connection.pause, connection.pause_reason = Pause.RESTORED, Pause.RESTORED.label
    connection.paused_at, connection.paused_by = database_now(), None
    connection.save(update_fields=["pause", "pause_reason", "paused_at", "paused_by"])
    details = {"life": life, "was": was, "held": {status.value: count for status, count in held.items()}}
    record(connection, "installation.restored", by=None, origin=Origin.WORKER, details=details)
