"""manage.py import_customers: takes customers from a file into the cache of a connection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from itertools import batched
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from console.errors import NotATable
from console.flows.import_customers import ERASED_MEANWHILE
from console.flows.intake import Incoming, Source, TakenIn, take_in
from console.importing import BadRow, Understood, read
from console.management.base import TablesCommand
from console.management.lookups import connections_named
from console.management.tables import Table, add_table_arguments, opened
from console.models import Connection

AT_ONCE = 500


@dataclass(slots=True)
class Report:
    """What became of the rows so far; `refused` counts those that were told."""

    taken: TakenIn = field(default_factory=TakenIn)
    refused: int = 0


class Command(TablesCommand):
    """Rows that can't be taken over are told on the error output, each with its line; the others are taken over."""

    help = (
        "Takes customers from a table (CSV or XLSX: its first row names the columns) or lines of JSON (one object a "
        "line) into a connection's cache, however many they are. Columns are called as the provider's fields are, or "
        "external_id; --column says so of others. A value that became known after the file's time is never "
        "overwritten. Ends with 1 if any row was refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("file", type=Path, metavar="FILE.csv|FILE.xlsx|FILE.jsonl")
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument(
            "--as-of",
            metavar="TIME",
            help="when the values were true, such as 2026-03-01 or 2026-03-01T09:30+01:00, UTC if no zone is said; "
            "without it, when the file was last written",
        )
        add_table_arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        """Imports, and says how many rows did what."""
        [connection] = connections_named([options["connection"]])
        path: Path = options["file"]
        report = Report()
        try:
            with opened(path, connection.provider, options) as table:
                as_of = _given(options["as_of"]) if options["as_of"] else _written(path)
                self.stdout.write(f"Importing {path.name} into {connection.name} as of {as_of:%Y-%m-%d %H:%M:%S %Z}.")
                self._tell_beforehand(table, connection)
                self._import(table, Source(connection, as_of), report)
        except NotATable as problem:
            if report.taken != TakenIn():
                self._tell_counts(report)
            raise CommandError(str(problem)) from None
        self._tell_counts(report)
        if report.refused:
            rows = "row was" if report.refused == 1 else "rows were"
            raise CommandError(f"{report.refused} {rows} refused: the lines above say why.")

    def _import(self, table: Table, source: Source, report: Report) -> None:
        told = read(table.file, table.look, table.fields, source.connection.provider, table.options)
        for some in batched(self._fit(told, report), AT_ONCE):
            taken = take_in(source, [Incoming(one.number, one.identity, one.values) for one in some])
            report.taken += taken
            for number in taken.erased:
                self._refuse(report, number, [ERASED_MEANWHILE])

    def _fit(self, told: Iterator[Understood | BadRow], report: Report) -> Iterator[Understood]:
        """The rows that can be taken over; the others are told."""
        for row in told:
            if isinstance(row, BadRow):
                self._refuse(report, row.number, [row.message])
            elif row.problems:
                self._refuse(report, row.number, [problem.message for problem in row.problems])
            else:
                yield row

    def _refuse(self, report: Report, number: int, sentences: list[str]) -> None:
        report.refused += 1
        for sentence in sentences:
            self.stderr.write(f"line {number}: {sentence}", self.style.ERROR)

    def _tell_beforehand(self, table: Table, connection: Connection) -> None:
        notes = list(table.look.notes)
        if table.strange:
            strange = ", ".join(map(repr, table.strange))
            notes.append(f"{connection.provider.title} has no field {strange}: not taken over.")
        for note in notes:
            self.stderr.write(note, self.style.WARNING)

    def _tell_counts(self, report: Report) -> None:
        taken = report.taken
        counts = f"{taken.added} added, {taken.updated} updated, {taken.unchanged} unchanged"
        self.stdout.write(f"{counts}, {report.refused} refused.")


def _given(text: str) -> datetime:
    """The moment that was typed; raises CommandError for no moment and for one to come, which would hide later news."""
    try:
        moment, day = parse_datetime(text), parse_date(text)
    except ValueError:
        moment = day = None
    if moment is None and day is None:
        raise CommandError("--as-of is a time such as 2026-03-01 or 2026-03-01T09:30+01:00.")
    moment = moment or datetime.combine(day, time.min)  # type: ignore[arg-type]  # one of both is there
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > datetime.now(UTC):
        raise CommandError("--as-of is in the future: nothing can be known from then.")
    return moment


def _written(path: Path) -> datetime:
    """When the file was last written, never later than now."""
    return datetime.fromtimestamp(min(path.stat().st_mtime, datetime.now(UTC).timestamp()), UTC)
