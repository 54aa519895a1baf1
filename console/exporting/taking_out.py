"""The customers of a connection as a file: read by keyset, some hundred at a time, however many there are.

Values that are hidden on every page stay out of it, unless somebody may be shown them, asks for them and says why; then
the history of each customer tells of it. That there was an export, what of and by whom, stands at the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction

from console.errors import StepNotPossible
from console.exporting.customers import write_lines, write_table, write_workbook
from console.exporting.files import Measured, Pieces, Writable
from console.exporting.progress import Progress
from console.flows import making
from console.flows.export_customers import Which, Wish, begun, finish_with, found
from console.flows.making import Result
from console.flows.record import database_now, record
from console.flows.reveal import require_revealing, reveal_many
from console.listing import Criteria, Question, matching
from console.models import Connection, Customer, Export, Format, Origin, User
from console.permissions import Right, require

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from providers.base import Provider
    from providers.fields import Field, Value

AT_ONCE = 500
NOT_SEALED = (
    "Not every value that is hidden there by now is sealed yet, and history tells of sealed ones alone. Leave out what "
    "is hidden, or ask whoever runs this console to say “manage.py connection” once more, which seals the rest."
)
WRITERS = {Format.CSV: write_table, Format.XLSX: write_workbook, Format.JSONL: write_lines}


def meant(connection: Connection, which: Which) -> QuerySet[Customer]:
    """Who of a connection is asked for, without those who were erased or forgotten: of them there is no record."""
    if which.keys is not None:
        asked: QuerySet[Customer] = Customer.objects.filter(pk__in=which.keys)
    else:
        asked = matching(Question(Criteria.of(which.criteria), [connection], which.zone))
    return asked.filter(connection=connection, erased_at=None, forgotten_at=None)


def hidden_fields(provider: Provider) -> list[Field]:
    """The fields that every page hides."""
    return [field for field in provider.fields if field.sensitive and field.name not in provider.identity]


def take_out(file: Writable, wish: Wish, *, by: User, tell: Callable[[int], None] = lambda _: None) -> Result:
    """Writes a file at once, ordered by ids. `tell` is told how many are written, once in a while.

    Raises NotPermitted, and NotFit where hidden values are asked for without a reason or the format cannot hold it.
    """
    require(by, Right.SEE, wish.connection)
    reason = require_revealing(wish.connection, by=by, reason=wish.reason) if wish.reveals else ""
    measured, progress = Measured(file.write), Progress(tell)
    chunks = _chunks(meant(wish.connection, wish.which))
    if wish.reveals:
        chunks = (_revealed(some, reason, by) for some in _all_sealed(chunks, wish))
    _write(measured, wish, progress.counting(chunks))
    _tell(wish, by, progress.done, measured.digest)
    return Result("", measured.size, measured.digest, progress.done)


def make(export: Export, progress: Progress) -> None:
    """Makes a file that somebody asked for, and keeps it for them. What `progress` tells may raise what ends it."""
    wish = begun(export)
    customers, shown = meant(wish.connection, wish.which), dict[int, Collection[str]]()
    making.begin(export, total=found(customers), places=[wish.connection.pk])
    pieces, chunks = Pieces(export, lambda: progress.done), _chunks(customers)
    if wish.reveals:
        chunks = _noted(_all_sealed(chunks, wish), shown)
    measured = Measured(pieces.take)
    _write(measured, wish, progress.counting(chunks))
    pieces.end()
    made = Result(filename(wish, database_now()), measured.size, measured.digest, progress.done)
    finish_with(export, wish, made, hidden=_names(wish.connection.provider), shown=shown)


def filename(wish: Wish, at: datetime) -> str:
    """“steward-customers-3-2026-11-22.xlsx”: it ends up in places where nothing personal may be."""
    return f"steward-customers-{wish.connection.pk}-{at.astimezone(UTC):%Y-%m-%d}.{wish.kind}"


def _write(file: Measured, wish: Wish, chunks: Iterable[list[Customer]]) -> None:
    provider = wish.connection.provider
    seen = {field.name for field in provider.fields if not field.sensitive}
    record_of = _opened if wish.reveals else partial(_plain, seen)
    records = (record_of(customer) for some in chunks for customer in some)
    WRITERS[wish.kind](file, provider, records, without=[] if wish.reveals else _names(provider))


def _chunks(customers: QuerySet[Customer]) -> Iterator[list[Customer]]:
    """By keyset along the index of ids."""
    after = ""
    while some := list(customers.filter(external_id__gt=after).order_by("external_id")[:AT_ONCE]):
        after = some[-1].external_id
        yield some


def _revealed(some: list[Customer], reason: str, by: User) -> list[Customer]:
    """The same, in this order, once it is written down; without whoever was erased meanwhile."""
    shown = {each.pk: each for each in reveal_many([each.pk for each in some], by=by, reason=reason)}
    return [shown[each.pk] for each in some if each.pk in shown]


def _all_sealed(chunks: Iterable[list[Customer]], wish: Wish) -> Iterator[list[Customer]]:
    """The same; raises StepNotPossible for what is hidden by now and was not sealed yet, of which history would tell
    nothing.
    """
    names = frozenset(_names(wish.connection.provider))
    for some in chunks:
        if any(names & customer.values.keys() for customer in some):
            raise StepNotPossible(NOT_SEALED)
        yield some


def _noted(chunks: Iterable[list[Customer]], shown: dict[int, Collection[str]]) -> Iterator[list[Customer]]:
    """The same; what is hidden of whom is noted, for history."""
    for some in chunks:
        shown.update((customer.pk, tuple(customer.sealed)) for customer in some if customer.sealed)
        yield some


def _names(provider: Provider) -> list[str]:
    return [field.name for field in hidden_fields(provider)]


def _plain(seen: Collection[str], customer: Customer) -> Mapping[str, Value]:
    """Without what is sealed, but for what is `seen` on every page by now and was not put in the open yet."""
    return {**customer.values, **customer.identity} if customer.sealed.keys().isdisjoint(seen) else customer.record


def _opened(customer: Customer) -> Mapping[str, Value]:
    return customer.record


@transaction.atomic
def _tell(wish: Wish, by: User, count: int, digest: str) -> None:
    about = {"format": wish.kind, "count": count, "digest": digest}
    names = _names(wish.connection.provider) if wish.reveals else []
    revealed = {"revealed": names} if names else {}
    record(wish.connection, "bulk.exported", by=by, origin=Origin.COMMAND, details={**about, **revealed})
