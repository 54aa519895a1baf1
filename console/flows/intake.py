"""Intake: takes many customers into the cache at once, as `adopt` and an update by import would one by one.

Everything about some hundred of them is written by a few statements: what takes the time of one customer is thinking,
not asking. A chunk is one transaction, so that whoever stops between two leaves nothing half done. Of many chunks the
next one is thought out by a thread while the database stores the last one.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db import connection as database

from console.flows import drift
from console.flows.adopt import baseline
from console.flows.record import collected, database_now, record
from console.models import Connection, Customer, Known, Origin, User
from console.models.customers import LEARNT
from console.models.rows import Copied, as_copied, copied, copy_in, made, reserved, update_all
from console.models.terms import indexed_new

if TYPE_CHECKING:
    from providers.fields import Value

TRIES = 3
GARBAGE_AFTER = 100_000  # new objects that hold others; a piece makes some ten thousand


@dataclass(frozen=True, slots=True)
class Incoming:
    """A customer as a provider has it, in stored form; `row` tells it from the others."""

    row: int
    identity: Mapping[str, Value]
    values: Mapping[str, Value]


@dataclass(slots=True)
class TakenIn:
    """What became of them; `erased` are the rows of those whose values are gone for good."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    erased: list[int] = field(default_factory=list)

    def __add__(self, other: TakenIn) -> TakenIn:
        return TakenIn(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            [*self.erased, *other.erased],
        )


@dataclass(frozen=True, slots=True)
class Source:
    """Where customers are taken in, as of when their values are true, and by whom."""

    connection: Connection
    as_of: datetime
    by: User | None = None
    origin: Origin = Origin.IMPORT


@dataclass(frozen=True, slots=True)
class _Looked:
    """Customers by their external ids, the keys of those who are there, and what the others need to be made."""

    by_id: Mapping[str, Incoming]
    there: Mapping[str, int]
    keys: Sequence[int]
    now: datetime

    @property
    def new(self) -> dict[str, Incoming]:
        return {external_id: each for external_id, each in self.by_id.items() if external_id not in self.there}

    @property
    def known(self) -> dict[int, Incoming]:
        return {pk: self.by_id[external_id] for external_id, pk in self.there.items()}


@dataclass(frozen=True, slots=True)
class Ready:
    """Customers who were looked at, and the rows of those who were not there; `again`: those of ids that came twice."""

    looked: _Looked
    rows: Callable[[], Sequence[Copied]]
    again: Sequence[Incoming] = ()


def take_in(source: Source, customers: Sequence[Incoming]) -> TakenIn:
    """Adds those that are new and brings the others up to date, in one transaction: the caller's, if one is open.

    A value that became known after the source's moment is not overwritten. Of one id that comes twice, the later one
    is an update of the earlier one. Raises IntegrityError where others add the same customers again and again.
    """
    return keep(source, _ready(source, customers)) if customers else TakenIn()


def ahead[T](source: Source, pieces: Iterable[tuple[T, Sequence[Incoming]]]) -> Iterator[tuple[T, Ready]]:
    """Many customers, piece by piece, each to be handed to `keep`: while the database stores one, a thread makes what
    the next one comes to. It asks the database nothing, so whoever iterates alone does.
    """
    with ThreadPoolExecutor(1, "intake") as thread, _garbage_looked_for_seldom():
        last: tuple[T, Ready] | None = None
        for about, customers in pieces:
            following = about, _ready(source, customers, thread)
            if last:
                yield last
            last = following
        if last:
            yield last


@contextlib.contextmanager
def _garbage_looked_for_seldom() -> Iterator[None]:
    """Python looks through all objects after every so many new ones. What a piece is made of is no garbage: to look
    through it several times took a tenth of what making it takes.
    """
    before = gc.get_threshold()
    gc.set_threshold(GARBAGE_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def keep(source: Source, ready: Ready) -> TakenIn:
    """Takes in what was made ready, as `take_in` does."""
    taken = _keep(source, ready)
    return taken + take_in(source, ready.again) if ready.again else taken


def _ready(source: Source, customers: Sequence[Incoming], thread: ThreadPoolExecutor | None = None) -> Ready:
    by_id: dict[str, Incoming] = {}
    external_id = source.connection.provider.external_id
    again = [each for each in customers if by_id.setdefault(external_id(each.identity), each) is not each]
    looked = _look(source, by_id)
    if thread is None:
        return Ready(looked, partial(_rows, source, looked), again)
    return Ready(looked, thread.submit(copy_context().run, _rows, source, looked).result, again)


def _keep(source: Source, ready: Ready) -> TakenIn:
    for _ in range(TRIES - 1):
        try:
            with transaction.atomic():
                return _keep_or_fail(source, ready)
        except IntegrityError:  # somebody else added one of them meanwhile; then it is there
            looked = _look(source, ready.looked.by_id)
            ready = Ready(looked, partial(_rows, source, looked))
    with transaction.atomic():
        return _keep_or_fail(source, ready)


def _keep_or_fail(source: Source, ready: Ready) -> TakenIn:
    known = ready.looked.known
    taken = _update(source, known) if known else TakenIn()
    for rows in ready.rows():
        copied(*rows)
    taken.added = len(ready.looked.keys)
    return taken


def _look(source: Source, by_id: Mapping[str, Incoming]) -> _Looked:
    there = _keys(source.connection, list(by_id))
    return _Looked(by_id, there, reserved(Customer, len(by_id) - len(there)), database_now())


def _keys(connection: Connection, external_ids: list[str]) -> dict[str, int]:
    with database.cursor() as cursor:
        cursor.execute(_THERE, [connection.pk, external_ids])
        return dict(cursor.fetchall())


_THERE = "SELECT external_id, id FROM console_customer WHERE connection_id = %s AND external_id = ANY(%s::varchar[])"


def _rows(source: Source, looked: _Looked) -> Sequence[Copied]:
    """What is to be written of those who are new: their rows, their baselines and what they are found by. Pure."""
    if not looked.keys:
        return ()
    new = zip(looked.keys, looked.new.items(), strict=True)
    with collected() as events:
        customers = [_new(source, pk, looked.now, *each) for pk, each in new]
    blind = [term for customer in customers for term in customer.blind_terms_now()]
    told = (as_copied(customers), as_copied(events), *indexed_new(customers))
    return (*told, (blind, "console_blindterm", "customer_id, key, field, digest")) if blind else told


def _new(source: Source, pk: int, now: datetime, external_id: str, incoming: Incoming) -> Customer:
    identity = dict(incoming.identity)
    customer = made(Customer, id=pk, connection=source.connection, identity=identity, external_id=external_id)
    vars(customer).update(locked_at=now)  # as if its row, which nobody sees yet, had been locked just now
    customer.new_key()
    if not customer.learn(incoming.values, how=Known.IMPORTED, at=source.as_of):
        customer.describe()
    customer.version = 1
    baseline(customer, incoming.values, how=Known.IMPORTED, at=source.as_of, by=source.by, origin=source.origin)
    return customer


def _update(source: Source, known: Mapping[int, Incoming]) -> TakenIn:
    taken = TakenIn()
    customers = Customer.objects.locked(known)
    taken.erased = [known[customer.pk].row for customer in customers if customer.is_erased]
    customers = [customer for customer in customers if not customer.is_erased]
    with collected() as events:
        for customer in customers:
            moved = _learn(source, customer, known[customer.pk].values)
            taken.updated += moved
            taken.unchanged += not moved
    if customers:
        update_all(customers, [*LEARNT, "chain_length", "chain_head"])
    if events:
        copy_in(events)
    for customer in customers:
        if customer.is_found_by_other_words:
            customer.index()
    return taken


def _learn(source: Source, customer: Customer, values: Mapping[str, Value]) -> bool:
    """Whether anything is another value now than we knew."""
    older = {name: value for name, value in values.items() if not customer.known_after(name, source.as_of)}
    before = customer.record
    moved = customer.learn(older, how=Known.IMPORTED, at=source.as_of)
    drift.end_returned(customer, moved)
    if moved:
        now = customer.record
        record(
            customer,
            "customer.imported",
            by=source.by,
            origin=source.origin,
            details={"moved": moved, "as of": source.as_of.isoformat()},
            values={name: [before.get(name), now.get(name)] for name in moved},
            learnt=moved,
        )
    return bool(moved)
