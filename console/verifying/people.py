"""What the database compares of what people decided beside changes: emergencies, erasures, policies and reviews.

Rows say in short who did what; history says it, too, and history is sealed.
"""

from __future__ import annotations

from console.verifying.findings import Code
from console.verifying.sql import EVENT, Check

EMERGENCIES = (
    Check(
        Code.DERIVED,
        "change {}",
        "Who sent it without its approvals, or who looked into that, is another one than its history tells of.",
        """
        SELECT coalesce(told.change_id, emergency.change_id) FROM (
            SELECT change_id,
                (array_agg(actor_id ORDER BY number DESC) FILTER (WHERE verb = 'change.approved'))[1] AS by_id,
                (array_agg(CASE verb WHEN 'emergency.closed' THEN actor_id END ORDER BY number DESC))[1] AS closed_by_id
            FROM console_event
            WHERE verb = 'emergency.closed' OR (verb = 'change.approved' AND details ->> 'emergency' = 'true')
            GROUP BY change_id
        ) told FULL JOIN console_emergency emergency ON emergency.change_id = told.change_id
        WHERE told.change_id IS NULL OR emergency.id IS NULL
            OR (told.by_id, told.closed_by_id) IS DISTINCT FROM (emergency.by_id, emergency.closed_by_id)
            OR (emergency.closed_at IS NULL) <> (emergency.closed_by_id IS NULL)
        """,
    ),
    Check(
        Code.DERIVED,
        "change {}",
        "It is closed as “{}”; its history says “{}”.",
        """
        SELECT change.id, change.verdict, told.verdict FROM console_change change JOIN (
            SELECT DISTINCT ON (change_id) change_id, details ->> 'verdict' AS verdict FROM console_event
            WHERE verb = 'change.closed' ORDER BY change_id, number DESC
        ) told ON told.change_id = change.id
        WHERE change.status = 'closed' AND change.verdict IS DISTINCT FROM told.verdict
        """,
    ),
)
ERASURES = (
    Check(
        Code.DERIVED,
        "customer {}",
        "History says that they were erased, and something of them is there; or the other way round.",
        """
        SELECT customer.id FROM console_customer customer LEFT JOIN (
            SELECT DISTINCT customer_id FROM console_event WHERE verb = 'customer.erased'
        ) told ON told.customer_id = customer.id
        WHERE (told.customer_id IS NULL) IS DISTINCT FROM (customer.erased_at IS NULL)
            OR (told.customer_id IS NULL) IS DISTINCT FROM (customer.wrapped_key IS NOT NULL)
            OR (told.customer_id IS NOT NULL AND (customer.values <> '{}' OR customer.sealed <> '{}'))
        """,
    ),
    Check(
        Code.DERIVED,
        "customer {}",
        "Who had them erased, and who agreed, are others than history tells of.",
        """
        SELECT coalesce(event.customer_id, erasure.customer_id) FROM (
            SELECT customer_id, actor_id, details ->> 'asked by' AS asked_by FROM console_event
            WHERE verb = 'customer.erased'
        ) event FULL JOIN (SELECT * FROM console_erasure WHERE status = 'done') erasure
            ON erasure.customer_id = event.customer_id
        WHERE (event.actor_id, event.asked_by) IS DISTINCT FROM (erasure.decided_by_id, erasure.asked_by_id::text)
        """,
    ),
)
FORGOTTEN = (
    Check(
        Code.DERIVED,
        "customer {}",
        "They are said to be forgotten, and history does not tell of it last, or something of them is there.",
        """
        SELECT customer.id FROM console_customer customer
        WHERE customer.forgotten_at IS NOT NULL AND customer.erased_at IS NULL AND (
            customer.values <> '{}' OR customer.sealed <> '{}' OR NOT EXISTS (
                SELECT FROM console_event event WHERE event.customer_id = customer.id
                    AND event.verb = 'customer.forgotten' AND event.at = customer.forgotten_at
            )
        )
        """,
    ),
)
POLICIES = (
    Check(
        Code.DERIVED,
        EVENT,
        "Version {} of the policy says something else of {} than took effect then.",
        """
        WITH effective AS (
            SELECT subject, number, details ->> 'version' AS version,
                CASE jsonb_typeof(details -> 'differs') WHEN 'object' THEN details -> 'differs' ELSE '{}' END AS differs
            FROM console_event WHERE verb IN ('policy.set', 'policy.approved')
        ), said AS (
            SELECT DISTINCT ON (now.subject, now.number, told.key) now.subject, now.number, now.version,
                told.key, told.value -> 1 AS value
            FROM effective now JOIN effective before ON before.subject = now.subject AND before.number <= now.number
            CROSS JOIN LATERAL jsonb_each(before.differs) told
            ORDER BY now.subject, now.number, told.key, before.number DESC
        )
        SELECT said.subject, said.number, said.version, said.key FROM said LEFT JOIN console_policyversion kept
            ON 'policy:' || kept.policy_id = said.subject AND kept.number::text = said.version
        WHERE to_jsonb(kept) -> said.key IS DISTINCT FROM said.value
        """,
    ),
    Check(
        Code.DERIVED,
        "policy {}",
        "In force is not version {}, which took effect last.",
        """
        SELECT told.policy, told.version FROM (
            SELECT DISTINCT ON (subject) substr(subject, 8) AS policy, details ->> 'version' AS version
            FROM console_event WHERE verb IN ('policy.set', 'policy.approved') ORDER BY subject, number DESC
        ) told LEFT JOIN console_policyversion version
            ON version.policy_id::text = told.policy AND version.status = 'in force'
        WHERE version.number::text IS DISTINCT FROM told.version
        """,
    ),
)
REVIEWS = (
    Check(
        Code.BODY,
        EVENT,
        "The note {} of the review is not what was written then.",
        """
        SELECT event.subject, event.number, event.details ->> 'note' FROM console_event event
        LEFT JOIN console_reviewnote note ON note.id::text = event.details ->> 'note'
        WHERE event.verb LIKE 'review.%' AND event.details ->> 'sealed' IS NOT NULL
            AND (encode(sha256(note.sealed_text), 'hex'), note.by_id, note.item_id::text)
                IS DISTINCT FROM (event.details ->> 'sealed', event.actor_id, event.details ->> 'item')
        """,
    ),
    Check(
        Code.BODY,
        "note {} of a review",
        "History tells of no such note.",
        """
        SELECT note.id FROM console_reviewnote note LEFT JOIN (
            SELECT details ->> 'note' AS note FROM console_event WHERE verb LIKE 'review.%'
        ) told ON told.note = note.id::text
        WHERE told.note IS NULL
        """,
    ),
    Check(
        Code.BODY,
        EVENT,
        "The conclusion of the review is not what was written then.",
        """
        SELECT event.subject, event.number FROM console_event event
        LEFT JOIN console_review review ON event.subject = 'review:' || review.id
        WHERE event.verb = 'review.signed_off' AND encode(sha256(convert_to(review.sealed_conclusion, 'UTF8')), 'hex')
            IS DISTINCT FROM event.details ->> 'conclusion'
        """,
    ),
    Check(
        Code.DERIVED,
        "review {}",
        "It is about something else than when it was opened, or is signed by another one than its history tells of.",
        """
        SELECT coalesce(substr(opened.subject, 8), review.id::text) FROM (
            SELECT subject, actor_id, details FROM console_event WHERE verb = 'review.opened'
        ) opened FULL JOIN console_review review ON opened.subject = 'review:' || review.id
        LEFT JOIN (SELECT subject, actor_id FROM console_event WHERE verb = 'review.signed_off') signed
            ON signed.subject = 'review:' || review.id
        LEFT JOIN (SELECT review_id, count(*) AS items FROM console_reviewitem GROUP BY review_id) items
            ON items.review_id = review.id
        WHERE (review.opened_by_id, review.signed_by_id) IS DISTINCT FROM (opened.actor_id, signed.actor_id)
            OR opened.details -> 'connections' IS DISTINCT FROM review.connection_ids
            OR (
                opened.details ->> 'seed', opened.details ->> 'sample', opened.details ->> 'count',
                opened.details ->> 'population_hash', opened.details ->> 'items'
            ) IS DISTINCT FROM (
                review.seed, review.sample::text, review.population::text,
                review.population_hash, coalesce(items.items, 0)::text
            )
        """,
    ),
    # The moment is written as history spells it, in that zone: what somebody put there need not be one at all.
    Check(
        Code.DERIVED,
        "review {}",
        "It is about another period than when it was opened: {} instead of {}.",
        """
        SELECT review.id, moment.kept, moment.told FROM console_event event
        JOIN console_review review ON event.subject = 'review:' || review.id
        CROSS JOIN LATERAL (
            VALUES (review.since, event.details ->> 'since'), (review.until, event.details ->> 'until')
        ) moment (kept, told)
        CROSS JOIN LATERAL (SELECT substring(moment.told FROM '[+-][0-9]{2}:[0-9]{2}$') AS zone) written
        CROSS JOIN LATERAL (
            SELECT moment.kept AT TIME ZONE 'UTC' + make_interval(
                hours => substr(written.zone, 1, 3)::int,
                mins => (substr(written.zone, 1, 1) || substr(written.zone, 5))::int
            ) AS at
        ) local
        WHERE event.verb = 'review.opened' AND moment.told IS DISTINCT FROM
            to_char(local.at, 'YYYY-MM-DD"T"HH24:MI:SS') || CASE to_char(local.at, 'US') WHEN '000000' THEN ''
                ELSE '.' || to_char(local.at, 'US') END || written.zone
        """,
    ),
    Check(
        Code.DERIVED,
        "change {}",
        "In review {} it is marked as “{}”; history says “{}”, or somebody else, or another change.",
        """
        SELECT item.change_id, item.review_id, item.mark, coalesce(told.mark, '') FROM console_reviewitem item
        LEFT JOIN (
            SELECT DISTINCT ON (subject, details ->> 'item') subject, details ->> 'item' AS item, change_id, actor_id,
                details ->> 'mark' AS mark
            FROM console_event WHERE verb IN ('review.marked', 'review.questioned')
            ORDER BY subject, details ->> 'item', number DESC
        ) told ON told.item = item.id::text AND told.subject = 'review:' || item.review_id
        WHERE (item.mark, item.marked_by_id) IS DISTINCT FROM (coalesce(told.mark, ''), told.actor_id)
            OR told.change_id <> item.change_id
        """,
    ),
)
PEOPLE = (*EMERGENCIES, *ERASURES, *FORGOTTEN, *POLICIES, *REVIEWS)
