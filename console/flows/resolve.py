"""Resolve: what a person decides about a change that ended without being applied, or whose outcome nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from console.errors import NotPermitted, StepNotPossible
from console.flows import drift
from console.flows.decide import approve_again
from console.flows.pausing import resume as resume  # noqa: PLC0414 - where callers look for it, too
from console.flows.recheck import recheck, wait_once_more
from console.flows.record import database_now, take_step
from console.flows.said import no_novel, said
from console.flows.wake import wake
from console.models import Change, Confirmation, Known, Origin, Status, User, Verdict, Wait
from console.permissions import Right, helpers_sentence, may_retry, require

if TYPE_CHECKING:
    from providers.fields import Value

HOW_YOU_KNOW = "Say in a sentence how you know: the reason is kept in the history."


@transaction.atomic
def try_again(change_id: int, *, by: User, reason: str = "") -> Change:
    """Sends the same lines once more: after a refusal, conflict or failure, or, knowing the risk, after an unknown.

    After an unknown the reason is required, and nothing leaves before the provider had time for the earlier request.
    """
    change = Change.objects.get(pk=change_id).locked()
    _may_resolve(change, by)
    if not (change.can_be_tried_again or change.state is Status.UNKNOWN):
        raise StepNotPossible(f"Change {change.pk} is “{change.state.label}”, so there is nothing to send again.")
    if change.state is Status.UNKNOWN:
        reason = said(reason, HOW_YOU_KNOW)
    reason = no_novel(reason)
    wait_once_more(change)
    return approve_again(
        change,
        by=by,
        details={"reason given": bool(reason)},
        values={"reason": reason} if reason else None,
        lease_until=None,
        problems=[],
        tries=0,
        first_sent_at=None,
        ended_at=None,
    )


@transaction.atomic
def close(change_id: int, *, by: User, verdict: Verdict, reason: str) -> Change:
    """Ends a change by hand: a person found out what became of it, or that nobody can. The reason is required."""
    change = Change.objects.get(pk=change_id).locked()
    _may_resolve(change, by)
    if not change.can_be_closed:
        raise StepNotPossible(f"Change {change.pk} is “{change.state.label}”, so there is nothing to close.")
    reason = said(reason, HOW_YOU_KNOW)
    moved = _take_over(change) if verdict is Verdict.APPLIED else {}
    take_step(
        change,
        Status.CLOSED,
        by=by,
        origin=Origin.PAGE,
        details={"verdict": verdict},
        values={**moved, "reason": reason},
        learnt=list(moved),
        verdict=verdict,
        confirmation=Confirmation.PERSON if verdict is Verdict.APPLIED else Confirmation.NONE,
        maybe_applied=False,
        wait=Wait.NOTHING,
        next_attempt_at=None,
        ended_at=database_now(),
    )
    recheck(change)
    wake(change.connection_id)
    return change


def _may_resolve(change: Change, by: User) -> None:
    """An unknown needs the operator's right; what certainly failed may also be retried by its author."""
    if change.state is Status.UNKNOWN:
        require(by, Right.RESOLVE, change.connection)
    elif not may_retry(by, change):
        who = helpers_sentence(Right.RESOLVE, change.connection)
        raise NotPermitted(f"Only its author, {change.requester.name}, or an operator can do this. {who}")


def _take_over(change: Change) -> dict[str, list[Value]]:
    """A person says that it was applied: our copy follows, marked as what a person said. Gives what moved by it."""
    before = change.customer.record
    moved = change.customer.learn(change.wishes, how=Known.TYPED, at=database_now(), change=change.pk)
    drift.end(change.customer, change.wishes)
    change.customer.save_learnt()
    return {name: [before.get(name), change.wishes[name]] for name in moved}
