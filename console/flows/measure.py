"""Measure: counts what each connection did in each minute that is over, once, for its page to draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection as database
from django.db import transaction

from console.models import Outcome, Wait
from console.models.states import UNFINISHED

KEPT = "30 days"
REACHES_BACK = "6 hours"
SETTLED = "5 seconds"

ANSWERED = (Outcome.CONFIRMED, Outcome.ACCEPTED, Outcome.ALREADY)
REFUSED = (
    Outcome.REFUSED,
    Outcome.GONE,
    Outcome.KEPT_ANOTHER,
    Outcome.NOT_ALLOWED,
    Outcome.MISROUTED,
    Outcome.MOVED,
    Outcome.CONFLICT,
    Outcome.STILL_OLD,
)
UNCLEAR = (Outcome.UNKNOWN,)
UNSENT = (Outcome.NOT_SENT, Outcome.TRY_LATER)


@transaction.atomic
def measure() -> int:
    """Writes a row for each minute of each connection that is over and has none yet; gives how many it wrote.

    Any number may do it at once, and doing it twice is the same as doing it once: the first to write a minute wins. It
    reaches back at most six hours, to make up for the time in which no worker ran. A minute is counted some seconds
    after its end, since what settled in its last moment may not be committed before.

    How many changes waited then is told of those that wait now, by when they began to: exact for the latest minute,
    and for earlier ones as well, because while nobody measured, nobody sent anything either.
    """
    with database.cursor() as cursor:
        cursor.execute(_MEASURE, _COUNTED)
        written: int = cursor.rowcount
        if written:
            cursor.execute(_FORGET)
    return written


_COUNTED: Mapping[str, Any] = {
    "answered": [outcome.value for outcome in ANSWERED],
    "refused": [outcome.value for outcome in REFUSED],
    "unclear": [outcome.value for outcome in UNCLEAR],
    "unsent": [outcome.value for outcome in UNSENT],
    "unfinished": sorted(status.value for status in UNFINISHED),
    "held": [Wait.AUTHOR.value, Wait.RESTORED.value],
}
_MEASURE = f"""
    WITH span AS (
        SELECT connection.id AS connection_id,
            GREATEST(
                date_trunc('minute', connection.created_at),
                date_trunc('minute', statement_timestamp() - interval '{REACHES_BACK}'),
                (SELECT max(at) + interval '1 minute' FROM console_minute WHERE connection_id = connection.id)
            ) AS begins,
            date_trunc('minute', statement_timestamp() - interval '{SETTLED}') AS ends
        FROM console_connection AS connection
    ), tries AS (
        SELECT span.connection_id, date_trunc('minute', attempt.ended_at) AS at,
            count(*) FILTER (WHERE outcome = ANY(%(answered)s)) AS answered,
            count(*) FILTER (WHERE outcome = ANY(%(refused)s)) AS refused,
            count(*) FILTER (WHERE outcome = ANY(%(unclear)s)) AS unclear,
            count(*) FILTER (WHERE outcome = ANY(%(unsent)s)) AS unsent,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY milliseconds) AS half,
            percentile_disc(0.95) WITHIN GROUP (ORDER BY milliseconds) AS most
        FROM span JOIN console_attempt AS attempt ON attempt.connection_id = span.connection_id
            AND attempt.ended_at >= span.begins AND attempt.ended_at < span.ends
        GROUP BY 1, 2
    ), begun AS (
        SELECT span.connection_id, GREATEST(date_trunc('minute', stands.since), span.begins) AS at,
            count(*) FILTER (WHERE NOT stands.stuck AND stands.going) AS waiting,
            count(*) FILTER (WHERE stands.stuck) AS stuck
        FROM span JOIN console_change AS change ON change.connection_id = span.connection_id
            AND change.status = ANY(%(unfinished)s)
        CROSS JOIN LATERAL (
            SELECT COALESCE(change.ended_at, change.approved_at, change.created_at) AS since,
                change.status IN ('approved', 'sending', 'unknown') AS going,
                change.status IN ('returned', 'refused', 'conflict', 'failed')
                    OR change.status = 'proposed' AND change.wait = ANY(%(held)s)
                    OR change.status = 'unknown' AND change.wait = 'person' AS stuck
        ) AS stands
        WHERE stands.since < span.ends AND span.begins < span.ends
        GROUP BY 1, 2
    )
    INSERT INTO console_minute (
        connection_id, at, answered, refused, unclear, unsent, half_milliseconds, most_milliseconds, waiting, stuck
    )
    SELECT span.connection_id, minute.at,
        COALESCE(tries.answered, 0), COALESCE(tries.refused, 0), COALESCE(tries.unclear, 0), COALESCE(tries.unsent, 0),
        tries.half, tries.most,
        COALESCE(sum(begun.waiting) OVER earlier, 0), COALESCE(sum(begun.stuck) OVER earlier, 0)
    FROM span
    CROSS JOIN LATERAL generate_series(
        span.begins, span.ends - interval '1 minute', interval '1 minute'
    ) AS minute(at)
    LEFT JOIN tries ON tries.connection_id = span.connection_id AND tries.at = minute.at
    LEFT JOIN begun ON begun.connection_id = span.connection_id AND begun.at = minute.at
    WINDOW earlier AS (PARTITION BY span.connection_id ORDER BY minute.at)
    ON CONFLICT (connection_id, at) DO NOTHING
"""  # noqa: S608 - made of nothing but the constants above
_FORGET = f"""
    DELETE FROM console_minute USING console_connection AS connection
    WHERE connection_id = connection.id AND at < statement_timestamp() - interval '{KEPT}'
"""  # noqa: S608 - made of nothing but the constant above
