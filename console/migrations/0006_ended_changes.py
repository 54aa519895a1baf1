"""What a person's changes came to, the latest first, indexed: the page of work lists those of today."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Without it, finding them read all the changes that the person ever made."""

    dependencies = [("console", "0005_at_the_desk")]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", False)),
                fields=["requester", "-ended_at"],
                name="change_ended",
            ),
        ),
    ]
