"""Claiming: which worker puts together a batch that takes another back, so that no two do and none is lost."""

from __future__ import annotations

import contextlib

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from console.models import Batch

TASK = QUEUE = "batch"
TRIES = 3
LEASES_WITHOUT_A_BEAT = 2


def wake_builders() -> None:
    """Tells the workers that there is a batch to put together. It is a notification only; losing it loses nothing."""
    task = app.configure_task(TASK, queue=QUEUE, queueing_lock=TASK, allow_unknown=True)
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        task.defer()


def claim() -> Batch | None:
    """Takes up the next batch that takes another back, if no worker is at it; None if there is none."""
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(_CLAIM, _limits())
        row = cursor.fetchone()
    return Batch.objects.select_related("connection", "requester").get(pk=row[0]) if row else None


def are_to_build() -> bool:
    """Whether one waits for a worker."""
    with database.cursor() as cursor:
        cursor.execute(_WAITING, _limits())
        return cursor.fetchone() is not None


def given_up() -> list[Batch]:
    """Those that too many workers left half done."""
    with database.cursor() as cursor:
        cursor.execute(_GIVEN_UP, _limits())
        numbers = [number for (number,) in cursor.fetchall()]
    return list(Batch.objects.filter(pk__in=numbers))


def _limits() -> dict[str, float | int]:
    return {"lost": LEASES_WITHOUT_A_BEAT * settings.STEWARD_LEASE_SECONDS, "tries": TRIES}


_TO_BUILD = """
    status = 'building' AND undoes_id IS NOT NULL AND ended_at IS NULL
    AND (beat_at IS NULL OR (beat_at < clock_timestamp() - make_interval(secs => %(lost)s) AND tries < %(tries)s))
"""
_WAITING = f"SELECT id FROM console_batch WHERE {_TO_BUILD} LIMIT 1"  # noqa: S608 - of our own words, as what follows
_CLAIM = f"""
    UPDATE console_batch SET tries = tries + 1, beat_at = clock_timestamp()
    WHERE id = (SELECT id FROM console_batch WHERE {_TO_BUILD} ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING id
"""  # noqa: S608
_GIVEN_UP = """
    SELECT id FROM console_batch WHERE status = 'building' AND undoes_id IS NOT NULL AND ended_at IS NULL
        AND beat_at < clock_timestamp() - make_interval(secs => %(lost)s) AND tries >= %(tries)s
"""
