"""An index of the changes that are not final: every page counts those that wait for its reader."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """A partial index, small however long the history grows."""

    dependencies = [("console", "0002_guards")]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(
                    (
                        "status__in",
                        ["approved", "conflict", "failed", "proposed", "refused", "returned", "sending", "unknown"],
                    )
                ),
                fields=["connection", "-id"],
                name="change_unfinished",
            ),
        ),
    ]
