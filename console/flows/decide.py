"""Decide: asks the policies what a change still needs, and lets it go once nothing is outstanding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction

from console.errors import NotPermitted, StepNotPossible
from console.flows.notify import notify
from console.flows.recheck import wait_once_more
from console.flows.record import moment, record, take_step
from console.flows.standing import emergency_of, moved_since, require_declared, standing
from console.flows.wake import wake
from console.models import About, Change, Line, LineState, Origin, Status, User, Wait
from console.models.judging import Judged, Rule
from console.models.rows import update
from console.permissions import may_withdraw

LONGEST_NOTE = 500


def decide(
    change: Change,
    *,
    by: User | None,
    origin: Origin,
    lines: Sequence[Line] | None = None,
    judged: Judged | None = None,
    **more: Any,
) -> Change:
    """Brings a proposed change as far as it can go now: to the worker, to those who decide, back to its author, or to
    its end. Its customer's row must be locked; `lines` and how they stand, if at hand; `more` as for a step.
    """
    lines = list(change.lines.all()) if lines is None else lines
    judged = standing(change, lines) if judged is None else judged
    keep_states(lines, judged)
    if judged.for_approval:
        return wait_for_decision(change, judged, **more)
    if judged.for_author:
        return _back_to_author(change, judged)
    if not judged.sent:
        return _rejected(change, by=by, origin=origin)
    left_out = [line.field for line in lines if not line.state.is_sent]
    if left_out and (problems := problems_of(change)):
        note = f"What is left of it cannot be sent by itself. {problems}"
        return give_back(change, note, by=by, origin=origin, details={"incomplete": True})
    details: dict[str, object] = {"policies": told(judged.rules)}
    details |= {"left out": left_out} if left_out else {}
    approve(change, lines, by=by, origin=origin, details=details, **more)
    rejected = any(line.state is LineState.REJECTED for line in lines)
    notify(change, About.PARTLY if rejected else About.APPROVED, by=by)
    return change


def approve(
    change: Change,
    lines: Iterable[Line],
    *,
    by: User | None,
    origin: Origin,
    details: Mapping[str, object],
    **more: Any,
) -> Change:
    """Gives a change of which no line is open its place in the order of approvals and wakes the workers; `more` as for
    a step.
    """
    customer, now = change.customer, moment(change.customer)
    customer.places += 1  # kept with the event
    ended = {"expires_at": None, "claimed_by": None, "claimed_at": None} if change.expires_at else {}
    approved = {"approved_place": customer.places, "approved_at": now, "next_attempt_at": now}
    waits = {"wait": Wait.TURN, "note": ""}
    details = {**details, "lines": fixed(lines)}
    take_step(change, Status.APPROVED, by=by, origin=origin, details=details, **{**approved, **waits, **ended, **more})
    wake(change.connection_id)
    return change


def fixed(lines: Iterable[Line]) -> dict[str, str]:
    """What history says of each line that is to be sent: SHA-256 over its digest and its two values as they are kept,
    so that none of them can be altered unnoticed, by whoever has the keys or not.
    """
    return {
        line.field: sha256(bytes(line.digest) + bytes(line.sealed_before) + bytes(line.sealed_after)).hexdigest()
        for line in lines
        if line.state.is_sent
    }


def approve_again(change: Change, *, by: User, details: dict[str, object], **more: Any) -> Change:
    """Lets the same lines leave once more. What nobody was asked about starts from what the record holds now.

    Raises StepNotPossible where an approval does not cover that any more; `more` as for a step. What was sent without
    its approvals may go once more for as long as an approval would last, while it starts from the same values.
    """
    require_declared(change.lines.all())
    change.rebase(unasked=True)
    lines = list(change.lines.all())
    judged = standing(change, lines)
    broken = None if judged.is_settled else emergency_of(change)
    if not judged.is_settled and (broken is None or moved_since(change, lines)):
        raise StepNotPossible(
            "It lacks an approval: a value has moved since, that was too long ago, or a policy asks for more. "
            "Edit it again: then somebody can approve it as it is now."
        )
    if broken:
        return approve(change, lines, by=by, origin=Origin.PAGE, details=details, **more, approved_at=broken.at)
    keep_states(lines, judged)
    return approve(change, lines, by=by, origin=Origin.PAGE, details=details, **more)


@transaction.atomic
def confirm(change_id: int, *, by: User) -> Change:
    """The author stands by a change that was held, starting from what the record holds now.

    What needs approval and has moved, or was approved too long ago, is asked anew.
    """
    change = Change.objects.get(pk=change_id).locked()
    if not may_withdraw(by, change):
        raise NotPermitted("Only its author can confirm this change.")
    if change.state is not Status.PROPOSED or change.wait != Wait.AUTHOR:
        raise StepNotPossible("This change is not waiting for its author.")
    require_declared(change.lines.all())
    wait_once_more(change)
    change.rebase()
    return decide(change, by=by, origin=Origin.PAGE, tries=0, first_sent_at=None)


def keep_states(lines: Sequence[Line], judged: Judged) -> None:
    """Writes down what each line needs and what it comes to, where that is not what stands there."""
    for line in lines:
        found = judged.line(line.field)
        if (line.needs, line.decision) != (found.need.approvals, found.state):
            line.needs, line.decision = found.need.approvals, found.state
            update(line, ["needs", "decision"])


def until(change: Change, judged: Judged) -> datetime:
    """When a request that begins to wait now ends."""
    return moment(change.customer) + judged.lasts


def wait_for_decision(change: Change, judged: Judged, **more: Any) -> Change:
    """It waits for somebody else; since when and how long is kept while it does."""
    changed: dict[str, Any] = dict(more)
    if change.wait != Wait.DECISION or change.expires_at is None:
        changed |= {"wait": Wait.DECISION, "note": "", "expires_at": until(change, judged)}
    for name, value in changed.items():
        setattr(change, name, value)
    if changed:
        update(change, list(changed))
    return change


def give_back(
    change: Change, note: str, *, by: User | None, origin: Origin, details: Mapping[str, object] | None = None
) -> Change:
    """Returns it to its author, who edits and proposes it again, or withdraws it: within as long as others had.

    What may be at the provider already is not edited: it waits until its author confirms it, or an operator ends it.
    """
    if change.maybe_applied:
        return hold_for_author(change, note, about=About.RETURNED, by=by)
    take_step(
        change,
        Status.RETURNED,
        by=by,
        origin=origin,
        details=details,
        wait=Wait.AUTHOR,
        note=note[:LONGEST_NOTE],
        expires_at=until(change, standing(change)),
        claimed_by=None,
        claimed_at=None,
    )
    notify(change, About.RETURNED, by=by)
    return change


def hold_for_author(change: Change, note: str, *, about: About, by: User | None) -> Change:
    """Nobody else decides on it for now: its author says what is to become of it, in their own time."""
    change.wait, change.note, change.expires_at = Wait.AUTHOR, note[:LONGEST_NOTE], None
    change.claimed_by = change.claimed_at = None
    update(change, ["wait", "note", "expires_at", "claimed_by", "claimed_at"])
    origin = Origin.PAGE if by else Origin.WORKER
    record(change.customer, "change.held", by=by, origin=origin, change=change, details={"why": about})
    notify(change, about, by=by)
    return change


def problems_of(change: Change) -> str:
    """Why what is left of it cannot be sent without the rest; empty if it can."""
    violations = change.customer.provider.violations(change.customer.record, change.wishes)
    return " ".join(violation.message for violation in violations)


def told(rules: Iterable[Rule]) -> list[dict[str, object]]:
    """The policies that applied, as history tells of them."""
    return [
        {"name": rule.name, "version": rule.number, "policy": rule.policy, "approvals": rule.approvals}
        for rule in rules
    ]


def _back_to_author(change: Change, judged: Judged) -> Change:
    """What needs nobody else's approval starts from a value that has moved meanwhile."""
    fields = {field.name: field.label for field in change.customer.provider.fields}
    labels = ", ".join(fields.get(line.field, line.field) for line in judged.for_author)
    note = f"Another value than when this was asked: {labels}. Look again, then confirm or withdraw it."
    return hold_for_author(change, note, about=About.MOVED, by=None)


def _rejected(change: Change, *, by: User | None, origin: Origin) -> Change:
    take_step(
        change,
        Status.REJECTED,
        by=by,
        origin=origin,
        wait=Wait.NOTHING,
        expires_at=None,
        claimed_by=None,
        claimed_at=None,
        ended_at=moment(change.customer),
    )
    notify(change, About.REJECTED, by=by)
    return change
