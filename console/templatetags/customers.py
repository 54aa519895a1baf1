"""How a customer is said in a list: where the record stands, and how we came to know it."""

from __future__ import annotations

from django.template import Library

from console.models import Customer, Status
from console.templatetags.steward import Badge, badge

register = Library()

GONE = Badge("refused", "cross", "Gone there")
NEVER_READ = Badge("neutral", "question", "Never read")
IN_STEP = Badge("neutral", "check", "In step")


@register.filter
def standing(customer: Customer) -> Badge:
    """The badge of a customer that came `with_open_change`: an open change first, then what is wrong with our copy."""
    status: str | None = getattr(customer, "open_status", None)
    if status and Status(status).needs_fixing:
        return badge(status)
    if customer.is_gone:
        return GONE
    if status:
        return badge(status)
    return NEVER_READ if customer.never_read else IN_STEP


@register.filter
def how_known(customer: Customer) -> str:
    """How the latest of what we know came to us: a value of `Known`; empty when nothing is known."""
    latest = max(customer.known.values(), key=lambda entry: str(entry["at"]), default=None)
    return str(latest["how"]) if latest else ""
