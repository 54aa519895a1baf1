"""Making: how a worker takes an export up, keeps what it wrote of it, and ends it.

A worker that is gone loses its export to another, which begins from the beginning. A worker that only seemed to be gone
keeps nothing more: everything it writes asks whether the export is still its own, by the moment it took it up.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from console.auditing import Query
from console.flows.record import database_now, record
from console.models import Export, ExportPart, ExportStatus, Origin
from console.models.sealing import key_ring

TASK = QUEUE = "export"
PURPOSE = "export"
OF_CUSTOMERS = "customers"
"""Under what the `query` of an export says which customers it is of; without it, it is one of the audit."""

TRIES = 3
LEASES_WITHOUT_A_BEAT = 2

GAVE_UP = (
    f"It was begun {TRIES} times and never came to its end. Ask for it once more; if that ends like this, too, "
    "whoever runs this console finds the reason in its log."
)


class Ended(Exception):
    """The export is no longer this worker's: somebody stopped it, or another worker took it up."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished file is: its name, bytes, SHA-256 (hex), how many it holds, and what to know of it."""

    filename: str
    size: int
    digest: str
    count: int
    note: str = ""


def wake() -> None:
    """Tells the workers that there is an export to make. It is a notification only; losing it loses nothing."""
    task = app.configure_task(TASK, queue=QUEUE, queueing_lock=TASK, allow_unknown=True)
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        task.defer()


def claim() -> Export | None:
    """Takes up the next export that waits, or whose worker is gone, for this worker alone; None if there is none."""
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute(_CLAIM, {"lost": _lost_since(), "tries": TRIES})
            row = cursor.fetchone()
        if row is None:
            return None
        ExportPart.objects.filter(export=row[0]).delete()
        return Export.objects.select_related("owner").get(pk=row[0])


def begin(export: Export, *, total: int, places: list[int] | None) -> None:
    """Says how much there is to write, and of which connections; raises Ended like `beat`."""
    export.query = {**export.query, "places": places}
    with transaction.atomic():
        beat(export, 0)
        Export.objects.filter(pk=export.pk).update(total=total, query=export.query)


def beat(export: Export, done: int) -> None:
    """Says that its worker is at it and how far; raises Ended if it is not this worker's any more."""
    own = Export.objects.filter(pk=export.pk, status=ExportStatus.RUNNING, started_at=export.started_at)
    if not own.update(beat_at=Now(), done=done):
        raise Ended


def keep(export: Export, number: int, plain: bytes, *, done: int) -> None:
    """Keeps a piece of the file, sealed; raises Ended if the export is not this worker's any more."""
    sealed = key_ring().seal_bytes(PURPOSE, _place(export.pk, number), plain)
    with transaction.atomic():
        beat(export, done)
        ExportPart.objects.create(export=export, number=number, sealed=sealed)


def piece(export: Export, number: int) -> bytes:
    """A piece of the file; raises ExportPart.DoesNotExist if the file is no longer kept."""
    part = ExportPart.objects.get(export=export, number=number)
    return key_ring().open_bytes(PURPOSE, _place(export.pk, number), part.sealed)


def finish(export: Export, made: Result, *, tell: Callable[[], None] | None = None) -> None:
    """The file is whole: its owner may have it from now on. `tell` writes what history says of it, in the same
    transaction; by itself it is what it says of the audit's. Raises Ended if it is not this worker's any more.
    """
    with transaction.atomic():
        beat(export, made.count)
        ended = {"status": ExportStatus.DONE, "ended_at": Now(), "note": made.note, "total": made.count}
        ended |= {"filename": made.filename, "size": made.size, "digest": made.digest, "sealed_why": ""}
        Export.objects.filter(pk=export.pk).update(**ended)
        (tell or partial(_tell, export, made))()


def fail(export: Export, sentence: str) -> None:
    """It can't be made, and another try would not help; what there is of it is deleted."""
    with transaction.atomic():
        beat(export, export.done)
        end([export.pk], ExportStatus.FAILED, sentence)


def give_back(export: Export) -> None:
    """This worker ends: another may take the export up at once, and no try is counted."""
    own = Export.objects.filter(pk=export.pk, status=ExportStatus.RUNNING, started_at=export.started_at)
    with transaction.atomic():
        own.update(status=ExportStatus.WAITING, tries=F("tries") - 1, done=0, beat_at=None)
        wake()


def give_up_lost() -> int:
    """Ends those that too many workers left half done; says how many."""
    lost = Export.objects.filter(status=ExportStatus.RUNNING, beat_at__lt=_lost_since(), tries__gte=TRIES)
    with transaction.atomic():
        return end(locked(lost), ExportStatus.FAILED, GAVE_UP)


def are_to_make() -> bool:
    """Whether an export waits, or lost its worker."""
    lost = Q(status=ExportStatus.RUNNING, beat_at__lt=_lost_since(), tries__lt=TRIES)
    return Export.objects.filter(Q(status=ExportStatus.WAITING) | lost).exists()


def query_of(export: Export) -> Query:
    """What was asked for."""
    return Query.of(export.query.get("search", {}))


def locked(exports: QuerySet[Export]) -> list[int]:
    """Their numbers, the rows locked until the transaction ends."""
    return [export.pk for export in exports.select_for_update(no_key=True)]


def end(numbers: Sequence[int], status: ExportStatus, sentence: str) -> int:
    """Ends these, whose rows are locked, and deletes what there is of their files; says how many."""
    ExportPart.objects.filter(export__in=numbers).delete()
    ended = {"status": status, "note": sentence, "sealed_why": "", "ended_at": Now()}
    return Export.objects.filter(pk__in=numbers).update(**ended)


def _tell(export: Export, made: Result) -> None:
    details = {"query": query_of(export).stored(), "format": export.format, "count": made.count}
    about = {**details, "digest": made.digest, "export": export.pk}
    record(export.owner, "audit.exported", by=export.owner, origin=Origin.WORKER, details=about)


def _lost_since() -> datetime:
    return database_now() - timedelta(seconds=LEASES_WITHOUT_A_BEAT * settings.STEWARD_LEASE_SECONDS)


def _place(export: int, number: int) -> str:
    return f"{export}/{number}"


# The clock itself and not that of the statement, so that no two claims ever have the same moment.
_CLAIM = """
    UPDATE console_export
    SET status = 'running', tries = tries + 1, done = 0, started_at = clock_timestamp(), beat_at = clock_timestamp()
    WHERE id = (
        SELECT id FROM console_export
        WHERE status = 'waiting' OR (status = 'running' AND beat_at < %(lost)s AND tries < %(tries)s)
        ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id
"""
