"""How a draft is said: what somebody began to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template import Library

from console.sentences import listed

if TYPE_CHECKING:
    from console.flows.drafts import Kept
    from console.models import Customer

register = Library()


@register.filter
def began(draft: Kept, customer: Customer) -> str:
    """What the person was about to do: “change Phone and E-mail”."""
    labels = [field.label for field in customer.provider.fields if field.name in draft.fields]
    return f"change {listed(labels)}" if labels else "write a reason"
