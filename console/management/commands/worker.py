"""manage.py worker: sends approved changes until it is told to stop. Any number may run, on any number of hosts."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections
from django.db import connection as database
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException

from console import tasks
from console.checks import refuse_what_cannot_work
from console.errors import CannotSeal
from console.flows import mail, making, restored, working
from console.flows.batches import claiming
from console.flows.rejudge import is_behind
from console.flows.seal import seal
from console.flows.sweep import sweep
from console.flows.wake import QUEUE

log = structlog.get_logger()

JOBS_AT_ONCE = 64
POLL_SECONDS = 0.2
AFTER_AN_OUTAGE_SECONDS = 1.0
CATCHING_UP_SECONDS = 1.0
SEAL_SECONDS = 10.0  # every event is sealed within a minute, also when one worker has just died
HEARTBEATS_IN_A_LEASE = 4  # a worker without one for a lease is taken for gone, as it may send no more


class Command(BaseCommand):
    """Runs the wake-ups and the mails from their queues, and beside them a sweeper and a sealer that need no queue."""

    help = "Sends approved changes to their providers. SIGTERM or Ctrl-C stop it once what is being sent has ended."
    requires_system_checks: list[str] = []  # all of them run first thing, the database's included

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Works until a signal comes; an outage of the database is waited out."""
        refuse_what_cannot_work()
        _look_for_marks()
        beside = [
            threading.Thread(target=each, name=each.__name__) for each in (_sweep_until_stopped, _seal_until_stopped)
        ]
        for thread in beside:
            thread.start()
        try:
            asyncio.run(_work_until_stopped())
        finally:
            tasks.stopping.set()
            tasks.dismiss()
            for thread in beside:
                thread.join()


def _look_for_marks() -> None:
    """Before anything is sent: whether the database was set back, and whether it could be noticed if it ever is."""
    try:
        restored.notice()
        restored.keep()
    except OSError as problem:
        where = problem.filename or settings.STEWARD_MARKS
        raise CommandError(f"STEWARD_MARKS cannot be used: {where}: {problem.strerror}.") from problem
    finally:
        close_old_connections()


async def _work_until_stopped() -> None:
    loop, working = asyncio.get_running_loop(), asyncio.create_task(_work())

    def stop() -> None:
        tasks.stopping.set()
        working.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await working


async def _work() -> None:
    while not tasks.stopping.is_set():
        worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's connector
        try:
            async with worker.open_async():
                await worker.run_worker_async(
                    queues=[QUEUE, mail.QUEUE, making.QUEUE, working.QUEUE, claiming.QUEUE],
                    concurrency=JOBS_AT_ONCE,
                    fetch_job_polling_interval=POLL_SECONDS,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    shutdown_graceful_timeout=settings.STEWARD_LEASE_SECONDS,
                    update_heartbeat_interval=settings.STEWARD_LEASE_SECONDS / HEARTBEATS_IN_A_LEASE,
                    stalled_worker_timeout=settings.STEWARD_LEASE_SECONDS,
                )
        except (ConnectorException, OSError) as outage:
            log.warning("worker.database_away", problem=type(outage).__name__)
            await asyncio.sleep(AFTER_AN_OUTAGE_SECONDS)


def _sweep_until_stopped() -> None:
    while True:
        close_old_connections()
        try:
            sweep()
            tasks.call_the_mailer()
        except DatabaseError as outage:
            log.warning("sweeper.database_away", problem=type(outage).__name__)
        except Exception as failure:  # noqa: BLE001 - without a sweeper, what is lost stays lost
            log.error("sweeper.failed", problem=type(failure).__name__)
        pause = settings.STEWARD_SWEEP_SECONDS
        if tasks.stopping.wait(min(pause, CATCHING_UP_SECONDS) if is_behind() else pause):
            database.close()
            return


def _seal_until_stopped() -> None:
    """In a thread of its own: a long sweep keeps nothing unsealed, and a seal that fails keeps nobody from sweeping."""
    said = ""
    while not tasks.stopping.wait(min(SEAL_SECONDS, settings.STEWARD_SWEEP_SECONDS)):
        close_old_connections()
        try:
            seal(stopping=tasks.stopping)
            said = ""
        except DatabaseError as outage:
            log.warning("sealer.database_away", problem=type(outage).__name__)
        except (CannotSeal, OSError) as problem:
            said = _say_once(problem, said)
        except Exception as failure:  # noqa: BLE001 - the next round may do what this one could not
            log.error("sealer.failed", problem=type(failure).__name__)
    database.close()


def _say_once(problem: CannotSeal | OSError, said: str) -> str:
    """What stands in the way stays there until a person sees to it: it is logged when it begins, not in every round."""
    what = str(problem) if isinstance(problem, CannotSeal) else f"STEWARD_SEALS cannot be used: {problem.strerror}"
    if what != said:
        log.error("sealer.refused", why=what)
    return what
