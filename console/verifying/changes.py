"""What the database compares of changes: what their rows say, with what history says of them."""

from __future__ import annotations

from console.verifying.findings import Code
from console.verifying.sql import EVENT, Check

CHANGES = (
    Check(
        Code.DERIVED,
        "change {}",
        "It is “{}” after {} steps; its history tells of {} steps, the last one to “{}”.",
        """
        SELECT change.id, change.status, change.steps, coalesce(told.steps, 0), told.latest
        FROM console_change change LEFT JOIN (
            SELECT change_id, count(*) AS steps, (array_agg(substr(verb, 8) ORDER BY number DESC))[1] AS latest
            FROM console_event WHERE subject LIKE 'customer:%' AND verb IN (
                'change.proposed', 'change.returned', 'change.approved', 'change.sending', 'change.applied',
                'change.refused', 'change.conflict', 'change.unknown', 'change.failed', 'change.rejected',
                'change.withdrawn', 'change.expired', 'change.superseded', 'change.closed'
            ) GROUP BY change_id
        ) told ON told.change_id = change.id
        WHERE change.steps <> coalesce(told.steps, 0) OR change.status IS DISTINCT FROM told.latest
        """,
    ),
    Check(
        Code.DERIVED,
        EVENT,
        "Change {}, of which it tells, is gone, or another customer's, connection's or author's.",
        """
        SELECT event.subject, event.number, event.change_id FROM console_event event
        LEFT JOIN console_change change ON change.id = event.change_id
        WHERE event.change_id IS NOT NULL AND event.subject LIKE 'customer:%' AND (
            change.id IS NULL OR change.customer_id IS DISTINCT FROM event.customer_id
            OR change.connection_id IS DISTINCT FROM event.connection_id
            OR (event.behalf_id IS NOT NULL AND event.behalf_id <> change.requester_id)
        )
        """,
    ),
    Check(
        Code.DERIVED,
        "change {}",
        "Its history says that somebody else proposed it, or from elsewhere.",
        """
        SELECT change.id FROM console_change change JOIN (
            SELECT DISTINCT ON (change_id) change_id, actor_id, origin FROM console_event
            WHERE verb = 'change.proposed' ORDER BY change_id, number
        ) told ON told.change_id = change.id
        WHERE told.actor_id IS DISTINCT FROM change.requester_id OR told.origin <> change.origin
        """,
    ),
    Check(
        Code.DERIVED,
        "line {} of change {}",
        "It stands with another customer than its change.",
        """
        SELECT line.field, line.change_id FROM console_line line
        LEFT JOIN console_change change ON change.id = line.change_id
        WHERE change.customer_id IS DISTINCT FROM line.customer_id
        """,
    ),
    Check(
        Code.BODY,
        "attempt {}",
        "What it sent or was answered is not what event {}/{} tells of.",
        """
        SELECT event.attempt_id, event.subject, event.number
        FROM console_event event LEFT JOIN console_attempt attempt ON attempt.id = event.attempt_id
        WHERE event.attempt_id IS NOT NULL AND (
            attempt.id IS NULL OR attempt.change_id IS DISTINCT FROM event.change_id
            OR (attempt.bodies_removed_at IS NULL AND (
                event.details ->> 'request' <> coalesce(encode(sha256(attempt.sealed_request), 'hex'), '')
                OR event.details ->> 'response' <> coalesce(encode(sha256(attempt.sealed_response), 'hex'), '')
            ))
        )
        """,
    ),
    # As flows/forget.py spells the moment, so that texts compare as moments do.
    Check(
        Code.BODY,
        "attempt {}",
        "Its bodies are said to have gone, their time over: history tells of no such time, or they are there.",
        """
        SELECT attempt.id FROM console_attempt attempt WHERE attempt.bodies_removed_at IS NOT NULL AND (
            attempt.sealed_request IS NOT NULL OR attempt.sealed_response IS NOT NULL OR NOT EXISTS (
                SELECT FROM console_event event
                WHERE event.connection_id = attempt.connection_id AND event.verb = 'connection.bodies_removed'
                    AND to_char(attempt.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') COLLATE "C"
                        < event.details ->> 'before'
            )
        )
        """,
    ),
    Check(
        Code.DERIVED,
        "change {}",
        "Of {}, {} decisions of one person are kept, and its history tells of {}.",
        """
        WITH told AS (
            SELECT event.change_id, event.actor_id,
                CASE event.verb WHEN 'decision.approved' THEN 'approve' ELSE 'reject' END AS act,
                jsonb_array_elements_text(event.details -> 'fields') AS field, count(*) AS times
            FROM console_event event
            WHERE event.verb IN ('decision.approved', 'decision.rejected')
                AND jsonb_typeof(event.details -> 'fields') = 'array'
            GROUP BY 1, 2, 3, 4
        ), kept AS (
            SELECT decision.change_id, decision.by_id AS actor_id, decision.act,
                coalesce(line.field, 'a line that is not there') AS field, count(*) AS times
            FROM console_decision decision LEFT JOIN console_line line
                ON line.id = decision.line_id AND line.change_id = decision.change_id
            GROUP BY 1, 2, 3, 4
        )
        SELECT change_id, field, coalesce(kept.times, 0), coalesce(told.times, 0)
        FROM told FULL JOIN kept USING (change_id, actor_id, act, field)
        WHERE coalesce(told.times, 0) <> coalesce(kept.times, 0)
        """,
    ),
    Check(
        Code.DERIVED,
        EVENT,
        "The decision about {} that is kept covers something else than what was decided on.",
        """
        SELECT event.subject, event.number, digest.key FROM console_event event CROSS JOIN LATERAL jsonb_each_text(
            CASE jsonb_typeof(event.details -> 'digests') WHEN 'object' THEN event.details -> 'digests' ELSE '{}' END
        ) digest
        WHERE event.verb IN ('decision.approved', 'decision.rejected') AND NOT EXISTS (
            SELECT 1 FROM console_decision decision JOIN console_line line ON line.id = decision.line_id
            WHERE decision.change_id = event.change_id AND decision.by_id = event.actor_id
                AND line.field = digest.key AND encode(decision.digest, 'hex') = digest.value
        )
        """,
    ),
    Check(
        Code.DERIVED,
        "change {}",
        "Its line {} is another one than the one that was approved.",
        """
        SELECT event.change_id, told.key FROM (
            SELECT DISTINCT ON (change_id) change_id, details FROM console_event
            WHERE verb = 'change.approved' ORDER BY change_id, number DESC
        ) event
        JOIN console_change change ON change.id = event.change_id
        CROSS JOIN LATERAL jsonb_each_text(
            CASE jsonb_typeof(event.details -> 'lines') WHEN 'object' THEN event.details -> 'lines' ELSE '{}' END
        ) told
        LEFT JOIN console_line line ON line.change_id = event.change_id AND line.field = told.key
        WHERE change.status IN ('approved', 'sending', 'applied', 'unknown', 'refused', 'conflict', 'failed', 'closed')
            AND encode(sha256(line.digest || line.sealed_before || line.sealed_after), 'hex')
                IS DISTINCT FROM told.value
        """,
    ),
)
