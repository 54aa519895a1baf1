"""manage.py export_customers: writes the customers of a connection into a file that an import takes in again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from console.errors import ConsoleError
from console.exporting.taking_out import WRITERS, hidden_fields, take_out
from console.flows.export_customers import Wish
from console.management.base import TablesCommand
from console.management.lookups import connections_named, person_named
from console.management.writing import new_file
from console.models import Format

BETWEEN_TELLINGS = 5.0


class Command(TablesCommand):
    """The file is there only once it is whole, for its owner alone to read."""

    help = (
        "Writes the customers of a connection into a file, as our copy has them: a table (CSV), a workbook (XLSX) or "
        "lines of JSON, which import_customers takes in again. Fields that the pages hide are left out unless --reveal "
        "is said by somebody who may be shown them; the history of each customer then tells of it. How many those may "
        "be in an hour is limited on the pages alone: whoever runs commands holds the keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("connection", metavar="CONNECTION")
        parser.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet")
        parser.add_argument("--format", choices=[str(kind) for kind in WRITERS], help="unless the file's name says it")
        parser.add_argument("--by", metavar="USERNAME", required=True, help="who takes it, and may see customers there")
        parser.add_argument("--reveal", action="store_true", help="hidden values, too; takes the role Reveal there")
        parser.add_argument("--why", default="", metavar="REASON", help="why hidden values are needed: it is kept")

    def handle(self, *_: Any, **options: Any) -> None:
        """Exports, and says how many there were."""
        [connection] = connections_named([options["connection"]])
        path: Path = options["file"]
        by, kind = person_named(options["by"]), _format(options["format"] or path.suffix.removeprefix("."))
        wish = Wish(connection, kind, reveals=options["reveal"], reason=options["why"])
        if options["why"] and not options["reveal"]:
            raise CommandError("--why says why hidden values are needed: it goes with --reveal.")
        try:
            with new_file(path) as file:
                made = take_out(file, wish, by=by, tell=_Progress(self.stderr.write))
        except ConsoleError as problem:
            raise CommandError(str(problem)) from None
        customers = "1 customer" if made.count == 1 else f"{made.count:,} customers"
        self.stdout.write(f"{customers} in {path}, {made.size:,} bytes.")
        self.stdout.write(f"SHA-256: {made.digest}")
        labels = ", ".join(field.label for field in hidden_fields(connection.provider))
        if labels and not wish.reveals:
            self.stderr.write(f"Left out, since every page hides them: {labels}.", self.style.WARNING)


class _Progress:
    """Says every few seconds how many are written."""

    def __init__(self, write: Any) -> None:
        self._write, self._at = write, time.monotonic()

    def __call__(self, count: int) -> None:
        if time.monotonic() - self._at >= BETWEEN_TELLINGS:
            self._at = time.monotonic()
            self._write(f"{count:,} written.")


def _format(given: str) -> Format:
    if given not in WRITERS:
        kinds = ", ".join(f"--format {kind}" for kind in WRITERS)
        raise CommandError(f"Say as what to write it ({kinds}), or name a file that ends like that.")
    return Format(given)
