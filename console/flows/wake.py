"""Wake: tells the workers that a connection has work. It only sends a notification; losing it loses nothing."""

from __future__ import annotations

import contextlib

from django.db import connection as database
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

TASK = "deliver"
QUEUE = "push"
TRIES = 3
AHEAD = 1  # of whatever else may have got into the queue


def wake(connection_id: int) -> None:
    """Asks for a drain of this connection, once, however often it is asked before one begins.

    Joins the transaction it is called in: no wake-up is sent for work that was rolled back, and a drain begins only
    when that work can be seen. The savepoint is there because a wake-up that somebody else sends at the same moment
    poisons the transaction it is deferred in.
    """
    lock = f"connection-{connection_id}"
    task = app.configure_task(TASK, queue=QUEUE, queueing_lock=lock, priority=AHEAD, allow_unknown=True)
    for _ in range(TRIES):
        if _holds(lock):
            return
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            task.defer(connection_id=connection_id)
            return


def _holds(lock: str) -> bool:
    """Whether a wake-up waits already: if so, no worker takes it before this transaction has ended.

    Workers skip what is locked. One that took it now would find nothing of what is about to be committed. A wake-up
    that a worker is just taking is skipped here in turn, and does not count.
    """
    with database.cursor() as cursor:
        cursor.execute(_HOLD, [lock])
        return bool(cursor.rowcount)


_HOLD = "SELECT FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo' FOR SHARE SKIP LOCKED"
