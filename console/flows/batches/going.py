"""Going: what its author, an approver or an operator does about a batch that is under way."""

from __future__ import annotations

from django.db import transaction

from console.errors import NotPermitted, StepNotPossible
from console.flows.batch_steps import locked, take
from console.flows.batches.ending import call_back
from console.flows.batches.looking import look
from console.flows.notify import notify_batch
from console.flows.record import database_now
from console.flows.said import no_novel
from console.flows.wake import wake
from console.models import About, Batch, BatchStatus, Origin, Status, User
from console.permissions import Right, may, refusal_sentence

MAY_PAUSE = frozenset({BatchStatus.CANARY, BatchStatus.GOING})  # while the first are looked at nothing leaves


def may_steer(user: User, batch: Batch) -> bool:
    """Whether this person may pause it, let it go on and stop it: its author, an approver or an operator there."""
    own = user.pk == batch.requester_id and may(user, Right.PROPOSE, batch.connection)
    return own or may(user, Right.DECIDE, batch.connection) or may(user, Right.RESOLVE, batch.connection)


def why_not_go_on(batch: Batch) -> str:
    """Why a batch cannot go on now, whoever asks; empty where it can."""
    if batch.state not in {BatchStatus.CHECKING, BatchStatus.PAUSED}:
        return f"Batch {batch.pk} is “{batch.state.label}” now, so there is nothing to let go on."
    return ""


@transaction.atomic
def pause(batch_id: int, *, by: User, reason: str = "") -> Batch:
    """Lets nothing more of a batch leave until somebody says go on; what is being sent just now still ends."""
    batch = _steered(batch_id, by)
    if batch.state not in MAY_PAUSE:
        raise StepNotPossible(f"Batch {batch.pk} is “{batch.state.label}” now, so there is nothing to pause.")
    note = no_novel(reason) or f"{by.name} paused it."
    halt(batch, note, by=by)
    return batch


def halt(batch: Batch, note: str, *, by: User | None) -> None:
    """Pauses it, and calls back what no worker has taken yet; the batch's row must be locked."""
    taken = call_back(batch, by=by, to=Status.PROPOSED)
    origin = Origin.PAGE if by else Origin.WORKER
    take(batch, BatchStatus.PAUSED, by=by, origin=origin, note=note, details={"called back": taken.count})


@transaction.atomic
def go_on(batch_id: int, *, by: User) -> Batch:
    """Lets a batch go on: after the first few were looked at, or after a pause. What did not arrive until now is
    counted no more: whoever says so has looked at it.
    """
    batch = _steered(batch_id, by)
    if why_not := why_not_go_on(batch):
        raise StepNotPossible(why_not)
    seen = look(batch)
    passed = batch.canary_passed_at or (database_now() if batch.state is BatchStatus.CHECKING else None)
    to = BatchStatus.GOING if passed else BatchStatus.CANARY
    looked_from = seen.last if seen.failed else batch.looked_from
    take(batch, to, by=by, note="", canary_passed_at=passed, looked_from=looked_from)
    wake(batch.connection_id)
    return batch


@transaction.atomic
def stop(batch_id: int, *, by: User, reason: str = "") -> Batch:
    """Lets nothing more of a batch leave, for good. What no worker has taken yet is taken back at once, what was
    not let go by and by; what is being sent just now ends by itself.
    """
    batch = _steered(batch_id, by)
    note = no_novel(reason) or f"{by.name} stopped it."
    if batch.state is BatchStatus.WAITING and not batch.released:
        raise StepNotPossible("Nothing of it has left yet: it can be rejected, or withdrawn by its author.")
    take(batch, BatchStatus.STOPPED, by=by, note=note, expires_at=None)
    call_back(batch, by=by, to=Status.WITHDRAWN)
    notify_batch(batch, About.STOPPED, by=by)
    wake(batch.connection_id)
    return batch


def _steered(batch_id: int, by: User) -> Batch:
    batch = locked(batch_id)
    if not may_steer(by, batch):
        sentence = refusal_sentence(Right.RESOLVE, batch.connection, to=by)
        raise NotPermitted(f"Its author, an approver or an operator steers a batch. {sentence}")
    return batch
