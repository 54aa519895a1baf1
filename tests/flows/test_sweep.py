"""The sweeper finds what is due and what was lost, whatever else it comes across."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db import connection as database

import console.flows.settle as settling
import console.flows.sweep as sweeping
from console.backend import SessionStore
from console.errors import KeyMissing
from console.flows.alone import alone
from console.flows.deliver import claim
from console.flows.record import database_now
from console.flows.settle import Claim
from console.flows.sweep import ONE_SWEEPER, sweep
from console.models import Change, Connection, Customer, Session, Status
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, wish
from tests.processes import wait_for

pytestmark = pytest.mark.usefixtures("live_db")


def test_the_sweeper_ends_what_was_lost_even_where_the_settings_do_not_fit_any_more(sandbox: Sandbox) -> None:
    ed, connections = person("ed"), [connect("finosu", sandbox), connect("caibo", sandbox)]
    changes = [wish(sample(connection, sandbox), ed) for connection in connections]
    for connection in connections:
        assert isinstance(claim(connection.pk), Claim)
    Change.objects.update(lease_until=database_now() - timedelta(seconds=60))
    Connection.objects.filter(pk=connections[0].pk).update(options={"loan_ids": "no such choice"})
    sweep()
    assert [fresh(change).state for change in changes] == [Status.UNKNOWN, Status.UNKNOWN]


def test_the_sweeper_goes_on_after_a_change_that_it_cannot_end_yet(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ed, connections = person("ed"), [connect("finosu", sandbox), connect("caibo", sandbox)]
    first, second = (wish(sample(connection, sandbox), ed) for connection in connections)
    for connection in connections:
        assert isinstance(claim(connection.pk), Claim)
    Change.objects.update(lease_until=database_now() - timedelta(seconds=60))

    def lose(change_id: int) -> Change | None:
        if change_id == first.pk:
            raise KeyMissing("The key is not there.")
        return settling.lose(change_id)

    monkeypatch.setattr(sweeping, "lose", lose)
    sweep()
    assert [fresh(change).state for change in (first, second)] == [Status.SENDING, Status.UNKNOWN]


def test_one_sweeper_sweeps_at_a_time_and_the_next_one_after_it(sandbox: Sandbox) -> None:
    wish(sample(connect("caibo", sandbox), sandbox), person("ed"))
    holding, swept = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SWEEPER])
            holding.set()
            swept.wait(10)
        database.close()

    other = threading.Thread(target=hold)
    other.start()
    assert holding.wait(10)
    assert sweep() == 0
    swept.set()
    other.join()
    assert [sweep(), sweep()] == [1, 1]


def test_a_sweeper_that_stands_still_keeps_nobody_from_sweeping(sandbox: Sandbox) -> None:
    wish(sample(connect("caibo", sandbox), sandbox), person("ed"))
    holding, woken = threading.Event(), threading.Event()

    def stand_still() -> None:
        with contextlib.suppress(DatabaseError), alone(ONE_SWEEPER, standstill="100ms"):
            holding.set()
            woken.wait(20)
        database.close()

    frozen = threading.Thread(target=stand_still)
    frozen.start()
    assert holding.wait(10)
    wait_for(sweep)
    woken.set()
    frozen.join()
    assert sweep() == 1


def test_the_sweeper_holds_no_customer_while_it_waits_for_another(sandbox: Sandbox) -> None:
    caibo, ed = connect("caibo", sandbox), person("ed")
    first, second = (wish(sample(caibo, sandbox, id=number), ed) for number in ("1", "2"))
    for _ in range(2):
        assert isinstance(claim(caibo.pk), Claim)
    Change.objects.update(lease_until=database_now() - timedelta(seconds=60))

    def sweep_in_a_thread() -> None:
        sweep()
        database.close()

    sweeper = threading.Thread(target=sweep_in_a_thread)
    with transaction.atomic():
        Customer.objects.locked([second.customer_id])
        sweeper.start()
        wait_for(lambda: fresh(first).state is Status.UNKNOWN)
        Customer.objects.locked([first.customer_id])
    sweeper.join()
    assert fresh(second).state is Status.UNKNOWN


def test_the_sweeper_forgets_sessions_that_are_over() -> None:
    live, over = SessionStore(), SessionStore()
    live.save()
    over.save()
    Session.objects.filter(key_digest=over.digest).update(ends_at=database_now() - timedelta(seconds=1))
    sweep()
    assert [session.key_digest for session in Session.objects.all()] == [live.digest]
