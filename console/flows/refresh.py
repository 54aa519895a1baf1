"""Refresh: reads one customer from the provider now, takes over what is there, and tells what had moved."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from console.errors import CannotBeRead
from console.flows import drift
from console.flows.record import database_now, record
from console.flows.send import read
from console.models import Connection, Customer, Event, Known, Origin, User
from console.permissions import Right, helpers_sentence, require
from providers import errors

if TYPE_CHECKING:
    from datetime import datetime

    from providers.fields import Value

UNCHANGED = "You see what we knew before."
AT_ONCE = 2
"""How many readings of one provider people may wait for in one process, which answers a few people at a time."""

_readings: dict[int, threading.BoundedSemaphore] = {}


def refresh(customer: Customer, *, by: User) -> Event:
    """Gives the event, whose `moved` names what had moved at the provider. No transaction is open while it reads.

    Raises CannotBeRead where there is no reading to be had; a documented “no such customer” marks the record as gone.
    """
    require(by, Right.SEE, customer.connection)
    title = customer.connection.name
    if customer.is_erased:
        raise CannotBeRead("This customer was erased, so nothing of them is read any more.")
    if not customer.provider.capabilities.reads:
        raise CannotBeRead(f"{title} offers no way to read a customer: we show what we last sent or imported.")
    asked_at = database_now()
    try:
        with _one_of_few(customer.connection):
            values = read(customer.connection, customer.record)
    except errors.Refused as refusal:
        if refusal.gone:
            mark_gone(customer, by=by)
            raise CannotBeRead(f"{title} no longer has this customer. The record is marked as gone there.") from None
        raise CannotBeRead(f"{title} refuses to show this customer: ask there why. {UNCHANGED}") from None
    except errors.ProviderError as error:
        raise CannotBeRead(f"{title} {_what_to_do(error, customer)} {UNCHANGED}") from None
    return take_over(customer, values, by=by, asked_at=asked_at)


@contextlib.contextmanager
def _one_of_few(connection: Connection) -> Iterator[None]:
    """Raises CannotBeRead where this process waits for that provider often enough already: one that hangs must not
    take every thread that answers people.
    """
    readings = _readings.setdefault(connection.pk, threading.BoundedSemaphore(AT_ONCE))
    if not readings.acquire(blocking=False):
        raise CannotBeRead(f"{connection.name} is slow to answer just now: try again in a minute. {UNCHANGED}")
    try:
        yield
    finally:
        readings.release()


def _what_to_do(error: errors.ProviderError, customer: Customer) -> str:
    """Why there was no reading, and what helps."""
    match error:
        case errors.NotSent():
            return "cannot be reached right now: try again in a minute."
        case errors.TryLater():
            return "asks us to read less often: try again in a minute."
        case errors.NotAllowed():
            helpers = helpers_sentence(Right.ADMINISTER, customer.connection)
            return f"does not accept our credentials, so nothing can be read or sent until they are right. {helpers}"
        case errors.Misrouted():
            helpers = helpers_sentence(Right.ADMINISTER, customer.connection)
            return f"does not answer at the address that we have for it. {helpers}"
        case _:
            return "did not answer as it should: try again in a minute."


@transaction.atomic
def take_over(
    customer: Customer, values: Mapping[str, Value], *, by: User | None, asked_at: datetime | None = None
) -> Event:
    """Writes a reading into our copy; gives the event that tells what moved.

    A reading is as old as its question: what became known after `asked_at` is newer and stands.
    """
    [fresh] = Customer.objects.locked([customer.pk])
    before, at = fresh.record, database_now()
    still_news = {name: value for name, value in values.items() if not fresh.known_after(name, asked_at or at)}
    moved = fresh.learn(still_news, how=Known.READ, at=at)
    fresh.gone_at = None
    unasked = drift.unasked(fresh, before, moved)
    drift.end_returned(fresh, moved)
    fresh.save_learnt()
    pairs = {name: [before.get(name), fresh.record.get(name)] for name in moved}
    details = {"fields": sorted(values), "moved": moved}
    event = record(fresh, "customer.refreshed", by=by, origin=Origin.PAGE, details=details, values=pairs, learnt=moved)
    drift.note(fresh, event, unasked)
    return event


@transaction.atomic
def mark_gone(customer: Customer, *, by: User | None) -> None:
    """The provider said that it has no such customer."""
    [fresh] = Customer.objects.locked([customer.pk])
    if fresh.gone_at is None and not fresh.is_erased:
        fresh.gone_at = database_now()
        fresh.save(update_fields=["gone_at"])
        record(fresh, "customer.gone", by=by, origin=Origin.PAGE)
