"""Decide: asks the policies what a change still needs, and lets it go once nothing is outstanding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection as database
from django.db import transaction

from console.errors import NotPermitted, StepNotPossible
from console.flows.recheck import wait_once_more
from console.flows.record import moment, take_step
from console.flows.wake import wake
from console.models import Change, Decision, Line, Origin, Status, User, Wait
from console.models.policies import outstanding, policies_for
from console.permissions import may_withdraw


def decide(change: Change, *, by: User, origin: Origin, lines: Sequence[Line] | None = None, **more: Any) -> Change:
    """Approves a proposed change that needs nobody else. Its customer's row must be locked; `lines`, if at hand;
    `more` as for a step.
    """
    lines = list(change.lines.all()) if lines is None else lines
    if outstanding(lines):
        return change
    policies = [{"name": policy.name, "version": policy.version} for policy in policies_for(lines)]
    return approve(change, by=by, origin=origin, details={"policies": policies}, **more)


def approve(change: Change, *, by: User, origin: Origin, details: dict[str, object], **more: Any) -> Change:
    """Gives an approved change its place in the order of approvals and wakes the workers; `more` as for a step."""
    customer, now = change.customer, moment(change.customer)
    customer.places += 1  # kept with the event
    with database.cursor() as cursor:
        cursor.execute(_APPROVE_LINES, (Decision.APPROVED, change.pk, Decision.OPEN))
    take_step(
        change,
        Status.APPROVED,
        by=by,
        origin=origin,
        details=details,
        approved_place=customer.places,
        approved_at=now,
        next_attempt_at=now,
        wait=Wait.TURN,
        note="",
        **more,
    )
    wake(change.connection_id)
    return change


_APPROVE_LINES = "UPDATE console_line SET decision = %s WHERE change_id = %s AND decision = %s"


@transaction.atomic
def confirm(change_id: int, *, by: User) -> Change:
    """The author stands by a change that was held because one before it was not applied."""
    change = Change.objects.get(pk=change_id).locked()
    if not may_withdraw(by, change):
        raise NotPermitted("Only its author can confirm this change.")
    if change.state is not Status.PROPOSED or change.wait != Wait.AUTHOR:
        raise StepNotPossible("This change is not waiting for its author.")
    wait_once_more(change)
    change.rebase()
    return decide(change, by=by, origin=Origin.PAGE, tries=0, first_sent_at=None)
