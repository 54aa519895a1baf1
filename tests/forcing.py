"""Steps that no flow takes from there: written past the flows, with the event that the database wants of each."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from console.flows.record import record
from console.models import Change, Customer, Origin, Status


@transaction.atomic
def force(change: Change, status: Status | str, **fields: Any) -> None:
    """Puts the row of a change into this state, if the database lets it."""
    Change.objects.filter(pk=change.pk).update(status=status, **fields)
    [customer] = Customer.objects.locked([change.customer_id])
    record(customer, f"change.{status}", by=None, origin=Origin.DRILL, change=change)
