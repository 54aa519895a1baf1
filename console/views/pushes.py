"""What is under way, waits and is stuck at one connection, and what was measured of it: each asked for in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection as database

from console.models import Attempt, Connection
from console.models.rows import Table
from console.views.charts import Period, Step

MOST_MOVING = 15
MOST_STUCK = 50
MOST_TRIES = 15
LONGEST_BODY = 4000
MOST_HELD = 10_000


@dataclass(frozen=True, slots=True)
class Listed:
    """The changes of a connection by how they stand, one more of each list than is shown; how many are held."""

    under_way: list[int]
    waiting: list[int]
    stuck: list[int]
    slots_taken: int
    held: int


def listed(connection: Connection) -> Listed:
    """Under way first by number, waiting by their next moment, stuck the latest first."""
    asked = {
        "connection": connection.pk,
        "moving": MOST_MOVING + 1,
        "stuck": MOST_STUCK + 1,
        "held": MOST_HELD,
    }
    with database.cursor() as cursor:
        cursor.execute(_LISTED, asked)
        return Listed(*cursor.fetchone())


@dataclass(frozen=True, slots=True)
class Tried:
    """An exchange, whose record it was about, and the beginning of its bodies; `whole`: no more of them is kept."""

    attempt: Attempt
    customer: str
    request: str
    response: str
    whole: bool


def last_tries(connection: Connection) -> list[Tried]:
    """The latest attempts that ended or are under way."""
    with database.cursor() as cursor:
        cursor.execute(_LAST_TRIES, {"connection": connection.pk, "longest": LONGEST_BODY, "most": MOST_TRIES})
        rows = cursor.fetchall()
    return [Tried(_ATTEMPT.of(row), *row[len(_ATTEMPT) :]) for row in rows]


def measured(connection: Connection, period: Period, now: datetime) -> list[Step]:
    """What the minutes of the period came to, step by step: sums, the middle of the halves, the most of all else."""
    asked: Mapping[str, Any] = {"connection": connection.pk, "width": period.step, "begins": period.begins(now)}
    with database.cursor() as cursor:
        cursor.execute(_MEASURED, asked)
        return [Step(*row) for row in cursor.fetchall()]


_ATTEMPT = Table(
    Attempt,
    "attempt",
    only=(
        *("id", "change_id", "kind", "outcome", "late", "note", "started_at", "milliseconds"),
        *("method", "url", "status_code", "bodies_removed_at"),
    ),
)
_LAST_TRIES = f"""
    SELECT {_ATTEMPT.columns}, COALESCE(NULLIF(customer.name, ''), customer.external_id),
        left(shown_request, %(longest)s), left(shown_response, %(longest)s),
        length(shown_request) <= %(longest)s AND length(shown_response) <= %(longest)s
    FROM console_attempt attempt JOIN console_customer customer ON customer.id = attempt.customer_id
    WHERE attempt.connection_id = %(connection)s ORDER BY attempt.id DESC LIMIT %(most)s
"""  # noqa: S608 - of our own names
# Each list by an index of its own, however many others there are.
_LISTED = """
    SELECT
        ARRAY(
            SELECT id FROM console_change
            WHERE connection_id = %(connection)s AND lease_until IS NOT NULL
                AND (status = 'sending' OR status = 'unknown' AND lease_until > now())
            ORDER BY id LIMIT %(moving)s
        ),
        ARRAY(
            SELECT id FROM (
                (
                    SELECT id, next_attempt_at FROM console_change
                    WHERE connection_id = %(connection)s AND status = 'approved'
                    ORDER BY next_attempt_at, id LIMIT %(moving)s
                ) UNION ALL (
                    SELECT id, next_attempt_at FROM console_change
                    WHERE connection_id = %(connection)s AND status = 'unknown' AND next_attempt_at IS NOT NULL
                        AND (lease_until IS NULL OR lease_until <= now())
                    ORDER BY next_attempt_at, id LIMIT %(moving)s
                )
            ) AS waiting ORDER BY next_attempt_at, id LIMIT %(moving)s
        ),
        ARRAY(
            SELECT id FROM console_change
            WHERE connection_id = %(connection)s AND (
                status IN ('returned', 'refused', 'conflict', 'failed')
                OR status = 'proposed' AND wait IN ('author', 'restored')
                OR status = 'unknown' AND wait = 'person'
            )
            ORDER BY id DESC LIMIT %(stuck)s
        ),
        (
            SELECT count(*) FROM console_change
            WHERE connection_id = %(connection)s AND lease_until IS NOT NULL AND lease_until > now()
        ),
        (
            SELECT count(*) FROM (
                SELECT FROM console_change
                WHERE connection_id = %(connection)s AND status = 'proposed' AND wait = 'restored' LIMIT %(held)s
            ) AS held
        )
"""
_MEASURED = """
    SELECT date_bin(%(width)s, at, %(begins)s) AS step,
        sum(answered)::int, sum(refused)::int, sum(unclear)::int, sum(unsent)::int,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY half_milliseconds), max(most_milliseconds),
        max(waiting), max(stuck)
    FROM console_minute
    WHERE connection_id = %(connection)s AND at >= %(begins)s
    GROUP BY step ORDER BY step
"""
