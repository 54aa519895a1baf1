"""Migrates as the owner of the database, and lets the application's role work with what the owner makes."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections
from psycopg.sql import SQL, Identifier


class Command(migrate.Command):
    """Django's migrate, over the connection `owner` unless another is named."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def execute(self, *args: Any, **options: Any) -> str | None:
        if options["database"] not in settings.DATABASES:
            raise CommandError("Only the owner of the database migrates it: set DATABASE_OWNER_URL.")
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] == "owner" and not options["plan"] and not options["check_unapplied"]:
            open_to_application()
        super().handle(*args, **options)


def open_to_application() -> None:
    """Let the application's role read and write the tables the owner makes from now on.

    What it must not do with one of them, the migration that makes the table takes away; said once before the tables
    exist, this never gives it back.
    """
    application = Identifier(str(settings.DATABASES["default"]["USER"]))
    with connections["owner"].cursor() as cursor:
        for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
            grant = SQL("ALTER DEFAULT PRIVILEGES GRANT {rights} TO {application}")
            cursor.execute(grant.format(rights=SQL(rights), application=application))
        cursor.execute(SQL("GRANT USAGE ON SCHEMA public TO {}").format(application))
