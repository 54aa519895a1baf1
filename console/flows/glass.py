"""Break-glass: sends a change at once that could not wait for its approvals. A reviewer looks into each afterwards."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from console.errors import NotPermitted, StepNotPossible
from console.flows.decide import approve, keep_states, problems_of, told
from console.flows.notify import notify
from console.flows.record import moment, record
from console.flows.said import said
from console.flows.seen import as_seen, lines_of, require_all_seen, require_waiting, require_whole, start_from_now
from console.flows.standing import standing
from console.models import About, Change, Emergency, Line, LineState, Origin, User
from console.models.judging import Judged
from console.models.rows import update
from console.permissions import Right, people_with, require


@transaction.atomic
def break_glass(change_id: int, *, by: User, reason: str, seen: Mapping[str, str] | None = None) -> Change:
    """Sends a change that waits for a decision without one; its author may, too. What was rejected stays behind.

    Everybody who could have decided is told, and it stays on the reviewers' list until one of them closes it. `seen`
    are the digests of the lines that were on the page, as for an approval: here of all that is to be sent.
    """
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.BREAK_GLASS, change.connection)
    require_waiting(change)
    reason = said(reason, "Say why it cannot wait: a reviewer will ask.")
    lines = lines_of(change)
    if seen is not None:
        as_seen(change, lines, seen)
        require_all_seen(lines, seen)  # nobody else looks at it before it is sent
    judged = _as_they_are_now(change, lines)
    _list(change, by, reason)
    for line in lines:
        if line.state is LineState.OPEN:
            line.decision = LineState.APPROVED
            update(line, ["decision"])
    lacking = [line.field for line in judged.for_approval]
    details: dict[str, object] = {"emergency": True, "without": lacking, "policies": told(judged.rules)}
    approve(change, lines, by=by, origin=Origin.PAGE, details=details, values={"reason": reason})
    _tell(change, by)
    return change


@transaction.atomic
def close(change_id: int, *, by: User, finding: str) -> Emergency:
    """A reviewer, neither who did it nor the author, says what they found; then it is off the list."""
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.AUDIT, change.connection)
    emergency = Emergency.objects.select_for_update(no_key=True).filter(change=change, closed_at=None).first()
    if emergency is None:
        raise StepNotPossible(_why_not_on_the_list(change))
    if by.pk in {emergency.by_id, change.requester_id}:
        raise NotPermitted("You asked for this change or sent it yourself, so another reviewer closes it.")
    finding = said(finding, "Say what you found.", what="the finding")
    emergency.closed_by, emergency.closed_at = by, moment(change.customer)
    emergency.sealed_finding = change.customer.key.seal("emergency", "finding", finding)
    update(emergency, ["closed_by", "closed_at", "sealed_finding"])
    values = {"finding": finding}
    record(change.customer, "emergency.closed", by=by, origin=Origin.PAGE, change=change, values=values)
    return emergency


def _as_they_are_now(change: Change, lines: list[Line]) -> Judged:
    """Lets what is to be sent start from the present values; raises StepNotPossible if it cannot be sent like that."""
    sent = [line for line in lines if line.state.is_sent]
    require_whole(sent, change.customer.record)
    if problems := problems_of(change):
        raise StepNotPossible(f"It cannot be sent like this. {problems}")
    start_from_now(sent, change.customer.record)
    judged = standing(change, lines)
    keep_states(lines, judged)
    return judged


def _list(change: Change, by: User, reason: str) -> None:
    """Puts it on the reviewers' list: anew, if it went without its approvals before and came back."""
    what = {"by": by, "at": moment(change.customer), "closed_by": None, "closed_at": None, "sealed_finding": None}
    sealed = change.customer.key.seal("emergency", "reason", reason)
    Emergency.objects.update_or_create(change=change, defaults={**what, "sealed_reason": sealed})


def _tell(change: Change, by: User) -> None:
    """Its author, everybody who could have decided on it, and who has to look into it."""
    deciding, looking = (people_with(right, change.connection) for right in (Right.DECIDE, Right.AUDIT))
    concerned = {change.requester_id: change.requester, **deciding, **looking}
    notify(change, About.EMERGENCY, by=by, to=concerned.values())


def _why_not_on_the_list(change: Change) -> str:
    closed = Emergency.objects.filter(change=change).select_related("closed_by").first()
    if closed is None or closed.closed_by is None:
        return f"Change {change.pk} was not sent without its approvals."
    return f"{closed.closed_by.name} has closed this already."
