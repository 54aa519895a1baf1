"""What the database itself sees to about people; where limits are counted; and sessions that nobody reads any more go."""

from __future__ import annotations

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# As Django's createcachetable would make it: by a migration, since the application may make no table.
CACHE = """
CREATE TABLE console_cache (
    cache_key varchar(255) NOT NULL PRIMARY KEY, value text NOT NULL, expires timestamp with time zone NOT NULL
);
CREATE INDEX console_cache_expires ON console_cache (expires);
"""


def take_rights_from_the_application(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Who was shown what is added to and read; requests and invitations are altered, and none is deleted."""
    role = editor.quote_name(settings.DATABASES["default"]["USER"])
    editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON console_reveal FROM {role}")
    editor.execute(f"REVOKE DELETE, TRUNCATE ON console_rightsrequest, console_invitation FROM {role}")


class Migration(migrations.Migration):
    """A table and privileges, apart from the models because they are SQL."""

    dependencies = [("console", "0013_people_and_secrets")]

    operations = [
        migrations.RunSQL(CACHE, "DROP TABLE console_cache"),
        # Sessions are kept under digests of their keys now: whoever is signed in signs in once more.
        migrations.RunSQL("DROP TABLE IF EXISTS django_session", migrations.RunSQL.noop),
        migrations.RunPython(take_rights_from_the_application, migrations.RunPython.noop),
    ]
