"""Deciding: what people decide about a whole batch, having seen its digest. Nobody decides on their own.

The batch's row is locked first, so that of decisions at the same moment one comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from console.errors import DecidedAlready, NotPermitted, SeenOtherwise, StepNotPossible
from console.flows.batch_steps import locked, take
from console.flows.batches.members import digest_of, judged, needs_of, standing
from console.flows.decide import told
from console.flows.notify import notify_batch
from console.flows.record import database_now, record
from console.flows.said import said
from console.flows.wake import wake
from console.models import About, Act, Batch, BatchDecision, BatchStatus, Origin, User
from console.models.judging import Judged, Rule
from console.models.policies import rules_in_force
from console.models.sealing import key_ring
from console.permissions import Right, may, require
from providers.base import BadOptions

AT_ONCE = 100
ALTERED = (
    "What stands in this batch is no longer what was put together, so nobody can let it go. "
    "Reject it, and have whoever runs this console verify the history."
)


def decided(batch: Batch) -> Judged:
    """How the batch stands with the policies and with everybody's decisions at this moment."""
    return judged(batch, given=list(batch.decisions.order_by("pk")), now=database_now())


def still_needed(batch: Batch) -> int:
    """How many approvals it lacks at this moment, by the policies in force."""
    return max((line.missing for line in decided(batch).lines), default=0)


@transaction.atomic
def approve(batch_id: int, *, by: User, digest: str) -> Batch:
    """Approves a whole batch; `digest` is that of the page, as hex. Once nobody else is needed its first few go ahead.

    Raises NotPermitted, SeenOtherwise where it is another by now, DecidedAlready, StepNotPossible.
    """
    batch = _open_for(batch_id, by, digest)
    if any(by.pk in line.by for line in decided(batch).lines):
        raise DecidedAlready("You have approved this batch already. It waits for somebody else.")
    if bytes(batch.digest) != digest_of(batch):
        raise StepNotPossible(ALTERED)
    _keep(batch, Act.APPROVE, by)
    return release(batch, decided(batch), by=by)


def release(batch: Batch, found: Judged, *, by: User | None) -> Batch:
    """Lets a batch that waits go ahead if nothing is missing any more; its row must be locked."""
    if not found.is_settled:
        return batch
    to = BatchStatus.GOING if batch.canary_passed_at else BatchStatus.CANARY
    details = {"policies": told(found.rules), "digest": bytes(batch.digest).hex()}
    origin = Origin.PAGE if by else Origin.WORKER
    now = database_now()
    take(
        batch,
        to,
        by=by,
        origin=origin,
        details=details,
        needs=needs_of(found),
        note="",
        approved_at=now,
        expires_at=None,
    )
    notify_batch(batch, About.APPROVED, by=by)
    wake(batch.connection_id)
    return batch


@transaction.atomic
def reject(batch_id: int, *, by: User, digest: str, reason: str) -> Batch:
    """Rejects a whole batch, for a reason: nothing of it leaves; what left before stays what it is."""
    batch = _open_for(batch_id, by, digest)
    reason = said(reason, "Say why, so that its author knows what to do.")
    _keep(batch, Act.REJECT, by, reason=reason)
    to = BatchStatus.STOPPED if batch.released else BatchStatus.REJECTED
    take(batch, to, by=by, details={"rejected": True}, note="", expires_at=None)
    notify_batch(batch, About.REJECTED, by=by)
    wake(batch.connection_id)
    return batch


@transaction.atomic
def withdraw(batch_id: int, *, by: User) -> Batch:
    """The author takes a batch back of which nothing has left, while it is put together or waits for its decision."""
    batch = locked(batch_id)
    if batch.requester_id != by.pk or not may(by, Right.PROPOSE, batch.connection):
        raise NotPermitted(f"Only {batch.requester.name} can withdraw this batch.")
    if batch.released:
        raise StepNotPossible("Some of it has left already: stop it instead.")
    size: dict[str, Any] = {"size": standing(batch).size} if batch.state is BatchStatus.BUILDING else {}
    take(batch, BatchStatus.WITHDRAWN, by=by, note="", expires_at=None, **size)
    wake(batch.connection_id)
    return batch


def expire() -> int:
    """Ends batches on which nobody decided in time; gives how many. Nothing is approved because time passed."""
    over = Batch.objects.to_decide().filter(expires_at__lte=database_now())
    return sum(map(_end, list(over.order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE])))


def rejudge() -> None:
    """Lets go what waits and lacks nothing any more: a policy asks for less by now, or who approved it may do so again.

    Asked after `expire`: what is over by now does not leave.
    """
    for number in _settled():
        _let_go(number)


@transaction.atomic
def _end(batch_id: int) -> bool:
    """Looks again now that it is locked: somebody may have decided meanwhile."""
    batch = locked(batch_id)
    if batch.state is not BatchStatus.WAITING or not _is_over(batch):
        return False
    to = BatchStatus.STOPPED if batch.released else BatchStatus.EXPIRED
    take(batch, to, by=None, origin=Origin.WORKER, note="Nobody decided in time.", expires_at=None)
    notify_batch(batch, About.EXPIRED, by=None)
    wake(batch.connection_id)
    return True


def _settled() -> list[int]:
    """Those that wait for nothing more, as far as can be told without locking them."""
    waiting = Batch.objects.to_decide().select_related("connection").prefetch_related("decisions")
    rules, now = rules_in_force(), database_now()
    return [batch.pk for batch in waiting.order_by("pk") if _is_settled(batch, rules, now)]


def _is_settled(batch: Batch, rules: Sequence[Rule], now: datetime) -> bool:
    try:
        return judged(batch, given=list(batch.decisions.all()), now=now, rules=rules).is_settled
    except BadOptions:  # its page says so; until that is mended nothing of it is sent
        return False


@transaction.atomic
def _let_go(batch_id: int) -> None:
    """Looks again now that it is locked."""
    batch = locked(batch_id)
    if batch.state is BatchStatus.WAITING and not _is_over(batch):
        release(batch, decided(batch), by=None)


def _is_over(batch: Batch) -> bool:
    return batch.expires_at is not None and batch.expires_at <= database_now()


def _open_for(batch_id: int, by: User, digest: str) -> Batch:
    """The batch, if this person may decide on it, it waits for that, and is what was on their page."""
    batch = locked(batch_id)
    require(by, Right.DECIDE, batch.connection)
    if batch.requester_id == by.pk:
        raise NotPermitted("You asked for this batch yourself, so somebody else decides on it.")
    if batch.state is not BatchStatus.WAITING:
        raise DecidedAlready(f"Batch {batch.pk} is “{batch.state.label}” now: there is nothing to decide any more.")
    if _is_over(batch):
        raise StepNotPossible("The time for deciding on this batch is over: its author has to ask anew.")
    if bytes(batch.digest).hex() != digest:
        raise SeenOtherwise(["This batch"])
    return batch


def _keep(batch: Batch, act: Act, by: User, *, reason: str = "") -> None:
    sealed = key_ring().seal("batch reason", reason) if reason else ""
    BatchDecision.objects.create(batch=batch, user=by, act=act, digest=batch.digest, sealed_reason=sealed)
    details = {"act": act, "digest": bytes(batch.digest).hex()}
    record(batch, "batch.decided", by=by, origin=Origin.PAGE, details=details)
