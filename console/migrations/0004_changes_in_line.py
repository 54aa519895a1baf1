"""The line of a customer's approved changes, indexed without those that have left it."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """With thousands of changes of one customer, finding the first in line read all of them for each of them."""

    dependencies = [("console", "0003_unfinished_changes")]

    operations = [
        migrations.RemoveIndex(model_name="change", name="change_in_line"),
        migrations.AddIndex(
            model_name="change",
            index=models.Index(
                condition=models.Q(("status", "approved")),
                fields=["customer", "approved_place"],
                name="change_in_line",
            ),
        ),
    ]
