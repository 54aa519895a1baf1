"""What the database itself refuses about decisions, and the policy with which an installation begins."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

# Somebody else's word on exactly this line, while the change waits for it.
DECISIONS = """
CREATE FUNCTION console_decision_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked record;
BEGIN
    SELECT change.id, change.status, change.requester_id, line.digest INTO asked
    FROM console_line line JOIN console_change change ON change.id = line.change_id WHERE line.id = NEW.line_id;
    IF asked.id IS DISTINCT FROM NEW.change_id THEN
        RAISE EXCEPTION 'a decision is about a line of its own change' USING ERRCODE = 'check_violation';
    ELSIF asked.status <> 'proposed' THEN
        RAISE EXCEPTION 'a change that is % is not decided on', asked.status USING ERRCODE = 'check_violation';
    ELSIF asked.requester_id = NEW.by_id OR EXISTS (
        SELECT FROM console_authorship own WHERE own.line_id = NEW.line_id AND own.user_id = NEW.by_id
    ) THEN
        RAISE EXCEPTION 'nobody decides on what they proposed or edited' USING ERRCODE = 'check_violation';
    ELSIF asked.digest <> NEW.digest THEN
        RAISE EXCEPTION 'a decision is about the line as it stands' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decision_is_fit BEFORE INSERT ON console_decision
    FOR EACH ROW EXECUTE FUNCTION console_decision_is_fit();
CREATE TRIGGER decision_is_not_altered BEFORE UPDATE OR DELETE ON console_decision
    FOR EACH ROW EXECUTE FUNCTION console_history_is_append_only();
CREATE TRIGGER decisions_are_not_truncated BEFORE TRUNCATE ON console_decision
    FOR EACH STATEMENT EXECUTE FUNCTION console_history_is_append_only();
ALTER TABLE console_decision ENABLE ALWAYS TRIGGER decision_is_fit;
ALTER TABLE console_decision ENABLE ALWAYS TRIGGER decision_is_not_altered;
ALTER TABLE console_decision ENABLE ALWAYS TRIGGER decisions_are_not_truncated;
"""

# What a person let go needs every approval it was found to need, for each line as it is; or else a broken glass.
APPROVALS = """
CREATE FUNCTION console_approval_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM console_line WHERE change_id = NEW.id AND decision = 'open') THEN
        RAISE EXCEPTION 'a change with an open line is not approved' USING ERRCODE = 'check_violation';
    ELSIF NOT EXISTS (SELECT FROM console_line WHERE change_id = NEW.id AND decision = 'approved') THEN
        RAISE EXCEPTION 'a change of which nothing is left is not approved' USING ERRCODE = 'check_violation';
    ELSIF EXISTS (
        SELECT FROM console_line line WHERE line.change_id = NEW.id AND line.decision = 'approved' AND line.needs > 0
            AND line.needs > (
                SELECT count(DISTINCT given.by_id) FROM console_decision given
                WHERE given.line_id = line.id AND given.act = 'approve' AND given.digest = line.digest
            )
    ) AND NOT EXISTS (
        SELECT FROM console_emergency broken WHERE broken.change_id = NEW.id AND broken.at = NEW.approved_at
    ) THEN
        RAISE EXCEPTION 'a line lacks an approval of what it is now' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_is_whole BEFORE UPDATE OF status ON console_change FOR EACH ROW
    WHEN (NEW.status = 'approved' AND OLD.status IN ('proposed', 'refused', 'conflict', 'failed'))
    EXECUTE FUNCTION console_approval_is_whole();
"""

# What a version of a policy says is never altered; it comes in force by a second administrator, or alone where there is
# none, or by whoever runs the machine, of whom the database knows no person.
POLICIES = """
CREATE FUNCTION console_policy_is_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.policy_id, NEW.number, NEW.name, NEW.connection_ids, NEW.scope, NEW.fields, NEW.from_size, NEW.approvals,
            NEW.asks_reason, NEW.asks_ticket, NEW.hours, NEW.retires, NEW.proposed_by_id, NEW.proposed_at, NEW.why)
           IS DISTINCT FROM
           (OLD.policy_id, OLD.number, OLD.name, OLD.connection_ids, OLD.scope, OLD.fields, OLD.from_size, OLD.approvals,
            OLD.asks_reason, OLD.asks_ticket, OLD.hours, OLD.retires, OLD.proposed_by_id, OLD.proposed_at, OLD.why) THEN
            RAISE EXCEPTION 'what a version of a policy says is never altered' USING ERRCODE = 'check_violation';
        ELSIF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
            ('proposed', 'in force'), ('proposed', 'rejected'), ('proposed', 'withdrawn'), ('in force', 'replaced')
        ) THEN
            RAISE EXCEPTION 'a policy cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
        ELSIF NEW.status = OLD.status THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NEW.status = 'in force' AND NEW.proposed_by_id IS NOT NULL THEN
        IF NEW.alone AND (
            NOT EXISTS (SELECT FROM console_grant own
                        WHERE own.user_id = NEW.proposed_by_id AND own.role = 'administrator')
            OR EXISTS (SELECT FROM console_grant given JOIN console_user person ON person.id = given.user_id
                       WHERE given.role = 'administrator' AND given.connection_id IS NULL AND person.is_active
                         AND person.id <> NEW.proposed_by_id)
        ) THEN
            RAISE EXCEPTION 'there is a second administrator to decide on it' USING ERRCODE = 'check_violation';
        ELSIF NOT NEW.alone AND (NEW.decided_by_id IS NULL OR NEW.decided_by_id = NEW.proposed_by_id) THEN
            RAISE EXCEPTION 'a second administrator decides on a policy' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_is_decided BEFORE INSERT OR UPDATE ON console_policyversion
    FOR EACH ROW EXECUTE FUNCTION console_policy_is_decided();
ALTER TABLE console_policyversion ENABLE ALWAYS TRIGGER policy_is_decided;
"""
AND_BACK = """
DROP TRIGGER policy_is_decided ON console_policyversion; DROP FUNCTION console_policy_is_decided();
DROP TRIGGER approval_is_whole ON console_change; DROP FUNCTION console_approval_is_whole();
DROP TRIGGER decision_is_fit ON console_decision; DROP FUNCTION console_decision_is_fit();
DROP TRIGGER decision_is_not_altered ON console_decision; DROP TRIGGER decisions_are_not_truncated ON console_decision;
"""


def take_rights_from_the_application(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The application adds decisions and reads them; of what it lets through without, it deletes nothing."""
    role = editor.quote_name(settings.DATABASES["default"]["USER"])
    editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON console_decision FROM {role}")
    editor.execute(f"REVOKE DELETE, TRUNCATE ON console_emergency, console_policy, console_policyversion FROM {role}")


def decided_lines_that_were_sent(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Until now nothing needed approval: what is open on a change that has left or waits for its author needs none."""
    lines = apps.get_model("console", "Line").objects.using(editor.connection.alias)
    lines.filter(decision="open").update(decision="approved")


def say_that_none_is_needed(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Without a policy everything needs an approval. So that editors can work from the first day on, one says so."""
    alias = editor.connection.alias
    policy = apps.get_model("console", "Policy").objects.using(alias).create()
    apps.get_model("console", "PolicyVersion").objects.using(alias).create(
        policy=policy,
        number=1,
        name="No approval needed",
        approvals=0,
        status="in force",
        decided_at=timezone.now(),
        why="An installation begins with this; replace it by what your work needs.",
    )


class Migration(migrations.Migration):
    """Triggers and privileges, apart from the tables because they are SQL; then the first policy."""

    dependencies = [("console", "0009_approvals")]

    operations = [
        migrations.RunSQL(DECISIONS + APPROVALS + POLICIES, AND_BACK),
        migrations.RunPython(take_rights_from_the_application, migrations.RunPython.noop),
        migrations.RunPython(decided_lines_that_were_sent, migrations.RunPython.noop),
        migrations.RunPython(say_that_none_is_needed, migrations.RunPython.noop),
    ]
