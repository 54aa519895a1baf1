"""Feeding: lets the changes of approved batches go, in the order of their places, and ends what is over.

A worker calls it whenever nothing else is due at a connection, so that single changes never wait behind a long row of
others. Each piece is one transaction that holds the batch's row: of feeders side by side one works, and whoever pauses
or stops the batch waits for that piece and no longer. A feeder that is killed leaves nothing half done.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from console.flows import circuit
from console.flows.batch_steps import locked_if_free, take
from console.flows.batches.ending import call_back, end_waiting
from console.flows.batches.going import halt
from console.flows.batches.looking import Seen, goes_wrong, look, under_way
from console.flows.batches.members import digest_of, judged, needs_of, sum_up
from console.flows.batches.releasing import let_go
from console.flows.notify import notify_batch
from console.flows.record import database_now
from console.flows.wake import wake
from console.models import (
    CANARY,
    About,
    Batch,
    BatchDecision,
    BatchStatus,
    Change,
    Connection,
    Customer,
    Origin,
    Pause,
    Status,
    User,
)
from console.models.judging import Rule
from console.models.policies import rules_in_force
from console.models.rows import update
from console.permissions import Right, people_with
from providers.base import BadOptions

A_PIECE = 20
AT_LEAST = 20
SUMMED_UP_EVERY = 1_000
"""Members that moved, each with rows of its own that tell of it: then few rows tell the same."""
SECONDS_AHEAD = 2
"""So many seconds' worth of the connection's rate are let go at most: a change that somebody makes by hand meanwhile
waits no longer than that."""

ALTERED = (
    "What stands in this batch is no longer what was decided on. Nothing more of it leaves: stop it, and have whoever "
    "runs this console verify the history."
)
ASKED_ANEW = "Its approval no longer holds: it is older than 7 days, a policy asks for more, or who gave it may not."


def feed(connection_id: int, *, stopping: threading.Event | None = None) -> int:
    """Lets go what may leave of the batches at a connection, and ends what is over; gives how many changes moved.

    Settings that do not fit the provider's rules any more pause the connection.
    """
    moved = 0
    try:
        for batch_id in to_feed(connection_id):
            while not (stopping and stopping.is_set()) and (count := _feed_one(batch_id)):
                moved += count
    except BadOptions:
        circuit.halt(Connection.objects.get(pk=connection_id), Pause.BAD_OPTIONS)
    return moved


def to_feed(connection_id: int) -> list[int]:
    """The batches there of which something may be to do, the first one first."""
    found = Batch.objects.to_feed().filter(connection=connection_id)
    return list(found.order_by("pk").values_list("pk", flat=True))


def connections_to_feed() -> list[int]:
    """The connections with such batches."""
    return list(Batch.objects.to_feed().distinct().values_list("connection", flat=True))


@transaction.atomic
def _feed_one(batch_id: int) -> int:
    """One piece of one batch; gives how many changes moved, 0 where nothing more is to be done for now."""
    batch = locked_if_free(batch_id)
    if batch is None or batch.ended_at is not None:
        return 0
    before = batch.reached
    moved = _go_further(batch)
    if batch.reached // SUMMED_UP_EVERY != before // SUMMED_UP_EVERY:
        sum_up(batch)
    return moved


def _go_further(batch: Batch) -> int:
    if batch.state.is_final:
        return _wind_up(batch)
    if batch.state not in {BatchStatus.CANARY, BatchStatus.GOING}:
        return _rest(batch)
    seen = look(batch)
    if note := goes_wrong(batch, seen):
        return _pause(batch, note)
    if batch.state is BatchStatus.CANARY and (found := _canary_over(batch, seen)):
        return found
    return _let_more_go(batch, seen)


def _wind_up(batch: Batch) -> int:
    """Takes back what waits for a batch that has ended; it is over once nothing is under way either."""
    taken = call_back(batch, by=None, to=Status.WITHDRAWN)  # what was being sent when it ended, and is to go again
    if count := taken.count + end_waiting(batch):
        return count
    if not under_way(batch):
        batch.ended_at = database_now()
        update(batch, ["ended_at"])
        sum_up(batch)
    return 0


def _rest(batch: Batch) -> int:
    """What was being sent when it was told to wait, and is to go again, waits with the others."""
    call_back(batch, by=None, to=Status.PROPOSED)
    return 0


def _pause(batch: Batch, note: str) -> int:
    halt(batch, note, by=None)
    notify_batch(batch, About.PAUSED, by=None, to=concerned(batch))
    return 0


def _canary_over(batch: Batch, seen: Seen) -> int:
    """Whether the first few have all arrived, so that the others may follow, or somebody has to look; 1 if so. Where no
    others are left there is nothing that anybody could hold back.
    """
    if seen.arrived < CANARY or not _next(batch, 1):
        return 0
    if seen.unconfirmed:
        there = batch.connection.name
        note = f"{there} accepted the first {seen.arrived} and confirms nothing: look whether they are right there."
        take(batch, BatchStatus.CHECKING, by=None, origin=Origin.WORKER, note=note)
        notify_batch(batch, About.LOOK, by=None, to=concerned(batch))
        return 1
    take(batch, BatchStatus.GOING, by=None, origin=Origin.WORKER, canary_passed_at=database_now())
    return 1


def _let_more_go(batch: Batch, seen: Seen) -> int:
    """As many as may be under way together; the batch has ended where none is left and none is under way."""
    if not seen.under_way and not _next(batch, 1):
        return _done(batch, seen)
    if batch.connection.is_paused or batch.connection.is_interrupted:
        return 0
    room = min(A_PIECE, _window(batch, seen) - seen.under_way)
    members = _next(batch, room) if room > 0 else []
    if not members:
        return 0
    rules, given = rules_in_force(), list(batch.decisions.order_by("pk"))
    if not _holds(batch, given, rules):
        return 0
    count = _release(batch, members, given, rules)
    wake(batch.connection_id)
    return count


def _window(batch: Batch, seen: Seen) -> int:
    """How many may be under way together. What cannot leave takes nobody's place, but among the first few: no others
    go before these have arrived.
    """
    if batch.canary_passed_at is None:
        return CANARY - seen.arrived
    return max(AT_LEAST, SECONDS_AHEAD * batch.connection.rate) + seen.held_up


def _next(batch: Batch, most: int) -> list[tuple[int, int, int]]:
    """Place, number and customer of the next members that wait for their batch."""
    found = Change.objects.filter(batch=batch, batch_place__gt=batch.reached, status="proposed", wait="batch")
    rows = found.order_by("batch_place").values_list("batch_place", "pk", "customer_id")[:most]
    return [(place or 0, number, customer) for place, number, customer in rows]


def _done(batch: Batch, seen: Seen) -> int:
    now = database_now()
    passed = batch.canary_passed_at or (now if seen.arrived else None)
    take(batch, BatchStatus.DONE, by=None, origin=Origin.WORKER, note="", ended_at=now, canary_passed_at=passed)
    sum_up(batch)
    notify_batch(batch, About.ENDED, by=None)
    return 0


def _holds(batch: Batch, given: Sequence[BatchDecision], rules: Sequence[Rule]) -> bool:
    """Whether its approval still holds as a whole; if not, it waits for a decision again. Before the first one
    leaves it is looked at whether the members are those that were decided on.
    """
    if not batch.reached and bytes(batch.digest) != digest_of(batch):
        _pause(batch, ALTERED)
        return False
    found = judged(batch, given=given, now=database_now(), rules=rules)
    if found.is_settled:
        return True
    now = database_now()
    waits: dict[str, Any] = {"needs": needs_of(found), "approved_at": None, "expires_at": now + found.lasts}
    take(batch, BatchStatus.WAITING, by=None, origin=Origin.WORKER, note=ASKED_ANEW, **waits)
    deciding = people_with(Right.DECIDE, batch.connection).values()
    notify_batch(batch, About.ASKED, by=None, to=[one for one in deciding if one.pk != batch.requester_id])
    return False


def _release(
    batch: Batch, members: Sequence[tuple[int, int, int]], given: Sequence[BatchDecision], rules: Sequence[Rule]
) -> int:
    customers = {one.pk: one for one in Customer.objects.locked({customer for *_, customer in members})}
    rows = Change.objects.select_for_update(no_key=True).filter(pk__in=[number for _, number, _ in members])
    changes = list(rows.order_by("pk").prefetch_related("lines"))
    for change in changes:
        change.customer, change.connection = customers[change.customer_id], batch.connection
        change.customer.connection = batch.connection
    changes.sort(key=lambda change: change.batch_place or 0)
    batch.released += let_go(changes, batch, given, rules)
    batch.reached = members[-1][0]
    update(batch, ["released", "reached"])
    return len(members)


def concerned(batch: Batch) -> list[User]:
    """Its author, and who decided on it."""
    decided = list(User.objects.filter(pk__in=batch.decisions.values("user")))
    return [batch.requester, *decided]
