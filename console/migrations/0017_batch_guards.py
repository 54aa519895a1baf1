"""What guards batches."""

from __future__ import annotations

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Nothing yet."""

    dependencies = [("console", "0016_batches_and_bulk")]

    operations = list[Operation]()
