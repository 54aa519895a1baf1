"""Expire: ends requests that nobody decided on in time. Nothing is ever approved because time passed."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from console.flows.decide import hold_for_author
from console.flows.notify import notify
from console.flows.record import moment, take_step
from console.models import About, Change, Origin, Status, Wait

AT_ONCE = 200
MAY_EXPIRE = [Status.PROPOSED, Status.RETURNED]
UNCLEAR = (
    "Nobody decided in time. An earlier try may have been applied, so it does not simply end: confirm or withdraw it."
)


def expire() -> int:
    """Ends what is over, each in a transaction of its own; gives how many.

    What may be at the provider already is nothing that ends by itself: it goes back to its author.
    """
    return sum(map(_end, _over()))


def _over() -> list[int]:
    over = Change.objects.filter(status__in=MAY_EXPIRE, expires_at__lte=Now())
    return list(over.order_by("expires_at").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def _end(change_id: int) -> bool:
    """Looks again now that it is locked: somebody may have decided meanwhile."""
    change = Change.objects.get(pk=change_id).locked()
    now = moment(change.customer)
    if change.state not in MAY_EXPIRE or change.expires_at is None or change.expires_at > now:
        return False
    if change.maybe_applied:
        hold_for_author(change, UNCLEAR, about=About.EXPIRED, by=None)
        return True
    take_step(
        change,
        Status.EXPIRED,
        by=None,
        origin=Origin.WORKER,
        wait=Wait.NOTHING,
        expires_at=None,
        claimed_by=None,
        claimed_at=None,
        ended_at=now,
    )
    notify(change, About.EXPIRED, by=None)
    return True
