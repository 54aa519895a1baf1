"""A long history in short time: events with valid chains, as years of work at two providers would have left them.

Many customers, some of them with thousands of events; forty people, of whom few do most; verbs and fields that are
frequent, and some that hardly ever occur. All of it goes to the database by COPY, and is then sealed.
"""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from console.proof.verify import event_hash
from tests.bench.filling import AT_ONCE, Rows, customer_of, owner, reserve, steps_unwatched, write

if TYPE_CHECKING:
    from django.db.models import Model

    from console.models import Connection, Customer

YEARS = timedelta(days=730)
PEOPLE = 40
A_CUSTOMER = 100  # events on the average
FIRST_NUMBER = 10_000_000  # of the customers made here
FIELDS = ("phone", "email", "address", "name", "name_last", "occupation", "nationality", "gender")
WEIGHTS = (400.0, 250.0, 200.0, 60.0, 40.0, 30.0, 8.0, 0.2)
# What happens, by how often; a change is several events.
HABITS = {
    "change": 150.0,
    "customer.refreshed": 200,
    "customer.moved": 60,
    "person.signed_in": 60,
    "person.signed_out": 40,
    "audit.searched": 25,
    "audit.opened": 10,
    "drift.accepted": 6,
    "connection.paused": 0.5,
    "connection.resumed": 0.5,
    "person.granted": 0.4,
    "customer.gone": 0.3,
    "policy.proposed": 0.1,
    "installation.restored": 0.01,
}
ENDS = {"applied": 85.0, "refused": 7, "conflict": 3, "rejected": 3, "withdrawn": 1.9, "failed": 0.1}
DETAILS: Mapping[str, Mapping[str, Any]] = {
    "audit.searched": {"query": {"kind": "change"}},
    "audit.opened": {"event": 1},
}
MOST_AT_ONCE = 10  # events that one thing leaves
QUIET = 0.9  # of all readings, those that find nothing new
COLUMNS = (
    *("id", "subject", "number", "customer_id", "at", "actor_id", "behalf_id", "verb", "origin", "request_id"),
    *("change_id", "attempt_id", "connection_id", "details", "sealed_values", "previous", "hash"),
)


@dataclass(slots=True)
class Subject:
    """One chain, as far as it goes by now; a customer's with the customer."""

    name: str
    connection: int | None = None
    customer: Customer | None = None
    length: int = 0
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class Asked:
    """A change that was made, to be written once its events are."""

    pk: int
    customer: Customer
    author: int
    at: datetime
    end: str
    field: str
    steps: int


@dataclass(slots=True)
class Past:
    """What is made as it goes on: chains, the clock, keys of rows to come, changes."""

    chance: random.Random
    customers: list[Subject]
    people: list[int]
    places: list[int]
    at: datetime
    step: timedelta
    keys: Iterator[int]
    change_keys: Iterator[int]
    others: dict[str, Subject] = field(default_factory=dict)
    changes: list[Asked] = field(default_factory=list)

    def person(self) -> int:
        """Few do most."""
        return self.people[int(len(self.people) * self.chance.random() ** 2.5)]

    def customer(self) -> Subject:
        """Some are met again and again."""
        return self.customers[int(len(self.customers) * self.chance.random() ** 2)]

    def other(self, name: str, connection: int | None = None) -> Subject:
        """A subject that is no customer."""
        subject = self.others.setdefault(name, Subject(name))
        subject.connection = connection
        return subject

    def field_of(self, customer: Customer) -> str:
        """One that it has."""
        return next(name for name in self.chance.choices(FIELDS, WEIGHTS, k=60) if name in customer.values)


def fill(total: int) -> None:
    """So many more events, with the customers, people and changes that they are about."""
    from django.db import transaction

    past = begin(total)
    with steps_unwatched(), transaction.atomic():
        copy_rows("console_event", COLUMNS, rows(past, total))
        write_changes(past.changes)
        write_heads(past)
    tidy()


def tidy() -> None:
    """What would happen by itself sooner or later."""
    for table in ("event", "mention", "change", "line", "attempt", "customer", "chain"):
        owner(f"VACUUM ANALYZE console_{table}")


def begin(total: int) -> Past:
    """The people, the customers, and a clock that comes to now with the last event."""
    from console.flows.record import database_now
    from console.models import Chain, Change, Connection, Event

    connections = list(Connection.objects.order_by("pk"))
    now = database_now()
    return Past(
        random.Random(total),  # noqa: S311 - the same history each time
        [Subject(f"customer:{each.pk}", each.connection_id, each) for each in customers(connections, total, now)],
        people(),
        [each.pk for each in connections],
        now - YEARS,
        YEARS / (total + 1),
        iter(reserve(Event, total + MOST_AT_ONCE)),
        iter(reserve(Change, total // 3 + 10)),
        {
            each.subject: Subject(each.subject, None, None, each.length, bytes(each.head))
            for each in Chain.objects.all()
        },
    )


def people() -> list[int]:
    """Forty, who do not sign in."""
    from console.models import User

    names = [f"person-{number}" for number in range(PEOPLE)]
    made = [User(username=name, first_name=name.title(), password="!") for name in names]
    User.objects.bulk_create(made, ignore_conflicts=True)
    return list(User.objects.filter(username__in=names).order_by("pk").values_list("pk", flat=True))


def customers(connections: Sequence[Connection], total: int, now: datetime) -> list[Customer]:
    """New ones, three of four at the first connection."""
    from console.models import Customer

    made = Customer.objects.filter(external_id__contains=str(FIRST_NUMBER)[:3]).count()
    numbers = range(FIRST_NUMBER + made, FIRST_NUMBER + made + max(40, total // A_CUSTOMER))
    places = [connections[0], connections[0], *connections]
    all_of_them: list[Customer] = []
    for some in batched(numbers, AT_ONCE):
        keys = reserve(Customer, len(some))
        lot = [
            customer_of(pk, number, places[number % len(places)], now) for pk, number in zip(keys, some, strict=True)
        ]
        write(Rows(customers=lot))
        all_of_them += lot
    return all_of_them


def rows(past: Past, total: int) -> Iterator[tuple[Any, ...]]:
    """Events as they are copied, in the order in which they happened; some more, so that no change is half told."""
    kinds, made = past.chance.choices(list(HABITS), list(HABITS.values()), k=total), 0
    for kind in kinds:
        for row in happens(past, kind):
            made += 1
            yield row
        if made >= total:
            return


def happens(past: Past, kind: str) -> Iterator[tuple[Any, ...]]:
    """What one thing that somebody does leaves in history."""
    subject = kind.partition(".")[0]
    if subject == "change":
        yield from change(past)
    elif subject in {"customer", "drift"}:
        yield from seen(past, kind)
    elif subject == "connection":
        place = past.chance.choice(past.places)
        yield event(past, past.other(f"connection:{place}", place), kind, past.person(), {"reason": "They asked."})
    elif subject in {"person", "audit"}:
        person = past.person()
        yield event(past, past.other(f"person:{person}"), kind, person, dict(DETAILS.get(kind, {})))
    else:
        yield event(past, past.other(f"{subject}:1"), kind, None, {})


def met(past: Past, subject: Subject, customer: Customer) -> Iterator[tuple[Any, ...]]:
    """The first sight of a customer, where this is it."""
    if not subject.length:
        names = sorted(customer.values)
        details = {"how": "imported", "fields": names, "learnt": names}
        yield event(past, subject, "customer.baseline", None, details, values=customer.values)


def seen(past: Past, verb: str) -> Iterator[tuple[Any, ...]]:
    """Something about our copy of a record."""
    subject = past.customer()
    assert subject.customer
    yield from met(past, subject, subject.customer)
    name, reads = past.field_of(subject.customer), verb == "customer.refreshed"
    if reads and past.chance.random() < QUIET:
        yield event(past, subject, verb, past.person(), {"moved": [], "fields": sorted(subject.customer.values)})
        return
    details = {"moved" if reads else "fields": [name], **({} if verb == "customer.gone" else {"learnt": [name]})}
    yield event(past, subject, verb, past.person(), details, values={name: [None, subject.customer.values[name]]})


def change(past: Past) -> Iterator[tuple[Any, ...]]:
    """All that happens to one change, until it ends."""
    subject = past.customer()
    customer = subject.customer
    assert customer
    yield from met(past, subject, customer)
    name, author, pk = past.field_of(customer), past.person(), next(past.change_keys)
    [end] = past.chance.choices(list(ENDS), list(ENDS.values()))
    value, at = customer.values[name], past.at
    asked = ("change.proposed", author)
    steps: list[tuple[str, int | None]] = [asked, ("decision.approved", past.person())]
    steps += [("change.approved", None), ("change.sending", None)]
    steps = steps if end not in {"rejected", "withdrawn"} else [asked]
    steps.append((f"change.{end}", author if end == "withdrawn" else None))
    past.changes.append(Asked(pk, customer, author, at, end, name, len([1 for verb, _ in steps if verb[0] == "c"])))
    for verb, who in steps:
        learnt = {"learnt": [name]} if end == "applied" and verb == "change.applied" else {}
        values = {name: [value, value]} if learnt or verb == "change.proposed" else None
        about: dict[str, Any] = {"change": pk, "behalf": None if who else author, "values": values}
        yield event(past, subject, verb, who, {"fields": [name], **learnt}, **about)


def event(
    past: Past,
    subject: Subject,
    verb: str,
    actor: int | None,
    details: dict[str, Any],
    *,
    change: int | None = None,
    behalf: int | None = None,
    values: dict[str, Any] | None = None,
) -> tuple[Any, ...]:
    """The next one of a chain, hashed."""
    past.at += past.step
    number, previous, at, customer = subject.length + 1, subject.head, past.at, subject.customer
    sealed = customer.key.seal("event", f"{subject.name}/{number}", values) if values and customer else None
    origin, request = ("page" if actor else "worker"), f"{past.chance.getrandbits(64):032x}" if actor else ""
    attempt = change if verb in {"change.sending", "change.applied", "change.refused"} else None
    content = {
        "subject": subject.name,
        "number": number,
        "at": round(at.timestamp() * 1_000_000),
        "actor": actor,
        "verb": verb,
        "origin": origin,
        "request": request,
        "change": change,
        "attempt": attempt,
        "details": details,
        "values": sealed.hex() if sealed else None,
        **({"behalf": behalf} if behalf else {}),
    }
    subject.length, subject.head = number, event_hash(previous, content)
    return (
        *(next(past.keys), subject.name, number, customer.pk if customer else None, at, actor, behalf, verb, origin),
        *(request, change, attempt, subject.connection, json.dumps(details), sealed, previous, subject.head),
    )


def write_changes(changes: Sequence[Asked]) -> None:
    """They with their lines, and a try for each that was sent, of the same key."""
    from console.models import Attempt, Change, Line, LineState, Outcome

    asked = [each for each in changes if each.steps > 2]
    copy_models(Change(rules_version="bench", content=b"", origin="page", epoch=1), map(change_row, changes))
    copy_models(Line(position=0, had_before=True, decision=LineState.APPROVED, waiting=False), map(line_row, changes))
    tried = Attempt(epoch=1, worker="bench", outcome=Outcome.ACCEPTED, status_code=200)
    copy_models(tried, map(attempt_row, asked))


def change_row(asked: Asked) -> dict[str, Any]:
    """What is its own of a change."""
    return {
        "id": asked.pk,
        "customer_id": asked.customer.pk,
        "connection_id": asked.customer.connection_id,
        "requester_id": asked.author,
        "idempotency_key": f"past-{asked.pk}",
        "place": asked.pk,
        "status": asked.end,
        "approved_place": asked.pk,
        "created_at": asked.at,
        "ended_at": asked.at,
        "steps": asked.steps,
        "confirmation": "accepted" if asked.end == "applied" else "",
    }


def line_row(asked: Asked) -> dict[str, Any]:
    """What is its own of a line."""
    from console.models import Change, Line

    line = Line(change=Change(pk=asked.pk, customer=asked.customer), customer=asked.customer, field=asked.field)
    line.seal(asked.customer.values[asked.field], asked.customer.values[asked.field])
    about = {"change_id": asked.pk, "customer_id": asked.customer.pk, "field": asked.field}
    sealed = {"sealed_before": line.sealed_before, "sealed_after": line.sealed_after, "digest": line.current_digest()}
    return {**about, **sealed}


def attempt_row(asked: Asked) -> dict[str, Any]:
    """What is its own of a try."""
    place = {"customer_id": asked.customer.pk, "connection_id": asked.customer.connection_id}
    return {"id": asked.pk, "change_id": asked.pk, **place, "started_at": asked.at, "ended_at": asked.at}


def write_heads(past: Past) -> None:
    """Where each chain has come to."""
    from django.db import connection

    ends = [(each.customer.pk, each.length, each.head) for each in past.customers if each.customer]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bench_head (id bigint, length int, head bytea) ON COMMIT DROP")
        copy_rows("bench_head", ("id", "length", "head"), iter(ends))
        cursor.execute(_HEADS)
        cursor.executemany(_CHAIN, [(each.name, each.length, each.head) for each in past.others.values()])


def copy_models(pattern: Model, rows: Iterator[dict[str, Any]]) -> None:
    """Rows that are like the pattern, but for what each says."""
    from django.db import connection

    fields = [each for each in pattern._meta.concrete_fields if not each.primary_key]
    common = {str(each.column): each.get_db_prep_save(getattr(pattern, each.attname), connection) for each in fields}
    first = next(rows, None)
    if first is None:
        return
    columns = tuple(dict.fromkeys([*common, *first]))

    def filled() -> Iterator[tuple[Any, ...]]:
        for row in (first, *rows):
            held = {**common, **row}
            yield tuple(held[column] for column in columns)

    copy_rows(pattern._meta.db_table, columns, filled())


def copy_rows(table: str, columns: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """By COPY."""
    from django.db import connection

    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def seal_all() -> None:
    """Every event a leaf, under a signed checkpoint; not where there is no key."""
    from console.errors import CannotSeal
    from console.flows.seal import seal

    with contextlib.suppress(CannotSeal):
        seal()
    owner("VACUUM ANALYZE console_leaf")


_HEADS = """
    UPDATE console_customer SET chain_length = bench_head.length, chain_head = bench_head.head
    FROM bench_head WHERE bench_head.id = console_customer.id
"""
_CHAIN = """
    INSERT INTO console_chain (subject, length, head) VALUES (%s, %s, %s)
    ON CONFLICT (subject) DO UPDATE SET length = excluded.length, head = excluded.head
"""
