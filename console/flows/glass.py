"""Break-glass: sends a change at once that could not wait for its approvals. A reviewer looks into each afterwards."""

from __future__ import annotations

from django.db import transaction

from console.errors import StepNotPossible
from console.flows.decide import approve, keep_states, told
from console.flows.notify import notify
from console.flows.record import database_now, record
from console.flows.standing import standing
from console.models import About, Change, Emergency, LineState, Origin, Status, User, Wait
from console.models.rows import insert, update
from console.permissions import Right, people_with, require

LONGEST_REASON = 500


@transaction.atomic
def break_glass(change_id: int, *, by: User, reason: str) -> Change:
    """Sends a change that waits for a decision without one; its author may, too. Everybody who could have decided is
    told, and it stays on the reviewers' list until one of them closes it.
    """
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.BREAK_GLASS, change.connection)
    if change.state is not Status.PROPOSED or change.wait != Wait.DECISION:
        raise StepNotPossible(f"Change {change.pk} is “{change.state.label}”, so there is no approval to go without.")
    reason = _given(reason, "Say why it cannot wait: a reviewer will ask.")
    change.rebase()
    lines = list(change.lines.all())
    for line in lines:
        line.change = change
    judged = standing(change, lines)
    keep_states(lines, judged)
    key = change.customer.key
    insert([Emergency(change=change, by=by, sealed_reason=key.seal("emergency", "reason", reason))])
    for line in lines:
        if line.state is LineState.OPEN:
            line.decision = LineState.APPROVED
            update(line, ["decision"])
    lacking = [line.field for line in judged.for_approval]
    details: dict[str, object] = {"emergency": True, "without": lacking, "policies": told(judged.rules)}
    approve(change, by=by, origin=Origin.PAGE, details=details, values={"reason": reason})
    _tell(change, by)
    return change


@transaction.atomic
def close(change_id: int, *, by: User, finding: str) -> Emergency:
    """A reviewer, not whoever did it, says what they found; then it is off the list."""
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.AUDIT, change.connection)
    emergency = Emergency.objects.select_for_update(no_key=True).filter(change=change).first()
    if emergency is None or emergency.closed_at:
        raise StepNotPossible(f"Change {change.pk} is on no list any more.")
    if by.pk in {emergency.by_id, change.requester_id}:
        raise StepNotPossible("It was your own change, so another reviewer closes it.")
    finding = _given(finding, "Say what you found.")
    emergency.closed_by, emergency.closed_at = by, database_now()
    emergency.sealed_finding = change.customer.key.seal("emergency", "finding", finding)
    emergency.save(update_fields=["closed_by", "closed_at", "sealed_finding"])
    values = {"finding": finding}
    record(change.customer, "emergency.closed", by=by, origin=Origin.PAGE, change=change, values=values)
    return emergency


def _tell(change: Change, by: User) -> None:
    """Its author, and everybody who could have decided on it."""
    concerned = {change.requester_id, *people_with(Right.DECIDE, change.connection)}
    notify(change, About.EMERGENCY, by=by, to=User.objects.filter(pk__in=concerned))


def _given(text: str, wanted: str) -> str:
    text = text.strip()
    if not text:
        raise StepNotPossible(wanted)
    if len(text) > LONGEST_REASON:
        raise StepNotPossible(f"Shorten it: it may have {LONGEST_REASON} characters, not {len(text)}.")
    return text
