"""An edit of a selection, step by step, as its pages and a worker take it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from console.bulk import work_all
from console.bulk.edit import check
from console.dry_run import Summary
from console.flows import bulk_edit, working
from console.flows.bulk_edit import Edit
from console.flows.working import Work
from console.models import Bulk, Connection, Customer, User
from console.models.sealing import key_ring
from tests.cast import sample

if TYPE_CHECKING:
    from collections.abc import Mapping


def people(connection: Connection, count: int, **values: Any) -> list[Customer]:
    return [
        sample(connection, customer_id=f"cus_{n}", email=f"p{n}@example.com", **values) for n in range(1, count + 1)
    ]


def selected(connection: Connection, by: User, key: str = "k1") -> Bulk:
    return bulk_edit.select(Customer.objects.all(), connection=connection, key=key, by=by)


def asked(connection: Connection, by: User, wishes: Mapping[str, Any], **more: Any) -> Bulk:
    bulk = selected(connection, by, key=more.pop("key", "k1"))
    return bulk_edit.ask(bulk.pk, Edit(wishes, **more), by=by)


def looked_through(bulk: Bulk) -> Bulk:
    """Has a worker look it through, as it would."""
    taken = working.claim()
    assert taken is not None
    assert taken.pk == bulk.pk
    work = Work(taken)
    working.move_on(work, check(work))
    return Bulk.objects.select_related("connection", "batch", "owner").get(pk=bulk.pk)


def summary_of(bulk: Bulk) -> Summary:
    examples: Any = key_ring().open("bulk sample", bulk.sealed_sample)
    return Summary.of(bulk.summary["shapes"], examples, bulk.connection.provider)


def proposed(connection: Connection, by: User) -> Bulk:
    """All of it, from the selection to the batch."""
    bulk = looked_through(asked(connection, by, {"occupation": "OCC9"}, why="The new list"))
    bulk_edit.carry_out(bulk.pk, by=by)
    work_all(threading.Event())
    return Bulk.objects.select_related("connection", "batch").get(pk=bulk.pk)
