"""A worker that is killed at any point of a push loses nothing, claims nothing, and sends nothing twice in silence."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from pytest_django import DjangoDbBlocker

from console.models import Attempt, Change, Connection, Event, Kind, Pause, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.crashing import CrashPoint, crashing_worker
from tests.databases import connected_to
from tests.flows.helpers import WISH, fresh, pushes, wish
from tests.processes import wait_for, worker

if TYPE_CHECKING:
    from tests.databases import Database, Databases

# What was lost is noticed after lease and call together.
SHORT = {"STEWARD_LEASE_SECONDS": "3", "STEWARD_CALL_SECONDS": "2", "STEWARD_SETTLE_SECONDS": "1"}
LEFT_NOTHING = frozenset({CrashPoint.BEFORE_CLAIM, CrashPoint.AFTER_CLAIM, CrashPoint.MID_BODY})
SETTLED = frozenset({CrashPoint.BEFORE_CLAIM, CrashPoint.AFTER_SETTLE})


@dataclass(frozen=True, slots=True)
class Crash:
    """What was wished, and where the worker that should have sent it was killed; a healthy one came after it."""

    point: CrashPoint
    changes: Mapping[str, Change]
    left_by_the_killed: Mapping[str, int]


@pytest.fixture(scope="module", params=list(CrashPoint), ids=str)
def crash(
    request: pytest.FixtureRequest,
    databases: Databases,
    django_db_blocker: DjangoDbBlocker,
    running_sandbox: Sandbox,
) -> Iterator[Crash]:
    """One killed worker for each provider, and then a healthy one for all of them."""
    running_sandbox.reset()
    database, point = databases.clone(), CrashPoint(request.param)
    with django_db_blocker.unblock(), connected_to(database):
        changes = {slug: _wish_that_kills(database, slug, point, running_sandbox) for slug in SLUGS}
        left = {slug: len(pushes(running_sandbox, slug)) for slug in SLUGS}
        Connection.objects.update(paused_at=None, pause="")
        with worker(database, **SHORT):
            wait_for(lambda: all(_has_ended(fresh(change)) for change in changes.values()), seconds=60)
        yield Crash(point, changes, left)
    databases.drop(database)


def _wish_that_kills(database: Database, slug: str, point: CrashPoint, sandbox: Sandbox) -> Change:
    customer = sample(connect(slug, sandbox), sandbox)
    change = wish(customer, person("ed"))
    with crashing_worker(database, point, customer.connection_id, environment=SHORT) as process:
        assert process.wait(timeout=30) == -signal.SIGKILL
    now = fresh(customer.connection).created_at  # the others wait until all have been killed
    Connection.objects.filter(pk=customer.connection_id).update(paused_at=now, pause=Pause.BY_A_PERSON)
    return change


def _has_ended(change: Change) -> bool:
    return change.state.is_final or change.needs_a_person


@pytest.mark.parametrize("slug", SLUGS)
def test_invariant_6_a_kill_at_any_point_loses_nothing_and_sends_nothing_twice_in_silence(
    crash: Crash, slug: str, running_sandbox: Sandbox
) -> None:
    change, ledger = fresh(crash.changes[slug]), pushes(running_sandbox, slug)
    assert change.state is Status.APPLIED or (change.state, change.wait) == (Status.UNKNOWN, Wait.PERSON)
    assert len(ledger) <= Attempt.objects.filter(change=change, kind=Kind.PUSH).count()
    applied = [entry for entry in ledger if entry["applied"]]
    was_unknown = Event.objects.filter(change=change, verb="change.unknown").exists()
    assert was_unknown is (crash.point not in SETTLED)
    assert len(applied) <= 1 or was_unknown
    if change.state is Status.APPLIED:
        assert applied
        record = running_sandbox.record(slug, change.customer.external_id) or {}
        assert {name: record.get(name) for name in WISH[slug]} == WISH[slug]
    else:
        assert slug == "finosu"  # where sending again is not harmless, a person says so
    if crash.point in LEFT_NOTHING:
        assert crash.left_by_the_killed[slug] == 0
        assert len(applied) <= 1
    else:
        assert crash.left_by_the_killed[slug] == 1
        assert slug not in {"finosu", "sqril"} or len(applied) == 1  # reading back was enough
