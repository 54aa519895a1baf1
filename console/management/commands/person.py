"""manage.py person: makes a person who can sign in, or changes what they may do and whether they come in."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.urls import reverse

from console.errors import ConsoleError
from console.flows import leave, rights
from console.flows.appoint import Appointment, appoint
from console.flows.inviting import Newcomer, invite, take_in
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
        f"The password comes from {PASSWORD}, or is asked for. Or invites, deactivates, or opens a way back; all of it "
        "takes effect at once, and the history says so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("username")
        roles = [role.value for role in Role]
        parser.add_argument("--role", nargs="+", action="extend", default=[], choices=roles, dest="roles")
        parser.add_argument("--connection", nargs="+", action="extend", default=[], dest="connections", metavar="NAME")
        parser.add_argument("--first-name", default="")
        parser.add_argument("--last-name", default="")
        instead = parser.add_mutually_exclusive_group()
        instead.add_argument(
            "--invite", action="store_true", help="print a link to set a password by, and ask for none"
        )
        instead.add_argument("--way-back", action="store_true", help="the same for who lost every factor: ends all")
        instead.add_argument("--deactivate", action="store_true", help="let them in no more, and sign them out")
        instead.add_argument("--let-in", action="store_true", help="let somebody in again who was deactivated")
        parser.add_argument("--why", default="From the command line.", help="what the history keeps as the reason")

    def handle(self, *_: Any, **options: Any) -> None:
        """Does what is asked, and says what came of it."""
        step = next((does for name, does in STEPS.items() if options[name]), _appoint)
        try:
            for line in step(options):
                self.stdout.write(line)
        except ConsoleError as reason:
            raise CommandError(str(reason)) from None


def _appoint(options: dict[str, Any]) -> Iterator[str]:
    wanted = replace(_wanted(options), password=_password(options["username"]))
    user, new = appoint(wanted, by=None, origin=Origin.COMMAND)
    yield f"{user.username} {'can sign in now' if new else 'is up to date'}: {roles_in_words(user)}."


def _invite(options: dict[str, Any]) -> Iterator[str]:
    """A new person, or one who has never set a password, with their roles as they are said."""
    user = User.objects.filter(username=options["username"]).first()
    if user is None:
        about = Newcomer(options["username"], options["first_name"], options["last_name"])
        user, secret = take_in(about, by=None, origin=Origin.COMMAND)
    else:
        secret = invite(user.pk, by=None, origin=Origin.COMMAND)
    if options["roles"]:
        appoint(_wanted(options), by=None, origin=Origin.COMMAND)
    yield from _link(user, secret)


def _way_back(options: dict[str, Any]) -> Iterator[str]:
    user = _known(options)
    asked = rights.ask_way_back(user.pk, by=None, why=options["why"], origin=Origin.COMMAND)
    yield from _link(user, asked.secret)


def _deactivate(options: dict[str, Any]) -> Iterator[str]:
    user = leave.deactivate(_known(options).pk, by=None, why=options["why"], origin=Origin.COMMAND)
    yield f"{user.username} is deactivated and signed out."


def _let_in(options: dict[str, Any]) -> Iterator[str]:
    user = _known(options)
    rights.ask_return(user.pk, by=None, why=options["why"], origin=Origin.COMMAND)
    yield f"{user.username} can sign in again: {roles_in_words(user)}."


STEPS: Mapping[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "invite": _invite,
    "way_back": _way_back,
    "deactivate": _deactivate,
    "let_in": _let_in,
}


def _wanted(options: dict[str, Any]) -> Appointment:
    if not options["roles"]:
        raise CommandError("Say at least one --role, or what else is to be done: see --help.")
    return Appointment(
        username=options["username"],
        roles=[Role(role) for role in dict.fromkeys(options["roles"])],
        connections=connections_named(options["connections"]),
        first_name=options["first_name"],
        last_name=options["last_name"],
    )


def _known(options: dict[str, Any]) -> User:
    if user := User.objects.filter(username=options["username"]).first():
        return user
    raise CommandError(f"Nobody is called {options['username']!r} here.")


def _link(user: User, secret: str) -> Iterator[str]:
    yield f"{user.username} sets a password here, once; nobody is shown this again:"
    yield f"{settings.STEWARD_URL}{reverse('invitation', args=[secret])}"
    if not settings.STEWARD_URL:
        yield "Put the console's address before it; with STEWARD_URL set it stands there."


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
