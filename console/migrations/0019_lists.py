"""What a person chose of the list, and the views that are kept."""

from __future__ import annotations

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Nothing yet."""

    dependencies = [("console", "0018_finding")]

    operations = list[Operation]()
