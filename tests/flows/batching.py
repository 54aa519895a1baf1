"""What the tests of batches do over and over: customers, a batch of one wish for each, and somebody's word on it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from console.flows import batches
from console.flows.batches.feeding import feed
from console.flows.deliver import drain
from console.flows.record import database_now
from console.models import Batch, Change, Customer, Origin, Status, Wait
from tests.cast import connect, person, sample
from tests.deciding import approve as approve_change
from tests.deciding import policy
from tests.flows.helpers import wish
from tests.forcing import force

if TYPE_CHECKING:
    from console.models import Connection, User
    from providers.sandbox import Sandbox

PHONE = "+441632960961"


def people(connection: Connection, count: int, sandbox: Sandbox | None = None, **changed: Any) -> list[Customer]:
    """So many customers at a connection; caibo's and sqril's, each with an id of their own."""
    name = connection.provider.identity[0]
    ids = [str(number) if connection.provider_slug == "caibo" else f"cus_{number}" for number in range(1, count + 1)]
    return [sample(connection, sandbox, **{name: one, **changed}) for one in ids]


def build(
    customers: Sequence[Customer], by: User, wishes: Mapping[str, Any] | None = None, **more: Any
) -> tuple[Batch, batches.Added]:
    """A batch that asks for the same of each, not closed yet."""
    batch = begun(customers[0].connection, by, **{"expected": len(customers), **more})
    items = [batches.Item(place, one.pk, wishes or {"phone": PHONE}) for place, one in enumerate(customers, 1)]
    return batch, batches.add(batch, items)


def begun(connection: Connection, by: User, **more: Any) -> Batch:
    """A batch with nothing in it yet."""
    said = {"title": "New phone numbers", "key": uuid.uuid4().hex, "why": "They moved.", **more}
    return batches.begin(connection, by=by, origin=Origin.IMPORT, **said)


def asked(customers: Sequence[Customer], by: User, wishes: Mapping[str, Any] | None = None, **more: Any) -> Batch:
    """The same, closed: it waits for its decision, or goes ahead."""
    return batches.close(build(customers, by, wishes, **more)[0])


def approve(batch: Batch, by: User) -> Batch:
    """As from a page that was just loaded."""
    return batches.approve(batch.pk, by=by, digest=bytes(fresh(batch).digest).hex())


def reject(batch: Batch, by: User, reason: str = "The list is last year's.") -> Batch:
    """As from a page that was just loaded."""
    return batches.reject(batch.pk, by=by, digest=bytes(fresh(batch).digest).hex(), reason=reason)


def sent(customers: Sequence[Customer], wishes: Mapping[str, Any]) -> Batch:
    """Asked for by Ed, approved by Ann, and sent, all of it."""
    batch = approve(asked(customers, person("ed"), wishes), person("ann"))
    go(batch.connection)
    return fresh(batch)


def fresh(batch: Batch) -> Batch:
    """The batch as the database has it now."""
    return Batch.objects.get(pk=batch.pk)


def go(connection: Connection) -> Batch | None:
    """What a worker does at a connection until nothing more is to be done there."""
    stopping = threading.Event()
    while drain(connection.pk, stopping=stopping) + feed(connection.pk):
        pass
    return Batch.objects.filter(connection=connection).order_by("pk").last()


def members(batch: Batch) -> list[Change]:
    """Its changes in the order of their places."""
    return list(Change.objects.filter(batch=batch).order_by("batch_place").select_related("customer__connection"))


def states(batch: Batch) -> list[str]:
    """Where they stand."""
    return [change.status for change in members(batch)]


def left_unknown(customer: Customer) -> Change:
    """An earlier change of theirs of which nobody knows what became of it, until a person says so."""
    change = wish(customer, person("ed"), {"occupation": "OCC10"})
    approve_change(change, person("ann"))
    force(change, Status.SENDING, lease_until=database_now(), next_attempt_at=None)
    force(change, Status.UNKNOWN, wait=Wait.PERSON, maybe_applied=True, lease_until=None)
    return change


def watched(sandbox: Sandbox) -> Connection:
    """A connection where a policy asks for somebody's approval of everything."""
    policy("Everything")
    return connect("sqril", sandbox)


def at_caibo() -> Connection:
    """A connection that nothing is sent through."""
    return connect("caibo")
