"""Putting right one record after the other: what the form says of it, and where a save leads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from console.flaw_words import CODES, Wrong
from console.models import Flaw
from console.models.quality import Rule
from console.views.answers import go_to
from console.views.quality_page import address, number, place, said

if TYPE_CHECKING:
    from console.models import Change, Customer, User


@dataclass
class Fixing:
    """Somebody goes through the records that break a rule, and is at this customer."""

    customer: Customer
    reader: User
    rule: Rule
    after: int

    @property
    def asked(self) -> str:
        """What the form carries along."""
        return f"{self.rule.field}:{self.rule.code}:{self.after}"

    @property
    def words(self) -> str:
        """What is put right: “E-mail is missing”."""
        return Wrong(self.customer.provider, self.rule.field, self.rule.code).words

    @cached_property
    def left(self) -> str:
        """How many there are."""
        tallies = Flaw.objects.tallies([self.rule.connection], self.reader)
        found = next((tally for tally in tallies if tally.rule == self.rule), None)
        return said(found.count, is_exact=found.is_exact) if found else "0"

    @property
    def next_url(self) -> str:
        """The next one."""
        return address(place("quality_next", self.rule), after=str(self.after or ""))

    @property
    def list_url(self) -> str:
        """All of them."""
        return place("quality_rule", self.rule)


def fixing_of(request: HttpRequest, customer: Customer, reader: User) -> Fixing | None:
    """What the address or the form says of it; None where somebody edits this one record, or it makes no sense."""
    text = (request.POST if request.method == "POST" else request.GET).get("fixing", "")
    name, _, rest = text.partition(":")
    code, _, after = rest.partition(":")
    if code not in CODES or name not in {field.name for field in customer.provider.fields}:
        return None
    return Fixing(customer, reader, Rule(customer.connection_id, name, code), number(after))


def go_on(request: HttpRequest, change: Change | None, customer: Customer, reader: User) -> HttpResponse:
    """After a save: to the next record to put right, if somebody is at that; otherwise to the change, or to the record
    where nothing is to be sent.
    """
    fixing = fixing_of(request, customer, reader)
    if fixing is None:
        return go_to(request, "change", change.pk) if change else go_to(request, "customer", customer.pk)
    if change:
        messages.success(request, f"Change {change.pk}: saved.")
    return go_to(request, fixing.next_url)
