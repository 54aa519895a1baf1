"""The queue carries wake-ups only: whatever becomes of it, changes arrive, and what is left in it is cleared away."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import psycopg.errors
import pytest
from django.db import connection as database
from django.db import transaction

from console.flows.reap import reap
from console.flows.wake import QUEUE, TASK, wake
from console.models import Status
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, pushes, wish
from tests.processes import wait_for, worker

if TYPE_CHECKING:
    from tests.databases import Database

JUNK = 10_000


def test_a_job_that_a_killed_worker_had_is_taken_up_again(live_db: Database) -> None:
    with worker(live_db) as process:
        [[worker_id]] = wait_for(lambda: _rows("SELECT id FROM procrastinate_workers"))
        process.send_signal(signal.SIGKILL)
        process.wait()
    wake(7)
    _run("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", worker_id)
    with worker(live_db):
        wait_for(lambda: not _rows("SELECT status FROM procrastinate_jobs"))


@pytest.mark.usefixtures("live_db")
def test_a_job_whose_worker_gives_signs_of_life_is_left_to_it() -> None:
    wake(7)
    _run("INSERT INTO procrastinate_workers DEFAULT VALUES")
    _run("UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)")
    assert reap() == 0
    assert _statuses() == ["doing"]


@pytest.mark.usefixtures("live_db")
def test_a_left_job_waits_again_or_is_ended_where_the_same_wake_up_waits_already() -> None:
    wake(7)
    _run("UPDATE procrastinate_jobs SET status = 'doing'")
    reap()
    assert _statuses() == ["todo"]
    _run("UPDATE procrastinate_jobs SET status = 'doing'")
    wake(7)
    reap()
    assert _statuses() == ["todo"]


@pytest.mark.usefixtures("live_db")
def test_what_is_finished_or_strange_is_removed_and_other_queues_are_left_alone() -> None:
    for status in ("succeeded", "failed", "cancelled", "aborted"):
        _insert(TASK, status)
    _insert("no such task", "todo")
    _insert("somebody else's", "todo", queue="another")
    wake(7)
    reap()
    left = _rows("SELECT queue_name, task_name FROM procrastinate_jobs ORDER BY id")
    assert left == [["another", "somebody else's"], [QUEUE, TASK]]


@pytest.mark.usefixtures("live_db")
def test_the_reaper_holds_no_lock_of_the_queue_and_waits_for_none() -> None:
    wake(7)
    _run("UPDATE procrastinate_jobs SET status = 'doing'")
    with transaction.atomic():
        reap()
        with database.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            assert cursor.fetchone() == (0,)


def test_ten_thousand_strange_jobs_hold_up_no_change_and_are_cleared_away(live_db: Database, sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    _junk()
    with worker(live_db):
        before = wish(customer, ed)
        wait_for(lambda: fresh(before).state is Status.APPLIED, seconds=10)
        _junk()
        after = wish(customer, ed, {"phone": "+441632960962"})
        wait_for(lambda: fresh(after).state is Status.APPLIED, seconds=10)
        wait_for(lambda: not _statuses())


def test_every_job_twice_sends_nothing_twice(live_db: Database, sandbox: Sandbox) -> None:
    ed, caibo = person("ed"), connect("caibo", sandbox)
    changes = [wish(sample(caibo, sandbox, id=str(number)), ed) for number in range(1, 11)]
    _run(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
        " SELECT queue_name, task_name, args FROM procrastinate_jobs, generate_series(1, 20)"
    )
    with worker(live_db), worker(live_db):
        wait_for(lambda: all(fresh(change).state is Status.APPLIED for change in changes))
        wait_for(lambda: not _statuses())
    assert len(pushes(sandbox, "caibo")) == 10


def test_invariant_3_a_queue_that_is_emptied_again_and_again_loses_nothing(live_db: Database, sandbox: Sandbox) -> None:
    ed, caibo = person("ed"), connect("caibo", sandbox)
    changes = []
    with worker(live_db):
        for number in range(1, 11):
            changes.append(wish(sample(caibo, sandbox, id=str(number)), ed))
            _empty()
        wait_for(lambda: all(fresh(change).state is Status.APPLIED for change in changes))
    assert len(pushes(sandbox, "caibo")) == 10


def _junk() -> None:
    _run(
        "INSERT INTO procrastinate_jobs (queue_name, task_name) SELECT %s, 'no such task' FROM generate_series(1, %s)",
        QUEUE,
        JUNK,
    )


def _empty() -> None:
    """As a person would who thinks that it helps; a worker that is just taking a job may be in the way."""
    for _ in range(5):
        try:
            _run("DELETE FROM procrastinate_events; DELETE FROM procrastinate_jobs")
        except psycopg.errors.Error:
            continue
        return


def _insert(task: str, status: str, queue: str = QUEUE) -> None:
    _run("INSERT INTO procrastinate_jobs (queue_name, task_name, status) VALUES (%s, %s, %s)", queue, task, status)


def _statuses() -> list[str]:
    return [status for [status] in _rows("SELECT status::text FROM procrastinate_jobs ORDER BY id")]


def _run(statement: str, *parameters: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement, parameters or None)


def _rows(query: str) -> list[list[Any]]:
    with database.cursor() as cursor:
        cursor.execute(query)
        return [list(row) for row in cursor.fetchall()]
