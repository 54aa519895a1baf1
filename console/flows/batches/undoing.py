"""Undoing: asks for what stood there before a batch, as a batch of its own, put together by a worker.

Each line is judged as undoing a single change judges it; what cannot go back is kept with its sentence.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from django.db import connection as database
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from console.errors import ConsoleError, KeyMissing, StepNotPossible
from console.flows.batch_steps import locked
from console.flows.batches.building import Item, Unfit, add, begin, close, fail, require_key, require_said
from console.flows.batches.claiming import TRIES, claim, given_up, wake_builders
from console.flows.batches.looking import under_way
from console.flows.batches.members import IN_PART
from console.flows.undo import Back, lines_back, why_not_at_all
from console.flows.wishes import labels_of
from console.models import Batch, BatchRefusal, BatchStatus, Change, Origin, User, Verdict
from console.models.batches import walk
from console.permissions import Right, require
from providers.base import BadOptions

if TYPE_CHECKING:
    from providers.fields import Value

log = structlog.get_logger()

AT_ONCE = 50
CAN_BE_UNDONE = frozenset({BatchStatus.DONE, BatchStatus.STOPPED})
GAVE_UP = (
    f"It was begun {TRIES} times and never came to its end. Ask for it once more; if that ends like this, too, "
    "whoever runs this console finds the reason in its log."
)


def why_not_undo(batch: Batch) -> str:
    """Why a batch cannot be undone now, whoever asks; empty where it can."""
    if batch.state not in CAN_BE_UNDONE:
        return f"Batch {batch.pk} is “{batch.state.label}” now: stop it, or wait until it has ended."
    if not batch.released:
        return "Nothing of this batch has left, so there is nothing to undo."
    if under_way(batch):
        return "Some of it is being sent just now: wait until it has ended."
    undoing = Batch.objects.filter(undoes=batch, ended_at__isnull=True).order_by("pk").first()
    return f"Batch {undoing.pk} undoes it already." if undoing else ""


@transaction.atomic
def undo(batch_id: int, *, by: User, key: str, why: str = "", reference: str = "") -> Batch:
    """A new batch that takes this one back, as far as that is possible; a worker puts it together. It is decided on and
    sent like any other. The same key gives the same batch. Raises StepNotPossible, and what `begin` and `require_said`
    raise: whoever asks is told at once what a policy wants to be said.
    """
    batch = locked(batch_id)
    require(by, Right.PROPOSE, batch.connection)
    require_key(key)
    again = Batch.objects.filter(requester=by, idempotency_key=key, undoes=batch).first()
    if again:
        return again
    if why_not := why_not_undo(batch):
        raise StepNotPossible(why_not)
    require_said(batch.connection, batch.fields, batch.released, by=by, why=why, reference=reference)
    title = f"Undo of batch {batch.pk}: {batch.title}"
    undoing = begin(
        batch.connection,
        by=by,
        origin=Origin.UNDO,
        title=title,
        key=key,
        why=why,
        reference=reference,
        expected=batch.released,
        undoes=batch,
    )
    wake_builders()
    return undoing


def build_all(stopping: threading.Event) -> None:
    """Puts together what is to be, one after the other, until nothing is left or this worker is to end."""
    while not stopping.is_set() and (batch := claim()):
        build(batch, stopping)
    for lost in given_up():
        log.error("undo.given_up", batch=lost.pk)
        fail(lost, GAVE_UP)


def build(batch: Batch, stopping: threading.Event) -> None:
    """Puts it together from where it is; whoever takes it up again goes on there."""
    try:
        while pieces := _piece(batch):
            if stopping.is_set():
                Batch.objects.filter(pk=batch.pk).update(beat_at=None, tries=0)
                return
            _add(batch, pieces)
        close(batch)
    except (ConsoleError, BadOptions) as problem:
        sentence = str(problem) if isinstance(problem, ConsoleError) else "The connection's settings do not fit."
        fail(batch, sentence)


def _piece(batch: Batch) -> list[Change]:
    """The next changes that arrived, or may have, behind the last place that is there."""
    places = [
        Change.objects.filter(batch=batch).aggregate(last=Max("batch_place"))["last"],
        BatchRefusal.objects.filter(batch=batch).aggregate(last=Max("place"))["last"],
    ]
    behind = {"batch": batch.undoes_id, "after": max(filter(None, places), default=0), "most": AT_ONCE}
    with database.cursor() as cursor:
        cursor.execute(_THERE, behind)
        numbers = [number for _, number in cursor.fetchall()]
    found = Change.objects.filter(pk__in=numbers).select_related("customer__connection", "requester")
    return list(found.prefetch_related("lines").order_by("batch_place"))


@transaction.atomic
def _add(batch: Batch, changes: Sequence[Change]) -> None:
    items, unfit = list[Item](), list[Unfit]()
    for change in changes:
        _judge(change, batch, items, unfit)
    add(batch, items, unfit)
    Batch.objects.filter(pk=batch.pk).update(beat_at=Now(), tries=1)


def _judge(change: Change, batch: Batch, items: list[Item], unfit: list[Unfit]) -> None:
    """What of a change goes back, and what does not."""
    place, why_not = change.batch_place or 0, why_not_at_all(change)
    try:
        back = [] if why_not else [one for one in lines_back(change, by=batch.requester) if one.line.state.is_sent]
    except KeyMissing as problem:
        why_not, back = str(problem), []
    stays = {one.line.field: reason for one in back if (reason := _stays(one))}
    wishes: dict[str, Value] = {one.line.field: one.line.before for one in back if one.line.field not in stays}
    if stays:
        labels = labels_of(change.customer, stays)
        why_not = " ".join(f"{labels[name]}: {reason}" for name, reason in stays.items())
    if why_not:
        unfit.append(Unfit(place, IN_PART if wishes else "not undone", why_not, change.customer_id))
    if wishes:
        items.append(Item(place, change.customer_id, wishes, undoes=change.pk))


def _stays(back: Back) -> str:
    """Why a line does not go back; what others wait for is not taken from them by the hundred."""
    if back.why_not or back.waits is None:
        return back.why_not
    return f"Change {back.waits.pk} waits for this field and has to end first."


_THERE = walk(
    "id",
    "batch_place > %(after)s",
    ("status = 'applied'", "status = 'unknown'", f"status = 'closed' AND verdict = '{Verdict.APPLIED}'"),
)
