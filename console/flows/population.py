"""Population: the changes that ended in a period, and whether history still says of them what it said once.

A change that goes on afterwards, since somebody tries it again, has moved on: it stays in the population as it was. By
how many steps it had taken then, which the database counts, its last event of that time is found again, by no clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection as database

from console.flows import drawing
from console.flows.drawing import Member
from console.models import Status

MOST_CHANGES = 200_000
STEPS = [f"change.{status}" for status in Status]


@dataclass(frozen=True, slots=True)
class Period:
    """From when until when, the end not included, and at which connections, by number."""

    since: datetime
    until: datetime
    places: Sequence[int]

    @property
    def asked(self) -> dict[str, Any]:
        """What statements about it are given."""
        return {"since": self.since, "until": self.until, "places": list(self.places)}


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether history says what it said; `lost` are changes of which it does not, `moved` those that went on since."""

    fits: bool
    moved: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()


def members(period: Period) -> list[Member]:
    """What ended then, in the order of their numbers; one more than `MOST_CHANGES` where there are too many."""
    with database.cursor() as cursor:
        cursor.execute(_MEMBERS, {**period.asked, "steps": STEPS, "most": MOST_CHANGES + 1})
        return [Member(number, steps, bytes(hashed)) for number, steps, hashed in cursor.fetchall()]


def compare(kept: Mapping[str, str], expected: str) -> Fit:
    """Looks at each change of a population as it was `written` then, whose hash was `expected`."""
    then = drawing.read(kept)
    with database.cursor() as cursor:
        cursor.execute(_AS_THEN, [list(then), list(then.values()), STEPS])
        rows = cursor.fetchall()
    found = [Member(number, then[number], bytes(hashed)) for number, _, hashed in rows if hashed is not None]
    return Fit(
        fits=drawing.population_hash(found) == expected,
        moved=tuple(number for number, steps, _ in rows if steps is not None and steps > then[number]),
        lost=tuple(number for number, _, hashed in rows if hashed is None),
    )


_MEMBERS = """
    SELECT change.id, change.steps, last.hash
    FROM console_change change CROSS JOIN LATERAL (
        SELECT hash FROM console_event event WHERE event.change_id = change.id AND event.verb = ANY(%(steps)s)
        ORDER BY event.id DESC LIMIT 1
    ) AS last
    WHERE change.connection_id = ANY(%(places)s) AND change.ended_at >= %(since)s AND change.ended_at < %(until)s
    ORDER BY change.id LIMIT %(most)s
"""
_AS_THEN = """
    SELECT kept.number, change.steps, event.hash
    FROM unnest(%s::bigint[], %s::int[]) AS kept (number, steps)
        LEFT JOIN console_change change ON change.id = kept.number
        LEFT JOIN LATERAL (
            SELECT hash FROM console_event event WHERE event.change_id = kept.number AND event.verb = ANY(%s)
            ORDER BY event.id OFFSET greatest(kept.steps - 1, 0) LIMIT 1
        ) AS event ON true
    ORDER BY kept.number
"""
