"""Batches of a hundred thousand: what a page reads of them is found along an index, or was found out before."""

from __future__ import annotations

from django.db import migrations, models

# A step and its one event, or neither: as before, with one walk along an index instead of sorting, and without spelling
# out a whole row to get at one number of it.
STEPS = """
CREATE OR REPLACE FUNCTION console_step_has_its_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_change bigint;
    taken record;
    told int;
    latest text;
BEGIN
    IF TG_TABLE_NAME = 'console_change' THEN
        of_change := NEW.id;
    ELSE
        of_change := NEW.change_id;
    END IF;
    SELECT id, status, steps INTO taken FROM console_change WHERE id = of_change;
    SELECT count(*) OVER (), verb INTO told, latest FROM console_event
    WHERE change_id = of_change AND verb IN (
        'change.proposed', 'change.returned', 'change.approved', 'change.sending', 'change.applied', 'change.refused',
        'change.conflict', 'change.unknown', 'change.failed', 'change.rejected', 'change.withdrawn', 'change.expired',
        'change.superseded', 'change.closed'
    ) ORDER BY console_event.id DESC LIMIT 1;
    IF told IS DISTINCT FROM taken.steps OR latest IS DISTINCT FROM 'change.' || taken.status THEN
        RAISE EXCEPTION 'each step of a change has exactly one event: change % is %, its history says %',
            taken.id, taken.status, latest USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
STEPS_BACK = """
CREATE OR REPLACE FUNCTION console_step_has_its_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken record;
    told int;
    latest text;
BEGIN
    SELECT id, status, steps INTO taken FROM console_change
    WHERE id = CASE TG_TABLE_NAME WHEN 'console_change' THEN NEW.id ELSE (to_jsonb(NEW) ->> 'change_id')::bigint END;
    SELECT count(*), (array_agg(verb ORDER BY id DESC))[1] INTO told, latest FROM console_event
    WHERE change_id = taken.id AND verb IN (
        'change.proposed', 'change.returned', 'change.approved', 'change.sending', 'change.applied', 'change.refused',
        'change.conflict', 'change.unknown', 'change.failed', 'change.rejected', 'change.withdrawn', 'change.expired',
        'change.superseded', 'change.closed'
    );
    IF told <> taken.steps OR latest IS DISTINCT FROM 'change.' || taken.status THEN
        RAISE EXCEPTION 'each step of a change has exactly one event: change % is %, its history says %',
            taken.id, taken.status, latest USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""

# A change that begins takes nothing off what its customer awaits, so that is not counted anew for each of thousands; and
# whoever writes to the customers' rows beforehand anyway may write this along, so that each row is written once.
BEGINNINGS = """
CREATE OR REPLACE FUNCTION console_changes_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE console_customer customer
    SET awaits = greatest(customer.awaits, latest.awaits), touched_by_id = latest.requester_id,
        touched_at = latest.created_at
    FROM (
        SELECT DISTINCT ON (customer_id) customer_id, requester_id, created_at,
            max(CASE WHEN wait IN ('author', 'restored') THEN 2 ELSE 1 END) OVER (PARTITION BY customer_id)::smallint
                AS awaits
        FROM begun ORDER BY customer_id, id DESC
    ) latest
    WHERE customer.id = latest.customer_id AND (
        customer.awaits < latest.awaits OR customer.touched_by_id IS DISTINCT FROM latest.requester_id
        OR customer.touched_at IS DISTINCT FROM latest.created_at
    );
    RETURN NULL;
END $$;
"""
BEGINNINGS_BACK = """
CREATE OR REPLACE FUNCTION console_changes_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE console_customer customer
    SET awaits = console_customer_awaits(customer.id), touched_by_id = latest.requester_id, touched_at = latest.created_at
    FROM (
        SELECT DISTINCT ON (customer_id) customer_id, requester_id, created_at FROM begun ORDER BY customer_id, id DESC
    ) latest WHERE customer.id = latest.customer_id;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("console", "0023_assigned_and_seen")]

    operations = [
        migrations.AddField(
            model_name="batch",
            name="outline",
            field=models.JSONField(
                default=dict,
                help_text="What was found of its changes once all were in it: counts, sentences, places; no value.",
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="set_back_at",
            field=models.DateTimeField(
                help_text="When a backup was found to have been put back: what has not left by it may have left since.",
                null=True,
            ),
        ),
        migrations.RemoveIndex(model_name="change", name="change_of_batch"),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("batch__isnull", False)),
                fields=["batch", "status", "batch_place"],
                name="change_of_batch",
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(
                    ("batch__isnull", False), ("status", "proposed"), models.Q(("wait", "batch"), _negated=True)
                ),
                fields=["batch", "batch_place"],
                name="change_left_its_batch",
            ),
        ),
        migrations.RunSQL(STEPS, STEPS_BACK),
        migrations.RunSQL(BEGINNINGS, BEGINNINGS_BACK),
    ]
