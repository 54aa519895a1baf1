"""manage.py import_customers: takes customers from a file into the cache of a connection, or proposes changes by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import batched
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime

from console.bulk import problems
from console.errors import ConsoleError, NotATable
from console.flows import bulk as flow
from console.flows.bulk import Import
from console.flows.import_customers import ERASED_MEANWHILE
from console.flows.intake import Incoming, Source, TakenIn, take_in
from console.importing import BadRow, Understood, read
from console.management import importing
from console.management.base import TablesCommand
from console.management.lookups import connections_named, person_named
from console.management.refusals import Refusals
from console.management.tables import Table, add_table_arguments, opened
from console.management.writing import new_file
from console.models import Bulk, BulkKind, Connection, Origin, User
from console.permissions import Right, require

AT_ONCE = 500
ONLY_LOOKED = "It was only looked through, as the command asked."
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    connection: Connection
    path: Path
    by: User | None
    options: Mapping[str, Any]
    refusals: Refusals

    @property
    def as_of(self) -> datetime:
        """When the values of the file were true."""
        return _given(self.options["as_of"]) if self.options["as_of"] else _written(self.path)


class Command(TablesCommand):
    """Rows that can't be taken over are told on the error output, each with its line; the others are taken over."""

    help = (
        "Takes customers from a table (CSV or XLSX: its first row names the columns) or lines of JSON (one object a "
        "line) into the cache of a connection. Columns are named as the provider's fields are, or external_id; "
        "--column says so of others. A value that became known after the file's time is never overwritten. With "
        "--propose each row becomes a change instead, and all of them one batch to be decided on. --dry-run only says "
        "what would become of the rows. Ends with 1 if any row was refused."
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
        parser.add_argument("--propose", action="store_true", help="propose changes; nothing goes into the cache")
        parser.add_argument("--dry-run", action="store_true", help="say what would become of the rows, and do nothing")
        parser.add_argument("--by", metavar="USERNAME", help="who asks for it; --propose and --dry-run need somebody")
        parser.add_argument("--why", default="", help="with --propose: the reason of the batch")
        parser.add_argument("--reference", default="", metavar="TICKET", help="with --propose: its ticket")
        parser.add_argument(
            "--refused", type=Path, metavar="FILE.csv", help="a new file for the refused rows, the reason beside each"
        )
        add_table_arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        """Imports, and says how many rows did what."""
        _refuse_what_makes_no_sense(options)
        [connection] = connections_named([options["connection"]])
        by = person_named(options["by"]) if options["by"] else None
        goes_as_on_the_page = options["propose"] or options["dry_run"]
        try:
            with new_file(options["refused"]) if options["refused"] else nullcontext() as out:
                refusals = Refusals(out, lambda line: self.stderr.write(line, self.style.ERROR))
                asked = Asked(connection, options["file"], by, options, refusals)
                with opened(asked.path, connection.provider, options) as table:
                    refusals.begin(table.look.columns)
                    self._as_on_the_page(asked, table) if goes_as_on_the_page else self._fill(asked, table)
        except ConsoleError as problem:
            raise CommandError(str(problem)) from None
        if refusals.count:
            raise CommandError(refusals.sentence)

    def _fill(self, asked: Asked, table: Table) -> None:
        """Straight into the cache, without looking through it beforehand."""
        connection, as_of, taken = asked.connection, asked.as_of, TakenIn()
        if asked.by:
            require(asked.by, Right.PROPOSE, connection)
        self.stdout.write(f"Importing {asked.path.name} into {connection.name} as of {as_of:%Y-%m-%d %H:%M:%S %Z}.")
        self._tell_beforehand(table, connection)
        told = read(table.file, table.look, table.fields, connection.provider, table.options)
        try:
            for some in batched(_fit(told, asked.refusals), AT_ONCE):
                done = take_in(Source(connection, as_of, asked.by), [_incoming(row) for row in some])
                taken += done
                for row in some if done.erased else ():
                    if row.number in done.erased:
                        asked.refusals.add(row.number, [ERASED_MEANWHILE], row.cells)
        except NotATable:
            if taken != TakenIn():
                self._tell_counts(taken, asked.refusals)
            raise
        self._tell_counts(taken, asked.refusals)

    def _as_on_the_page(self, asked: Asked, table: Table) -> None:
        """An import of a person's, brought to its end by this command or by whichever worker takes it up."""
        by, options, connection = asked.by, asked.options, asked.connection
        if by is None:
            raise CommandError("Say who asks for it: --by USERNAME.")
        tell = importing.Progress(self.stderr.write)
        bulk = importing.uploaded(_wanted(asked), table, by=by)
        try:
            with importing.stopped_when_left(bulk, by=by):
                self._tell_beforehand(table, connection)
                bulk = importing.looked_through(bulk, table, by=by, tell=tell)
                self._tell_shapes(bulk)
                if options["dry_run"] or not importing.summary_of(bulk).wanted:
                    flow.stop(bulk.pk, by=by, note=ONLY_LOOKED, origin=Origin.COMMAND)
                else:
                    bulk = importing.carried_out(
                        bulk, by=by, why=options["why"], reference=options["reference"], tell=tell
                    )
                    self._tell_batch(bulk)
        except KeyboardInterrupt:
            told = f"Interrupted: {_address('import', bulk.pk)} says how far it came."
            raise CommandError(told, returncode=INTERRUPTED) from None
        for row in problems.refused_rows(bulk):
            asked.refusals.add(row.line, [problem.sentence for problem in row.problems], row.cells)

    def _tell_beforehand(self, table: Table, connection: Connection) -> None:
        notes = list(table.look.notes)
        if table.strange:
            strange = ", ".join(map(repr, table.strange))
            notes.append(f"{connection.provider.title} has no field {strange}: not taken over.")
        for note in notes:
            self.stderr.write(note, self.style.WARNING)

    def _tell_counts(self, taken: TakenIn, refusals: Refusals) -> None:
        counts = f"{taken.added} added, {taken.updated} updated, {taken.unchanged} unchanged"
        self.stdout.write(f"{counts}, {refusals.count} refused.")

    def _tell_shapes(self, bulk: Bulk) -> None:
        """What would become of the rows, by field, and why some are refused."""
        found = importing.summary_of(bulk)
        new = f", {found.new:,} of them new" if found.new else ""
        counts = f"{found.wanted:,} would change{new}, {found.stays:,} stay as they are, {found.refused:,} refused"
        self.stdout.write(f"{found.rows:,} row{'' if found.rows == 1 else 's'}: {counts}.")
        for one in found.fields:
            self.stdout.write(f"  {one.label}: {one.sentence}")
        for reason in found.reasons:
            label = f"{reason.label}: " if reason.label else ""
            self.stdout.write(f"  refused {reason.count:,}: {label}{reason.sentence}")

    def _tell_batch(self, bulk: Bulk) -> None:
        batch = bulk.batch
        if batch:
            made = bulk.summary["proposed"]["made"]
            changes = "1 change" if made == 1 else f"{made:,} changes"
            state, address = batch.get_status_display(), _address("batch", batch.pk)
            self.stdout.write(f"Batch {batch.pk}, “{batch.title}”: {changes}. {state}: {address}")


def _wanted(asked: Asked) -> Import:
    options = asked.options
    kind = BulkKind.PROPOSE if options["propose"] else BulkKind.FILL
    return Import(
        asked.connection,
        kind,
        asked.path.name,
        asked.path.stat().st_size,
        importing.new_key(),
        None if options["propose"] else asked.as_of,
        options["encoding"] or "",
        "\t" if options["delimiter"] == "tab" else options["delimiter"] or "",
        options["sheet"] or "",
    )


def _fit(told: Iterator[Understood | BadRow], refusals: Refusals) -> Iterator[Understood]:
    """The rows that can be taken over; the others are told."""
    for row in told:
        if isinstance(row, BadRow):
            refusals.add(row.number, [row.message], [row.text])
        elif row.problems:
            refusals.add(row.number, [problem.message for problem in row.problems], row.cells)
        else:
            yield row


def _incoming(row: Understood) -> Incoming:
    return Incoming(row.number, row.identity, row.values)


def _address(name: str, pk: int) -> str:
    return f"{settings.STEWARD_URL}{reverse(name, args=[pk])}"


def _refuse_what_makes_no_sense(options: Mapping[str, Any]) -> None:
    if options["propose"] and options["as_of"]:
        raise CommandError("--as-of is for filling the cache: what is proposed is compared with what is known now.")
    if not options["propose"] and (options["why"] or options["reference"]):
        raise CommandError("--why and --reference are those of a batch: they go with --propose.")


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
