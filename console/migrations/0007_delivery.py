"""What shared limits, measures and the recognition of a restored backup need."""

from __future__ import annotations

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def name_the_installation(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """One row, made once: every worker asks for it."""
    apps.get_model("console", "Installation").objects.using(editor.connection.alias).create(pk=1)


class Migration(migrations.Migration):
    """The tables first, then the one row that names the installation."""

    dependencies = [
        ("console", "0006_ended_changes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("name", models.UUIDField(default=uuid.uuid4)),
                (
                    "life",
                    models.PositiveIntegerField(
                        default=0, help_text="Grows by one each time a restored backup was noticed."
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Minute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(help_text="When the minute began.")),
                (
                    "answered",
                    models.PositiveIntegerField(
                        default=0, help_text="Attempts that the provider applied or confirmed."
                    ),
                ),
                (
                    "refused",
                    models.PositiveIntegerField(default=0, help_text="Attempts that it answered, and did not apply."),
                ),
                ("unclear", models.PositiveIntegerField(default=0, help_text="Attempts after which nobody knew.")),
                (
                    "unsent",
                    models.PositiveIntegerField(
                        default=0, help_text="Attempts of which nothing left, or put off by it."
                    ),
                ),
                (
                    "half_milliseconds",
                    models.PositiveIntegerField(help_text="Half of the exchanges took no longer.", null=True),
                ),
                (
                    "most_milliseconds",
                    models.PositiveIntegerField(help_text="95 of 100 exchanges took no longer.", null=True),
                ),
                ("waiting", models.PositiveIntegerField(default=0, help_text="Changes on their way at its end.")),
                ("stuck", models.PositiveIntegerField(default=0, help_text="Changes that needed a person at its end.")),
            ],
            options={
                "ordering": ["at"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="connection",
            name="a_pause_has_a_cause",
        ),
        migrations.RemoveIndex(
            model_name="change",
            name="change_lease",
        ),
        migrations.AddField(
            model_name="connection",
            name="failures",
            field=models.PositiveSmallIntegerField(default=0, help_text="Calls in a row that got no proper answer."),
        ),
        migrations.AddField(
            model_name="connection",
            name="interrupted_at",
            field=models.DateTimeField(blank=True, help_text="Since when the circuit breaker is open.", null=True),
        ),
        migrations.AddField(
            model_name="connection",
            name="probe_at",
            field=models.DateTimeField(
                blank=True, help_text="When one call may try whether it works again.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="change",
            name="wait",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "nothing"),
                    ("turn", "its turn"),
                    ("try again", "the next try"),
                    ("provider", "the provider to take requests again"),
                    ("read back", "a reading that shows what became of it"),
                    ("person", "a person"),
                    ("author", "its author"),
                    ("restored", "a person, since a backup was restored"),
                ],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="connection",
            name="pause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("person", "Paused by a person"),
                    ("not allowed", "The provider does not accept our credentials"),
                    ("misrouted", "Something else than the provider's API answers at the base URL"),
                    ("forbidden", "The provider refused five customers in a row"),
                    ("bad options", "The settings of this connection do not fit the provider's rules any more"),
                    ("restored", "The database was restored from a backup"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(fields=["connection", "ended_at"], name="attempt_by_end"),
        ),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("lease_until__isnull", False)),
                fields=["connection", "lease_until"],
                name="change_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pause", ""), ("paused_at", None)),
                    models.Q(
                        ("pause__in", ["person", "not allowed", "misrouted", "forbidden", "bad options", "restored"]),
                        ("paused_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="a_pause_has_a_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("interrupted_at", None), ("probe_at", None)),
                    models.Q(("interrupted_at__isnull", False), ("probe_at__isnull", False)),
                    _connector="OR",
                ),
                name="an_interruption_ends_with_a_probe",
            ),
        ),
        migrations.AddConstraint(
            model_name="installation",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="there_is_one_installation"),
        ),
        migrations.AddField(
            model_name="minute",
            name="connection",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="minutes", to="console.connection"
            ),
        ),
        migrations.AddConstraint(
            model_name="minute",
            constraint=models.UniqueConstraint(fields=("connection", "at"), name="one_measure_per_minute"),
        ),
        migrations.RunPython(name_the_installation, migrations.RunPython.noop),
    ]
