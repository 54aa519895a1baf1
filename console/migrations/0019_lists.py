"""The list of customers: where each record stands, kept up to date by the database; what people keep and choose of it.

A column and not a question at each page: whatever is asked for, the list walks an index that begins with it.
"""

from datetime import UTC, datetime

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

# What the changes of a customer that are not final come to: a person, a change, nothing.
AWAITS = """
CREATE FUNCTION console_customer_awaits(of_customer bigint) RETURNS smallint LANGUAGE sql STABLE AS $$
    SELECT coalesce(max(CASE
        WHEN status IN ('conflict', 'failed', 'refused', 'returned') THEN 2
        WHEN status = 'proposed' AND wait IN ('author', 'restored') THEN 2
        WHEN status = 'unknown' AND wait = 'person' THEN 2
        ELSE 1 END), 0)::smallint
    FROM console_change WHERE customer_id = of_customer AND status IN
        ('approved', 'conflict', 'failed', 'proposed', 'refused', 'returned', 'sending', 'unknown')
$$;
"""

# Many changes of a batch begin in one statement, so one statement tells of all of them.
TOUCHED = """
CREATE FUNCTION console_changes_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE console_customer customer
    SET awaits = console_customer_awaits(customer.id), touched_by_id = latest.requester_id, touched_at = latest.created_at
    FROM (
        SELECT DISTINCT ON (customer_id) customer_id, requester_id, created_at FROM begun ORDER BY customer_id, id DESC
    ) latest WHERE customer.id = latest.customer_id;
    RETURN NULL;
END $$;
CREATE TRIGGER beginning_touches_its_customer AFTER INSERT ON console_change REFERENCING NEW TABLE AS begun
    FOR EACH STATEMENT EXECUTE FUNCTION console_changes_begin();

CREATE FUNCTION console_change_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    by_now smallint := console_customer_awaits(NEW.customer_id);
BEGIN
    UPDATE console_customer SET awaits = by_now WHERE id = NEW.customer_id AND awaits <> by_now;
    RETURN NULL;
END $$;
CREATE TRIGGER step_moves_its_customer AFTER UPDATE OF status, wait ON console_change FOR EACH ROW
    WHEN (OLD.status <> NEW.status OR OLD.wait <> NEW.wait) EXECUTE FUNCTION console_change_goes_on();
"""

OF_BEFORE = """
UPDATE console_customer customer
SET awaits = console_customer_awaits(customer.id), touched_by_id = latest.requester_id, touched_at = latest.created_at
FROM (
    SELECT DISTINCT ON (customer_id) customer_id, requester_id, created_at
    FROM console_change ORDER BY customer_id, id DESC
) latest WHERE customer.id = latest.customer_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""

BACK = """
DROP TRIGGER step_moves_its_customer ON console_change; DROP FUNCTION console_change_goes_on();
DROP TRIGGER beginning_touches_its_customer ON console_change; DROP FUNCTION console_changes_begin();
DROP FUNCTION console_customer_awaits(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("console", "0018_finding")]

    operations = [
        migrations.CreateModel(
            name="ListChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("columns", models.JSONField(default=list, help_text="Their names, in order.")),
                (
                    "sort",
                    models.CharField(
                        choices=[
                            ("name", "Name"),
                            ("connection", "Provider"),
                            ("id", "ID"),
                            ("email", "E-mail"),
                            ("state", "State"),
                            ("known", "Known since"),
                            ("touched", "Last change"),
                        ],
                        default="name",
                        max_length=16,
                    ),
                ),
                ("is_descending", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(help_text="Random: what a link names it by.", max_length=24, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("is_shared", models.BooleanField(default=False)),
                ("about", models.JSONField(help_text="The connections that it is about, by number.")),
                (
                    "criteria",
                    models.JSONField(
                        default=dict, help_text="What stands in the address of the list; nothing personal."
                    ),
                ),
                ("sealed_text", models.TextField(blank=True, help_text="What is searched for in it.")),
                ("columns", models.JSONField(default=list, help_text="Empty: those that its reader chose.")),
                (
                    "sort",
                    models.CharField(
                        choices=[
                            ("name", "Name"),
                            ("connection", "Provider"),
                            ("id", "ID"),
                            ("email", "E-mail"),
                            ("state", "State"),
                            ("known", "Known since"),
                            ("touched", "Last change"),
                        ],
                        default="name",
                        max_length=16,
                    ),
                ),
                ("is_descending", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name_plural": "saved views",
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="awaits",
            field=models.PositiveSmallIntegerField(
                choices=[(0, "nothing"), (1, "a change"), (2, "a person")], db_default=0
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="touched_by",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="touched_at",
            field=models.DateTimeField(help_text="When somebody last asked for a change.", null=True),
        ),
        migrations.AddField(
            model_name="listchoice",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="list_choice", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="savedview",
            name="owner",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="views", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="standing",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(erased_at__isnull=False, then=models.Value(7)),
                    models.When(awaits=2, then=models.Value(1)),
                    models.When(gone_at__isnull=False, then=models.Value(2)),
                    models.When(awaits=1, then=models.Value(3)),
                    models.When(models.Q(("drift", {}), _negated=True), then=models.Value(4)),
                    models.When(forgotten_at__isnull=False, then=models.Value(6)),
                    models.When(
                        models.Func(
                            models.F("known"),
                            output_field=models.BooleanField(),
                            template="jsonb_path_exists(%(expressions)s, '$.* ? (@.how != \"typed\")')",
                        ),
                        then=models.Value(8),
                    ),
                    default=models.Value(5),
                    output_field=models.PositiveSmallIntegerField(),
                ),
                output_field=models.PositiveSmallIntegerField(
                    choices=[
                        (1, "Needs a person"),
                        (2, "Gone there"),
                        (3, "Pending"),
                        (4, "Moved there"),
                        (5, "Never read"),
                        (6, "Let go"),
                        (7, "Erased"),
                        (8, "In step"),
                    ]
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ["approved", "conflict", "failed", "proposed", "refused", "returned", "sending", "unknown"],
                    )
                ),
                fields=["customer"],
                name="change_unfinished_of",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["connection", "standing", "sort_name", "id"], name="listed_by_name"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["connection", "standing", "external_id", "id"], name="listed_by_external_id"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["connection", "standing", "email", "id"], name="listed_by_email"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.F("connection"),
                models.F("standing"),
                django.db.models.functions.comparison.Coalesce(
                    models.F("known_at"),
                    models.Value(
                        datetime(1970, 1, 1, tzinfo=UTC),
                        output_field=models.DateTimeField(),
                    ),
                ),
                models.F("id"),
                name="listed_by_known",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                models.F("connection"),
                models.F("standing"),
                django.db.models.functions.comparison.Coalesce(
                    models.F("touched_at"),
                    models.Value(
                        datetime(1970, 1, 1, tzinfo=UTC),
                        output_field=models.DateTimeField(),
                    ),
                ),
                models.F("id"),
                name="listed_by_touched",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("touched_by__isnull", False)),
                fields=["connection", "touched_by", "standing", "sort_name"],
                name="customer_by_who_touched",
            ),
        ),
        migrations.AddConstraint(
            model_name="listchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("sort__in", ["name", "connection", "id", "email", "state", "known", "touched"])),
                name="a_list_has_a_known_order",
            ),
        ),
        migrations.AddIndex(
            model_name="savedview",
            index=models.Index(condition=models.Q(("is_shared", True)), fields=["name", "id"], name="view_shared"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("owner", "name"), name="a_person_names_a_view_once"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(
                condition=models.Q(("sort__in", ["name", "connection", "id", "email", "state", "known", "touched"])),
                name="a_view_has_a_known_order",
            ),
        ),
        migrations.RunSQL(AWAITS + TOUCHED, BACK),
        migrations.RunSQL(OF_BEFORE, migrations.RunSQL.noop),
    ]
