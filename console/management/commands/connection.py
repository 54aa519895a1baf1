"""manage.py connection: makes a connection to a provider's account, or changes how it is reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.errors import ConsoleError
from console.flows.connect import Account, connect
from console.flows.keeping import Periods, keep_for
from console.flows.reseal import reseal
from console.management import asking
from console.management.base import TablesCommand
from console.models import Connection, Origin
from providers import registry

FOR_GOOD = "always"
KEPT = {
    "customers": f"how long customers stay whom nobody needs; {FOR_GOOD} keeps them for good, as does never setting it",
    "bodies": f"how long bodies of exchanges stay; {FOR_GOOD} keeps them for good, as does never setting it",
}


class Command(TablesCommand):
    """Running it again changes what is given and leaves the rest; credentials are written and never shown."""

    help = "Makes a connection, or changes what is given of it. What is left out stays, or is the provider's default."

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        slugs = ", ".join(provider.slug for provider in registry.all())
        parser.add_argument("name", help="what the pages call it")
        parser.add_argument("--provider", default="", metavar="SLUG", help=f"one of {slugs}")
        parser.add_argument("--base-url", default="", metavar="URL")
        pairs: dict[str, Any] = {"nargs": "+", "action": "extend", "default": []}
        parser.add_argument(
            "--credential",
            **pairs,
            dest="credentials",
            metavar="KEY=SOURCE",
            help="SOURCE is @FILE, env:VARIABLE, or - to be asked",
        )
        parser.add_argument(
            "--option", **pairs, dest="options", metavar="KEY=VALUE", help="a rule of this account; KEY= takes it back"
        )
        parser.add_argument("--slots", type=int, help="requests under way at once")
        parser.add_argument("--rate", type=int, help="requests per second")
        for what in ("customers", "bodies"):
            parser.add_argument(f"--keep-{what}", metavar="DAYS", help=KEPT[what])

    def handle(self, *_: Any, **options: Any) -> None:
        """Connects, and says where to."""
        sources = _pairs(options["credentials"], "--credential", "KEY=@FILE, KEY=env:VARIABLE or KEY=-")
        account = Account(
            name=options["name"],
            provider_slug=options["provider"],
            base_url=options["base_url"],
            credentials={key: asking.given(source, f"the credential {key}") for key, source in sources.items()},
            options=_pairs(options["options"], "--option", "KEY=VALUE"),
            slots=options["slots"],
            rate=options["rate"],
        )
        try:
            connection, new = connect(account, by=None, origin=Origin.COMMAND)
            self._keep(connection, options)
            resealed = reseal(connection)
        except ConsoleError as reason:
            raise CommandError(str(reason)) from None
        if resealed:
            self.stdout.write(f"{resealed} customers are kept by the fields that are sensitive now.")
        state = "ready" if new else "up to date"
        self.stdout.write(f"{connection.name} is {state}: {connection.provider.title} at {connection.base_url}.")

    def _keep(self, connection: Connection, options: Mapping[str, Any]) -> None:
        """Sets the periods that are given; the other one stays."""
        now, given = Periods.of(connection), (options["keep_customers"], options["keep_bodies"])
        if given != (None, None):
            customers, bodies = (_days(text, was) for text, was in zip(given, (now.customers, now.bodies), strict=True))
            keep_for(connection.pk, Periods(customers, bodies), by=None, origin=Origin.COMMAND)


def _days(text: str | None, was: int | None) -> int | None:
    if text is None or text == FOR_GOOD:
        return was if text is None else None
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise CommandError(f"A period is a number of days, or {FOR_GOOD}.")
    return int(text)


def _pairs(texts: Iterable[str], option: str, form: str) -> dict[str, str]:
    """Never repeats a text that it can't understand: it may be a secret."""
    pairs: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise CommandError(f"{option} is {form}.")
        if key in pairs:
            raise CommandError(f"{option} {key} is given twice.")
        pairs[key] = value
    return pairs
