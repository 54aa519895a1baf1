"""What the timeline of a customer reads, by statements that are written out: a piece of it, whatever its length."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection as database

from console.models import Attempt, Change, Event, User
from console.models.rows import Table

if TYPE_CHECKING:
    from console.models import Customer

_EVENT, _ACTOR = Table(Event, "event"), Table(User, "actor", only=("id", "username", "first_name", "last_name"))
_ATTEMPT = Table(
    Attempt,
    "attempt",
    only=("id", "change_id", "kind", "outcome", "note", "method", "status_code", "milliseconds"),
)


def events_before(customer: Customer, before: int | None, most: int) -> list[Event]:
    """What happened, the latest first, each with its actor; of all that belongs to a change the last one alone."""
    with database.cursor() as cursor:
        cursor.execute(_EVENTS, {"customer": customer.pk, "before": before, "most": most})
        return [_event(row, customer) for row in cursor.fetchall()]


def steps_of(numbers: Collection[int], customer: Customer, most: int) -> dict[int, list[Event]]:
    """Of each of these changes its last events, the first one first; one more than `most` where there are more."""
    steps: dict[int, list[Event]] = {number: [] for number in numbers}
    if not numbers:
        return steps
    with database.cursor() as cursor:
        cursor.execute(_STEPS, {"changes": list(numbers), "customer": customer.pk, "most": most + 1})
        for row in cursor.fetchall():
            event = _event(row, customer)
            steps[event.change_id or 0].append(event)
    return steps


def attempts_of(events: Collection[Event]) -> dict[int, Attempt]:
    """The exchanges that these events tell of, by key, without what went over the wire."""
    numbers = {event.attempt_id for event in events if event.attempt_id}
    if not numbers:
        return {}
    with database.cursor() as cursor:
        cursor.execute(_ATTEMPTS, [list(numbers)])
        return {attempt.pk: attempt for attempt in map(_ATTEMPT.of, cursor.fetchall())}


def bring_reasons(changes: Collection[Change]) -> None:
    """Gives each of these changes its author's reason and ticket, which no list of changes brings along."""
    if not changes:
        return
    with database.cursor() as cursor:
        cursor.execute(_REASONS, [[change.pk for change in changes]])
        said = {number: reasons for number, *reasons in cursor.fetchall()}
    for change in changes:
        change.sealed_why, change.reference = said[change.pk]


def _event(row: Sequence[Any], customer: Customer) -> Event:
    event = _EVENT.of(row)
    event.customer = customer
    event.actor = _ACTOR.of(row[len(_EVENT) :]) if event.actor_id else None
    return event


# A review names the change that it questions in its own history: that is no step of the change.
_EVENTS = f"""
    SELECT {_EVENT.columns}, {_ACTOR.columns}
    FROM console_event event LEFT JOIN console_user actor ON actor.id = event.actor_id
    WHERE event.customer_id = %(customer)s AND (%(before)s::bigint IS NULL OR event.id < %(before)s)
        AND (event.change_id IS NULL OR NOT EXISTS (
            SELECT FROM console_event later
            WHERE later.change_id = event.change_id AND later.id > event.id AND later.customer_id = event.customer_id
        ))
    ORDER BY event.id DESC LIMIT %(most)s
"""  # noqa: S608 - of our own names
_STEPS = f"""
    SELECT {_EVENT.columns}, {_ACTOR.columns}
    FROM unnest(%(changes)s::bigint[]) AS asked(change) CROSS JOIN LATERAL (
        SELECT step.* FROM console_event step
        WHERE step.change_id = asked.change AND step.customer_id = %(customer)s
        ORDER BY step.id DESC LIMIT %(most)s
    ) AS event LEFT JOIN console_user actor ON actor.id = event.actor_id
    ORDER BY event.id
"""  # noqa: S608 - of our own names
_REASONS = "SELECT id, sealed_why, reference FROM console_change WHERE id = ANY(%s)"
_ATTEMPTS = f"SELECT {_ATTEMPT.columns} FROM console_attempt attempt WHERE id = ANY(%s)"  # noqa: S608 - of our own names
