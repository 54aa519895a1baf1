"""Sweep: finds what no wake-up tells of: work that is due, and requests whose worker is gone."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from console.flows.settle import lose
from console.flows.wake import wake
from console.models import Change, Connection, Status

ONE_SWEEPER = 7_203_114


def sweep() -> int:
    """Ends what was lost and wakes every connection with due work; gives how many it woke. One sweeper at a time.

    Since it asks our own tables and not the queue, losing the queue loses nothing.
    """
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_SWEEPER])
        [alone] = cursor.fetchone()
        if not alone:
            return 0
        for change_id in _lost():
            lose(change_id)
        due = list(_with_due_work())
        for connection_id in due:
            wake(connection_id)
        return len(due)


def _lost() -> list[int]:
    """Being sent for longer than a lease and a call last: the worker that had it can send nothing any more."""
    latest = Now() - timedelta(seconds=settings.STEWARD_CALL_SECONDS)
    return list(Change.objects.filter(status=Status.SENDING, lease_until__lt=latest).values_list("pk", flat=True))


def _with_due_work() -> list[int]:
    due = Q(changes__status__in=[Status.APPROVED, Status.UNKNOWN], changes__next_attempt_at__lte=Now())
    return list(Connection.objects.filter(due, paused_at=None).distinct().values_list("pk", flat=True))
