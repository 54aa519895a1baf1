"""manage.py policy: puts a policy in force, changes what it says, or ends it; without a name it lists them."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.errors import ConsoleError, NothingChanged
from console.flows.policies import Draft, propose_policy
from console.management.base import TablesCommand
from console.management.lookups import connections_named
from console.models import Connection, Origin, PolicyStatus, PolicyVersion
from console.models.judging import Scope
from console.policy_words import conditions, sentence

SIMPLE = ("from_size", "approvals", "hours", "asks_reason", "asks_ticket")


class Command(TablesCommand):
    """Running it again changes what is given and leaves the rest. It takes effect at once, and its history says so."""

    help = (
        "Puts a policy in force, or changes what is given of one. What is left out stays; a new one asks for one "
        "approval of every field at all connections. Without a name: lists what is in force."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("name", nargs="?", default="", help="what the pages call it")
        places = parser.add_mutually_exclusive_group()
        many: dict[str, Any] = {"nargs": "+", "action": "extend"}
        places.add_argument("--connection", **many, dest="connections", metavar="NAME", help="about these alone")
        places.add_argument("--everywhere", action="store_true", help="about all connections")
        fields = parser.add_mutually_exclusive_group()
        fields.add_argument(
            "--field", **many, dest="fields", metavar="FIELD", help="about these, by the provider's name"
        )
        fields.add_argument("--sensitive", action="store_const", const=Scope.SENSITIVE, dest="scope")
        fields.add_argument("--all", action="store_const", const=Scope.ALL, dest="scope", help="about every field")
        parser.add_argument("--approvals", type=int, help="by so many different people; 0 says that none is needed")
        parser.add_argument("--from-size", type=int, help="from so many changes proposed together")
        parser.add_argument("--hours", type=int, help="how long a request may wait")
        yes_or_no = argparse.BooleanOptionalAction
        parser.add_argument("--reason", action=yes_or_no, dest="asks_reason", help="whether its author has to say why")
        parser.add_argument("--ticket", action=yes_or_no, dest="asks_ticket", help="whether its author has to name one")
        parser.add_argument("--why", default="", help="what its history says")
        parser.add_argument("--retire", action="store_true", help="ends it")

    def handle(self, *_: Any, **options: Any) -> None:
        """Puts it in force, and says what it asks for now."""
        if not options["name"]:
            self._list()
            return
        now = _called(options["name"])
        try:
            version = propose_policy(
                _draft(now, options), by=None, policy=now.policy if now else None, origin=Origin.COMMAND
            )
        except NothingChanged:
            self.stdout.write(f"{options['name']} is up to date. {self._words(now)}")
        except ConsoleError as reason:
            raise CommandError(str(reason)) from None
        else:
            done = "has ended." if version.retires else f"is in force. {self._words(version)}"
            self.stdout.write(f"{version.name} {done}")

    def _list(self) -> None:
        found = PolicyVersion.objects.filter(status=PolicyStatus.IN_FORCE, retires=False).order_by("name")
        for version in found:
            self.stdout.write(f"{version.name}: {self._words(version)}")
        if not found:
            self.stdout.write("No policy is in force: everything needs one approval.")

    def _words(self, version: PolicyVersion | None) -> str:
        if version is None or version.retires:
            return "It has ended."
        places = Connection.objects.in_bulk()
        return f"{' · '.join([sentence(version, places), *conditions(version)])}."


def _called(name: str) -> PolicyVersion | None:
    """What holds of the policy with this name, or ended it; one that holds rather than one that ended."""
    found = PolicyVersion.objects.filter(status=PolicyStatus.IN_FORCE, name__iexact=name).select_related("policy")
    return found.order_by("retires", "-pk").first()


def _draft(now: PolicyVersion | None, options: dict[str, Any]) -> Draft:
    if options["retire"]:
        return Draft(options["name"], retires=True, why=options["why"])
    given = {name: options[name] for name in SIMPLE if options[name] is not None}
    if options["connections"] or options["everywhere"]:
        given["connections"] = [place.pk for place in connections_named(options["connections"] or ())]
    if options["fields"] or options["scope"]:
        given |= {"scope": options["scope"] or Scope.NAMED, "fields": options["fields"] or []}
    about = {**given, "why": options["why"], "retires": False}
    return Draft.of(now, **about) if now else Draft(options["name"], **about)
