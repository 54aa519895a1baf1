"""What the tests of the flows do over and over: propose a wish, send what is due, look at what arrived."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection as database
from django.db.models import F

from console.flows.deliver import drain
from console.flows.propose import Proposal, propose_one
from console.flows.record import database_now
from console.models import Change, Customer

if TYPE_CHECKING:
    from console.models import Connection, User
    from providers.sandbox import Sandbox

# One wish that each provider allows, by field.
WISH: Mapping[str, dict[str, Any]] = {
    "timepay": {"payment_status": "paid"},
    "finosu": {"firstName": "Helena"},
    "caibo": {"phone": "+441632960961"},
    "flowwise": {"address": "456 Defence Colony, New Delhi, Delhi 110024, India"},
    "sqril": {"address": "Jl. Thamrin No. 88, Jakarta"},
}


def wish(customer: Customer, by: User, wishes: Mapping[str, Any] | None = None, **more: Any) -> Change:
    """Proposes, with a key of its own unless one is given."""
    wanted = wishes if wishes is not None else WISH[customer.connection.provider_slug]
    return propose_one(Proposal(customer.pk, wanted, more.pop("key", uuid.uuid4().hex), **more), by=by)


def push(customer: Customer) -> int:
    """Sends everything that is due at the customer's connection, in this thread."""
    return drain(customer.connection_id, stopping=threading.Event())


def fresh(row: Any) -> Any:
    """The row as the database has it now."""
    return type(row).objects.get(pk=row.pk)


def pushes(sandbox: Sandbox, slug: str) -> list[dict[str, Any]]:
    """The updates that arrived at a provider, in order."""
    return [dict(entry) for entry in sandbox.ledger(slug) if entry["method"] == "PUT"]


def settle_time_passes(change: Change) -> None:
    """Lets all of its attempts have begun and ended so long ago that the provider can't be at them any more."""
    ago = timedelta(seconds=settings.STEWARD_LEASE_SECONDS + settings.STEWARD_SETTLE_SECONDS + 1)
    change.attempts.update(started_at=F("started_at") - ago, ended_at=F("ended_at") - ago)


def make_due(change: Change) -> None:
    """Lets the moment of the next try or look come now, after the settle time."""
    settle_time_passes(change)
    Change.objects.filter(pk=change.pk).update(next_attempt_at=database_now())


def side_by_side(*works: Callable[[], object]) -> None:
    """Does all of them at once, each in a thread and a database connection of its own; raises what went wrong first."""
    start, problems = threading.Barrier(len(works)), list[Exception]()

    def do(work: Callable[[], object]) -> None:
        try:
            database.ensure_connection()
            start.wait()
            work()
        except Exception as problem:  # noqa: BLE001 - whatever it is, the test's own thread tells
            problems.append(problem)
        finally:
            database.close()

    threads = [threading.Thread(target=do, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads)
    if problems:
        raise problems[0]


def drain_at_once(connection: Connection, workers: int) -> None:
    """What so many workers do that are woken together."""
    side_by_side(*[lambda: drain(connection.pk, stopping=threading.Event())] * workers)
