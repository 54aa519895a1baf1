"""What tests of reviews do over and over: let changes end in a period that is over, and open a review of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from console.flows.opening import Plan, open_review
from console.models import Change, Status
from tests.cast import sample
from tests.views.standing import standing

if TYPE_CHECKING:
    from console.models import Connection, Review, User

SINCE = datetime(2026, 9, 1, tzinfo=UTC)
UNTIL = datetime(2026, 10, 1, tzinfo=UTC)
WITHIN = datetime(2026, 9, 14, 12, tzinfo=UTC)


def plan(**other: Any) -> Plan:
    """Of September, with a sample large enough for everything."""
    return Plan(**{"title": "September", "since": SINCE, "until": UNTIL, "sample": 25, **other})


def opened(by: User, *, seed: str = "a seed", **other: Any) -> Review:
    """A review of September."""
    return open_review(plan(**other), by=by, seed=seed)


def ended(change: Change, at: datetime = WITHIN) -> Change:
    """Lets a change have ended then."""
    Change.objects.filter(pk=change.pk).update(ended_at=at)
    return Change.objects.get(pk=change.pk)


def ended_changes(connection: Connection, by: User, count: int, at: datetime = WITHIN, **about: Any) -> list[Change]:
    """So many changes of one customer that were applied in September."""
    customer = sample(connection, customer_id=f"cus_{Change.objects.count()}")
    wishes = [{"address": f"Jl. Melati {number}, Bandung"} for number in range(count)]
    return [ended(standing(customer, by, Status.APPLIED, wishes=wish, **about), at) for wish in wishes]
