"""The customers of a connection as a file: read by keyset, some hundred at a time, however many there are.

Values that are hidden on every page stay out of it, unless somebody may be shown them, asks for them and says why; then
the history of each customer tells of it. That there was an export, what of and by whom, stands at the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from console.exporting.customers import write_lines, write_table
from console.exporting.files import Measured, Writable
from console.flows.making import Result
from console.flows.record import record
from console.flows.reveal import require_revealing, reveal_many
from console.models import Connection, Customer, Format, Origin, User
from console.permissions import Right, require

if TYPE_CHECKING:
    from providers.fields import Value

AT_ONCE = 500
WRITERS = {Format.CSV: write_table, Format.JSONL: write_lines}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written, and who takes it. `reason`: why hidden values are to go along; empty if they are not."""

    connection: Connection
    kind: Format
    by: User
    reason: str = ""
    reveals: bool = False

    @property
    def hidden(self) -> list[str]:
        """The fields that every page hides."""
        provider = self.connection.provider
        return [field.name for field in provider.fields if field.sensitive and field.name not in provider.identity]


def take_out(file: Writable, wanted: Wanted, *, tell: Callable[[int], object] = lambda _: None) -> Result:
    """Writes the customers of a connection, ordered by their ids, without those that were erased or forgotten.

    Raises NotPermitted, and NotFit where hidden values are asked for without a reason. `tell` is told how many are
    written, now and then.
    """
    require(wanted.by, Right.SEE, wanted.connection)
    if wanted.reveals:
        require_revealing(wanted.connection, by=wanted.by, reason=wanted.reason)
    measured, count = Measured(file.write), 0

    def records() -> Iterator[Mapping[str, Value]]:
        nonlocal count
        for some in _chunks(wanted):
            yield from map(_opened if wanted.reveals else _plain, some)
            count += len(some)
            tell(count)

    without = [] if wanted.reveals else wanted.hidden
    WRITERS[wanted.kind](measured, wanted.connection.provider, records(), without=without)
    _tell(wanted, count, measured.digest)
    return Result("", measured.size, measured.digest, count)


def _chunks(wanted: Wanted) -> Iterator[list[Customer]]:
    """By keyset along the index of ids."""
    there = Customer.objects.filter(connection=wanted.connection, erased_at=None, forgotten_at=None)
    after = ""
    while some := list(there.filter(external_id__gt=after).order_by("external_id")[:AT_ONCE]):
        after = some[-1].external_id
        if wanted.reveals:
            pks = [customer.pk for customer in some]
            shown = {each.pk: each for each in reveal_many(pks, by=wanted.by, reason=wanted.reason.strip())}
            some = [shown[pk] for pk in pks if pk in shown]
        yield some


def _plain(customer: Customer) -> Mapping[str, Value]:
    return {**customer.values, **customer.identity}


def _opened(customer: Customer) -> Mapping[str, Value]:
    return customer.record


@transaction.atomic
def _tell(wanted: Wanted, count: int, digest: str) -> None:
    about = {"format": wanted.kind, "count": count, "digest": digest}
    revealed = {"revealed": wanted.hidden} if wanted.reveals and wanted.hidden else {}
    record(wanted.connection, "bulk.exported", by=wanted.by, origin=Origin.COMMAND, details={**about, **revealed})
