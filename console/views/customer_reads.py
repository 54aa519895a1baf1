"""What the page of a customer reads beside the record, by statements that are written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection as database

from console.models import Attempt, Change, Event, Line, User
from console.models.rows import Table, put_beside
from console.models.states import FINAL, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from console.models import Customer

_EVENT, _ACTOR = Table(Event, "event"), Table(User, "actor", only=("id", "username", "first_name", "last_name"))
_ATTEMPT = Table(
    Attempt,
    "attempt",
    only=("id", "change_id", "kind", "outcome", "status_code", "started_at", "ended_at", "milliseconds"),
)
_LINE, _CHANGE = Table(Line, "line"), Table(Change, "change", only=("id", "customer_id", "requester_id", "ended_at"))


def latest_events(customer: Customer, before: int | None, most: int) -> list[Event]:
    """What happened, the latest first, each with its actor; of the steps of a change the last one alone."""
    with database.cursor() as cursor:
        cursor.execute(_EVENTS, {"customer": customer.pk, "before": before, "most": most})
        rows = cursor.fetchall()
    events = [_EVENT.of(row) for row in rows]
    for event, row in zip(events, rows, strict=True):
        event.customer = customer
        event.actor = _ACTOR.of(row[len(_EVENT) :]) if event.actor_id else None
    return events


def latest_attempts(customer: Customer, most: int) -> list[Attempt]:
    """The latest exchanges with the provider, without what went over the wire; nothing is asked of who was never
    touched.
    """
    if customer.touched_at is None:
        return []
    with database.cursor() as cursor:
        cursor.execute(_ATTEMPTS, [customer.pk, most])
        return [_ATTEMPT.of(row) for row in cursor.fetchall()]


def going_changes(customer: Customer, watched: Sequence[int] = ()) -> list[int]:
    """The numbers of the changes that have not ended, and of those among the watched ones that have."""
    with database.cursor() as cursor:
        cursor.execute(_GOING, [customer.pk, [status.value for status in FINAL], list(watched)])
        return [number for (number,) in cursor.fetchall()]


def last_applied(customer: Customer) -> list[Line]:
    """Of each field the last line that was applied, with its change and who asked for it; nothing is asked of who was
    never touched.
    """
    if customer.touched_at is None:
        return []
    with database.cursor() as cursor:
        cursor.execute(_APPLIED, [customer.pk, Status.APPLIED])
        rows = cursor.fetchall()
    lines = [_LINE.of(row) for row in rows]
    for line, row in zip(lines, rows, strict=True):
        line.change = _CHANGE.of(row[len(_LINE) :])
        line.change.customer = customer
        line.change.requester = _ACTOR.of(row[len(_LINE) + len(_CHANGE) :])
    return lines


def bring_lines(changes: Collection[Change]) -> None:
    """Gives each of these changes its lines, as prefetching them would."""
    with database.cursor() as cursor:
        cursor.execute(_LINES, [[change.pk for change in changes]])
        lines = [_LINE.of(row) for row in cursor.fetchall()]
    for change in changes:
        own = [line for line in lines if line.change_id == change.pk]
        for line in own:
            line.change = change
        put_beside(change, "lines", own)


_EVENTS = f"""
    SELECT {_EVENT.columns}, {_ACTOR.columns}
    FROM console_event event LEFT JOIN console_user actor ON actor.id = event.actor_id
    WHERE event.customer_id = %(customer)s AND (%(before)s::bigint IS NULL OR event.id < %(before)s)
        AND (event.verb NOT LIKE 'change.%%' OR NOT EXISTS (
            SELECT FROM console_event later
            WHERE later.change_id = event.change_id AND later.verb LIKE 'change.%%' AND later.id > event.id
        ))
    ORDER BY event.id DESC LIMIT %(most)s
"""  # noqa: S608 - of our own names
_ATTEMPTS = f"""
    SELECT {_ATTEMPT.columns} FROM console_attempt attempt WHERE customer_id = %s ORDER BY id DESC LIMIT %s
"""  # noqa: S608 - of our own names
_GOING = "SELECT id FROM console_change WHERE customer_id = %s AND (status <> ALL(%s) OR id = ANY(%s)) ORDER BY id"
_APPLIED = f"""
    SELECT DISTINCT ON (line.field) {_LINE.columns}, {_CHANGE.columns}, {_ACTOR.columns}
    FROM console_line line JOIN console_change change ON change.id = line.change_id
        JOIN console_user actor ON actor.id = change.requester_id
    WHERE line.customer_id = %s AND change.status = %s
    ORDER BY line.field, line.id DESC
"""  # noqa: S608 - of our own names
_LINES = f"""
    SELECT {_LINE.columns} FROM console_line line WHERE line.change_id = ANY(%s) ORDER BY line.position
"""  # noqa: S608 - of our own names
