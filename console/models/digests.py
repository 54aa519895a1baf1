"""Digests of what is wished: by one of them two saves of a form are the same save, by the other requests are alike."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import TYPE_CHECKING

from console.models.customers import Customer
from console.models.sealing import key_ring

if TYPE_CHECKING:
    from providers.fields import Value


def content_digest(customer: Customer, wishes: Mapping[str, Value], why: str, reference: str) -> bytes:
    """What makes two saves of one form the same save."""
    return customer.key.digest("content", [dict(wishes), why, reference])


def shape_of(customer: Customer, before: Mapping[str, Value], wishes: Mapping[str, Value]) -> bytes | None:
    """Equal for changes at one connection that lead the same fields from the same values to the same values.

    An HMAC under a key of the installation, since the values are sealed; None where any of them is sensitive.
    """
    if any(customer.provider.field(name).sensitive for name in wishes):
        return None
    steps = sorted(([name, before.get(name), after] for name, after in wishes.items()), key=itemgetter(0))
    return key_ring().digest("shape", [customer.connection_id, steps])
