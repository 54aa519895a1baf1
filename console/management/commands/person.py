"""manage.py person: makes a person who can sign in, or changes their roles and password."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.errors import ConsoleError
from console.flows.appoint import Appointment, appoint
from console.management import asking
from console.management.base import TablesCommand
from console.management.lookups import connections_named
from console.models import Origin, Role, User
from console.permissions import roles_in_words

PASSWORD = "STEWARD_PASSWORD"  # noqa: S105 - the name of the variable, not a password


class Command(TablesCommand):
    """Running it again sets the roles and the password anew; what stands already is left alone."""

    help = (
        "Makes a person, or changes their roles and password. The roles hold at the named connections and replace "
        "those held there; without --connection they hold everywhere and replace all. "
        f"The password comes from {PASSWORD}, or is asked for."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("username")
        roles = [role.value for role in Role]
        parser.add_argument("--role", nargs="+", action="extend", required=True, choices=roles, dest="roles")
        parser.add_argument("--connection", nargs="+", action="extend", default=[], dest="connections", metavar="NAME")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")

    def handle(self, *_: Any, **options: Any) -> None:
        """Appoints, and says what the person may do now."""
        wanted = Appointment(
            username=options["username"],
            roles=[Role(role) for role in dict.fromkeys(options["roles"])],
            connections=connections_named(options["connections"]),
            password=_password(options["username"]),
            first_name=options["first_name"],
            last_name=options["last_name"],
        )
        try:
            user, new = appoint(wanted, by=None, origin=Origin.COMMAND)
        except ConsoleError as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(f"{user.username} {'can sign in now' if new else 'is up to date'}: {roles_in_words(user)}.")


def _password(username: str) -> str:
    """The password to set; empty keeps the one that an existing person has."""
    if given := os.environ.get(PASSWORD, ""):
        return given
    exists = User.objects.filter(username=username).exists()
    if exists and not sys.stdin.isatty():
        return ""
    first = asking.asked(f"password of {username}" + (" (leave empty to keep it)" if exists else ""))
    if first and sys.stdin.isatty() and asking.asked("once more") != first:
        raise CommandError("The two passwords differ, so nothing was changed.")
    if not first and not exists:
        raise CommandError(f"A new person needs a password: set {PASSWORD}, or type it when asked.")
    return first
