"""A worker that was frozen for longer than its lease, and is woken, sends nothing more and changes nothing."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from console.models import Attempt, Change, Event, Outcome, Status
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.crashing import Action, CrashPoint, crashing_worker, is_frozen
from tests.flows.helpers import fresh, pushes, wish
from tests.processes import wait_for, worker

if TYPE_CHECKING:
    from tests.databases import Database

# A busy machine must not make calls of the healthy worker fail.
PATIENT = {"STEWARD_LEASE_SECONDS": "3", "STEWARD_CALL_SECONDS": "2.5"}
READ_BACK, SENT_AGAIN = "sqril", "caibo"


@pytest.mark.parametrize("slug", [READ_BACK, SENT_AGAIN])
@pytest.mark.parametrize("point", [CrashPoint.AFTER_CLAIM, CrashPoint.MID_BODY])
def test_invariant_8_a_zombie_sends_nothing_more(
    point: CrashPoint, slug: str, live_db: Database, sandbox: Sandbox
) -> None:
    change = wish(sample(connect(slug, sandbox), sandbox), person("ed"))
    with crashing_worker(live_db, point, change.connection_id, Action.FREEZE, PATIENT) as zombie:
        wait_for(lambda: is_frozen(zombie), seconds=60)
        with worker(live_db, **PATIENT):
            wait_for(lambda: fresh(change).state is Status.APPLIED, seconds=60)
        sent, settled = pushes(sandbox, slug), fresh(change)
        assert len(sent) == 1
        _wake(zombie, change)
        assert _first(change).outcome in {Outcome.NOT_SENT, Outcome.UNKNOWN}
        assert pushes(sandbox, slug) == sent
        assert _state(fresh(change)) == _state(settled)


@pytest.mark.parametrize("slug", [READ_BACK, SENT_AGAIN])
def test_invariant_8_a_late_answer_of_a_zombie_changes_nothing(slug: str, live_db: Database, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    change = wish(customer, person("ed"))
    with crashing_worker(live_db, CrashPoint.BEFORE_SETTLE, change.connection_id, Action.FREEZE, PATIENT) as zombie:
        wait_for(lambda: is_frozen(zombie), seconds=60)
        with worker(live_db, **PATIENT):
            wait_for(lambda: fresh(change).state is Status.APPLIED, seconds=60)
        sent, settled, told = pushes(sandbox, slug), fresh(change), Event.objects.count()
        record = fresh(customer).record
        _wake(zombie, change)
        assert _first(change).late
        assert pushes(sandbox, slug) == sent
        assert _state(fresh(change)) == _state(settled)
        late = Event.objects.get(verb="change.answered_late")
        assert late.attempt == _first(change)
        assert (fresh(customer).record, Event.objects.count()) == (record, told + 1)


def test_a_frozen_worker_that_is_woken_goes_on_with_other_work(live_db: Database, sandbox: Sandbox) -> None:
    ed, caibo = person("ed"), connect("caibo", sandbox)
    change = wish(sample(caibo, sandbox, id="1"), ed)
    with crashing_worker(live_db, CrashPoint.AFTER_CLAIM, caibo.pk, Action.FREEZE, PATIENT) as zombie:
        wait_for(lambda: is_frozen(zombie), seconds=60)
        with worker(
            live_db, **PATIENT
        ):  # which takes the frozen one for gone, and its place in the queue's list with it
            wait_for(lambda: fresh(change).state is Status.APPLIED, seconds=60)
        _wake(zombie, change)
        later = wish(sample(caibo, sandbox, id="2"), ed)
        wait_for(lambda: fresh(later).state is Status.APPLIED, seconds=60)
        assert later.attempts.get().worker.endswith(f":{zombie.pid}")
        zombie.send_signal(signal.SIGTERM)
        assert zombie.wait(timeout=10) == 0


def _wake(zombie: subprocess.Popen[bytes], change: Change) -> None:
    """Until it has said what it knows of the request that it was at."""
    assert _first(change).outcome == Outcome.INTENT
    os.kill(zombie.pid, signal.SIGCONT)
    wait_for(lambda: _first(change).outcome != Outcome.INTENT)


def _first(change: Change) -> Attempt:
    return Attempt.objects.filter(change=change).earliest("pk")


def _state(change: Change) -> tuple[object, ...]:
    return change.status, change.epoch, change.tries, change.confirmation, change.ended_at, change.maybe_applied
