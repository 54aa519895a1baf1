"""People are told of records they are to put right; a selection knows what its preview showed of each customer."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

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
    ("assigned", "records to put right"),
]
KNOWN = models.CheckConstraint(
    condition=Q(about__in=[value for value, _ in ABOUT]), name="a_notice_is_about_a_known_thing"
)
OF_ONE = models.CheckConstraint(
    condition=Q(change__isnull=False, batch=None, connection=None)
    | Q(change=None, batch__isnull=False, connection=None)
    | Q(change=None, batch=None, connection__isnull=False),
    name="a_notice_is_about_one_thing",
)
OF_FLAWS = models.CheckConstraint(
    condition=Q(connection=None, field="", code="", count=0)
    | Q(connection__isnull=False, about="assigned", count__gt=0) & ~Q(field="") & ~Q(code=""),
    name="a_notice_of_flaws_says_how_many_of_which_rule",
)


class Migration(migrations.Migration):
    """A notice about flaws has neither a change nor a batch."""

    dependencies = [("console", "0022_batch_notices")]

    operations = [
        migrations.AddField(
            model_name="bulkcustomer",
            name="seen",
            field=models.BinaryField(
                help_text="What the preview said of them, and an HMAC of what they held then.", null=True
            ),
        ),
        migrations.RemoveConstraint(model_name="notice", name="a_notice_is_about_a_known_thing"),
        migrations.RemoveConstraint(model_name="notice", name="a_notice_is_about_a_change_or_a_batch"),
        migrations.AddField(
            model_name="notice",
            name="connection",
            field=models.ForeignKey(
                db_index=False,
                help_text="Where flaws are.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="console.connection",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="field",
            field=models.CharField(blank=True, default="", help_text="Of the rule that they break.", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="notice",
            name="code",
            field=models.CharField(blank=True, default="", max_length=40),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="notice",
            name="count",
            field=models.PositiveIntegerField(default=0, help_text="How many records there were to put right."),
        ),
        migrations.AlterField(model_name="notice", name="about", field=models.CharField(choices=ABOUT, max_length=16)),
        migrations.AddConstraint(model_name="notice", constraint=KNOWN),
        migrations.AddConstraint(model_name="notice", constraint=OF_ONE),
        migrations.AddConstraint(model_name="notice", constraint=OF_FLAWS),
    ]
