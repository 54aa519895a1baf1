"""When the database or a worker is restarted, nothing is lost, and workers go on by themselves."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, override
from urllib.parse import quote, urlencode

import pytest
from django.core.management import call_command
from django.db import OperationalError, connections
from pytest_django import DjangoDbBlocker

from console.embedded import APPLICATION, DATABASE, OWNER, Server, programs
from console.models import Attempt, Change, Kind, Status
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.databases import Database, Databases
from tests.flows.helpers import fresh, pushes, wish
from tests.processes import wait_for, worker

CHANGES = 30


@dataclass(frozen=True, slots=True)
class OwnServer(Database):
    """The database of a server that belongs to this module alone, so that it may be restarted."""

    server: Server

    @property
    @override
    def environment(self) -> dict[str, str]:
        urls = {"DATABASE_URL": self._url(APPLICATION), "DATABASE_OWNER_URL": self._url(OWNER)}
        return {**Database(self.name).environment, **urls, "STEWARD_MARKS": str(self.server.folder / "marks")}

    def _url(self, role: str) -> str:
        return f"postgresql://{role}@/{self.name}?{urlencode({'host': str(self.server.host)}, quote_via=quote)}"

    def restart(self, mode: str) -> None:
        """As an administrator would (fast), or as a crash does (immediate)."""
        data = str(self.server.data)
        programs.run("pg_ctl", "restart", "-w", "-m", mode, "-D", data, "-l", f"{data}/log")


@pytest.fixture(scope="module")
def own(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[OwnServer]:
    """All of this module's connections lead to it; the others' server is reached before."""
    server = Server(tmp_path_factory.mktemp("own") / "var")
    server.join()
    before: dict[str, dict[str, Any]] = {}
    for alias in connections:
        connections[alias].close()
        given = connections.settings[alias]
        before[alias] = {name: given[name] for name in ("HOST", "NAME")}
        given.update(HOST=str(server.host), NAME=DATABASE)
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        yield OwnServer(DATABASE, server)
    for alias in connections:
        connections[alias].close()
        connections.settings[alias].update(before[alias])
    server.leave()
    server.remove()


def test_invariant_1_a_database_that_restarts_or_crashes_loses_nothing_and_workers_go_on(
    own: OwnServer, sandbox: Sandbox
) -> None:
    ed = person("ed")
    caibo = connect("caibo", sandbox)
    customers = [sample(caibo, sandbox, id=str(number)) for number in range(1, CHANGES + 1)]
    sandbox.fault("caibo", "slow", count=CHANGES, seconds=0.2)
    with worker(own, STEWARD_CALL_SECONDS="2", STEWARD_LEASE_SECONDS="3") as process:
        changes = [wish(customer, ed) for customer in customers]
        for arrived, mode in ((5, "fast"), (15, "immediate")):
            wait_for(partial(_have_arrived, sandbox, arrived), seconds=60)
            own.restart(mode)
            connections["default"].close()
        wait_for(lambda: all(fresh(change).state is Status.APPLIED for change in changes), seconds=60)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    sent = pushes(sandbox, "caibo")
    assert len(sent) <= Attempt.objects.filter(kind=Kind.PUSH).count()
    applied = [entry["external_id"] for entry in sent if entry["applied"]]
    twice = {number for number in applied if applied.count(number) > 1}
    again = Change.objects.filter(tries__gt=1).values_list("customer__external_id", flat=True)
    assert (set(applied), twice - set(again)) == ({customer.external_id for customer in customers}, set())
    assert not Change.objects.exclude(status=Status.APPLIED).exists()


def _have_arrived(sandbox: Sandbox, number: int) -> bool:
    return len(pushes(sandbox, "caibo")) >= number


def test_what_is_saved_while_workers_cannot_reach_the_database_is_refused_and_not_half_kept(
    own: OwnServer, sandbox: Sandbox
) -> None:
    customer, ed = sample(connect("flowwise", sandbox), sandbox), person("ed")
    programs.run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(own.server.data))
    try:
        with pytest.raises(OperationalError):
            wish(customer, ed)
    finally:
        own.restart("fast")
        connections["default"].close()
    assert not Change.objects.filter(customer=customer).exists()
    assert fresh(customer).chain_length == customer.chain_length
