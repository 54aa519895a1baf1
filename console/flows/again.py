"""Again: when a change is tried or looked into once more, and within which bounds."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.conf import settings

from console.flows.record import moment
from console.models import Attempt, Change, Kind, Outcome
from console.models.delivery import AttemptQuerySet

MOST_TRIES = 6
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0
AGAIN_WITHIN = timedelta(minutes=10)
AGAIN_AT_MOST = 3
FIRST_LOOK = 5.0
LOOKS_WHILE_SETTLING = 6.0


def backoff(tries: int) -> timedelta:
    """Full jitter: anywhere between nothing and a bound that doubles with each try, 5 minutes at most."""
    bound = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** max(0, tries - 1))
    return timedelta(seconds=random.uniform(0, bound))  # noqa: S311 - spreads load, guards nothing


def pause_before_next(tries: int, asked: float | None) -> timedelta:
    """No earlier than the provider asked, and a little spread; where it asked for no time at all, as we see fit."""
    if not asked:
        return backoff(tries)
    return timedelta(seconds=asked + random.uniform(0, FIRST_PAUSE))  # noqa: S311 - spreads load, guards nothing


def settled_at(change: Change) -> datetime:
    """From when on the provider can't apply the latest request of this change any more, as far as we trust it."""
    return _settles(change.attempts.filter(kind=Kind.PUSH).last()) or moment(change.customer)


def record_settled_at(unclear_until: datetime | None) -> datetime | None:
    """The same over all requests to a customer's record of which nobody knows, by when the last of them ended.

    A person may have decided in the meantime, so that something else is about to be sent.
    """
    return unclear_until + settle_time() if unclear_until else None


def resolution_due(change: Change, attempt: Attempt, asked: timedelta) -> datetime | None:
    """When the unknown is looked into by itself, no earlier than the provider asked; None where only a person can.

    Read back soon, then at growing distances; or, where it can't be read, sent again after the settle time.
    """
    now = moment(change.customer)
    if attempt.outcome == Outcome.GONE:
        return None
    if change.connection.provider.capabilities.reads:
        return now + max(_next_distance(change), asked) if checks_of(change) < MOST_TRIES else None
    due = max(settled_at(change) + backoff(change.tries), now + asked)
    answered = attempt.outcome in {Outcome.CONFLICT, Outcome.REFUSED}  # once more, it says the same
    return due if not answered and may_go_again(change, due) else None


def next_look(change: Change) -> datetime:
    """While the provider may still be at it: another look, the last of them when it can't be any more."""
    now, settled = moment(change.customer), settled_at(change)
    return max(now, min(now + _next_distance(change), settled))


def checks_of(change: Change) -> int:
    """How often it was looked up what became of the latest sending; more than MOST_TRIES times helps nobody.

    A look that reached nobody is none: an outage of the provider says nothing of the change, however long it lasts.
    """
    return _looks(change).exclude(outcome=Outcome.NOT_SENT).count()


def lost_looks_of(change: Change) -> int:
    """How many of them never ended, because their worker did."""
    return _looks(change).filter(outcome=Outcome.INTENT, ended_at=None).count()


def may_go_again(change: Change, at: datetime) -> bool:
    """Whether an unknown may be sent again unasked at that moment: harmless, soon, seldom, and nothing in between."""
    since = change.first_sent_at or at
    within = at - since < AGAIN_WITHIN and change.tries <= AGAIN_AT_MOST
    others = Attempt.objects.filter(customer=change.customer_id, kind=Kind.PUSH, started_at__gte=since)
    alone = not others.exclude(change=change).exists()
    return change.connection.provider.capabilities.resend_harmless and within and alone


def _settles(attempt: Attempt | None) -> datetime | None:
    if attempt is None:
        return None
    longest = timedelta(seconds=settings.STEWARD_LEASE_SECONDS)  # past it, its worker sends nothing more
    ended: datetime = attempt.ended_at or attempt.started_at + longest
    return ended + settle_time()


def settle_time() -> timedelta:
    """How long a provider may still apply a request of which nobody knows what became."""
    return timedelta(seconds=settings.STEWARD_SETTLE_SECONDS)


def _looks(change: Change) -> AttemptQuerySet:
    return Attempt.objects.filter(change=change, kind=Kind.CHECK, epoch=change.epoch)


def _next_distance(change: Change) -> timedelta:
    """It doubles with each look, those that reached nobody included, up to 5 minutes."""
    return min(_first_look() * 2.0 ** min(_looks(change).count(), 30), timedelta(seconds=LONGEST_PAUSE))


def _first_look() -> timedelta:
    return timedelta(seconds=min(FIRST_LOOK, settings.STEWARD_SETTLE_SECONDS / LOOKS_WHILE_SETTLING))
