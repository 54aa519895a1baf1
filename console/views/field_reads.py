"""What the page of one field reads, by statements that are written out: a piece of its history, whatever its length."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.db import connection as database

from console.models import Attempt, Decision, Event, Line, User
from console.models.judging import Act
from console.models.rows import Table

if TYPE_CHECKING:
    from console.models import Customer

_EVENT, _ACTOR = Table(Event, "event"), Table(User, "actor", only=("id", "username", "first_name", "last_name"))
_ATTEMPT = Table(Attempt, "attempt", only=("id", "change_id", "kind", "outcome", "status_code", "milliseconds"))


def events_about(customer: Customer, field: str, before: int | None, most: int) -> list[Event]:
    """What happened to a field, the latest first, each with its actor: of a change that asks for it the last event."""
    asked: Mapping[str, Any] = {"customer": customer.pk, "field": field, "before": before, "most": most}
    with database.cursor() as cursor:
        cursor.execute(_EVENTS, asked)
        rows = cursor.fetchall()
    events = [_EVENT.of(row) for row in rows]
    for event, row in zip(events, rows, strict=True):
        event.customer = customer
        event.actor = _ACTOR.of(row[len(_EVENT) :]) if event.actor_id else None
    return events


def approvers_of(lines: Collection[Line]) -> dict[int, list[str]]:
    """By line the names of those who approved it as it stands."""
    digests = {line.pk: bytes(line.digest) for line in lines}
    names: dict[int, list[str]] = {number: [] for number in digests}
    if not digests:
        return names
    approvals = Decision.objects.filter(line__in=digests, act=Act.APPROVE).select_related("by").order_by("pk")
    for given in approvals:
        if bytes(given.digest) == digests[given.line_id] and given.by.name not in names[given.line_id]:
            names[given.line_id].append(given.by.name)
    return names


def last_answers(numbers: Collection[int]) -> dict[int, Attempt]:
    """By change the last exchange that was answered, without what went over the wire."""
    if not numbers:
        return {}
    with database.cursor() as cursor:
        cursor.execute(_ANSWERS, [list(numbers)])
        return {attempt.change_id: attempt for attempt in map(_ATTEMPT.of, cursor.fetchall())}


# A reading names all that it read; it is told where the field had moved. What a reading or an answer found moved stands
# by itself, even where it was read for the sake of a change.
_EVENTS = f"""
    SELECT {_EVENT.columns}, {_ACTOR.columns}
    FROM console_mention mention
        JOIN console_event event ON event.id = mention.event_id
        LEFT JOIN console_user actor ON actor.id = event.actor_id
    WHERE mention.customer_id = %(customer)s AND mention.field = %(field)s
        AND (%(before)s::bigint IS NULL OR mention.event_id < %(before)s)
        AND (event.verb <> 'customer.refreshed' OR event.details -> 'moved' ? %(field)s)
        AND (event.change_id IS NULL OR event.verb = 'customer.moved' OR NOT EXISTS (
            SELECT FROM console_event later
                JOIN console_mention other ON other.event_id = later.id AND other.field = %(field)s
            WHERE later.change_id = event.change_id AND later.id > event.id AND later.verb <> 'customer.moved'
                AND later.customer_id = %(customer)s
        ))
    ORDER BY mention.event_id DESC LIMIT %(most)s
"""  # noqa: S608 - of our own names
_ANSWERS = f"""
    SELECT DISTINCT ON (attempt.change_id) {_ATTEMPT.columns} FROM console_attempt attempt
    WHERE attempt.change_id = ANY(%s) AND attempt.status_code IS NOT NULL AND attempt.kind = 'push'
    ORDER BY attempt.change_id, attempt.id DESC
"""  # noqa: S608 - of our own names
