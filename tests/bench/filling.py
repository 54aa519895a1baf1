"""Many customers in short time, as importing, editing and sending them one by one would have left them.

Each has its own data key, its search terms and its history; every fifth one was changed once, and that was applied.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from tests.bench.records import records_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from console.models import Attempt, Change, Connection, Customer, Event, Line, User

AT_ONCE = 1000
CHANGED = 5  # one of so many
STEPS = (
    ("console_change", "change_takes_a_step"),
    ("console_change", "beginning_has_its_event"),
    ("console_change", "step_has_its_event"),
    ("console_event", "event_tells_of_a_step"),
)
EVERY = timedelta(minutes=10)  # so the history of 100,000 reaches back for two years


@dataclass(slots=True)
class Rows:
    """What is to be written for some customers."""

    customers: list[Customer] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def __iter__(self) -> Iterator[Sequence[Model]]:
        """Table by table, each after those it refers to."""
        return iter((self.customers, self.changes, self.lines, self.attempts, self.events))


def fill(connections: Sequence[Connection], numbers: range) -> None:
    """Makes the customers with these numbers, in turn at the connections."""
    from console.flows.record import database_now
    from console.models import User

    ed, now = User.objects.get(username="ed"), database_now()
    with steps_unwatched():
        for some in batched(numbers, AT_ONCE):
            write(rows_of(some, connections, ed, now))
    tidy()


def rows_of(numbers: Sequence[int], connections: Sequence[Connection], ed: User, now: datetime) -> Rows:
    """Everything about some customers, with the keys of the rows chosen beforehand since events are told by them."""
    from console.models import Attempt, Change, Customer, Line

    rows = Rows()
    keys, changed = reserve(Customer, len(numbers)), reserve(Change, len(numbers) // CHANGED + 1)
    lines, attempts = reserve(Line, len(changed)), reserve(Attempt, len(changed))
    for number, pk in zip(numbers, keys, strict=True):
        customer = customer_of(pk, number, connections[number % len(connections)], now)
        rows.customers.append(customer)
        then = now - number * EVERY
        known = sorted(customer.values)
        details = {"how": "imported", "fields": known, "learnt": known, "connection": customer.connection_id}
        tell(rows, customer, "customer.baseline", then, details)
        if number % CHANGED == 0:
            edit(rows, customer, ed, then, (changed.pop(), lines.pop(), attempts.pop()))
    return rows


def customer_of(pk: int, number: int, connection: Connection, now: datetime) -> Customer:
    """One customer with its values, as an import takes it in."""
    from console.models import Customer, Known

    identity, values = records_of(connection.provider_slug, number)
    customer = Customer(pk=pk, connection=connection, identity=identity)
    customer.external_id = connection.provider.external_id(identity)
    customer.new_key()
    customer.learn(values, how=Known.IMPORTED, at=now)
    customer.version, customer.created_at = 1, now
    customer.describe()
    return customer


def edit(rows: Rows, customer: Customer, ed: User, now: datetime, keys: tuple[int, int, int]) -> None:
    """A change of the phone number that was sent and applied."""
    from console.models import Attempt, Change, Confirmation, Kind, Line, LineState, Origin, Outcome, Status

    change = Change(pk=keys[0], customer=customer, connection=customer.connection, requester=ed, content=b"")
    change.idempotency_key, change.origin, change.rules_version = f"fill-{change.pk}", Origin.PAGE, "bench"
    change.place, change.approved_place, change.status = 1, 2, Status.APPLIED
    change.confirmation, change.epoch, change.tries, change.steps = Confirmation.ACCEPTED, 1, 1, 4
    change.created_at = change.approved_at = change.ended_at = change.first_sent_at = now
    line = Line(pk=keys[1], change=change, customer=customer, field="phone", position=0, had_before=True)
    line.seal(customer.phone, customer.phone)
    line.digest, line.decision, line.waiting = line.current_digest(), LineState.APPROVED, False
    attempt = Attempt(pk=keys[2], change=change, customer=customer, connection=customer.connection, kind=Kind.PUSH)
    attempt.epoch, attempt.worker, attempt.outcome = 1, "bench", Outcome.ACCEPTED
    attempt.status_code, attempt.started_at, attempt.ended_at = 200, now, now
    customer.places = 2
    rows.changes.append(change)
    rows.lines.append(line)
    rows.attempts.append(attempt)
    for verb in ("proposed", "approved", "sending", "applied"):
        tell(rows, customer, f"change.{verb}", now, {"fields": ["phone"]}, actor=ed, change=change, origin=Origin.PAGE)


def tell(rows: Rows, customer: Customer, verb: str, now: datetime, details: dict[str, Any], **about: Any) -> None:
    """The next event of the customer's chain."""
    from console.models import Event, Origin

    event = Event(subject=f"customer:{customer.pk}", number=customer.chain_length + 1, customer=customer, at=now)
    event.verb, event.origin, event.details = verb, Origin.IMPORT, details
    event.previous, event.connection_id = customer.chain_head, customer.connection_id
    for name, value in about.items():
        setattr(event, name, value)
    event.sealed_values = customer.key.seal("event", f"{event.subject}/{event.number}", {"phone": customer.phone})
    event.hash = event.computed_hash()
    customer.chain_length, customer.chain_head = event.number, event.hash
    rows.events.append(event)


def write(rows: Rows) -> None:
    """In one transaction; search terms, which are many, by COPY."""
    from django.db import transaction

    from console.models.terms import index_new

    with transaction.atomic():
        for table in rows:
            if table:
                type(table[0])._default_manager.bulk_create(table)
        index_new(rows.customers)


def reserve(model: type[Model], count: int) -> list[int]:
    """So many keys of a table, taken from its sequence."""
    from django.db import connection

    with connection.cursor() as cursor:
        sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        cursor.execute(sequence, [model._meta.db_table, count])
        return list(itertools.chain.from_iterable(cursor.fetchall()))


@contextlib.contextmanager
def steps_unwatched() -> Iterator[None]:
    """Lets changes be written that stand at their end already: their steps would take most of the time."""
    for table, trigger in STEPS:
        owner(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    try:
        yield
    finally:
        for table, trigger in STEPS:
            owner(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def tidy() -> None:
    """What would happen by itself sooner or later, and then disturb."""
    for table in ("customer", "searchterm", "searchtext", "change", "line", "attempt", "event", "mention"):
        owner(f"VACUUM ANALYZE console_{table}")


def owner(statement: str) -> None:
    """Runs a statement that only the owner of the tables may."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)
