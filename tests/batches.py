"""What tests of batches do over and over: customers, a batch of wishes for them, and the worker's part of the way."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from console.flows import batches
from console.flows.batches.feeding import feed
from console.flows.deliver import drain
from console.models import Batch, BatchStatus, Origin
from tests.cast import sample

if TYPE_CHECKING:
    from console.models import Connection, Customer, User
    from providers.sandbox import Sandbox

ROUNDS = 200


def customers(connection: Connection, count: int, sandbox: Sandbox | None = None, **changed: Any) -> list[Customer]:
    """So many customers of a connection of Sqril, like the sample but for their ids and names."""
    return [
        sample(connection, sandbox, customer_id=f"cus_batch_{number}", name_first=f"Adi{number}", **changed)
        for number in range(count)
    ]


def batch_of(members: Sequence[Customer], by: User, wishes: Mapping[str, Any] | None = None, **more: Any) -> Batch:
    """A batch that asks the same of all of them, put together and closed."""
    wanted = wishes or {"occupation": "OCC10"}
    more = {"title": f"Set Occupation of {len(members)} customers", "expected": len(members), **more}
    batch = batches.begin(members[0].connection, by=by, origin=Origin.PAGE, key=uuid.uuid4().hex, **more)
    batches.add(batch, [batches.Item(place, each.pk, wanted) for place, each in enumerate(members, 1)])
    return batches.close(batch)


def approved(batch: Batch, by: User) -> Batch:
    """Approves it as from a page that was just loaded."""
    return batches.approve(batch.pk, by=by, digest=bytes(batch.digest).hex())


def let_go(batch: Batch, until: BatchStatus) -> Batch:
    """Does a worker's part, in this thread, until the batch stands like that."""
    for _ in range(ROUNDS):
        feed(batch.connection_id)
        if Batch.objects.filter(pk=batch.pk, status=until).exists():
            return Batch.objects.get(pk=batch.pk)
        drain(batch.connection_id, stopping=threading.Event())
    raise AssertionError(f"The batch never became {until}.")
