"""How often a page looks again at what goes on by itself: every second while it moves, seldom once it takes long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from console.models import Change, Status

SELDOM = 15
STEPS = ((10, 1), (60, 2), (600, 5))


def pace(change: Change, now: datetime) -> int | None:
    """The seconds until it is worth looking again; None for a change with which nothing happens by itself.

    What counts is how far its next moment is, or how long ago it should have come. Wants the connection loaded.
    """
    if change.needs_a_person or not (change.state.is_on_its_way or change.state is Status.UNKNOWN):
        return None
    if change.connection.is_paused and change.state is not Status.SENDING:
        return SELDOM
    moment = change.lease_until if change.state is Status.SENDING else change.next_attempt_at
    away = abs(((moment or now) - now).total_seconds())
    if change.state is Status.SENDING and moment and moment > now:
        return 1
    return next((seconds for limit, seconds in STEPS if away <= limit), SELDOM)


def quickest(changes: Iterable[Change], now: datetime) -> int | None:
    """The pace of the one among several that moves next."""
    paces = [seconds for change in changes if (seconds := pace(change, now))]
    return min(paces) if paces else None
