"""Customers by any part of what they are found by: through the grams of it that the fewest have.

What nearly everybody has, such as the end of an e-mail address, no index can narrow down: then the first so many
customers of each connection are looked through: where that finds plenty, it is said not to be all.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from console.finding.ranges import rows, text_has
from console.finding.ranking import Row
from console.models.search import dialled_at_home, grams

MOST_SHARING = 20_000  # customers with one gram, of which those with all others are picked in some milliseconds
MOST_WALKED = 10_000  # customers looked through one by one, over all connections
PLENTY = 25  # found by walking: else it is not common here, and the index is asked after all
MOST_NEAR = 2_000  # of the connections asked that have all the grams and are looked at
MOST_PICKED = 10_000  # that have all the grams, at whatever connection: of these the former are picked
MOST_GRAMS = 6  # the rarest: further ones hardly narrow it down
FRESH = 300.0  # seconds, in one process


def narrows(sought: list[str]) -> bool:
    """Whether so few have one of the grams that the index finds all who have these words."""
    rarest = _rarest(sought)
    return bool(rarest) and _frequencies.customers(rarest[0]) <= MOST_SHARING


def with_all_inside(there: list[int], sought: list[str], most: int) -> tuple[list[Row], bool] | None:
    """Those in whose text each of the words stands, and whether these are all.

    None where no word has three letters: of those nothing is kept by which they could be found.
    """
    rarest = _rarest(sought)
    if not rarest:
        return None
    condition, values = text_has(sought)
    walked: list[Row] = []
    if _frequencies.customers(rarest[0]) > MOST_SHARING:
        share = -(-MOST_WALKED // len(there))
        walked = rows(f"{_WALKED}{condition} LIMIT %s", there, share, *values, most + 1)
        is_all = len(walked) <= most and not rows(_BEHIND, there, share)
        if is_all or len(walked) >= PLENTY:
            return walked, is_all
    asked = rarest[:MOST_GRAMS], MOST_PICKED, there, MOST_NEAR, MOST_NEAR, MOST_PICKED
    answer = rows(f"{_BY_GRAMS}{condition} LIMIT %s", *asked, *values, most + 1)
    found: dict[int, Row] = {row[1]: row for row in walked} | {row[1]: row for _, *row in answer if row[0] is not None}
    return list(found.values()), answer[0][0] and len(found) <= most


def _rarest(sought: list[str]) -> list[int]:
    wanted = set[int]().union(*(grams(dialled_at_home(word) or word) for word in sought))
    return _frequencies.rarest(wanted) if wanted else []


@dataclass(slots=True)
class _Frequencies:
    """How many customers share a gram, as the database last estimated it."""

    common: Mapping[int, float] = field(default_factory=dict)
    total: float = 0
    fresh_until: float = 0

    def rarest(self, wanted: set[int]) -> list[int]:
        """These grams, those that the fewest have first."""
        if time.monotonic() >= self.fresh_until:
            self._read()
        return sorted(wanted, key=lambda gram: (self.common.get(gram, 0), gram))

    def customers(self, gram: int) -> float:
        """How many have it; 0 for fewer than the database keeps count of."""
        return self.common.get(gram, 0) * self.total

    def _read(self) -> None:
        [(self.total, found, shares)] = rows(_FREQUENCIES)
        self.common = dict(zip(found or (), shares or (), strict=False))
        self.fresh_until = time.monotonic() + FRESH


_frequencies = _Frequencies()
# What autovacuum finds out anyway for the planner. Behind the shares of the elements stand their bounds.
_FREQUENCIES = """
    SELECT greatest(class.reltuples, 0), stats.most_common_elems::text::integer[], stats.most_common_elem_freqs
    FROM pg_class class LEFT JOIN pg_stats stats
        ON stats.tablename = class.relname AND stats.attname = 'grams' AND stats.schemaname = current_schema()
    WHERE class.oid = 'console_searchtext'::regclass
"""
# Apart, so that the planner asks the index whatever it thinks of the rest, and reads no more rows than are let through.
# How many are near is counted only where all of them had to be read anyway.
_BY_GRAMS = """
    WITH near AS MATERIALIZED (
        SELECT connection_id, customer_id, text FROM console_searchtext WHERE grams @> %s::smallint[]
    ), picked AS MATERIALIZED (SELECT * FROM near LIMIT %s),
    first AS MATERIALIZED (SELECT * FROM picked WHERE connection_id = ANY(%s::integer[]) LIMIT %s)
    SELECT seen.is_all, text.connection_id, text.customer_id, text.text
    FROM (
        SELECT CASE WHEN count(*) < %s THEN (SELECT count(*) FROM picked) < %s ELSE FALSE END AS is_all
        FROM first
    ) AS seen LEFT JOIN first AS text ON TRUE"""
_WALKED = """
    SELECT text.connection_id, text.customer_id, text.text FROM unnest(%s::integer[]) AS here (at)
    CROSS JOIN LATERAL (
        SELECT connection_id, customer_id, text FROM console_searchtext
        WHERE connection_id = here.at ORDER BY customer_id LIMIT %s
    ) AS text
    WHERE TRUE"""
# A connection that has more than were looked through.
_BEHIND = """
    SELECT here.at FROM unnest(%s::integer[]) AS here (at) CROSS JOIN LATERAL (
        SELECT FROM console_searchtext WHERE connection_id = here.at ORDER BY customer_id LIMIT 1 OFFSET %s
    ) AS text LIMIT 1"""
