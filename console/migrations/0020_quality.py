"""What would make a provider refuse an update."""

from __future__ import annotations

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Nothing yet."""

    dependencies = [("console", "0019_lists")]

    operations = list[Operation]()
