"""The jobs that Procrastinate carries. Arguments are ids and results None, since it logs both."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import close_old_connections, transaction
from django.db import connection as database
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from console import bulk, exporting
from console.flows import forgotten, making, notices, restored, working
from console.flows import mail as mails
from console.flows.batches import claiming, undoing
from console.flows.batches.feeding import feed
from console.flows.deliver import drain
from console.flows.send import close_clients
from console.flows.wake import QUEUE, TASK
from console.inbox import waiting
from console.models import Connection

log = structlog.get_logger()

stopping = threading.Event()

A_MINUTE = 60.0
MOST_COUNTED = 100


class Crew:
    """The threads of one connection, kept so that each keeps its HTTP client and its database connection."""

    def __init__(self, connection_id: int, slots: int) -> None:
        self.connection_id, self.slots = connection_id, slots
        self._threads = ThreadPoolExecutor(max_workers=slots, thread_name_prefix=f"push-{connection_id}")
        self._lock, self._to_begin = threading.Lock(), 0

    def call(self) -> None:
        """Sees to it that every thread drains, now or after what it is at. A drain that is yet to begin is enough:
        it will see all that this wake-up is about.
        """
        with self._lock:
            if self._to_begin:
                return
            self._to_begin = self.slots
        for _ in range(self.slots):
            self._threads.submit(self._drain)

    def dismiss(self, *, wait: bool) -> None:
        """Takes no more calls; what has been called for is still done, and then each thread closes what it kept."""
        all_there = threading.Barrier(self.slots)
        for _ in range(self.slots):
            self._threads.submit(_let_go, all_there)
        self._threads.shutdown(wait=wait)

    def _drain(self) -> None:
        with self._lock:
            self._to_begin -= 1
        close_old_connections()
        try:
            restored.notice()
            drain(self.connection_id, stopping=stopping)
            while feed(self.connection_id, stopping=stopping):
                drain(self.connection_id, stopping=stopping)
        except Exception as failure:  # noqa: BLE001 - the sweeper finds what it left; its text may hold personal values
            log.error("drain.failed", connection=self.connection_id, problem=type(failure).__name__)
        finally:
            close_old_connections()


def _let_go(all_there: threading.Barrier) -> None:
    """Once in each thread of a crew: none takes a second turn before all have come."""
    all_there.wait()
    close_clients()
    database.close()


_crews: dict[int, Crew] = {}
_hiring = threading.Lock()


@app.task(name=TASK, queue=QUEUE)
def deliver(connection_id: int) -> None:
    """Has one connection drained by as many threads as it has slots, until nothing is due. Does not wait for them:

    a provider that hangs holds its own connection's threads and no place among the jobs.
    """
    close_old_connections()  # one that an outage broke would fail every wake-up from then on
    try:
        slots = Connection.objects.filter(pk=connection_id).values_list("slots", flat=True).first()
    finally:
        close_old_connections()
    if slots is None or stopping.is_set():
        return
    with _hiring:
        crew = _crews.get(connection_id)
        if crew is None or crew.slots != slots:
            if crew:
                crew.dismiss(wait=False)
            crew = _crews[connection_id] = Crew(connection_id, slots)
        crew.call()


def call_the_mailer() -> None:
    """Asks for a round of mails, once a minute however often it is called; once, too, however many processes ask.

    The queue's own periodic jobs would do as well, but for their clock, which may keep a worker for up to a minute from
    ending: being told to is lost on it at times.
    """
    global _mailer_called  # noqa: PLW0603 - of this process
    now = time.monotonic()
    if _mailer_called is not None and now - _mailer_called < A_MINUTE:
        return
    _mailer_called = now
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        mail.defer()


_mailer_called: float | None = None


@app.task(name=mails.TASK, queue=mails.QUEUE, queueing_lock=mails.TASK)
def mail() -> None:
    """Sends the mails that are due; once an hour it forgets old notices. Mail holds up no push:

    a server that hangs holds this job alone, for as long as its timeouts last.
    """
    close_old_connections()
    try:
        mails.mail_due(deciding=lambda user: waiting(user, MOST_COUNTED).deciding, stopping=stopping)
        if timezone.now().minute == 0:
            notices.forget_old()
    except Exception as failure:  # noqa: BLE001 - its text may hold an address, and the next minute tries again
        log.error("mail.failed", problem=type(failure).__name__)
    finally:
        close_old_connections()


@app.task(name=forgotten.TASK, queue=forgotten.QUEUE)
def mail_link(person_id: int) -> None:
    """Mails a link for a new password, once: whoever waits for it in vain asks again."""
    close_old_connections()
    try:
        forgotten.mail_link(person_id)
    finally:
        close_old_connections()


class Hands:
    """Threads for one sort of work that takes long, so that it holds no place among the jobs; `most` of them at once.

    While all are at something there is nothing to call for: each looks for the next by itself until nothing is left,
    and the sweeper calls other workers.
    """

    def __init__(self, name: str, work: Callable[[threading.Event], object], *, most: int = 1) -> None:
        self._name, self._work, self._most, self._failed = name, work, most, f"{name}.failed"
        self._lock, self._threads = threading.Lock(), list[threading.Thread]()

    def call(self) -> None:
        """Has one more begin, unless as many as may be are at it."""
        with self._lock:
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            if stopping.is_set() or len(self._threads) >= self._most:
                return
            self._threads.append(threading.Thread(target=self._run, name=self._name))
            self._threads[-1].start()

    def dismiss(self) -> None:
        """Waits until each has ended what it is at, or has given it back."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        try:
            self._work(stopping)
        except Exception as failure:  # noqa: BLE001 - it is taken up again; its text may hold personal values
            log.error(self._failed, problem=type(failure).__name__)
        finally:
            database.close()


_exporters = Hands("export", exporting.make_all)
_bulk_workers = Hands("bulk", bulk.work_all, most=2)  # a file of a million rows keeps nobody's small one waiting
_builders = Hands("batch", undoing.build_all)


@app.task(name=making.TASK, queue=making.QUEUE, queueing_lock=making.TASK)
def export() -> None:
    """Has the exports that wait made, one after the other."""
    _exporters.call()


@app.task(name=working.TASK, queue=working.QUEUE, queueing_lock=working.TASK)
def work_on_many() -> None:
    """Has what waits of the work on many customers done."""
    _bulk_workers.call()


@app.task(name=claiming.TASK, queue=claiming.QUEUE, queueing_lock=claiming.TASK)
def build_batches() -> None:
    """Has the batches put together that take others back."""
    _builders.call()


def dismiss() -> None:
    """Waits until all crews have ended what they are at, and gives back what is being exported or worked on."""
    for hands in (_bulk_workers, _exporters, _builders):
        hands.dismiss()
    while _crews:
        _crews.popitem()[1].dismiss(wait=True)
