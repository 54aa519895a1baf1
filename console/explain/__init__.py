"""Where a change stands, in sentences for a person: what happened, who or what it waits for, what can be done. Pure.

Nothing here says more than is known: only a confirmed change is called applied, and an unknown one is neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from django.utils import timezone

from console.explain.besides import in_part, loudly
from console.explain.case import About, Case, Explanation
from console.explain.deciding import Deciding, Lack, Parts
from console.explain.ended import (
    applied,
    closed,
    conflict,
    expired,
    failed,
    refused,
    rejected,
    superseded,
    withdrawn,
)
from console.explain.leaving import approved, sending
from console.explain.unclear import unknown
from console.explain.waiting import proposed, returned
from console.explain.words import A_MINUTE, SHORTLY, either, numbered, said, until, upper, when
from console.models import Change, Outcome, Status

if TYPE_CHECKING:
    from console.models import User

__all__ = [
    "A_MINUTE",
    "SHORTLY",
    "Deciding",
    "Explanation",
    "Lack",
    "Parts",
    "either",
    "numbered",
    "said",
    "state_sentence",
    "until",
    "upper",
    "when",
]


def state_sentence(
    change: Change,
    *,
    reader: User | None = None,
    now: datetime | None = None,
    last: Outcome | None = None,
    ahead: Change | None = None,
    operators: str = "",
    settles_at: datetime | None = None,
    **about: Unpack[About],
) -> Explanation:
    """Explains where a change stands.

    `reader`: who reads it, so that “you” can be said. `last`: what the last attempt came to. `ahead`: the customer's
    change that has to end first. `operators`: a sentence that names who can help. `settles_at`: until when the provider
    may still apply a request of which nobody knows. `about`: what was decided about it. Wants connection, customer and
    requester loaded.
    """
    case = Case(change, reader, now or timezone.now(), last, ahead, operators, settles_at, **about)
    return loudly(case, in_part(case, _EXPLAIN[change.state](case)))


_EXPLAIN: Mapping[Status, Callable[[Case], Explanation]] = {
    Status.PROPOSED: proposed,
    Status.RETURNED: returned,
    Status.APPROVED: approved,
    Status.SENDING: sending,
    Status.UNKNOWN: unknown,
    Status.REFUSED: refused,
    Status.CONFLICT: conflict,
    Status.FAILED: failed,
    Status.APPLIED: applied,
    Status.REJECTED: rejected,
    Status.WITHDRAWN: withdrawn,
    Status.EXPIRED: expired,
    Status.SUPERSEDED: superseded,
    Status.CLOSED: closed,
}
