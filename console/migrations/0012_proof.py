"""What the database itself sees to about history: a step has its event, fields are found, and proofs are not altered."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Which fields of a customer an event concerns, and of which it brought our copy another value.
MENTIONS = """
CREATE FUNCTION console_event_mentions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO console_mention (event_id, customer_id, field, at, learnt)
    SELECT NEW.id, NEW.customer_id, left(named.field, 64), NEW.at, bool_or(named.part = 'learnt')
    FROM (
        SELECT part, jsonb_array_elements_text(NEW.details -> part) AS field
        FROM unnest(ARRAY['fields', 'moved', 'learnt']) AS part
        WHERE jsonb_typeof(NEW.details -> part) = 'array'
            -- A reading names whatever it read: what moved by it says all there is.
            AND NOT (part = 'fields' AND NEW.verb = 'customer.refreshed')
    ) AS named
    GROUP BY named.field;
    RETURN NULL;
END $$;
CREATE TRIGGER event_mentions AFTER INSERT ON console_event FOR EACH ROW
    WHEN (NEW.customer_id IS NOT NULL AND NEW.details ?| ARRAY['fields', 'moved', 'learnt'])
    EXECUTE FUNCTION console_event_mentions();
ALTER TABLE console_event ENABLE ALWAYS TRIGGER event_mentions;
"""

# A step and its one event, or neither. Looked at when the transaction ends, whichever of them was written first.
STEPS = """
CREATE OR REPLACE FUNCTION console_change_takes_a_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'proposed' THEN
            RAISE EXCEPTION 'a change begins as proposed, not as %', NEW.status USING ERRCODE = 'check_violation';
        END IF;
        NEW.steps := 1;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('proposed', 'approved'), ('proposed', 'returned'), ('proposed', 'rejected'), ('proposed', 'withdrawn'),
        ('proposed', 'expired'), ('proposed', 'superseded'),
        ('returned', 'proposed'), ('returned', 'withdrawn'), ('returned', 'expired'),
        ('approved', 'sending'), ('approved', 'proposed'), ('approved', 'withdrawn'), ('approved', 'superseded'),
        ('sending', 'applied'), ('sending', 'approved'), ('sending', 'refused'), ('sending', 'conflict'),
        ('sending', 'unknown'), ('sending', 'failed'),
        ('unknown', 'applied'), ('unknown', 'approved'), ('unknown', 'conflict'), ('unknown', 'closed'),
        ('refused', 'approved'), ('refused', 'superseded'), ('refused', 'closed'),
        ('conflict', 'approved'), ('conflict', 'superseded'), ('conflict', 'closed'),
        ('failed', 'approved'), ('failed', 'superseded'), ('failed', 'closed')
    ) THEN
        RAISE EXCEPTION 'a change cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    ELSIF NEW.epoch < OLD.epoch OR NEW.customer_id <> OLD.customer_id OR NEW.requester_id <> OLD.requester_id THEN
        RAISE EXCEPTION 'a change keeps its customer, its author and its past epochs' USING ERRCODE = 'check_violation';
    END IF;
    NEW.steps := OLD.steps + (NEW.status <> OLD.status)::int;
    RETURN NEW;
END $$;
CREATE FUNCTION console_step_has_its_event() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER beginning_has_its_event AFTER INSERT ON console_change
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION console_step_has_its_event();
CREATE CONSTRAINT TRIGGER step_has_its_event AFTER UPDATE OF status ON console_change
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION console_step_has_its_event();
CREATE CONSTRAINT TRIGGER event_tells_of_a_step AFTER INSERT ON console_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.verb IN (
        'change.proposed', 'change.returned', 'change.approved', 'change.sending', 'change.applied', 'change.refused',
        'change.conflict', 'change.unknown', 'change.failed', 'change.rejected', 'change.withdrawn', 'change.expired',
        'change.superseded', 'change.closed'
    )) EXECUTE FUNCTION console_step_has_its_event();
"""
STEPS_BACK = """
DROP TRIGGER beginning_has_its_event ON console_change; DROP TRIGGER step_has_its_event ON console_change;
DROP TRIGGER event_tells_of_a_step ON console_event; DROP FUNCTION console_step_has_its_event();
DROP TRIGGER change_takes_a_step ON console_change;
CREATE OR REPLACE FUNCTION console_change_takes_a_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RETURN NEW; END $$;
CREATE TRIGGER change_takes_a_step BEFORE INSERT OR UPDATE ON console_change
    FOR EACH ROW EXECUTE FUNCTION console_change_takes_a_step();
"""

APPEND_ONLY = ("console_mention", "console_leaf", "console_subtree", "console_checkpoint", "console_reviewnote")

# Once a review is signed off, neither it nor what was said of its changes is altered.
REVIEWS = """
CREATE FUNCTION console_review_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    signed timestamptz;
BEGIN
    IF TG_TABLE_NAME = 'console_review' THEN
        signed := OLD.signed_at;
    ELSIF TG_TABLE_NAME = 'console_reviewitem' THEN
        SELECT signed_at INTO signed FROM console_review
        WHERE id = (CASE TG_OP WHEN 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END ->> 'review_id')::bigint;
    ELSE
        SELECT review.signed_at INTO signed FROM console_review review
        JOIN console_reviewitem item ON item.review_id = review.id
        WHERE item.id = (to_jsonb(NEW) ->> 'item_id')::bigint;
    END IF;
    IF signed IS NOT NULL THEN
        RAISE EXCEPTION 'a review that was signed off is not altered' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER review_is_frozen BEFORE UPDATE ON console_review
    FOR EACH ROW EXECUTE FUNCTION console_review_is_frozen();
CREATE TRIGGER review_item_is_frozen BEFORE INSERT OR UPDATE ON console_reviewitem
    FOR EACH ROW EXECUTE FUNCTION console_review_is_frozen();
CREATE TRIGGER review_note_is_frozen BEFORE INSERT ON console_reviewnote
    FOR EACH ROW EXECUTE FUNCTION console_review_is_frozen();
ALTER TABLE console_review ENABLE ALWAYS TRIGGER review_is_frozen;
ALTER TABLE console_reviewitem ENABLE ALWAYS TRIGGER review_item_is_frozen;
ALTER TABLE console_reviewnote ENABLE ALWAYS TRIGGER review_note_is_frozen;
"""
REVIEWS_BACK = """
DROP TRIGGER review_is_frozen ON console_review; DROP TRIGGER review_item_is_frozen ON console_reviewitem;
DROP TRIGGER review_note_is_frozen ON console_reviewnote; DROP FUNCTION console_review_is_frozen();
"""

# What stands there already: its steps are counted, its connection follows from its customer, its fields are found.
CATCHING_UP = """
ALTER TABLE console_change DISABLE TRIGGER USER;
UPDATE console_change SET steps = (
    SELECT count(*) FROM console_event event WHERE event.change_id = console_change.id AND event.verb IN (
        'change.proposed', 'change.returned', 'change.approved', 'change.sending', 'change.applied', 'change.refused',
        'change.conflict', 'change.unknown', 'change.failed', 'change.rejected', 'change.withdrawn', 'change.expired',
        'change.superseded', 'change.closed'
    )
);
ALTER TABLE console_change ENABLE TRIGGER USER;
ALTER TABLE console_event DISABLE TRIGGER history_is_not_altered;
UPDATE console_event SET connection_id = customer.connection_id
FROM console_customer customer WHERE customer.id = console_event.customer_id;
UPDATE console_event SET connection_id = substr(subject, 12)::bigint WHERE subject LIKE 'connection:%';
SET CONSTRAINTS ALL IMMEDIATE;  -- no table is altered while rows of it are still to be looked at
ALTER TABLE console_event ENABLE ALWAYS TRIGGER history_is_not_altered;
INSERT INTO console_mention (event_id, customer_id, field, at, learnt)
SELECT event.id, event.customer_id, left(named.field, 64), event.at, false
FROM console_event event CROSS JOIN LATERAL (
    SELECT DISTINCT jsonb_array_elements_text(event.details -> part) AS field
    FROM unnest(ARRAY['fields', 'moved']) AS part
    WHERE jsonb_typeof(event.details -> part) = 'array' AND NOT (part = 'fields' AND event.verb = 'customer.refreshed')
) AS named
WHERE event.customer_id IS NOT NULL;
SET CONSTRAINTS ALL DEFERRED;
"""


def append_only() -> str:
    """Triggers like those of events, for what proves them."""
    return "".join(
        f"""
CREATE TRIGGER {table[8:]}_is_not_altered BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION console_history_is_append_only();
CREATE TRIGGER {table[8:]}_is_not_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION console_history_is_append_only();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table[8:]}_is_not_altered;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table[8:]}_is_not_truncated;
"""
        for table in APPEND_ONLY
    )


def alterable() -> str:
    """The way back."""
    return "".join(
        f"DROP TRIGGER {table[8:]}_is_not_altered ON {table}; DROP TRIGGER {table[8:]}_is_not_truncated ON {table};"
        for table in APPEND_ONLY
    )


def take_rights_from_the_application(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """The application adds to what proves history and reads it; a review and an erasure it alters, and deletes none."""
    role = editor.quote_name(settings.DATABASES["default"]["USER"])
    editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {', '.join(APPEND_ONLY)} FROM {role}")
    editor.execute(f"REVOKE DELETE, TRUNCATE ON console_review, console_reviewitem, console_erasure FROM {role}")


class Migration(migrations.Migration):
    """Triggers and privileges, apart from the tables because they are SQL."""

    dependencies = [("console", "0011_history")]

    operations = [
        migrations.RunSQL(CATCHING_UP, migrations.RunSQL.noop),
        migrations.RunSQL(
            MENTIONS, "DROP TRIGGER event_mentions ON console_event; DROP FUNCTION console_event_mentions();"
        ),
        migrations.RunSQL(STEPS, STEPS_BACK),
        migrations.RunSQL(append_only(), alterable()),
        migrations.RunSQL(REVIEWS, REVIEWS_BACK),
        migrations.RunPython(take_rights_from_the_application, migrations.RunPython.noop),
    ]
