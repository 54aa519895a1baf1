"""One event as a file tells it: what its hash covers, what that hash is, and beside it what a person can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from console.errors import KeyMissing
from console.models import Customer, Event
from console.sentences import MASK, event_sentence

if TYPE_CHECKING:
    from providers.fields import Field, Value

# What people said, among the values of an event. Whatever else is no field of the provider's is not told.
SAID = frozenset({"reason", "why", "reference", "comment", "finding", "text"})


def told(event: Event, *, sealed_below: int | None = None) -> dict[str, Any]:
    """The event as an object. Its leaf counts from `sealed_below` on as not sealed yet."""
    return {
        **event.content,
        "id": event.pk,
        "previous": bytes(event.previous).hex(),
        "hash": bytes(event.hash).hex(),
        "leaf": leaf_of(event, sealed_below),
        "about": about(event),
    }


def about(event: Event) -> dict[str, Any]:
    """What a person can read of it, as whoever exports it may see it: sensitive values masked, erased ones gone."""
    fields = fields_of(event.customer)
    return {
        "sentence": event_sentence(event, fields.values()),
        "actor": event.actor.name if event.actor else "The console",
        "behalf": event.behalf.name if event.behalf else None,
        "customer": str(event.customer) if event.customer else None,
        "connection": event.connection.name if event.connection else None,
        "shown": shown(event, fields),
    }


def shown(event: Event, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The values of the event, opened; none where the customer was erased."""
    try:
        return {name: value_of(fields.get(name), name, value) for name, value in event.values.items()}
    except KeyMissing:
        return {}


def value_of(field: Field | None, name: str, value: Value | list[Value]) -> Any:
    """A value, or a pair of them, as it may be shown."""
    if isinstance(value, list):
        return [value_of(field, name, one) for one in value]
    if value is None or (field is None and name in SAID):
        return value
    hidden = field is None or field.sensitive
    return MASK if hidden else value


def fields_of(customer: Customer | None) -> dict[str, Field]:
    """The provider's fields, by name; none for what is about no customer."""
    return {field.name: field for field in customer.provider.fields} if customer else {}


def leaf_of(event: Event, sealed_below: int | None = None) -> int | None:
    """The event's place in the tree; None while it is not sealed."""
    leaf = getattr(event, "leaf", None)  # a relation from the other side: it raises an AttributeError where none is
    if leaf is None or (sealed_below is not None and leaf.index >= sealed_below):
        return None
    return int(leaf.index)
