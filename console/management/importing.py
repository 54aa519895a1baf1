"""An import that a command makes as the page makes one: uploaded, looked through, carried out, followed to its end."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from django.core.management.base import CommandError
from django.db import DatabaseError

from console.bulk import work_on_one
from console.dry_run import Summary
from console.errors import ConsoleError
from console.flows import bulk as flow
from console.flows.bulk import Import
from console.flows.uploads import PIECE
from console.management.tables import Table
from console.models import Bulk, BulkStatus, Origin, User
from console.models.bulk import BULK_AT_WORK

BETWEEN_LOOKS = 0.5
BETWEEN_TELLINGS = 5.0
ENDED_BY_THE_COMMAND = "The command that made it came to an end before it did."


def uploaded(wanted: Import, table: Table, *, by: User) -> Bulk:
    """An import whose file came whole."""
    bulk = flow.begin(wanted, by=by)
    table.file.seek(0)
    at = 0
    while data := table.file.read(PIECE):
        at = flow.take_piece(bulk.pk, at=at, data=data, by=by).bytes_kept
    return bulk


def looked_through(bulk: Bulk, table: Table, *, by: User, tell: Callable[[Bulk], object]) -> Bulk:
    """Its columns assigned as the options have them, and nothing carried out; raises CommandError where it ended."""
    followed(bulk, BulkStatus.MAPPING, tell)
    columns, stored = table.look.columns, table.options.stored()
    flow.assign(bulk.pk, mapping=table.fields, options=stored, columns=columns, by=by)
    return followed(bulk, BulkStatus.CHECKED, tell)


def carried_out(bulk: Bulk, *, by: User, why: str, reference: str, tell: Callable[[Bulk], object]) -> Bulk:
    """Carried out to its end; once more looked through where the rules changed meanwhile."""
    while bulk.status == BulkStatus.CHECKED:
        flow.carry_out(bulk.pk, by=by, why=why, reference=reference, origin=Origin.COMMAND)
        bulk = _at_rest(bulk, tell)
    return _ended_well(bulk, BulkStatus.DONE)


@contextmanager
def stopped_when_left(bulk: Bulk, *, by: User) -> Iterator[None]:
    """Whatever ends the command, also whoever interrupts it, ends the import: nobody else would see to it."""
    try:
        yield
    except BaseException:
        with suppress(ConsoleError, DatabaseError):
            flow.stop(bulk.pk, by=by, note=ENDED_BY_THE_COMMAND, origin=Origin.COMMAND)
        raise


def new_key() -> str:
    """What makes this import one of its own."""
    return f"command-{secrets.token_urlsafe(16)}"


def summary_of(bulk: Bulk) -> Summary:
    """What looking through found, counted."""
    return Summary.of(bulk.summary.get("shapes", {}), {}, bulk.connection.provider)


class Progress:
    """Tells of each step of an import as it begins, and every few seconds how far it is."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write, self._status, self._at, self._begun_at = write, "", 0.0, (0.0, 0)

    def __call__(self, bulk: Bulk) -> None:
        """Called whenever it may be further."""
        now = time.monotonic()
        is_new = bulk.status != self._status
        if bulk.state not in BULK_AT_WORK or (not is_new and now - self._at < BETWEEN_TELLINGS):
            return
        if is_new:
            self._begun_at = now, bulk.done
        self._status, self._at = bulk.status, now
        self._write(f"{bulk.state.label}{self._far(bulk, now)}")

    def _far(self, bulk: Bulk, now: float) -> str:
        """“: 12,000 of 1,000,000 rows, 2,400 a second”."""
        since, begun = self._begun_at
        if bulk.done <= begun or now <= since:
            return "."
        of = f" of {bulk.rows:,}" if bulk.rows else ""
        return f": {bulk.done:,}{of} rows, {(bulk.done - begun) / (now - since):,.0f} a second."


def followed(bulk: Bulk, to: BulkStatus, tell: Callable[[Bulk], object]) -> Bulk:
    """The work once it waits for a person; raises CommandError where that is otherwise than it should."""
    return _ended_well(_at_rest(bulk, tell), to)


def _at_rest(bulk: Bulk, tell: Callable[[Bulk], object]) -> Bulk:
    """The work as it is once nothing waits for a worker: what none has taken up is done here."""
    while True:
        now = Bulk.objects.select_related("connection", "owner", "batch").get(pk=bulk.pk)
        tell(now)
        if not now.state.is_at_work:
            return now
        if not work_on_one(bulk.pk, tell):
            time.sleep(BETWEEN_LOOKS)


def _ended_well(bulk: Bulk, to: BulkStatus) -> Bulk:
    if bulk.status != to:
        raise CommandError(bulk.note or f"It is {bulk.state.label.lower()} by now: somebody else went on with it.")
    return bulk
