"""Batch steps: the one way in which a batch goes from one status to another, with the one event of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.errors import StepNotPossible
from console.flows.record import record
from console.models import Batch, BatchStatus, Origin, User
from console.models.batches import BATCH_STEPS
from console.models.rows import update

LONGEST_NOTE = 500


def locked(batch_id: int) -> Batch:
    """The batch with its connection and author, its row locked until the transaction ends: before any customer's."""
    rows = Batch.objects.select_for_update(no_key=True, of=("self",)).select_related("connection", "requester")
    return rows.get(pk=batch_id)


def locked_if_free(batch_id: int) -> Batch | None:
    """The same; None where somebody else holds it at this moment."""
    rows = Batch.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    return rows.select_related("connection", "requester").filter(pk=batch_id).first()


def begun(batch: Batch) -> Batch:
    """Writes the event of a batch that was just made."""
    details = {"title": batch.title, "expected": batch.expected}
    details |= {"undoes": batch.undoes_id} if batch.undoes_id else {}
    record(batch, "batch.building", by=batch.requester, origin=Origin(batch.origin), details=details)
    return batch


def take(
    batch: Batch,
    to: BatchStatus,
    *,
    by: User | None,
    origin: Origin = Origin.PAGE,
    details: Mapping[str, Any] | None = None,
    **changed: Any,
) -> Batch:
    """Takes one step, saves it and records it; the row must be locked. `changed`: what else is written with it.

    Raises StepNotPossible for a step that is not in the table.
    """
    source = batch.state
    if to not in BATCH_STEPS.get(source, ()):
        raise StepNotPossible(f"Batch {batch.pk} is “{source.label}” now, so this is no longer possible.")
    if "note" in changed:
        changed["note"] = changed["note"][:LONGEST_NOTE]
    for name, value in changed.items():
        setattr(batch, name, value)
    batch.status = to
    batch.steps += 1  # as the database counts
    update(batch, ["status", *changed])
    about = {"from": source, **({"note": batch.note} if changed.get("note") else {}), **(details or {})}
    record(batch, f"batch.{to}", by=by, origin=origin, details=about)
    return batch
