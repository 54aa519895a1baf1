"""Deliver: claims approved changes, has them sent, and hands what came back to settle.

No transaction is open while HTTP runs, and every push may run twice: what keeps that right is the epoch of the claim,
the lease on a clock that nobody sets, and the index that lets one request per customer be in flight.
"""

from __future__ import annotations

import os
import socket
import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from console.errors import KeyMissing
from console.flows import restored
from console.flows.again import LONGEST_PAUSE, MOST_TRIES, lost_looks_of, may_go_again, record_settled_at, settled_at
from console.flows.circuit import halt
from console.flows.claims import Claim
from console.flows.notify import notify
from console.flows.outcomes import leave_to_a_person
from console.flows.record import moment, take_step
from console.flows.send import send
from console.flows.settle import settle
from console.flows.standing import emergency_of, is_declared, needs_by
from console.models import (
    About,
    Attempt,
    Change,
    Connection,
    Customer,
    Event,
    Kind,
    Line,
    Origin,
    Pause,
    Status,
    Wait,
)
from console.models.claiming import Next, is_anything_due, keep, lock_someone, next_of
from console.models.judging import APPROVAL_LASTS
from console.models.rows import gathered, insert, update
from providers.base import BadOptions
from providers.http import clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from providers.fields import Value


LOCKED_SECONDS = 0.1
PROBE_IS_NEAR = 5.0
LAPSED = "Its approval is older than 7 days. Look again, then confirm or withdraw it."
WORKER = f"{socket.gethostname()}:{os.getpid()}"[:80]


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nothing can leave this moment, though work may be due: look again after so many seconds."""

    seconds: float


def drain(connection_id: int, *, stopping: threading.Event) -> int:
    """Sends what is due at one connection, one after the other, until nothing is; gives how many tries were made.

    Runs in a thread of its own, as many side by side as the connection has slots. Settings that do not fit the
    provider's rules any more pause the connection: nothing can be sent through it, nor settled.
    """
    try:
        return _drain(connection_id, stopping)
    except BadOptions:
        halt(Connection.objects.get(pk=connection_id), Pause.BAD_OPTIONS)
        return 0


def _drain(connection_id: int, stopping: threading.Event) -> int:
    count = 0
    while not stopping.is_set():
        claimed = claim(connection_id)
        if claimed is None:
            break
        if isinstance(claimed, NotNow):
            stopping.wait(claimed.seconds)
            continue
        restored.mark(claimed.attempt_id)
        settle(claimed, send(claimed))
        count += 1
    return count


def claim(connection_id: int) -> Claim | NotNow | None:
    """Takes the next change that may leave now; None when there is none.

    One short transaction: the customer's row, the change itself, the attempt as `intent`, and at its end a token of the
    rate limit and a free slot. The token locks the connection's row, which every claim needs: it is held for a moment,
    and not while the disk writes. The claim is given only when it is safe there.
    """
    claimed = _claim(connection_id)
    if isinstance(claimed, Claim):
        keep()
    return claimed


def _claim(connection_id: int) -> Claim | NotNow | None:
    started = clock()
    with transaction.atomic():
        customer = lock_someone(connection_id)
        claimed = _claim_of(customer, started) if customer else _why_nobody(connection_id)
        if not isinstance(claimed, Claim):
            return claimed
        turn = Connection.objects.take_a_turn(connection_id, probe_lasts=_longest_call(), change=claimed.change_id)
        if turn and turn.has_a_slot:
            return replace(claimed, is_probe=turn.is_probe)
        transaction.set_rollback(True)  # nothing leaves, so nothing of the claim stays
    return None if turn else _why_no_turn(connection_id)


def _claim_of(customer: Customer, started: float) -> Claim | NotNow:
    """Looks at the change that is next, now that the customer is locked: what made it seem due may be old by then."""
    found = next_of(customer, lease=settings.STEWARD_LEASE_SECONDS)
    if found is None or not found.change.is_due(moment(customer)):
        return NotNow(0.0)
    try:
        found.change.open()
    except KeyMissing as problem:
        return _put_off(found.change, str(problem))
    return _check_of(found, started) if found.change.state is Status.UNKNOWN else _push_of(found, started)


def _why_nobody(connection_id: int) -> NotNow | None:
    """Nothing is due, or nothing may leave, or else whoever has something due is held by others."""
    if not is_anything_due(connection_id):
        return None
    if not Connection.objects.seems_to_have_a_turn(connection_id):
        return _why_no_turn(connection_id)
    return NotNow(LOCKED_SECONDS)


def _why_no_turn(connection_id: int) -> NotNow | None:
    """Whether it is worth waiting for: for a token it is, for the probe of an interrupted connection when it is near.

    Otherwise the drain ends. The sweeper wakes the connection when its probe is due, whoever resumes it at once.
    """
    connection = Connection.objects.get(pk=connection_id)
    if connection.is_paused:
        return None
    until_probe = Connection.objects.seconds_to_probe(connection_id)
    if until_probe > PROBE_IS_NEAR:
        return None
    return NotNow(max(until_probe, 1.0 / connection.rate))


def _longest_call() -> float:
    """After so many seconds whoever made a call has either settled it or lost it."""
    return float(settings.STEWARD_LEASE_SECONDS + settings.STEWARD_CALL_SECONDS)


def _put_off(change: Change, problem: str) -> NotNow:
    """It can't be opened now: it must not hold up the others. Whoever mends the keys need not touch it."""
    if change.state is Status.UNKNOWN:
        leave_to_a_person(change, problem)
        return NotNow(0.0)
    if lapsed := _lapsed(change, moment(change.customer)):
        _hand_back(change, lapsed)
        return NotNow(0.0)
    change.wait, change.note = Wait.TRY_AGAIN, problem[:500]
    change.next_attempt_at = moment(change.customer) + timedelta(seconds=LONGEST_PAUSE)
    change.save(update_fields=["wait", "note", "next_attempt_at"])
    return NotNow(0.0)


def _push_of(found: Next, started: float) -> Claim | NotNow:
    """The last gate: the approval still holds and covers exactly these lines."""
    change = found.change
    now = moment(change.customer)
    if reason := _void(found, now):
        _hand_back(change, reason)
        return NotNow(0.0)
    if (settles := record_settled_at(found.unclear_until)) and settles > now:
        return _wait_until(change, settles)
    with gathered():
        take_step(
            change,
            Status.SENDING,
            by=None,
            origin=Origin.WORKER,
            details={"epoch": change.epoch + 1, "worker": WORKER},
            epoch=change.epoch + 1,
            tries=change.tries + 1,
            lease_until=now + timedelta(seconds=settings.STEWARD_LEASE_SECONDS),
            first_sent_at=change.first_sent_at or now,
            wait=Wait.NOTHING,
        )
        attempt = _begun(change, Kind.PUSH)
    return _claim_by(attempt, started)


def _wait_until(change: Change, settles: datetime) -> NotNow:
    """An earlier request may still be applied, and would overwrite this one."""
    change.wait, change.next_attempt_at = Wait.PROVIDER, settles
    change.note = "An earlier request may still be applied by the provider, so this one waits a moment."
    change.save(update_fields=["wait", "note", "next_attempt_at"])
    return NotNow(0.0)


def _check_of(found: Next, started: float) -> Claim | NotNow:
    """Unknown and due: looked up where the provider can be read, otherwise sent again if that is still harmless.

    What was true when it became unknown may not be now: the worker was away, the options or our copy are others.
    """
    change = found.change
    now, reads = moment(change.customer), change.connection.provider.capabilities.reads
    if reads and lost_looks_of(change) >= MOST_TRIES:
        leave_to_a_person(change, "Reading back was begun often enough and never ended. A person decides.")
        return NotNow(0.0)
    if not reads and (not may_go_again(change, now) or _void(found, now)):
        leave_to_a_person(change, "Sending it again unasked is not safe any more. A person decides.")
        return NotNow(0.0)
    if not reads and (settles := settled_at(change)) > now:
        return _wait_until(change, settles)
    if not reads:
        take_step(
            change,
            Status.APPROVED,
            by=None,
            origin=Origin.WORKER,
            details={"again": True},
            wait=Wait.TRY_AGAIN,
            next_attempt_at=now,
        )
        return _push_of(found, started)
    change.lease_until = now + timedelta(seconds=settings.STEWARD_LEASE_SECONDS)
    change.next_attempt_at = now + timedelta(seconds=_longest_call())
    with gathered():
        update(change, ["lease_until", "next_attempt_at"])
        attempt = _begun(change, Kind.CHECK)
    return _claim_by(attempt, started)


def _begun(change: Change, kind: Kind) -> Attempt:
    """The attempt as an intent, which counts from the commit of the claim on, whatever becomes of this worker."""
    attempt = Attempt(
        change=change,
        customer=change.customer,
        connection=change.connection,
        kind=kind,
        epoch=change.epoch,
        worker=WORKER,
    )
    insert([attempt])
    return attempt


def _claim_by(attempt: Attempt, started: float) -> Claim:
    change, lines = attempt.change, list(attempt.change.lines.all())
    return Claim(
        change_id=change.pk,
        customer_id=change.customer_id,
        connection=change.connection,
        attempt_id=attempt.pk,
        epoch=change.epoch,
        kind=Kind(attempt.kind),
        lease_until=started + settings.STEWARD_LEASE_SECONDS,
        before=change.customer.record,
        after=change.wishes,
        bases={line.field: line.before for line in lines if line.had_before and line.field in change.wishes}
        | _set_by_us_since(change),
        lines=lines,
        maybe_applied=change.maybe_applied,
        written_since=attempt.kind == Kind.CHECK and _seen_written_since(change),
    )


def _set_by_us_since(change: Change) -> dict[str, Value]:
    """What other changes of ours put into its fields since it was approved: that is no stranger's doing."""
    if not change.connection.provider.capabilities.reads:
        return {}
    fields = [line.field for line in change.lines.all()]
    lines = Line.objects.applied_since(change.approved_at).filter(customer=change.customer_id, field__in=fields)
    found = list(lines.select_related("change"))
    for line in found:
        line.change.customer = change.customer
    return {line.field: line.after for line in found}


def _seen_written_since(change: Change) -> bool:
    """Whether somebody's look at the record after our request showed that it had been written to.

    Then our copy holds the later stamp, and the next reading would find nothing strange about it.
    """
    stamp = change.connection.provider.capabilities.changed_field
    sent = change.attempts.filter(kind=Kind.PUSH).last()
    if not stamp or sent is None:
        return False
    looks = Event.objects.filter(customer=change.customer_id, verb="customer.refreshed", at__gt=sent.started_at)
    return looks.filter(details__moved__contains=[stamp]).exists()


def _void(found: Next, now: datetime) -> str:
    """Why the approval no longer holds; empty when it does."""
    change = found.change
    if lapsed := _lapsed(change, now):
        return lapsed
    record, sent = change.customer.record, [line for line in change.lines.all() if line.state.is_sent]
    if gone := [line.field for line in sent if not is_declared(line)]:
        return f"This connection has no field {', '.join(gone)} any more. Withdraw it, or ask whoever set it up."
    if any(bytes(line.digest) != line.current_digest(record) for line in sent):
        return "What would be sent is no longer what was saved. Look again, then confirm or withdraw it."
    if _lacks_an_approval(found, sent):
        return "It lacks an approval of what would be sent. Look again, then confirm or withdraw it."
    return ""


def _lacks_an_approval(found: Next, sent: Sequence[Line]) -> bool:
    """What a line was found to need is not believed: the policies in force are asked once more."""
    if not sent:
        return True
    needs = needs_by(found.rules, found.change, sent)
    lacking = [line for line in sent if line.approvals < max(line.needs, needs[line.field])]
    return bool(lacking) and emergency_of(found.change) is None


def _lapsed(change: Change, now: datetime) -> str:
    if change.approved_at is None or now - change.approved_at > APPROVAL_LASTS:
        return LAPSED
    return ""


def _hand_back(change: Change, reason: str) -> None:
    take_step(
        change,
        Status.PROPOSED,
        by=None,
        origin=Origin.WORKER,
        details={"void": True, "lapsed": True} if reason == LAPSED else {"void": True},
        wait=Wait.AUTHOR,
        note=reason,
        approved_place=None,
        approved_at=None,
        next_attempt_at=None,
    )
    notify(change, About.VOID, by=None)
