"""The jobs that Procrastinate carries. Arguments are ids and results None, since it logs both."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import close_old_connections
from procrastinate.contrib.django import app

from console.flows.deliver import drain
from console.flows.wake import QUEUE, TASK
from console.models import Connection

log = structlog.get_logger()

stopping = threading.Event()
_crews: dict[int, ThreadPoolExecutor] = {}
_making = threading.Lock()


@app.task(name=TASK, queue=QUEUE)
async def deliver(connection_id: int) -> None:
    """Drains one connection with as many threads as it has slots; ends when nothing is due.

    It only waits: a provider that hangs holds its own connection's threads and nobody else's.
    """
    slots = await Connection.objects.filter(pk=connection_id).values_list("slots", flat=True).afirst() or 1
    crew = _crew(connection_id, slots)
    drains = (asyncio.wrap_future(crew.submit(_drain, connection_id)) for _ in range(slots))
    for failure in await asyncio.gather(*drains, return_exceptions=True):
        if isinstance(failure, BaseException):  # the sweeper finds what it left; its text may hold personal values
            log.error("drain.failed", connection=connection_id, problem=type(failure).__name__)


def _crew(connection_id: int, slots: int) -> ThreadPoolExecutor:
    """The connection's threads, kept so that each keeps its HTTP client and its database connection."""
    with _making:
        if connection_id not in _crews:
            _crews[connection_id] = ThreadPoolExecutor(max_workers=slots, thread_name_prefix=f"push-{connection_id}")
        return _crews[connection_id]


def _drain(connection_id: int) -> None:
    close_old_connections()
    drain(connection_id, stopping=stopping)
