"""A provider that gives no answer is left alone; one call at a time tries whether it is back, over all workers."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from console.flows.claims import Claim
from console.flows.deliver import claim
from console.flows.record import database_now
from console.flows.send import send
from console.flows.settle import settle
from console.models import Change, Connection, Event, Status
from console.models.connections import FAILURES_THAT_INTERRUPT
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import drain_at_once, fresh, make_due, push, pushes, wish

pytestmark = pytest.mark.usefixtures("live_db", "quick")

NOWHERE = "http://127.0.0.1:1"
WORKERS = 16


def test_five_calls_without_an_answer_interrupt_the_connection(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    sandbox.fault("caibo", "5xx", status=503, count=99)
    changes = _changes(connection, sandbox, 7)
    assert push(changes[0].customer) == FAILURES_THAT_INTERRUPT
    assert len(pushes(sandbox, "caibo")) == FAILURES_THAT_INTERRUPT
    connection = fresh(connection)
    assert connection.is_interrupted
    assert timedelta(seconds=4) < connection.probe_at - database_now() <= timedelta(seconds=10)
    [event] = Event.objects.filter(verb="connection.interrupted")
    assert event.details["failures"] == FAILURES_THAT_INTERRUPT
    assert event.subject == f"connection:{connection.pk}"


def test_what_waits_for_an_interrupted_connection_uses_up_no_try_and_keeps_its_moment(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    [change] = _changes(connection, sandbox, 1)
    _interrupt(connection, probe_in=60)
    started = time.monotonic()
    assert push(change.customer) == 0
    assert time.monotonic() - started < 2
    waiting = fresh(change)
    assert (waiting.state, waiting.tries, waiting.epoch) == (Status.APPROVED, 0, 0)
    assert waiting.next_attempt_at == change.next_attempt_at
    assert pushes(sandbox, "caibo") == []


@pytest.mark.parametrize("kind", ["403", "409", "429", "refuse"])
def test_answers_that_refuse_do_not_interrupt_and_begin_the_count_anew(kind: str, sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    Connection.objects.filter(pk=connection.pk).update(failures=FAILURES_THAT_INTERRUPT - 1)
    about: dict[str, Any] = {"field": "phone", "message": "no"} if kind == "refuse" else {}
    sandbox.fault("caibo", kind, **about)
    [change] = _changes(connection, sandbox, 1)
    push(change.customer)
    assert fresh(connection).failures == 0
    assert not fresh(connection).is_interrupted


@pytest.mark.parametrize("kind", ["408", "5xx", "drop", "hang-before", "malformed", "html"])
def test_no_proper_answer_counts(kind: str, sandbox: Sandbox) -> None:
    connection = connect("flowwise", sandbox)
    Connection.objects.filter(pk=connection.pk).update(failures=FAILURES_THAT_INTERRUPT - 1)
    sandbox.fault("flowwise", kind)
    change = wish(sample(connection, sandbox), person("ed"))
    push(change.customer)
    assert fresh(connection).is_interrupted


def test_what_never_reached_the_wire_for_a_reason_of_ours_counts_neither_way(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    Connection.objects.filter(pk=connection.pk).update(failures=3)
    [change] = _changes(connection, sandbox, 1)
    claimed = _claimed(connection)
    late = replace(claimed, lease_until=0.0)
    result = send(late)
    assert result.answered is None
    settle(late, result)
    assert fresh(connection).failures == 3
    assert fresh(change).state is Status.APPROVED


@pytest.mark.parametrize("kind", ["5xx", "hang-before"])
def test_invariant_11_one_probe_over_all_workers(kind: str, sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    Connection.objects.filter(pk=connection.pk).update(slots=WORKERS)
    sandbox.fault("caibo", kind, count=99)
    _changes(connection, sandbox, WORKERS)
    _interrupt(connection, probe_in=0)
    drain_at_once(connection, WORKERS)
    assert len(sandbox.ledger("caibo")) == 1
    assert fresh(connection).failures == FAILURES_THAT_INTERRUPT + 1


def test_a_probe_that_is_answered_closes_the_breaker_and_the_others_leave(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    changes = _changes(connection, sandbox, 3)
    _interrupt(connection, probe_in=0)
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    claimed = _claimed(connection)
    assert claimed.is_probe
    assert claim(connection.pk) is None
    settle(claimed, send(claimed))
    assert (fresh(connection).failures, fresh(connection).interrupted_at, fresh(connection).probe_at) == (0, None, None)
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        assert cursor.fetchone() == (1,)
    assert Event.objects.filter(verb="connection.recovered").count() == 1
    push(changes[0].customer)
    assert {fresh(change).state for change in changes} == {Status.APPLIED}


def test_a_drain_waits_for_a_probe_that_is_near(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    [change] = _changes(connection, sandbox, 1)
    _interrupt(connection, probe_in=0.5)
    assert push(change.customer) == 1
    assert fresh(change).state is Status.APPLIED


def test_each_failed_probe_waits_about_twice_as_long_and_never_more_than_five_minutes(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    for failures, longest in [(5, 20), (6, 40), (8, 160), (10, 300), (40, 300), (29_999, 300), (30_000, 300)]:
        _interrupt(connection, probe_in=0, failures=failures)
        assert Connection.objects.failed(connection.pk, began=database_now())
        pause = fresh(connection).probe_at - database_now()
        assert timedelta(seconds=longest / 2 - 1) < pause <= timedelta(seconds=longest)


def test_late_failures_of_calls_that_began_before_do_not_lengthen_the_interruption(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    sandbox.fault("caibo", "drop", count=99)
    _changes(connection, sandbox, 7)
    early = _claimed(connection)
    push(Change.objects.all()[0].customer)
    opened = fresh(connection)
    assert opened.is_interrupted
    settle(early, send(early))
    now = fresh(connection)
    assert (now.failures, now.interrupted_at, now.probe_at) == (opened.failures, opened.interrupted_at, opened.probe_at)


def test_a_probe_whose_worker_died_lets_another_go_when_nobody_can_answer_any_more(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    _changes(connection, sandbox, 2)
    _interrupt(connection, probe_in=0)
    assert _claimed(connection).is_probe
    assert timedelta(seconds=5) < fresh(connection).probe_at - database_now() <= timedelta(seconds=6)
    Connection.objects.filter(pk=connection.pk).update(probe_at=database_now())
    assert _claimed(connection).is_probe


def test_a_provider_that_is_away_for_long_fails_no_change(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    Connection.objects.filter(pk=connection.pk).update(base_url=NOWHERE)
    [change] = _changes(connection, sandbox, 1)
    for _ in range(20):
        Connection.objects.filter(pk=connection.pk, interrupted_at__isnull=False).update(probe_at=database_now())
        make_due(change)
        push(change.customer)
    assert fresh(change).state is Status.APPROVED
    assert fresh(change).attempts.count() == 20
    assert fresh(connection).failures == 20
    Connection.objects.filter(pk=connection.pk).update(base_url=sandbox.base_url("caibo"), updated_at=database_now())
    Connection.objects.filter(pk=connection.pk).update(probe_at=database_now())
    make_due(change)
    push(change.customer)
    assert fresh(change).state is Status.APPLIED


def test_the_sweeper_asks_only_for_connections_that_may_send(sandbox: Sandbox) -> None:
    connection = connect("caibo", sandbox)
    assert Connection.objects.that_may_send().exists()
    _interrupt(connection, probe_in=60)
    assert not Connection.objects.that_may_send().exists()
    _interrupt(connection, probe_in=0)
    assert Connection.objects.that_may_send().exists()
    Connection.objects.filter(pk=connection.pk).update(paused_at=database_now(), pause="person")
    assert not Connection.objects.that_may_send().exists()


def test_an_interruption_of_one_connection_is_none_of_another(sandbox: Sandbox) -> None:
    caibo, sqril = connect("caibo", sandbox), connect("sqril", sandbox)
    change = wish(sample(sqril, sandbox), person("ed"))
    _interrupt(caibo, probe_in=60)
    push(change.customer)
    assert fresh(change).state is Status.APPLIED


def _changes(connection: Connection, sandbox: Sandbox, number: int) -> list[Change]:
    return [wish(sample(connection, sandbox, id=str(100 + each)), person("ed")) for each in range(number)]


def _interrupt(connection: Connection, *, probe_in: float, failures: int = FAILURES_THAT_INTERRUPT) -> None:
    now = database_now()
    Connection.objects.filter(pk=connection.pk).update(
        failures=failures, interrupted_at=now - timedelta(minutes=1), probe_at=now + timedelta(seconds=probe_in)
    )


def _claimed(connection: Connection) -> Claim:
    claimed = claim(connection.pk)
    assert isinstance(claimed, Claim)
    return claimed
