"""How far a batch is, how its changes are counted, and what the database itself refuses about batches."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_STEP_VERBS = """
        'batch.building', 'batch.waiting', 'batch.canary', 'batch.checking', 'batch.going', 'batch.paused',
        'batch.done', 'batch.stopped', 'batch.rejected', 'batch.withdrawn', 'batch.expired', 'batch.failed'
"""

# Its steps, each with its one event; once it was put together, what was decided on stands as it is.
STEPS = f"""
CREATE FUNCTION console_batch_takes_a_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'building' THEN
            RAISE EXCEPTION 'a batch begins by being put together, not as %', NEW.status USING ERRCODE = 'check_violation';
        END IF;
        NEW.steps := 1;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
        ('building', 'waiting'), ('building', 'canary'), ('building', 'withdrawn'), ('building', 'failed'),
        ('waiting', 'canary'), ('waiting', 'going'), ('waiting', 'rejected'), ('waiting', 'withdrawn'),
        ('waiting', 'expired'), ('waiting', 'stopped'),
        ('canary', 'checking'), ('canary', 'going'), ('canary', 'paused'), ('canary', 'stopped'), ('canary', 'done'),
        ('canary', 'waiting'),
        ('checking', 'going'), ('checking', 'paused'), ('checking', 'stopped'), ('checking', 'done'),
        ('checking', 'waiting'),
        ('going', 'paused'), ('going', 'stopped'), ('going', 'done'), ('going', 'waiting'),
        ('paused', 'canary'), ('paused', 'going'), ('paused', 'stopped'), ('paused', 'waiting')
    ) THEN
        RAISE EXCEPTION 'a batch cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
    ELSIF (NEW.connection_id, NEW.requester_id, NEW.undoes_id, NEW.idempotency_key)
            IS DISTINCT FROM (OLD.connection_id, OLD.requester_id, OLD.undoes_id, OLD.idempotency_key) THEN
        RAISE EXCEPTION 'a batch keeps its connection, its author and its key' USING ERRCODE = 'check_violation';
    ELSIF OLD.status <> 'building' AND (NEW.size, NEW.digest, NEW.fields, NEW.title, NEW.reference, NEW.sealed_why = '')
            IS DISTINCT FROM (OLD.size, OLD.digest, OLD.fields, OLD.title, OLD.reference, OLD.sealed_why = '') THEN
        RAISE EXCEPTION 'what is decided on is what was put together' USING ERRCODE = 'check_violation';
    ELSIF NEW.status IN ('canary', 'going') AND OLD.status IN ('building', 'waiting')
            AND (SELECT coalesce(max(need.value::int), 0) FROM jsonb_each_text(NEW.needs) need) > (
                SELECT count(DISTINCT given.user_id) FROM console_batchdecision given
                WHERE given.batch_id = NEW.id AND given.act = 'approve' AND given.digest = NEW.digest
                    AND given.at >= statement_timestamp() - interval '7 days'
            ) THEN
        RAISE EXCEPTION 'a batch lacks an approval of what it is' USING ERRCODE = 'check_violation';
    END IF;
    NEW.steps := OLD.steps + (NEW.status <> OLD.status)::int;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_takes_a_step BEFORE INSERT OR UPDATE ON console_batch
    FOR EACH ROW EXECUTE FUNCTION console_batch_takes_a_step();
ALTER TABLE console_batch ENABLE ALWAYS TRIGGER batch_takes_a_step;

CREATE FUNCTION console_batch_step_has_its_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken record;
    told int;
    latest text;
BEGIN
    SELECT id, status, steps INTO taken FROM console_batch
    WHERE id = CASE TG_TABLE_NAME WHEN 'console_batch' THEN NEW.id
               ELSE substr(to_jsonb(NEW) ->> 'subject', 7)::bigint END;
    SELECT count(*), (array_agg(verb ORDER BY number DESC))[1] INTO told, latest FROM console_event
    WHERE subject = 'batch:' || taken.id AND verb IN ({_STEP_VERBS});
    IF told <> taken.steps OR latest IS DISTINCT FROM 'batch.' || taken.status THEN
        RAISE EXCEPTION 'each step of a batch has exactly one event: batch % is %, its history says %',
            taken.id, taken.status, latest USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER batch_beginning_has_its_event AFTER INSERT ON console_batch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION console_batch_step_has_its_event();
CREATE CONSTRAINT TRIGGER batch_step_has_its_event AFTER UPDATE OF status ON console_batch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION console_batch_step_has_its_event();
CREATE CONSTRAINT TRIGGER event_tells_of_a_batch_step AFTER INSERT ON console_event
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.verb IN ({_STEP_VERBS}))
    EXECUTE FUNCTION console_batch_step_has_its_event();
"""  # noqa: S608 - of our own words
STEPS_BACK = """
DROP TRIGGER event_tells_of_a_batch_step ON console_event; DROP TRIGGER batch_step_has_its_event ON console_batch;
DROP TRIGGER batch_beginning_has_its_event ON console_batch; DROP FUNCTION console_batch_step_has_its_event();
DROP TRIGGER batch_takes_a_step ON console_batch; DROP FUNCTION console_batch_takes_a_step();
"""

# Somebody else's word on exactly this batch, while it waits for it; whoever's word still holds is not asked again.
DECISIONS = """
CREATE FUNCTION console_batch_decision_is_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked record;
BEGIN
    SELECT id, status, requester_id, digest INTO asked FROM console_batch WHERE id = NEW.batch_id;
    IF asked.status IS DISTINCT FROM 'waiting' THEN
        RAISE EXCEPTION 'a batch that is % is not decided on', asked.status USING ERRCODE = 'check_violation';
    ELSIF asked.requester_id = NEW.user_id THEN
        RAISE EXCEPTION 'nobody decides on their own batch' USING ERRCODE = 'check_violation';
    ELSIF asked.digest <> NEW.digest THEN
        RAISE EXCEPTION 'a decision is about the batch as it stands' USING ERRCODE = 'check_violation';
    ELSIF EXISTS (
        SELECT FROM console_batchdecision given WHERE given.batch_id = NEW.batch_id AND given.user_id = NEW.user_id
            AND given.act = NEW.act AND given.at >= statement_timestamp() - interval '7 days'
    ) THEN
        RAISE EXCEPTION 'a person decides once on a batch' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_decision_is_fit BEFORE INSERT ON console_batchdecision
    FOR EACH ROW EXECUTE FUNCTION console_batch_decision_is_fit();
CREATE FUNCTION console_batch_decision_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A reason is sealed under the key ring, and sealed anew when its key changes.
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'sealed_reason') = (to_jsonb(OLD) - 'sealed_reason') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a decision on a batch is never altered' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER batch_decision_is_not_altered BEFORE UPDATE OR DELETE ON console_batchdecision
    FOR EACH ROW EXECUTE FUNCTION console_batch_decision_is_kept();
CREATE TRIGGER batch_decisions_are_not_truncated BEFORE TRUNCATE ON console_batchdecision
    FOR EACH STATEMENT EXECUTE FUNCTION console_history_is_append_only();
ALTER TABLE console_batchdecision ENABLE ALWAYS TRIGGER batch_decision_is_fit;
ALTER TABLE console_batchdecision ENABLE ALWAYS TRIGGER batch_decision_is_not_altered;
ALTER TABLE console_batchdecision ENABLE ALWAYS TRIGGER batch_decisions_are_not_truncated;
"""
DECISIONS_BACK = """
DROP TRIGGER batch_decision_is_fit ON console_batchdecision; DROP FUNCTION console_batch_decision_is_fit();
DROP TRIGGER batch_decision_is_not_altered ON console_batchdecision; DROP FUNCTION console_batch_decision_is_kept();
DROP TRIGGER batch_decisions_are_not_truncated ON console_batchdecision;
"""

# A change comes into a batch while that is being put together, stays in its place, and leaves when the batch may.
MEMBERS = """
CREATE FUNCTION console_member_comes_in() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    into_ record;
BEGIN
    SELECT status, connection_id, requester_id INTO into_ FROM console_batch WHERE id = NEW.batch_id;
    IF into_.status IS DISTINCT FROM 'building' THEN
        RAISE EXCEPTION 'a batch takes changes while it is being put together' USING ERRCODE = 'check_violation';
    ELSIF (into_.connection_id, into_.requester_id) IS DISTINCT FROM (NEW.connection_id, NEW.requester_id) THEN
        RAISE EXCEPTION 'a batch is of one author, at one connection' USING ERRCODE = 'check_violation';
    ELSIF NEW.wait <> 'batch' OR NEW.batch_place IS NULL OR NEW.batch_digest IS NULL THEN
        RAISE EXCEPTION 'a change of a batch waits for it, at its place' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION console_member_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a change keeps its batch and its place in it' USING ERRCODE = 'check_violation';
END $$;
CREATE FUNCTION console_member_is_let_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM console_batch WHERE id = NEW.batch_id AND status IN ('canary', 'going')) THEN
        RAISE EXCEPTION 'a change leaves when its batch may' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER member_comes_in BEFORE INSERT ON console_change FOR EACH ROW
    WHEN (NEW.batch_id IS NOT NULL OR NEW.wait = 'batch') EXECUTE FUNCTION console_member_comes_in();
CREATE TRIGGER member_stays BEFORE UPDATE ON console_change FOR EACH ROW
    WHEN (OLD.batch_id IS DISTINCT FROM NEW.batch_id OR OLD.batch_place IS DISTINCT FROM NEW.batch_place
        OR OLD.batch_digest IS DISTINCT FROM NEW.batch_digest OR (NEW.wait = 'batch' AND NEW.batch_id IS NULL))
    EXECUTE FUNCTION console_member_stays();
CREATE TRIGGER member_is_let_go BEFORE UPDATE OF status ON console_change FOR EACH ROW
    WHEN (OLD.status = 'proposed' AND OLD.wait = 'batch' AND NEW.status = 'approved')
    EXECUTE FUNCTION console_member_is_let_go();
"""
MEMBERS_BACK = """
DROP TRIGGER member_comes_in ON console_change; DROP FUNCTION console_member_comes_in();
DROP TRIGGER member_stays ON console_change; DROP FUNCTION console_member_stays();
DROP TRIGGER member_is_let_go ON console_change; DROP FUNCTION console_member_is_let_go();
"""

# Each step of a member as a row of its own, so that settling many at once waits for no common count.
TALLIES = """
CREATE FUNCTION console_members_are_counted_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO console_batchtally (batch_id, state, count)
    SELECT batch_id, 'waiting', count(*) FROM fresh WHERE batch_id IS NOT NULL GROUP BY batch_id;
    RETURN NULL;
END $$;
CREATE FUNCTION console_batch_refusals_are_counted_in() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO console_batchtally (batch_id, state, count)
    SELECT batch_id, 'no change', count(*) FROM fresh GROUP BY batch_id;
    RETURN NULL;
END $$;
CREATE FUNCTION console_member_is_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stands text := CASE WHEN NEW.status = 'proposed' AND NEW.wait = 'batch' THEN 'waiting' ELSE NEW.status END;
    stood text := CASE WHEN OLD.status = 'proposed' AND OLD.wait = 'batch' THEN 'waiting' ELSE OLD.status END;
BEGIN
    IF stood <> stands THEN
        INSERT INTO console_batchtally (batch_id, state, count)
        VALUES (NEW.batch_id, stood, -1), (NEW.batch_id, stands, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER members_are_counted_in AFTER INSERT ON console_change REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION console_members_are_counted_in();
CREATE TRIGGER batch_refusals_are_counted_in AFTER INSERT ON console_batchrefusal REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION console_batch_refusals_are_counted_in();
CREATE TRIGGER member_is_counted AFTER UPDATE OF status, wait ON console_change FOR EACH ROW
    WHEN (NEW.batch_id IS NOT NULL) EXECUTE FUNCTION console_member_is_counted();
"""
TALLIES_BACK = """
DROP TRIGGER members_are_counted_in ON console_change; DROP TRIGGER member_is_counted ON console_change;
DROP TRIGGER batch_refusals_are_counted_in ON console_batchrefusal; DROP FUNCTION console_members_are_counted_in();
DROP FUNCTION console_batch_refusals_are_counted_in(); DROP FUNCTION console_member_is_counted();
"""


def take_rights_from_the_application(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """The application deletes no batch, and neither deletes nor replaces what was decided on one."""
    role = editor.quote_name(settings.DATABASES["default"]["USER"])
    editor.execute(f"REVOKE DELETE, TRUNCATE ON console_batch, console_batchdecision FROM {role}")


class Migration(migrations.Migration):
    """Columns first; then triggers and privileges, which are SQL."""

    dependencies = [("console", "0016_batches_and_bulk")]

    operations = [
        migrations.CreateModel(
            name="BatchTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=16)),
                ("count", models.IntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tallies",
                        to="console.batch",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "batch tallies",
                "indexes": [models.Index(fields=["batch"], include=("state", "count"), name="tally_by_batch")],
            },
        ),
        migrations.RemoveConstraint(model_name="batchdecision", name="a_person_decides_once_on_a_batch"),
        migrations.AddField(
            model_name="batch",
            name="looked_from",
            field=models.PositiveIntegerField(
                default=0, help_text="Behind which place it is counted what did not arrive: where somebody said go on."
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="reached",
            field=models.PositiveIntegerField(
                default=0, help_text="Up to which place it was looked whether they may go."
            ),
        ),
        migrations.AddField(
            model_name="batch",
            name="steps",
            field=models.PositiveIntegerField(
                default=1, help_text="How many it took; counted by the database, which wants an event of each."
            ),
        ),
        migrations.AlterField(
            model_name="batch",
            name="digest",
            field=models.BinaryField(default=bytes, help_text="SHA-256 over the HMACs of its changes, in their order."),
        ),
        migrations.AlterField(
            model_name="batch",
            name="ended_at",
            field=models.DateTimeField(help_text="When nothing of it was left to leave or to end.", null=True),
        ),
        migrations.AlterField(
            model_name="batchdecision",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="console.batch",
            ),
        ),
        migrations.AddIndex(
            model_name="batchdecision",
            index=models.Index(fields=["batch", "id"], name="decision_by_batch"),
        ),
        migrations.RunSQL(STEPS, STEPS_BACK),
        migrations.RunSQL(DECISIONS, DECISIONS_BACK),
        migrations.RunSQL(MEMBERS, MEMBERS_BACK),
        migrations.RunSQL(TALLIES, TALLIES_BACK),
        migrations.RunPython(take_rights_from_the_application, migrations.RunPython.noop),
    ]
