"""What would make a provider refuse an update: with the record as field → code, and of each a row for the queue.

The rows are the database's: whoever writes a customer, one by one or many at once, writes what is wrong with it along with
it, and the queue follows in the same statement. Records that are here already are looked through by the sweeper: to
judge them takes the rules of their providers, and what is sealed of them, so no statement could.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import CASCADE, PROTECT
from django.db.models.functions import Now

# Of a record that nobody can change at its provider nothing stands in the queue; once it is back, it does again.
ROWS = """
CREATE FUNCTION console_keep_flaws() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found jsonb := CASE WHEN NEW.gone_at IS NULL AND NEW.erased_at IS NULL AND NEW.forgotten_at IS NULL
        THEN NEW.flaws ELSE '{}' END;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM console_flaw WHERE customer_id = NEW.id AND NOT found ? field;
    END IF;
    INSERT INTO console_flaw AS flaw (customer_id, connection_id, field, code)
    SELECT NEW.id, NEW.connection_id, key, value FROM jsonb_each_text(found) ORDER BY key
    ON CONFLICT (customer_id, field) DO UPDATE SET code = excluded.code, since = statement_timestamp()
        WHERE flaw.code <> excluded.code;
    RETURN NULL;
END $$;
CREATE TRIGGER flaws_of_a_new_customer AFTER INSERT ON console_customer FOR EACH ROW
    WHEN (NEW.flaws <> '{}') EXECUTE FUNCTION console_keep_flaws();
CREATE TRIGGER flaws_of_a_customer AFTER UPDATE ON console_customer FOR EACH ROW
    WHEN (OLD.flaws IS DISTINCT FROM NEW.flaws OR NEW.flaws <> '{}' AND (
        (OLD.gone_at IS NULL) <> (NEW.gone_at IS NULL) OR (OLD.erased_at IS NULL) <> (NEW.erased_at IS NULL)
        OR (OLD.forgotten_at IS NULL) <> (NEW.forgotten_at IS NULL)))
    EXECUTE FUNCTION console_keep_flaws();
"""
NO_ROWS = """
DROP TRIGGER flaws_of_a_customer ON console_customer;
DROP TRIGGER flaws_of_a_new_customer ON console_customer;
DROP FUNCTION console_keep_flaws;
"""

# Who lacks what every update needs, in the order of names: as `console.flaws.with_flaws` asks for them.
MISSING = """
    gone_at IS NULL AND erased_at IS NULL AND forgotten_at IS NULL
    AND jsonb_path_exists(flaws, '$.* ? (@ == "one_of" || @ == "required")'::jsonpath)"""
FOUND = f"""
ALTER TABLE console_customer ALTER COLUMN flaws SET DEFAULT '{{}}';
CREATE INDEX missing_by_name ON console_customer (sort_name, id) WHERE {MISSING};
CREATE INDEX missing_by_connection_name ON console_customer (connection_id, sort_name, id) WHERE {MISSING};
"""
NOT_FOUND = """
DROP INDEX missing_by_connection_name;
DROP INDEX missing_by_name;
"""


def _id() -> models.BigAutoField[int, int]:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _of(model: str, gone: Callable[..., None], *, null: bool = False) -> models.ForeignKey[object, object]:
    return models.ForeignKey(db_index=False, null=null, on_delete=gone, related_name="+", to=model)


class Migration(migrations.Migration):
    """Tables, what keeps one of them, and an index."""

    dependencies = [("console", "0019_lists")]

    operations = [
        migrations.AddField("customer", "flaws", models.JSONField(default=dict)),
        migrations.CreateModel(
            name="Flaw",
            fields=[
                ("id", _id()),
                ("field", models.CharField(db_collation="C", max_length=64)),
                ("code", models.CharField(db_collation="C", max_length=40)),
                ("since", models.DateTimeField(db_default=Now())),
                ("assigned_at", models.DateTimeField(null=True)),
                ("assigned_by", _of(settings.AUTH_USER_MODEL, PROTECT, null=True)),
                ("assigned_to", _of(settings.AUTH_USER_MODEL, PROTECT, null=True)),
                ("connection", _of("console.connection", PROTECT)),
                ("customer", _of("console.customer", CASCADE)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["connection", "field", "code", "id"], name="flaw_by_rule"),
                    models.Index(
                        condition=models.Q(("assigned_to__isnull", False)),
                        fields=["assigned_to", "connection", "field", "code", "id"],
                        name="flaw_by_who_sees_to_it",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "field"), name="a_field_has_one_flaw"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("assigned_at", None), ("assigned_by", None), ("assigned_to", None)),
                            models.Q(
                                ("assigned_at__isnull", False),
                                ("assigned_by__isnull", False),
                                ("assigned_to__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="an_assigned_flaw_says_by_whom_and_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FlawDay",
            fields=[
                ("id", _id()),
                ("field", models.CharField(db_collation="C", max_length=64)),
                ("code", models.CharField(db_collation="C", max_length=40)),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField()),
                ("connection", _of("console.connection", CASCADE)),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="flaw_day_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("connection", "field", "code", "day"), name="flaws_are_counted_once_a_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LookThrough",
            fields=[
                ("id", _id()),
                (
                    "rules",
                    models.CharField(help_text="The fingerprint of the rules by which they are judged.", max_length=80),
                ),
                (
                    "reached",
                    models.BigIntegerField(default=0, help_text="The key of the last customer that was looked at."),
                ),
                ("began_at", models.DateTimeField(db_default=Now())),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "connection",
                    models.OneToOneField(on_delete=CASCADE, related_name="+", to="console.connection"),
                ),
            ],
        ),
        migrations.RunSQL(ROWS, NO_ROWS),
        migrations.RunSQL(FOUND, NOT_FOUND),
    ]
