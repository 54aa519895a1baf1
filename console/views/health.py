"""How a connection is: whether anything leaves through it, and what became of the last try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as database

from console.explain import said
from console.models import Attempt, Connection, Outcome, Pause, User
from console.models.rows import BIGGEST_KEY, Table
from console.permissions import Places, Right, helpers_sentence

MOST = 99
BUSY, BROKEN = 429, 500


@dataclass(frozen=True, slots=True)
class Health:
    """A state as every page shows one; `sentence` says what follows, empty where nothing has to be said."""

    tone: str
    icon: str
    word: str
    sentence: str = ""
    attempt: Attempt | None = None


def with_health(places: Places, only: int | None = None) -> list[tuple[Connection, Health]]:
    """The connections there by name, or one of them, each with how it is: one query, however many there are.

    Each has `going` and `stuck`, counted no further than anybody would read, and `answered_at`.
    """
    if only is not None and only > BIGGEST_KEY:
        return []
    asked: Mapping[str, Any] = {"everywhere": places.everywhere, "ids": places.ids, "only": only, "most": MOST + 1}
    with database.cursor() as cursor:
        cursor.execute(_WITH_HEALTH, asked)
        return [_read(row) for row in cursor.fetchall()]


def what_to_do(connection: Connection) -> str:
    """What has to be seen to before a paused connection is resumed, and by whom."""
    if connection.pause == Pause.RESTORED:
        return _ONCE_RESUMED
    need = _NEEDS.get(Pause(connection.pause)) if connection.pause else None
    return f"{need.format(there=connection.name)} {helpers_sentence(Right.ADMINISTER, connection)}" if need else ""


def why_paused(connection: Connection) -> str:
    """The cause, as people say it."""
    return said(connection.get_pause_display(), connection.name)


def _read(row: Sequence[Any]) -> tuple[Connection, Health]:
    connection, row = _CONNECTION.of(row), row[len(_CONNECTION) :]
    connection.paused_by = _PERSON.of(row) if connection.paused_by_id else None
    row = row[len(_PERSON) :]
    tried = _ATTEMPT.of(row) if row[0] else None
    vars(connection).update(zip(("going", "stuck", "answered_at"), row[len(_ATTEMPT) :], strict=True))
    return connection, _health(connection, tried)


def _health(connection: Connection, last: Attempt | None) -> Health:
    there = connection.name
    if connection.is_paused:
        return Health("waiting", "pause", "Paused", "Nothing is sent until somebody resumes it.")
    if connection.is_interrupted:
        silent = f"{there} has not answered {connection.failures} times in a row, so nothing is sent for now."
        return Health("waiting", "warning", "Interrupted", silent, last)
    return _by_its_last_try(there, last) if last else Health("neutral", "check", "Ready", _NEVER)


def _by_its_last_try(there: str, last: Attempt) -> Health:
    if last.status_code is None and last.outcome in _UNANSWERED:
        return Health("waiting", "warning", "No answer", f"{there} did not answer the last try.", last)
    if (last.status_code or 0) >= BROKEN:
        words = f"{there} answered the last try with an error of its own (status {last.status_code})."
        return Health("waiting", "warning", "Answers with errors", words, last)
    if last.status_code == BUSY:
        return Health("waiting", "clock", "Asks for patience", f"{there} asked us to try later.", last)
    return Health("applied", "check", "Working")


_ONCE_RESUMED = "Once it is resumed, what is saved from now on leaves; what is held stays held until it is released."
_NEVER = "Nothing was sent through it yet."
_UNANSWERED = frozenset({Outcome.NOT_SENT, Outcome.UNKNOWN})
_NEEDS: Mapping[Pause, str] = {
    Pause.NOT_ALLOWED: "An administrator has to renew the credentials of {there} first.",
    Pause.MISROUTED: "An administrator has to look at the base URL of {there} first.",
    Pause.FORBIDDEN: "Somebody has to find out from {there} first why this account is refused.",
    Pause.BAD_OPTIONS: "An administrator has to correct the settings of {there} first.",
}

_CONNECTION = Table(
    Connection,
    "connection",
    only=(
        *("id", "provider_slug", "name", "base_url", "options", "slots", "rate", "tokens", "tokens_at", "failures"),
        *("interrupted_at", "probe_at", "paused_at", "pause", "pause_reason", "paused_by_id"),
        *("keeps_customers_days", "keeps_bodies_days"),
    ),
)
_PERSON = Table(User, "person", only=("id", "username", "first_name", "last_name"))
_ATTEMPT = Table(Attempt, "attempt", only=("id", "change_id", "outcome", "status_code", "ended_at"))
# What goes on is looked for in two indexes: walking one of all that is not final would pass by what needs a person.
_WITH_HEALTH = f"""
    SELECT {_CONNECTION.columns}, {_PERSON.columns}, {_ATTEMPT.columns},
        (
            SELECT count(*) FROM (
                SELECT FROM console_change WHERE connection_id = connection.id AND status = 'approved'
                UNION ALL
                SELECT FROM console_change WHERE connection_id = connection.id
                    AND (status = 'sending' OR status = 'unknown' AND wait <> 'person')
                LIMIT %(most)s
            ) AS going
        ),
        (
            SELECT count(*) FROM (
                SELECT FROM console_change
                WHERE connection_id = connection.id AND (
                    status IN ('returned', 'refused', 'conflict', 'failed')
                    OR status = 'proposed' AND wait IN ('author', 'restored')
                    OR status = 'unknown' AND wait = 'person'
                )
                LIMIT %(most)s
            ) AS stuck
        ),
        (
            SELECT ended_at FROM console_attempt
            WHERE connection_id = connection.id AND ended_at IS NOT NULL AND outcome <> 'intent'
                AND status_code IS NOT NULL
            ORDER BY id DESC LIMIT 1
        )
    FROM console_connection connection
        LEFT JOIN console_user person ON person.id = connection.paused_by_id
        LEFT JOIN LATERAL (
            SELECT * FROM console_attempt
            WHERE connection_id = connection.id AND ended_at IS NOT NULL AND outcome <> 'intent'
            ORDER BY id DESC LIMIT 1
        ) AS attempt ON true
    WHERE (%(everywhere)s OR connection.id = ANY(%(ids)s)) AND (%(only)s::bigint IS NULL OR connection.id = %(only)s)
    ORDER BY connection.name
"""  # noqa: S608 - of our own names
