"""Reveal: a sensitive value is shown to a person, for a reason; counted, and kept for ever.

Also those of many customers, which go into a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from console.errors import NotFit, StepNotPossible
from console.flows.allow import allow
from console.flows.hidden import Hidden, hidden, keep
from console.flows.record import collected, record
from console.models import Customer, Origin, Reveal
from console.models.rows import copy_in, update_all
from console.permissions import Right, require

if TYPE_CHECKING:
    from console.models import Connection, User

LONGEST_REASON = 500
WITHOUT_REASON = "Say why you have to see it: it is kept in the history."


def reveal(customer: Customer, name: str, *, by: User, reason: str, change: int | None = None) -> Hidden:
    """Gives the value as it is held or, of a change, as it is asked for, once it is written down who was shown it why.

    Raises NotFit without a reason, and TooMany where somebody was shown more in an hour than one person may.
    """
    require(by, Right.REVEAL, customer.connection)
    reason = _fit(reason)
    _require_any(hidden(customer, name, change))
    allow("reveal", by.pk, most=settings.STEWARD_REVEALS, within=timedelta(hours=1))
    with transaction.atomic():
        [fresh] = Customer.objects.locked([customer.pk])
        asked = hidden(fresh, name, change)
        _require_any(asked)
        keep(asked, "customer.revealed", by=by, reason=reason)
    return asked


def require_revealing(connection: Connection, *, by: User, reason: str) -> str:
    """The reason as it is kept. Raises NotPermitted, and NotFit without one."""
    require(by, Right.REVEAL, connection)
    return _fit(reason)


@transaction.atomic
def reveal_many(pks: Sequence[int], *, by: User, reason: str, origin: Origin = Origin.COMMAND) -> list[Customer]:
    """Gives these customers once it is written down, in the history of each, which hidden values somebody takes along.

    How many those may be is limited where an export is asked for on a page, and not on the command line: whoever runs
    commands holds the keys, names the person whom they act for, and could open the values without this console.
    """
    customers = [customer for customer in Customer.objects.locked(pks) if not customer.is_erased]
    kept: list[Reveal] = []
    with collected() as events:
        for customer in customers:
            require(by, Right.REVEAL, customer.connection)
            for name in sorted(customer.sealed):
                sealed = customer.key.seal("reveal", name, reason)
                kept.append(Reveal(user=by, customer=customer, field=name, sealed_reason=sealed))
                details, values = {"field": name, "file": True}, {"reason": reason}
                record(customer, "customer.revealed", by=by, origin=origin, details=details, values=values)
    if events:
        Reveal.objects.bulk_create(kept)
        copy_in(events)
        update_all(customers, ["chain_length", "chain_head"])
    return customers


def _fit(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise NotFit(wanted={"reason": WITHOUT_REASON})
    if len(reason) > LONGEST_REASON:
        raise NotFit(wanted={"reason": f"Shorten this to {LONGEST_REASON} characters; it has {len(reason)}."})
    return reason


def _require_any(asked: Hidden) -> None:
    if asked.field.is_blank(asked.value) and asked.field.is_blank(asked.held):
        raise StepNotPossible(f"Nothing is known of {asked.field.label}, so there is nothing to show.")
