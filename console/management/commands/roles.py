"""manage.py roles: sets up the two roles and the database on a real server, or prints the SQL that does."""

from __future__ import annotations

from typing import Any

import environ
import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from console import embedded
from console.management.roles import Names, Setup, script

ADMINISTRATOR = "STEWARD_ADMINISTRATOR_URL"


class Command(BaseCommand):
    """Names and passwords are those of DATABASE_URL and DATABASE_OWNER_URL; it needs no database that works yet."""

    help = (
        "Prints the SQL that makes the owner's and the application's role and the database, for psql. "
        f"With --run: runs it as the administrator that {ADMINISTRATOR} names. To run it again changes nothing, but "
        "takes from the application what it must not do with history."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("--owner", default=_named("owner", "USER", embedded.OWNER), metavar="ROLE")
        parser.add_argument("--application", default=_named("default", "USER", embedded.APPLICATION), metavar="ROLE")
        parser.add_argument("--database", default=_named("default", "NAME", embedded.DATABASE), metavar="NAME")
        parser.add_argument("--run", action="store_true", help="runs it instead of printing it")
        parser.add_argument("--generate", action="store_true", help="with --run: makes up passwords, and prints them")

    def handle(self, *_: Any, **options: Any) -> None:
        """Prints or does it, and says what is left to do."""
        names = Names(options["owner"], options["application"], options["database"])
        if names.owner == names.application:
            raise CommandError("The application must not own history: owner and application are two roles.")
        if not options["run"]:
            for line in script(names):
                self.stdout.write(line)
            return
        setup = Setup(names, _passwords(names), generates=options["generate"])
        _run(setup)
        self._say(setup)

    def _say(self, setup: Setup) -> None:
        names = setup.names
        for name, password in setup.generated.items():
            self.stdout.write(f"{name} has the password {password}")
        for name in setup.without:
            self.stdout.write(f"{name} is new and has no password: set one, or let it in without in pg_hba.conf.")
        self.stdout.write(
            f"{names.owner}, {names.application} and the database {names.database} are set up. "
            "Next: manage.py migrate, with DATABASE_OWNER_URL."
        )


def _named(alias: str, what: str, otherwise: str) -> str:
    return str(settings.DATABASES.get(alias, {}).get(what) or otherwise)


def _passwords(names: Names) -> dict[str, str]:
    """Those in DATABASE_OWNER_URL and DATABASE_URL, where these are the roles that are named there."""
    found = {"owner": ("owner", names.owner), "application": ("default", names.application)}
    return {
        role: _named(alias, "PASSWORD", "")
        for role, (alias, name) in found.items()
        if _named(alias, "USER", "") == name
    }


def _run(setup: Setup) -> None:
    url: str = environ.FileAwareEnv().str(ADMINISTRATOR, default="")
    if not url:
        raise CommandError(f"Set {ADMINISTRATOR}, such as postgresql://postgres:…@db.example.com/postgres.")
    try:
        setup.run(url)
    except psycopg.ProgrammingError as problem:
        if problem.sqlstate is None:  # what could not be read is part of such a message, and holds a password
            raise CommandError(f"{ADMINISTRATOR} is no URL of a PostgreSQL database.") from None
        raise CommandError(_sentence(problem)) from None
    except psycopg.Error as problem:
        raise CommandError(_sentence(problem)) from None


def _sentence(problem: psycopg.Error) -> str:
    said = problem.diag.message_primary or str(problem).strip().partition("\n")[0]
    return f"The server refused: {said.rstrip('.')}."
