"""Held: what a person decides about a change that was held when a restored backup was noticed.

And what its author cannot take back, because something of it may be at the provider: an operator can.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction

from console.errors import StepNotPossible
from console.flows.decide import approve_again
from console.flows.recheck import wait_once_more
from console.flows.record import database_now, take_step
from console.flows.said import said
from console.models import Change, Origin, Status, User, Wait
from console.permissions import Right, require

HOW_YOU_KNOW = "Say in a sentence how you know: the reason is kept in the history."


@transaction.atomic
def release(change_id: int, *, by: User, reason: str) -> Change:
    """Lets it leave after all: the person has seen that the provider does not hold it yet, or that it does no harm.

    That it may have been applied stays known. The reason is required and kept in the customer's history.
    """
    change = _held(change_id, by, [Wait.RESTORED])
    values = {"reason": said(reason, HOW_YOU_KNOW)}
    wait_once_more(change)
    return approve_again(change, by=by, details={"released": True}, values=values, tries=0)


@transaction.atomic
def withdraw(change_id: int, *, by: User, reason: str) -> Change:
    """Ends it without sending anything more. The reason is required and kept in the customer's history."""
    change = _held(change_id, by, [Wait.RESTORED, Wait.AUTHOR])
    values = {"reason": said(reason, HOW_YOU_KNOW)}
    ended: dict[str, Any] = {"wait": Wait.NOTHING, "next_attempt_at": None, "ended_at": database_now()}
    take_step(change, Status.WITHDRAWN, by=by, origin=Origin.PAGE, details={"held": True}, values=values, **ended)
    return change


def _held(change_id: int, by: User, waits: Collection[Wait]) -> Change:
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.RESOLVE, change.connection)
    authors_own = change.wait == Wait.AUTHOR and not change.maybe_applied
    if change.state is not Status.PROPOSED or change.wait not in waits or authors_own:
        raise StepNotPossible(f"Change {change.pk} is not held any more.")
    return change
