"""Notices are about work on many customers, too."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

OF_FLAWS_OR_WORK = models.CheckConstraint(
    condition=Q(connection=None, bulk=None, field="", code="", count=0)
    | Q(connection__isnull=False, bulk__isnull=False, field="", code="", count=0, about__in=["failed", "stopped"])
    | Q(connection__isnull=False, bulk=None, about="assigned", count__gt=0) & ~Q(field="") & ~Q(code=""),
    name="a_notice_of_flaws_says_how_many_of_which_rule",
)


class Migration(migrations.Migration):
    """Such a notice has a connection, as one of flaws has, so that who may see it is asked as before."""

    dependencies = [("console", "0027_mentions_untied")]

    operations = [
        migrations.RemoveConstraint(model_name="notice", name="a_notice_of_flaws_says_how_many_of_which_rule"),
        migrations.AddField(
            model_name="notice",
            name="bulk",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="notices",
                to="console.bulk",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="connection",
            field=models.ForeignKey(
                db_index=False,
                help_text="Where flaws are, or where the work was done.",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="console.connection",
            ),
        ),
        migrations.AddConstraint(model_name="notice", constraint=OF_FLAWS_OR_WORK),
    ]
