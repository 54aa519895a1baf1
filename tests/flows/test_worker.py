"""A real worker process: it takes what is saved, survives what is done to it, and loses nothing when it is killed."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from console.models import Change, Status
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.flows.helpers import fresh, pushes, wish
from tests.processes import wait_for, worker

if TYPE_CHECKING:
    from tests.databases import Database


def test_what_is_saved_while_a_worker_runs_arrives_at_every_provider(live_db: Database, sandbox: Sandbox) -> None:
    ed = person("ed")
    customers = [sample(connect(slug, sandbox), sandbox) for slug in SLUGS]
    with worker(live_db):
        changes = [wish(customer, ed) for customer in customers]
        wait_for(lambda: all(fresh(change).state is Status.APPLIED for change in changes))
    assert [len(pushes(sandbox, slug)) for slug in SLUGS] == [1, 1, 1, 1, 1]


@pytest.mark.parametrize("slug", ["finosu", "caibo", "sqril"])  # each way of finding out what became of it
def test_killing_the_worker_in_mid_push_loses_nothing_and_claims_nothing(
    slug: str, live_db: Database, sandbox: Sandbox
) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.fault(slug, "hang-before")
    change = wish(customer, person("ed"))
    with worker(live_db, STEWARD_CALL_SECONDS="1.5") as process:
        wait_for(lambda: pushes(sandbox, slug))
        assert fresh(change).state is Status.SENDING
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert fresh(change).state is Status.SENDING
    with worker(live_db):
        wait_for(lambda: fresh(change).state is Status.UNKNOWN)
        assert fresh(change).maybe_applied
        wait_for(lambda: fresh(change).state is Status.APPLIED or fresh(change).wait == "person")
    if slug == "finosu":  # sending it again is not harmless there
        assert fresh(change).state is Status.UNKNOWN
    assert not any(entry["applied"] for entry in pushes(sandbox, slug)[:1])


def test_losing_the_queue_loses_nothing(live_db: Database, sandbox: Sandbox) -> None:
    change = wish(sample(connect("caibo", sandbox), sandbox), person("ed"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_events; DELETE FROM procrastinate_jobs")
    with worker(live_db):
        wait_for(lambda: fresh(change).state is Status.APPLIED)
    assert len(pushes(sandbox, "caibo")) == 1


def test_a_stopped_provider_means_trying_again_not_success(live_db: Database) -> None:
    with Sandbox() as stopped:
        customer = sample(connect("flowwise", stopped), stopped)
    change = wish(customer, person("ed"))
    with worker(live_db):
        wait_for(lambda: fresh(change).tries >= 1 and fresh(change).state is Status.APPROVED)
    assert not Change.objects.filter(status=Status.APPLIED).exists()


def test_two_workers_share_the_work_and_send_nothing_twice(live_db: Database, sandbox: Sandbox) -> None:
    ed, caibo = person("ed"), connect("caibo", sandbox)
    changes = [wish(sample(caibo, sandbox, id=str(number)), ed) for number in range(1, 21)]
    with worker(live_db), worker(live_db):
        wait_for(lambda: all(fresh(change).state is Status.APPLIED for change in changes))
    assert sorted(entry["external_id"] for entry in pushes(sandbox, "caibo")) == sorted(
        str(number) for number in range(1, 21)
    )


def test_sigterm_lets_the_worker_finish_what_it_is_sending(live_db: Database, sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    sandbox.fault("caibo", "slow", seconds=0.5)
    change = wish(customer, person("ed"))
    with worker(live_db) as process:
        wait_for(lambda: fresh(change).state is Status.SENDING)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert fresh(change).state is Status.APPLIED


def test_sigterm_begins_nothing_new_and_leaves_nothing_half_done(live_db: Database, sandbox: Sandbox) -> None:
    ed, caibo = person("ed"), connect("caibo", sandbox)
    changes = [wish(sample(caibo, sandbox, id=str(number)), ed) for number in range(1, 21)]
    sandbox.fault("caibo", "slow", count=20, seconds=0.5)
    with worker(live_db, STEWARD_CALL_SECONDS="4", STEWARD_LEASE_SECONDS="5") as process:
        wait_for(lambda: pushes(sandbox, "caibo"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    states = [fresh(change).state for change in changes]
    assert set(states) == {Status.APPLIED, Status.APPROVED}
    assert states.count(Status.APPLIED) == len(pushes(sandbox, "caibo"))


def test_a_worker_that_cannot_keep_marks_says_so_in_a_sentence_and_sends_nothing(
    live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    change = wish(sample(connect("caibo", sandbox), sandbox), person("ed"))
    file = tmp_path / "file"
    file.touch()
    with worker(live_db, STEWARD_MARKS=str(file / "below")) as process:
        assert process.wait(timeout=30) == 1
    assert (fresh(change).state, pushes(sandbox, "caibo")) == (Status.APPROVED, [])
