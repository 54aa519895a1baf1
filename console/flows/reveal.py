"""Reveal: a sensitive value is shown to a person, for a reason; counted, and kept for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from console.errors import NotFit, StepNotPossible
from console.flows.allow import allow
from console.flows.hidden import Hidden, hidden, keep
from console.models import Customer
from console.permissions import Right, require

if TYPE_CHECKING:
    from console.models import User

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
