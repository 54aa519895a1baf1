"""What the work on many customers needs besides."""

from __future__ import annotations

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Nothing yet."""

    dependencies = [("console", "0020_quality")]

    operations = list[Operation]()
