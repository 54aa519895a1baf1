"""Refresh: reads one customer from the provider now, takes over what is there, and tells what had moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from console.errors import CannotBeRead
from console.flows.record import database_now, record
from console.flows.send import read
from console.models import Customer, Known, Origin, User
from console.permissions import Right, require
from providers import errors

if TYPE_CHECKING:
    from datetime import datetime

    from providers.fields import Value


def refresh(customer: Customer, *, by: User) -> list[str]:
    """Gives the names of the fields whose value had moved at the provider. No transaction is open while it reads.

    Raises CannotBeRead where there is no reading to be had; a documented “no such customer” marks the record as gone.
    """
    require(by, Right.SEE, customer.connection)
    title = customer.connection.name
    if not customer.provider.capabilities.reads:
        raise CannotBeRead(f"{title} offers no way to read a customer: we show what we last sent or imported.")
    asked_at = database_now()
    try:
        values = read(customer.connection, customer.record)
    except errors.Refused as refusal:
        if refusal.gone:
            mark_gone(customer, by=by)
            raise CannotBeRead(f"{title} no longer has this customer. The record is marked as gone there.") from None
        raise CannotBeRead(f"{title} refuses to show this customer.") from None
    except errors.ProviderError:
        raise CannotBeRead(f"{title} did not answer as it should. You see what we knew before; try again.") from None
    return take_over(customer, values, by=by, asked_at=asked_at)


@transaction.atomic
def take_over(
    customer: Customer, values: Mapping[str, Value], *, by: User | None, asked_at: datetime | None = None
) -> list[str]:
    """Writes a reading into our copy; an event tells what moved.

    A reading is as old as its question: what became known after `asked_at` is newer and stands.
    """
    [fresh] = Customer.objects.locked([customer.pk])
    before, at = fresh.record, database_now()
    still_news = {name: value for name, value in values.items() if not fresh.known_after(name, asked_at or at)}
    moved = fresh.learn(still_news, how=Known.READ, at=at)
    fresh.gone_at = None
    fresh.save_learnt()
    pairs = {name: [before.get(name), fresh.record.get(name)] for name in moved}
    details = {"fields": sorted(values), "moved": moved}
    record(fresh, "customer.refreshed", by=by, origin=Origin.PAGE, details=details, values=pairs)
    return moved


@transaction.atomic
def mark_gone(customer: Customer, *, by: User | None) -> None:
    """The provider said that it has no such customer."""
    [fresh] = Customer.objects.locked([customer.pk])
    if fresh.gone_at is None:
        fresh.gone_at = database_now()
        fresh.save(update_fields=["gone_at"])
        record(fresh, "customer.gone", by=by, origin=Origin.PAGE)
