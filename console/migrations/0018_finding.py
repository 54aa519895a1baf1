"""By what customers are found among a million."""

from __future__ import annotations

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Nothing yet."""

    dependencies = [("console", "0017_batch_guards")]

    operations = list[Operation]()
