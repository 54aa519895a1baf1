"""Intake: takes many customers into the cache at once, as `adopt` and an update by import would one by one.

Everything about some hundred of them is written by a few statements: what takes the time of one customer is thinking,
not asking. A chunk is one transaction, so that whoever stops between two leaves nothing half done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db import connection as database

from console.flows import drift
from console.flows.adopt import baseline
from console.flows.record import collected, database_now, record
from console.models import Connection, Customer, Known, Origin, User
from console.models.customers import LEARNT
from console.models.rows import copied, copy_in, reserved, update_all
from console.models.terms import index_new

if TYPE_CHECKING:
    from providers.fields import Value

TRIES = 3


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


def take_in(source: Source, customers: Sequence[Incoming]) -> TakenIn:
    """Adds those that are new and brings the others up to date, in one transaction: the caller's, if one is open.

    A value that became known after the source's moment is not overwritten. Of one id that comes twice, the later one
    is an update of the earlier one. Raises IntegrityError where others add the same customers again and again.
    """
    taken = TakenIn()
    for some in _each_once(source.connection, customers):
        taken += _take_in(source, some)
    return taken


def _each_once(connection: Connection, customers: Sequence[Incoming]) -> Iterator[Mapping[str, Incoming]]:
    """The customers by their external ids, in as many rounds as one of them comes."""
    rest = [(connection.provider.external_id(each.identity), each) for each in customers]
    while rest:
        first: dict[str, Incoming] = {}
        again = []
        for external_id, each in rest:
            if external_id in first:
                again.append((external_id, each))
            else:
                first[external_id] = each
        yield first
        rest = again


def _take_in(source: Source, by_id: Mapping[str, Incoming]) -> TakenIn:
    for _ in range(TRIES - 1):
        try:
            with transaction.atomic():
                return _take_in_or_fail(source, by_id)
        except IntegrityError:  # somebody else adds one of them at this moment; then it is there
            continue
    with transaction.atomic():
        return _take_in_or_fail(source, by_id)


def _take_in_or_fail(source: Source, by_id: Mapping[str, Incoming]) -> TakenIn:
    there = _keys(source.connection, list(by_id))
    new = {external_id: each for external_id, each in by_id.items() if external_id not in there}
    known = {pk: by_id[external_id] for external_id, pk in there.items()}
    taken = _update(source, known) if known else TakenIn()
    if new:
        _add(source, new)
        taken.added = len(new)
    return taken


def _keys(connection: Connection, external_ids: list[str]) -> dict[str, int]:
    with database.cursor() as cursor:
        cursor.execute(_THERE, [connection.pk, external_ids])
        return dict(cursor.fetchall())


_THERE = "SELECT external_id, id FROM console_customer WHERE connection_id = %s AND external_id = ANY(%s::varchar[])"


def _add(source: Source, new: Mapping[str, Incoming]) -> None:
    """Their rows, their baselines and what they are found by."""
    now, keys = database_now(), reserved(Customer, len(new))
    with collected() as events:
        customers = [_new(source, pk, now, *each) for pk, each in zip(keys, new.items(), strict=True)]
    copy_in(customers)
    copy_in(events)
    index_new(customers)
    if blind := [term for customer in customers for term in customer.blind_terms_now()]:
        copied(blind, "console_blindterm", "customer_id, key, field, digest")


def _new(source: Source, pk: int, now: datetime, external_id: str, incoming: Incoming) -> Customer:
    customer = Customer(pk=pk, connection=source.connection, identity=dict(incoming.identity), external_id=external_id)
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
