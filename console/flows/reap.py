"""Reap: ends the jobs whose worker is gone, and removes from the queue what nobody needs there.

Jobs are wake-ups, also of who mails what is due; they carry no work, so nothing is lost by any of this. Each statement
stands for itself: no job and no lock of the queue is held from one to the next.
"""

from __future__ import annotations

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db import connection as database

from console.flows.wake import QUEUE, TASK

log = structlog.get_logger()

JOBS = {QUEUE: TASK, "mail": "mail", "export": "export", "bulk": "bulk"}
"""By queue, the one task whose jobs belong there."""


def reap() -> int:
    """Retries jobs that a worker without a sign of life has, and removes finished and strange ones; gives how many."""
    with database.cursor() as cursor:
        cursor.execute(_REMOVE, {"queues": list(JOBS), "tasks": list(JOBS.values())})
        removed: int = cursor.rowcount
        cursor.execute(_LEFT, {"queues": list(JOBS), "seconds": settings.STEWARD_LEASE_SECONDS})
        left = [job_id for (job_id,) in cursor.fetchall()]
    for job_id in left:
        _retry(job_id)
    if removed or left:
        log.info("reap.ended", removed=removed, retried=len(left))
    return removed + len(left)


def _retry(job_id: int) -> None:
    """Where the same wake-up waits already, the left one has nothing to add."""
    try:
        _call("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", job_id)
    except IntegrityError:
        _call("SELECT procrastinate_finish_job_v1(%s, 'aborted', true)", job_id)
    except DatabaseError as gone:  # somebody ended it at the same moment
        log.info("reap.gone", problem=type(gone).__name__)


def _call(statement: str, job_id: int) -> None:
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(statement, [job_id])


# What is being done by a worker is left to it, whatever it is.
_REMOVE = """
    DELETE FROM procrastinate_jobs USING unnest(%(queues)s::text[], %(tasks)s::text[]) AS known (queue, task)
    WHERE queue_name = known.queue AND status <> 'doing' AND (status <> 'todo' OR task_name <> known.task)
"""
_LEFT = """
    SELECT job.id FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.queue_name = ANY(%(queues)s) AND job.status = 'doing'
        AND (worker.id IS NULL OR worker.last_heartbeat < now() - %(seconds)s * interval '1 second')
    ORDER BY job.id
"""
