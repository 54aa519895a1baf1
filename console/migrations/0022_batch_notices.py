"""Notices are about changes or about batches."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

ABOUT = [
    ("approved", "approved"),
    ("partly", "partly approved, partly rejected"),
    ("rejected", "rejected"),
    ("returned", "returned to its author"),
    ("expired", "not decided in time"),
    ("commented", "commented on"),
    ("replaced", "replaced by a later wish"),
    ("moved", "held, since a value has moved"),
    ("void", "held, since its approval no longer holds"),
    ("emergency", "sent without approval"),
    ("questioned", "questioned in a review"),
    ("asked", "waits for a decision"),
    ("look", "the first few are to be looked at"),
    ("paused", "paused"),
    ("stopped", "stopped"),
    ("ended", "ended"),
    ("failed", "not put together"),
]
KNOWN = models.CheckConstraint(
    condition=models.Q(("about__in", [value for value, _ in ABOUT])), name="a_notice_is_about_a_known_thing"
)
OF_ONE = models.CheckConstraint(
    condition=models.Q(("batch__isnull", True), ("change__isnull", False))
    | models.Q(("batch__isnull", False), ("change__isnull", True)),
    name="a_notice_is_about_a_change_or_a_batch",
)


class Migration(migrations.Migration):
    """A notice about a batch has no change."""

    dependencies = [("console", "0021_bulk")]

    operations = [
        migrations.RemoveConstraint(model_name="notice", name="a_notice_is_about_a_known_thing"),
        migrations.AddField(
            model_name="notice",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="console.batch",
            ),
        ),
        migrations.AlterField(model_name="notice", name="about", field=models.CharField(choices=ABOUT, max_length=16)),
        migrations.AlterField(
            model_name="notice",
            name="change",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="console.change",
            ),
        ),
        migrations.AddConstraint(model_name="notice", constraint=KNOWN),
        migrations.AddConstraint(model_name="notice", constraint=OF_ONE),
    ]
