"""manage.py import_customers: takes customers from a file into the cache of a connection."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime

from console.flows.import_customers import Report, import_customers
from console.management.base import TablesCommand
from console.management.lookups import connections_named
from console.management.tables import NotATable, Table
from console.models import Connection


class Command(TablesCommand):
    """Rows that can't be taken over are told on the error output, each with its line; the others are taken over."""

    help = (
        "Takes customers from a CSV file (its first line names the columns) or a JSONL file (one object a line) into "
        "a connection's cache. Columns are called as the provider's fields are, or external_id. A value that became "
        "known after the file's time is never overwritten. Ends with 1 if any row was refused."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Says what can be given."""
        parser.add_argument("file", type=Path, metavar="FILE.csv|FILE.jsonl")
        parser.add_argument("--connection", required=True, metavar="NAME")
        parser.add_argument(
            "--as-of",
            metavar="TIME",
            help="when the values were true, such as 2026-03-01 or 2026-03-01T09:30+01:00, UTC if no zone is said; "
            "without it, when the file was last written",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Imports, and says how many rows did what."""
        [connection] = connections_named([options["connection"]])
        path: Path = options["file"]
        try:
            with Table(path) as table:
                as_of = _given(options["as_of"]) if options["as_of"] else _written(path)
                self.stdout.write(f"Importing {path.name} into {connection.name} as of {as_of:%Y-%m-%d %H:%M:%S %Z}.")
                self._tell_strange_columns(table, connection)
                report = import_customers(connection, table.rows(), as_of=as_of)
        except NotATable as problem:
            raise CommandError(str(problem)) from None
        self._tell(report, [*table.problems, *report.problems])

    def _tell_strange_columns(self, table: Table, connection: Connection) -> None:
        names = {field.name for field in connection.provider.fields} | {*connection.provider.identity, "external_id"}
        if strange := [name for name in table.columns if name not in names]:
            self.stderr.write(
                f"{connection.provider.title} has no field {', '.join(map(repr, strange))}: not taken over.",
                self.style.WARNING,
            )

    def _tell(self, report: Report, problems: list[str]) -> None:
        for problem in sorted(problems, key=_line):
            self.stderr.write(problem, self.style.ERROR)
        lines = len({_line(problem) for problem in problems})
        counts = f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged"
        self.stdout.write(f"{counts}, {lines} refused.")
        if lines:
            raise CommandError(f"{lines} {'row was' if lines == 1 else 'rows were'} refused: the lines above say why.")


def _line(problem: str) -> int:
    return int(problem.removeprefix("line ").partition(":")[0])


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
