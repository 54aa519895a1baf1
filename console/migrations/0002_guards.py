"""What the database itself refuses: steps that a change can't take, and any alteration of history."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

STEPS = """
CREATE FUNCTION console_change_takes_a_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'proposed' THEN
            RAISE EXCEPTION 'a change begins as proposed, not as %', NEW.status USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
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
    RETURN NEW;
END $$;
CREATE TRIGGER change_takes_a_step BEFORE INSERT OR UPDATE ON console_change
    FOR EACH ROW EXECUTE FUNCTION console_change_takes_a_step();
"""

HISTORY = """
CREATE FUNCTION console_history_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is append-only: % of % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER history_is_not_altered BEFORE UPDATE OR DELETE ON console_event
    FOR EACH ROW EXECUTE FUNCTION console_history_is_append_only();
CREATE TRIGGER history_is_not_truncated BEFORE TRUNCATE ON console_event
    FOR EACH STATEMENT EXECUTE FUNCTION console_history_is_append_only();
ALTER TABLE console_event ENABLE ALWAYS TRIGGER history_is_not_altered;
ALTER TABLE console_event ENABLE ALWAYS TRIGGER history_is_not_truncated;
"""


def take_rights_from_the_application(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The application adds to history and reads it; it deletes no change and no attempt either."""
    role = editor.quote_name(settings.DATABASES["default"]["USER"])
    editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON console_event FROM {role}")
    editor.execute(f"REVOKE DELETE, TRUNCATE ON console_change, console_attempt FROM {role}")


class Migration(migrations.Migration):
    """Triggers and privileges, apart from the tables because they are SQL."""

    dependencies = [("console", "0001_initial")]

    operations = [
        migrations.RunSQL(
            STEPS,
            "DROP TRIGGER change_takes_a_step ON console_change; DROP FUNCTION console_change_takes_a_step();",
        ),
        migrations.RunSQL(
            HISTORY,
            "DROP TRIGGER history_is_not_altered ON console_event;"
            " DROP TRIGGER history_is_not_truncated ON console_event; DROP FUNCTION console_history_is_append_only();",
        ),
        migrations.RunPython(take_rights_from_the_application, migrations.RunPython.noop),
    ]
