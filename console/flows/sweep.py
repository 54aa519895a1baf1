"""Sweep: finds what no wake-up tells of: work that is due, and what a worker left that is gone."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from console.backend import SessionStore
from console.errors import ConsoleError
from console.flows import bulk_kept, exports, forget, quality, restored
from console.flows.alone import alone
from console.flows.batches import claiming, deciding
from console.flows.batches.feeding import connections_to_feed
from console.flows.drafts import forget_old
from console.flows.expire import expire
from console.flows.measure import measure
from console.flows.reap import reap
from console.flows.rejudge import rejudge
from console.flows.settle import lose
from console.flows.wake import wake
from console.models import Change, Connection, Status
from providers.base import BadOptions

log = structlog.get_logger()

ONE_SWEEPER = 7_203_114
LONGEST_STANDSTILL = "10s"


def sweep() -> int:
    """Ends what was lost, tidies up, measures, and wakes every connection with due work; gives how many it woke.

    One sweeper at a time. Since it asks our own tables and not the queue, losing the queue loses nothing. First of all
    every worker looks whether the database was set back: of that, only its own host may know.
    """
    restored.notice()
    restored.keep()
    with alone(ONE_SWEEPER, standstill=LONGEST_STANDSTILL) as is_alone:
        if not is_alone:
            return 0
        for change_id in _lost():
            _end(change_id)
        reap()
        expire()
        deciding.expire()
        deciding.rejudge()
        rejudge()
        forget_old()
        SessionStore.clear_expired()
        measure()
        exports.tidy()
        bulk_kept.tidy()
        forget.now_and_then()
        if claiming.are_to_build():
            claiming.wake_builders()
        due = sorted({*_with_due_work(), *connections_to_feed()})
        for connection_id in due:
            wake(connection_id)
        quality.now_and_then()
        return len(due)


def _end(change_id: int) -> None:
    """One that can't be ended yet must not keep the others waiting; it is looked at again in the next round."""
    try:
        lose(change_id)
    except (ConsoleError, BadOptions) as problem:
        log.error("sweep.not_ended", change=change_id, problem=type(problem).__name__)


def _lost() -> list[int]:
    """Being sent for longer than a lease and a call last: the worker that had it can send nothing any more."""
    latest = Now() - timedelta(seconds=settings.STEWARD_CALL_SECONDS)
    lost = Change.objects.filter(status=Status.SENDING, lease_until__lt=latest)
    return list(lost.order_by("lease_until", "pk").values_list("pk", flat=True))


def _with_due_work() -> list[int]:
    """Connections through which something may leave: neither paused, nor interrupted with the next try yet to come."""
    due = Q(changes__status__in=[Status.APPROVED, Status.UNKNOWN], changes__next_attempt_at__lte=Now())
    return list(Connection.objects.that_may_send().filter(due).distinct().values_list("pk", flat=True))
