"""What those who decide on a hidden value are told of it without seeing it: what kind of change it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.errors import KeyMissing
from console.models import Event
from console.recalling import ALONE
from providers.difference import differing

if TYPE_CHECKING:
    from console.models import Customer
    from providers.fields import Field, Value

MOST_EVENTS = 20  # as far back as it is said that a value was held before


def kind_of_change(customer: Customer, field: Field, before: Value, after: Value, *, was_known: bool) -> str:
    """How a hidden value is to change, in sentences; empty for a field that hides nothing.

    For who decides, never for who asks: whoever may ask could find out a value by asking for one after the other.
    """
    if not field.sensitive:
        return ""
    earlier = list(held_before(customer, field.name))
    return " ".join(differing(field, before, after, was_known=was_known, earlier=earlier).sentences)


def held_before(customer: Customer, name: str) -> Iterator[Value]:
    """What our copy held of a field, as far as its last events tell, the present value too."""
    learnt = Event.objects.filter(customer=customer, mentions__field=name, mentions__learnt=True)
    for event in learnt.order_by("-pk")[:MOST_EVENTS]:
        event.customer = customer
        try:
            told = event.values.get(name)
        except KeyMissing:
            return
        yield from told if isinstance(told, list) and event.verb not in ALONE else [told]  # type: ignore[misc]  # a pair
