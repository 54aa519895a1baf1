"""Putting back what the provider came to hold without our asking: what a form is filled in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.flows.drift import Drifted, drifted
from providers.fields import Locked

if TYPE_CHECKING:
    from console.models import Customer
    from providers.fields import Value


def restored(customer: Customer, event_id: int) -> dict[str, Value]:
    """By field, what held before this event saw it moved: only of this customer, and only what still drifts."""
    found = [known for known in drifted(customer) if known.event == event_id]
    return {known.field.name: known.was for known in found if can_restore(known)}


def can_restore(known: Drifted) -> bool:
    """Whether a form can ask for the former value: not where it is locked, nor where it must not be shown."""
    field = known.field
    return field.locked is Locked.NO and not field.sensitive
