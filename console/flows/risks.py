"""Risks: which changes of a period are looked at whatever the lot says, and why. One statement for each kind of risk.

Of many changes that are risky for one and the same reason, since they were proposed together or one person decided on
nearly all of somebody's, the first ten are looked at, in the order in which the seed draws: else a single import would
be the whole review.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.db import connection as database

from console.flows.drawing import in_order
from console.flows.population import Period

BULK_FROM = 10
LOOKED_AT_OF_MANY = 10
HASTY = timedelta(seconds=10)  # after it was asked for: nobody reads a request, and looks it up, in less
RUSHED = timedelta(seconds=3)  # after the same person's last approval of something else
PAIR_FROM = 5
PAIR_SHARE = 0.9
MUTUAL_FROM = 3

type Reason = dict[str, Any]
"""A code under `code`, with numbers that its sentence needs; no personal value."""

type Reasons = dict[int, list[Reason]]


class Risk(StrEnum):
    """Why a change is looked at, in the order of their weight; `SAMPLE` is what the lot fell on."""

    EMERGENCY = "emergency"
    CLOSED = "closed"
    HASTY = "hasty"
    PAIR = "pair"
    UNDONE = "undone"
    BULK = "bulk"
    SAMPLE = "sample"


def risky(period: Period, numbers: Collection[int], seed: str) -> Reasons:
    """Why which of these changes is risky, each with its reasons, the weightiest first."""
    found: Reasons = defaultdict(list)
    for number, reason in _all(period, seed):
        if number in numbers:
            found[number].append(reason)
    return found


def _all(period: Period, seed: str) -> Iterable[tuple[int, Reason]]:
    for number, by in _rows(_EMERGENCIES, period):
        yield number, {"code": Risk.EMERGENCY, "by": by}
    for number, by, verdict in _rows(_CLOSED, period):
        yield number, {"code": Risk.CLOSED, "by": by, "verdict": verdict}
    for number, by, seconds, rushed in _rows(_HASTY, period):
        yield number, {"code": Risk.HASTY, "by": by, "seconds": int(seconds), "after": "another" if rushed else "asked"}
    yield from _pairs(_rows(_APPROVED, period), seed)
    for number, undo in _rows(_UNDONE, period):
        yield number, {"code": Risk.UNDONE, "change": undo}
    yield from _bulks(_rows(_BULKS, period), seed)


def _rows(statement: str, period: Period) -> list[tuple[Any, ...]]:
    limits: dict[str, Any] = {"hasty": HASTY, "rushed": RUSHED, "bulk": BULK_FROM}
    with database.cursor() as cursor:
        cursor.execute(statement, period.asked | limits)
        return list(cursor.fetchall())


def _pairs(approved: list[tuple[int, int, int]], seed: str) -> Iterable[tuple[int, Reason]]:
    """`approved`: change, author, who approved it."""
    between = defaultdict(list)
    for number, author, by in approved:
        between[author, by].append(number)
    counts = {pair: len(numbers) for pair, numbers in between.items()}
    each = Counter(author for _, author in {(number, author) for number, author, _ in approved})
    for (author, by), numbers in between.items():
        if reason := _pair(author, by, counts, each[author]):
            for number in _first(seed, numbers):
                yield number, reason


def _pair(author: int, by: int, counts: Mapping[tuple[int, int], int], of: int) -> Reason | None:
    """Why what these two did together is looked at, if it is."""
    count, back = counts[author, by], counts.get((by, author), 0)
    told = {"code": Risk.PAIR, "author": author, "by": by, "count": count, "of": of}
    if count >= MUTUAL_FROM and back >= MUTUAL_FROM:
        return {**told, "back": back}
    return told if count >= PAIR_FROM and count >= PAIR_SHARE * of else None


def _bulks(rows: list[tuple[Any, ...]], seed: str) -> Iterable[tuple[int, Reason]]:
    """`rows`: change, how many were proposed with it, and what tells one such act from another."""
    together = defaultdict(list)
    for number, size, *act in rows:
        together[size, *act].append(number)
    for (size, *_), numbers in together.items():
        for number in _first(seed, numbers):
            yield number, {"code": Risk.BULK, "size": size}


def _first(seed: str, numbers: Iterable[int]) -> list[int]:
    return in_order(seed, numbers)[:LOOKED_AT_OF_MANY]


_THERE = """
    change.connection_id = ANY(%(places)s) AND change.ended_at >= %(since)s AND change.ended_at < %(until)s
"""
_EMERGENCIES = f"""
    SELECT change.id, emergency.by_id
    FROM console_change change JOIN console_emergency emergency ON emergency.change_id = change.id WHERE {_THERE}
"""  # noqa: S608 - of our own names
_CLOSED = f"""
    SELECT DISTINCT ON (change.id) change.id, closed.actor_id, change.verdict
    FROM console_change change
        JOIN console_event closed ON closed.change_id = change.id AND closed.verb = 'change.closed'
    WHERE {_THERE} AND change.status = 'closed' AND EXISTS (
        SELECT FROM console_event unknown WHERE unknown.change_id = change.id AND unknown.verb = 'change.unknown'
    )
"""  # noqa: S608 - of our own names
# The first approval of each person is what counts: too soon after it was asked for, or after they approved another one
# that asks for something else. Who decides on several that ask for the same does that from one page.
_HASTY = f"""
    WITH approval AS (
        SELECT change.id, change.shape, given.by_id, min(given.at) AS at
        FROM console_change change JOIN console_decision given ON given.change_id = change.id AND given.act = 'approve'
        WHERE {_THERE} GROUP BY change.id, given.by_id
    ), one AS (
        SELECT approval.*, lag(at) OVER person AS last_at, lag(shape) OVER person AS last_shape
        FROM approval WINDOW person AS (PARTITION BY by_id ORDER BY at, id)
    ), timed AS (
        SELECT one.id, by_id, one.at - asked.at AS after_asked,
            CASE WHEN shape IS NULL OR shape IS DISTINCT FROM last_shape THEN one.at - last_at END AS after_another
        FROM one CROSS JOIN LATERAL (
            SELECT max(event.at) AS at FROM console_event event
            WHERE event.change_id = one.id AND event.verb IN ('change.proposed', 'change.amended')
                AND event.at <= one.at
        ) AS asked
    )
    SELECT DISTINCT ON (id) id, by_id,
        floor(extract(epoch FROM CASE WHEN after_asked < %(hasty)s THEN after_asked ELSE after_another END)),
        after_asked >= %(hasty)s
    FROM timed WHERE after_asked < %(hasty)s OR after_another < %(rushed)s
    ORDER BY id, after_asked
"""  # noqa: S608 - of our own names
_APPROVED = f"""
    SELECT DISTINCT change.id, change.requester_id, given.by_id
    FROM console_change change JOIN console_decision given ON given.change_id = change.id AND given.act = 'approve'
    WHERE {_THERE}
"""  # noqa: S608 - of our own names
_UNDONE = f"""
    SELECT change.id, min(undo.id)
    FROM console_change change JOIN console_change undo ON undo.undoes_id = change.id
    WHERE {_THERE} AND (undo.status = 'applied' OR undo.verdict = 'applied') GROUP BY change.id
"""  # noqa: S608 - of our own names
_BULKS = f"""
    SELECT change.id, change.size, change.requester_id, change.connection_id, date_trunc('day', change.created_at)
    FROM console_change change WHERE {_THERE} AND change.size >= %(bulk)s
"""  # noqa: S608 - of our own names
