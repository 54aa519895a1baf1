"""Wake: tells the workers that a connection has work. It only sends a notification; losing it loses nothing."""

from __future__ import annotations

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

TASK = "deliver"
QUEUE = "push"


def wake(connection_id: int) -> None:
    """Asks for a drain of this connection, once, however often it is asked before one begins.

    Joins the transaction it is called in: no wake-up is sent for work that was rolled back. The savepoint is there
    because a wake-up that stands already poisons the transaction it is deferred in.
    """
    task = app.configure_task(TASK, queue=QUEUE, queueing_lock=f"connection-{connection_id}", allow_unknown=True)
    try:
        with transaction.atomic():
            task.defer(connection_id=connection_id)
    except AlreadyEnqueued:
        return
