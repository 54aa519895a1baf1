"""Record: the one writer of history, in the same transaction as what it tells of."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection as database

from console.models import (
    Attempt,
    Batch,
    Chain,
    Change,
    Connection,
    Customer,
    Event,
    Installation,
    Origin,
    Policy,
    Review,
    Status,
    User,
)
from console.models.rows import execute, insert, made, update

if TYPE_CHECKING:
    from providers.fields import Value

type Subject = Customer | Connection | User | Policy | Review | Batch | Installation
"""Whatever has a chain of its own."""

_unwritten: ContextVar[tuple[Customer | None, list[Event]]] = ContextVar("unwritten", default=(None, []))
_collected: ContextVar[list[Event] | None] = ContextVar("collected", default=None)


def database_now() -> datetime:
    """The database's clock, UTC: the only clock that history knows."""
    with database.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [now] = cursor.fetchone()
    return now  # type: ignore[no-any-return]  # a cursor's row is untyped


def moment(customer: Customer) -> datetime:
    """The database's clock: as it was when this customer's row was locked, or, if it was not, as it is now."""
    return getattr(customer, "locked_at", None) or database_now()


def record(  # noqa: PLR0913 - an event has that much to say
    subject: Subject,
    verb: str,
    *,
    by: User | None,
    origin: Origin,
    change: Change | None = None,
    attempt: Attempt | None = None,
    details: Mapping[str, Any] | None = None,
    values: Mapping[str, Value | list[Value]] | None = None,
    learnt: Collection[str] = (),
) -> Event:
    """Appends one event to the chain of its subject and gives it back.

    A customer's row must be locked by the caller, its object fresh: the head of its chain lives on it, and so does the
    count of its places, which is written with it. `details` holds no personal value; `values` are sealed with the
    customer's key, and the hash covers their ciphertext. `learnt` names the fields of which our copy holds another
    value by it; those values stand in `values`, each alone or as the second of a pair. What the console does by itself
    for a change, it does on its author's behalf.
    """
    head = _head(subject)
    event = made(
        Event,
        subject=_name(subject),
        number=head[0] + 1,
        customer=subject if isinstance(subject, Customer) else None,
        at=moment(subject) if isinstance(subject, Customer) else database_now(),
        actor=by,
        behalf_id=change.requester_id if change and by is None else None,
        verb=verb,
        origin=origin,
        request_id=structlog.contextvars.get_contextvars().get("request", ""),
        change=change,
        attempt=attempt,
        connection_id=_connection_of(subject),
        details=_exact(dict(details or {})) | ({"learnt": sorted(learnt)} if learnt else {}),
        previous=head[1],
    )
    if values and isinstance(subject, Customer):
        event.sealed_values = subject.key.seal("event", f"{event.subject}/{event.number}", dict(values))
    event.hash = event.computed_hash()
    _append(subject, event)
    return event


@contextlib.contextmanager
def together(customer: Customer) -> Iterator[None]:
    """Writes what is recorded of this customer in the block at its end: all events, and the chain's head once."""
    events: list[Event] = []
    token = _unwritten.set((customer, events))
    try:
        yield
    finally:
        _unwritten.reset(token)
    if events:
        insert(events)
        _write_head(customer)


@contextlib.contextmanager
def collected() -> Iterator[list[Event]]:
    """Gives what is recorded of customers in the block, unwritten, to whoever writes that of many customers at once:
    these events, and the heads of the chains, which stand on the customers' objects.
    """
    events: list[Event] = []
    token = _collected.set(events)
    try:
        yield events
    finally:
        _collected.reset(token)


def take_step(
    change: Change,
    to: Status,
    *,
    by: User | None,
    origin: Origin,
    attempt: Attempt | None = None,
    details: Mapping[str, Any] | None = None,
    values: Mapping[str, Value | list[Value]] | None = None,
    learnt: Collection[str] = (),
    **changed: Any,
) -> Event:
    """Moves a change one step and writes the one event of it. The customer's row must be locked.

    A line no longer waits once it was sent or its change has ended: then the next wish for that field may be saved.
    """
    source = change.state
    change.move(to, **changed)
    if not source.in_flight and (to is Status.SENDING or to.is_final or to.needs_fixing):
        execute(_WAITS_NO_LONGER, [change.pk])
    about = {"from": source, **(details or {})}
    return record(
        change.customer,
        f"change.{to}",
        by=by,
        origin=origin,
        change=change,
        attempt=attempt,
        details=about,
        values=values,
        learnt=learnt,
    )


def _exact(told: Any) -> Any:
    """The details as they are; raises TypeError for what the database might spell otherwise, so that a hash made today
    would not fit tomorrow: 1e22 comes back from jsonb as a whole number.
    """
    if isinstance(told, str):
        return told
    if isinstance(told, float):
        raise TypeError("An event tells no floating-point number: tell it as text.")
    if isinstance(told, Mapping):
        if not all(isinstance(key, str) for key in told):
            raise TypeError("The keys of an event's details are texts.")
        _exact(list(told.values()))
    elif isinstance(told, (list, tuple)):
        for value in told:
            _exact(value)
    return told


def _name(subject: Subject) -> str:
    kind = next(kind for model, kind in _KINDS.items() if isinstance(subject, model))  # who comes by a request is lazy
    return f"{kind}:{subject.pk}"


def _connection_of(subject: Subject) -> int | None:
    if isinstance(subject, Customer | Batch):
        return subject.connection_id
    return subject.pk if isinstance(subject, Connection) else None


def _head(subject: Subject) -> tuple[int, bytes]:
    if isinstance(subject, Customer):
        return subject.chain_length, bytes(subject.chain_head)
    Chain.objects.get_or_create(subject=_name(subject))
    chain = Chain.objects.select_for_update().get(subject=_name(subject))
    return chain.length, bytes(chain.head)


def _append(subject: Subject, event: Event) -> None:
    if not isinstance(subject, Customer):
        insert([event])
        Chain.objects.filter(subject=event.subject).update(length=event.number, head=event.hash)
        return
    subject.chain_length, subject.chain_head = event.number, event.hash
    if (several := _collected.get()) is not None:
        several.append(event)
        return
    together_with, events = _unwritten.get()
    if together_with is subject:
        events.append(event)
        return
    insert([event])
    _write_head(subject)


def _write_head(customer: Customer) -> None:
    update(customer, ["chain_length", "chain_head", "places"])


_KINDS: Mapping[type[Subject], str] = {
    Customer: "customer",
    Connection: "connection",
    User: "person",
    Policy: "policy",
    Review: "review",
    Batch: "batch",
    Installation: "installation",
}
_WAITS_NO_LONGER = "UPDATE console_line SET waiting = false WHERE change_id = %s AND waiting"
