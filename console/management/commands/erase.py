"""manage.py erase: asks that a customer be erased, for a person who may; without a number it lists all erasures."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.errors import ConsoleError
from console.flows.erase import ask, helpers
from console.management.base import TablesCommand
from console.models import Customer, Erasure, ErasureStatus, Origin, User


class Command(TablesCommand):
    """Agreeing takes a second person, who does it on the page of the customer: nothing is erased from here."""

    help = (
        "Asks that a customer be erased; a second person agrees on the customer's page. Without a number: lists what "
        "was asked for, and what became of it, in the order in which it was asked."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("customer", nargs="?", type=int, help="the number in the address of the customer's page")
        parser.add_argument("--by", metavar="USERNAME", help="who asks: they need the role Erasure there")
        parser.add_argument("--ticket", default="", help="the request that it follows; it names nobody, since it stays")

    def handle(self, *_: Any, **options: Any) -> None:
        """Asks, and says who can agree; or lists."""
        if options["customer"] is None:
            self._list()
            return
        by = _person(options["by"])
        try:
            erasure = ask(_customer(options["customer"]), by=by, reference=options["ticket"], origin=Origin.COMMAND)
        except ConsoleError as reason:
            raise CommandError(str(reason)) from None
        who = helpers(erasure.customer, but=by)
        self.stdout.write(f"It is asked for. Nothing is erased before somebody else agrees on the page. {who}")

    def _list(self) -> None:
        found = Erasure.objects.select_related("customer__connection", "asked_by", "decided_by").order_by("pk")
        for erasure in found:
            self.stdout.write(_line(erasure))
        if not found:
            self.stdout.write("Nobody has asked for an erasure yet.")


def _line(erasure: Erasure) -> str:
    """One erasure by the number of its customer: that is what is left, and what is needed after a restored backup."""
    asked = f"{erasure.asked_by.username} asked {erasure.asked_at:%Y-%m-%d} ({erasure.reference})"
    decided = f", {erasure.decided_by.username} {erasure.decided_at:%Y-%m-%d}" if erasure.decided_by else ""
    word = ErasureStatus(erasure.status).label
    return f"customer {erasure.customer_id} at {erasure.customer.connection.name}: {asked} · {word}{decided}"


def _customer(number: int) -> int:
    if not Customer.objects.filter(pk=number).exists():
        raise CommandError(f"There is no customer {number}: the number stands in the address of the customer's page.")
    return number


def _person(username: str | None) -> User:
    if not username:
        raise CommandError("Say who asks for it: --by USERNAME. Their name stands in the history.")
    found = User.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError(f"There is nobody who signs in as {username!r}.")
    return found
