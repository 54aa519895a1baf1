"""What the database itself compares, row with row: each check is a query for what does not fit, which finds nothing.

What these say rests on the hashes, the tree and the signatures, which are compared outside of the database. Rows may
hold anything: a query must not fail on what nobody ever wrote.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import LiteralString

from console.verifying.findings import Code, Finding, Report
from console.verifying.snapshot import Snapshot

EVENT = "event {}/{}"


@dataclass(frozen=True, slots=True)
class Check:
    """Something that no row may show. Place and sentence name the columns of the query in their order, as {}, {} …"""

    code: Code
    place: str
    sentence: str
    query: LiteralString
    values: tuple[object, ...] | None = None

    def findings(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One for each row that it does show."""
        first = self.place.count("{}")
        for row in snapshot.streamed(self.query, self.values):
            yield Finding(self.code, self.place.format(*row[:first]), self.sentence.format(*row[first:]))


def compared(snapshot: Snapshot, checks: tuple[Check, ...], report: Report) -> Iterator[Finding]:
    """What all of these checks find."""
    for count, check in enumerate(checks, start=1):
        yield from check.findings(snapshot)
        report.progress("comparisons", count)


CHAINS = (
    Check(
        Code.GAP,
        EVENT,
        "The events from number {} to {} of this chain are missing before it.",
        """
        SELECT subject, number, before + 1, number - 1
        FROM (
            SELECT subject, number, lag(number, 1, 0) OVER (PARTITION BY subject ORDER BY number) AS before
            FROM console_event
        ) event
        WHERE number <> before + 1
        """,
    ),
    Check(
        Code.BROKEN,
        EVENT,
        "It does not continue event {} of its chain as that stands now.",
        """
        SELECT subject, number, before FROM (
            SELECT subject, number, previous,
                lag(number, 1, 0) OVER chain AS before, lag(hash, 1, '') OVER chain AS head
            FROM console_event WINDOW chain AS (PARTITION BY subject ORDER BY number)
        ) event
        WHERE number = before + 1 AND previous <> head
        """,
    ),
    Check(
        Code.HEAD,
        "chain {}",
        "Its head says that it ends with number {} and with which hash; what is there ends with number {}.",
        """
        WITH head AS (
            SELECT 'customer:' || id AS subject, chain_length AS length, chain_head AS hash FROM console_customer
            UNION ALL SELECT subject, length, head FROM console_chain
        ), ended AS (SELECT subject, max(number) AS length FROM console_event GROUP BY subject)
        SELECT coalesce(head.subject, ended.subject), coalesce(head.length, 0), coalesce(ended.length, 0)
        FROM head FULL JOIN ended ON ended.subject = head.subject
        LEFT JOIN console_event event ON event.subject = head.subject AND event.number = head.length
        WHERE coalesce(head.length, 0) <> coalesce(ended.length, 0)
            OR coalesce(head.hash, '') <> coalesce(event.hash, '')
        """,
    ),
)
SEALS = (
    Check(
        Code.SEAL,
        "leaf {}",
        "The event that was sealed here, with the key {}, is gone.",
        """
        SELECT leaf.index, leaf.event_id FROM console_leaf leaf
        LEFT JOIN console_event event ON event.id = leaf.event_id WHERE event.id IS NULL
        """,
    ),
    Check(
        Code.SEAL,
        EVENT,
        "It is not the event that was sealed as leaf {}.",
        """
        SELECT event.subject, event.number, leaf.index
        FROM console_leaf leaf JOIN console_event event ON event.id = leaf.event_id WHERE event.hash <> leaf.hash
        """,
    ),
)


def unsealed(seconds: int) -> Check:
    """The events that should have been sealed so long ago, and those that are still to come, which nobody wrote yet."""
    return Check(
        Code.UNSEALED,
        EVENT,
        "It is from {:%Y-%m-%d %H:%M:%S} UTC and was never sealed: sealing stands still, or it was put in afterwards.",
        """
        SELECT event.subject, event.number, event.at FROM console_event event
        LEFT JOIN console_leaf leaf ON leaf.event_id = event.id
        WHERE leaf.event_id IS NULL AND isfinite(event.at)
            AND event.at NOT BETWEEN now() - make_interval(secs => %s) AND now() + interval '2 minutes'
        """,
        (seconds,),
    )


EVENTS = (
    Check(
        Code.DERIVED,
        EVENT,
        "The console writes no such row: a column holds what it never does.",
        """
        SELECT subject, number FROM console_event
        WHERE behalf_id = 0 OR sealed_values = '' OR NOT isfinite(at)
            OR subject !~ '^(customer|connection|person|policy|review|batch|installation):[1-9][0-9]*$'
        """,
    ),
    Check(
        Code.DERIVED,
        EVENT,
        "It is kept as another customer's than the one whose chain it stands in.",
        """
        SELECT event.subject, event.number FROM console_event event
        LEFT JOIN console_customer customer ON customer.id = event.customer_id
        WHERE coalesce('customer:' || event.customer_id, event.subject) <> event.subject
            OR (event.customer_id IS NULL AND event.subject LIKE 'customer:%')
            OR (event.customer_id IS NOT NULL AND customer.id IS NULL)
        """,
    ),
    Check(
        Code.DERIVED,
        EVENT,
        "It is kept as of another connection than its subject's.",
        """
        SELECT event.subject, event.number FROM console_event event
        LEFT JOIN console_customer customer ON customer.id = event.customer_id
        LEFT JOIN console_batch batch ON event.subject = 'batch:' || batch.id
        WHERE CASE
            WHEN customer.id IS NOT NULL THEN event.connection_id IS DISTINCT FROM customer.connection_id
            WHEN event.subject LIKE 'connection:%'
                THEN 'connection:' || event.connection_id IS DISTINCT FROM event.subject
            WHEN batch.id IS NOT NULL THEN event.connection_id IS DISTINCT FROM batch.connection_id
            ELSE event.connection_id IS NOT NULL
        END
        """,
    ),
    # As the trigger of migration 0012 writes them.
    Check(
        Code.DERIVED,
        EVENT,
        "What it says of the field {} is not what it is found by.",
        """
        SELECT event.subject, event.number, coalesce(mentioned.field, mention.field)
        FROM (
            SELECT event.id AS event_id, event.customer_id, left(named.field, 64) AS field, event.at,
                bool_or(named.part = 'learnt') AS learnt
            FROM console_event event CROSS JOIN LATERAL (
                SELECT part, jsonb_array_elements_text(
                    CASE jsonb_typeof(event.details -> part) WHEN 'array' THEN event.details -> part ELSE '[]' END
                ) AS field FROM unnest(ARRAY['fields', 'moved', 'learnt']) AS part
                WHERE NOT (part = 'fields' AND event.verb = 'customer.refreshed')
            ) AS named
            WHERE event.customer_id IS NOT NULL AND event.details ?| ARRAY['fields', 'moved', 'learnt']
            GROUP BY event.id, left(named.field, 64)
        ) mentioned
        FULL JOIN console_mention mention ON mention.event_id = mentioned.event_id AND mention.field = mentioned.field
        JOIN console_event event ON event.id = coalesce(mentioned.event_id, mention.event_id)
        WHERE (mention.customer_id, mention.at, mention.learnt)
            IS DISTINCT FROM (mentioned.customer_id, mentioned.at, mentioned.learnt)
        """,
    ),
    Check(
        Code.DERIVED,
        "mention {}",
        "There is no event of the key {}, whose field it names.",
        """
        SELECT mention.id, mention.event_id FROM console_mention mention
        LEFT JOIN console_event event ON event.id = mention.event_id WHERE event.id IS NULL
        """,
    ),
)
