"""Four indexes go that the models do without: others begin with the same column, or nobody looks by it alone.

Migration 0011 made fields with an index and took it from them again. Django puts off making an index to the end of a
migration, and made them all the same. Each was written with every event.
"""

from __future__ import annotations

from django.db import migrations

NAMES = (
    "console_event_behalf_id_13607316",
    "console_event_connection_id_05d74879",
    "console_mention_customer_id_0430224b",
    "console_mention_event_id_841dfc39",
)


class Migration(migrations.Migration):
    """Going back makes none: the models before did without them, too."""

    dependencies = [("console", "0028_work_notices")]

    operations = [migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", migrations.RunSQL.noop) for name in NAMES]
