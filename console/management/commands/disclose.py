"""manage.py disclose: gives all that is held about one person, as JSON, for a person who may."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.errors import ConsoleError
from console.flows.disclose import candidates, disclose
from console.management.base import TablesCommand
from console.models import Customer, Origin, User


class Command(TablesCommand):
    """Which records are the person's is for people to say: it lists those alike, and gives those it is told."""

    help = (
        "Gives all that is held about one person, whose records are named by the numbers in the addresses of their "
        "pages. Nothing in it is masked, and the history of each tells who took it out. With --candidates it "
        "only lists other records with exactly the same e-mail, phone or name."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("customers", nargs="+", type=int, help="numbers of their records")
        parser.add_argument("--by", metavar="USERNAME", required=True, help="who gives it: they need the role Erasure")
        parser.add_argument("--ticket", default="", help="the request that it follows")
        parser.add_argument("--out", type=Path, metavar="FILE", help="a new file, for its owner alone to read")
        parser.add_argument("--candidates", action="store_true", help="list records that are alike, and give nothing")

    def handle(self, *_: Any, **options: Any) -> None:
        """Lists, or gives."""
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise CommandError(f"There is nobody who signs in as {options['by']!r}.")
        try:
            if options["candidates"]:
                self._list(options["customers"], by)
                return
            told = disclose(options["customers"], by=by, reference=options["ticket"], origin=Origin.COMMAND)
        except ConsoleError as reason:
            raise CommandError(str(reason)) from None
        self._give(json.dumps(told, ensure_ascii=False, indent=2), options["out"])

    def _list(self, numbers: list[int], by: User) -> None:
        for number in numbers:
            customer = Customer.objects.with_connection(number)
            if customer is None:
                raise CommandError(f"There is no customer {number}.")
            for each in candidates(customer, by=by):
                place = each.customer.connection.name
                self.stdout.write(f"{each.customer.pk} at {place}: the same {', '.join(each.same)} as {number}")

    def _give(self, text: str, out: Path | None) -> None:
        if out is None:
            self.stdout.write(text)
            return
        try:
            file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as problem:
            raise CommandError(f"{out} cannot be made: {problem.strerror}.") from problem
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            opened.write(text)
        self.stdout.write(f"{out} holds it. Nothing in it is masked.")
