"""Ending: takes many changes of a batch back at once: those on their way that can be, and those not let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as database

from console.flows.batches.rows import write_events
from console.flows.record import collected, moment, record
from console.models import Batch, BatchStatus, Change, Customer, Origin, Status, User, Wait
from console.models.batches import BATCH_ENDED, WENT_WITH_IT
from console.models.rows import Table, update

AT_ONCE = 200
_ENDS: Mapping[BatchStatus, Status] = {
    BatchStatus.REJECTED: Status.REJECTED,
    BatchStatus.EXPIRED: Status.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """How many were taken back, and the lowest and the highest of their places."""

    count: int = 0
    first: int = 0
    last: int = 0


def end_waiting(batch: Batch, *, most: int = AT_ONCE) -> int:
    """Ends members that wait for their batch, which has ended; gives how many. The batch's row must be locked.

    Behind the place that it got to, and it gets further by them: none is looked at twice.
    """
    found = _members(batch, "status = 'proposed' AND wait = 'batch'", most, after=batch.reached)
    taken = _take_all(batch, found, _ENDS.get(batch.state, Status.WITHDRAWN), by=None)
    if taken.count:
        batch.reached = taken.last
        update(batch, ["reached"])
    return taken.count


def call_back(batch: Batch, *, by: User | None, to: Status) -> Taken:
    """Takes back those that it let go and that no worker has taken yet: withdrawn, or waiting for their batch again,
    which then begins with the first of them.

    What may have reached the provider ends by itself; what left the batch before goes its own way. The batch's row must
    be locked.
    """
    found = _members(batch, "status = 'approved' AND NOT maybe_applied", None, besides=WENT_WITH_IT)
    taken = _take_all(batch, found, to, by=by)
    if taken.count:
        batch.released -= taken.count
        batch.reached = min(batch.reached, taken.first - 1) if to is Status.PROPOSED else batch.reached
        update(batch, ["released", "reached"])
    return taken


def _members(batch: Batch, which: str, most: int | None, *, after: int = 0, besides: str = "true") -> list[Change]:
    """Members with their customers, both locked, the customers first and in the order of their keys."""
    with database.cursor() as cursor:
        cursor.execute(_WHO.format(which=f"{which} AND {besides}"), [batch.pk, after, most])
        rows = cursor.fetchall()
        customers = {one.pk: one for one in Customer.objects.locked({customer for _, customer in rows})}
        cursor.execute(_LOCK.format(which=which), [[number for number, _ in rows]])
        found = [_CHANGE.of(row) for row in cursor.fetchall()]
    for change in found:
        change.customer, change.connection = customers[change.customer_id], batch.connection
    return found


def _take_all(batch: Batch, found: Sequence[Change], to: Status, *, by: User | None) -> Taken:
    """One step of each with its event, which tells of the batch; the steps were checked by who asks."""
    if not found:
        return Taken()
    origin = Origin.PAGE if by else Origin.WORKER
    with collected() as events:
        for change in found:
            details = {"from": change.state, "batch": batch.pk}
            record(change.customer, f"change.{to}", by=by, origin=origin, change=change, details=details)
    note = BATCH_ENDED if to is Status.WITHDRAWN else ""
    values: dict[str, Any] = {"ids": [one.pk for one in found], "to": to, "at": moment(found[0].customer), "note": note}
    with database.cursor() as cursor:
        cursor.execute(_BACK if to is Status.PROPOSED else _END, values)
        if to is not Status.PROPOSED:
            cursor.execute(_WAITS_NO_LONGER, values)
    write_events(events, {change.customer_id: change.customer for change in found}.values())
    places = [change.batch_place or 0 for change in found]
    return Taken(len(found), min(places), max(places))


_CHANGE: Table[Any] = Table(Change, "change")
_WHO = """
    SELECT id, customer_id FROM console_change WHERE batch_id = %s AND batch_place > %s AND {which}
    ORDER BY batch_place LIMIT %s
"""
_LOCK = (
    f"SELECT {_CHANGE.columns} FROM console_change change "  # noqa: S608 - of our own names
    "WHERE id = ANY(%s) AND {which} ORDER BY id FOR NO KEY UPDATE"
)
_END = """
    UPDATE console_change SET status = %(to)s, wait = '', note = %(note)s, next_attempt_at = NULL, expires_at = NULL,
        ended_at = %(at)s WHERE id = ANY(%(ids)s)
"""
_BACK = f"""
    UPDATE console_change SET status = %(to)s, wait = '{Wait.BATCH}', note = '', next_attempt_at = NULL,
        approved_at = NULL, approved_place = NULL WHERE id = ANY(%(ids)s)
"""  # noqa: S608 - of our own words
_WAITS_NO_LONGER = "UPDATE console_line SET waiting = false WHERE change_id = ANY(%(ids)s) AND waiting"
