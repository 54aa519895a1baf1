"""A wake-up reaches a worker only once it can see the work, however many ask for it at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from console.flows.wake import QUEUE, wake
from tests.databases import Database

A_CONNECTION = 7

pytestmark = pytest.mark.usefixtures("live_db")


def elsewhere[T](call: Callable[[], T]) -> T:
    """What a call gives in another thread, which has a database connection of its own."""
    given: list[T] = []

    def run() -> None:
        try:
            given.append(call())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return given[0]


def take() -> int | None:
    """Takes a job as a worker does; gives its key."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM procrastinate_fetch_job_v2(ARRAY[%s::varchar], NULL)", [QUEUE])
        row = cursor.fetchone()
    return row[0] if row else None


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        return int(cursor.fetchone()[0])


def test_many_that_ask_before_a_drain_begins_make_one_wake_up() -> None:
    for _ in range(3):
        wake(A_CONNECTION)
    assert count() == 1


def test_a_wake_up_that_waits_is_taken_only_once_the_save_that_saw_it_is_committed(live_db: Database) -> None:
    wake(A_CONNECTION)
    with transaction.atomic():
        wake(A_CONNECTION)
        assert elsewhere(take) is None
    assert elsewhere(take) is not None
    assert count() == 0


def test_a_wake_up_that_a_worker_has_taken_is_followed_by_another() -> None:
    wake(A_CONNECTION)
    assert elsewhere(take) is not None
    wake(A_CONNECTION)
    assert count() == 1


def test_nothing_is_left_of_a_wake_up_whose_work_was_rolled_back() -> None:
    with transaction.atomic():
        wake(A_CONNECTION)
        transaction.set_rollback(True)
    assert count() == 0
