"""Hidden: a sensitive value that somebody asks about, and the record of who was told what of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.errors import StepNotPossible
from console.flows.record import record
from console.models import Line, Origin, Reveal

if TYPE_CHECKING:
    from console.models import Change, Customer, User
    from providers.fields import Field, Value


@dataclass(frozen=True, slots=True)
class Hidden:
    """A sensitive value of a customer: as it is held, or, where `line` is given, as a change asks for it."""

    customer: Customer
    field: Field
    line: Line | None = None

    @property
    def value(self) -> Value:
        """What is not to be seen without a trace."""
        return self.line.after if self.line else self.held

    @property
    def held(self) -> Value:
        """What our copy holds."""
        return self.customer.record.get(self.field.name)

    @property
    def change(self) -> Change | None:
        """The change that asks for it."""
        return self.line.change if self.line else None


def hidden(customer: Customer, name: str, change: int | None = None) -> Hidden:
    """The sensitive value of that name; raises StepNotPossible for what no page hides, or no such change asks for."""
    field = {field.name: field for field in customer.provider.fields}.get(name)
    if field is None or not field.sensitive:
        raise StepNotPossible("This value is not hidden.")
    if change is None:
        return Hidden(customer, field)
    line = Line.objects.filter(change=change, customer=customer, field=name).select_related("change").first()
    if line is None:
        raise StepNotPossible(f"Change {change} asks for no {field.label}.")
    line.change.customer, line.change.connection = customer, customer.connection
    return Hidden(customer, field, line)


def keep(asked: Hidden, verb: str, *, by: User, reason: str = "", matched: bool | None = None) -> Reveal:
    """Writes down what somebody was told, for ever. The customer's row must be locked, its object fresh."""
    customer, name = asked.customer, asked.field.name
    sealed = customer.key.seal("reveal", name, reason) if reason else None
    kept = Reveal.objects.create(user=by, customer=customer, field=name, matched=matched, sealed_reason=sealed)
    about = {"asked": True} if asked.line else {}
    found = {} if matched is None else {"matched": matched}
    values = {"reason": reason} if reason else None
    details = {"field": name, **about, **found}
    record(customer, verb, by=by, origin=Origin.PAGE, change=asked.change, details=details, values=values)
    return kept


def reason_of(kept: Reveal) -> str:
    """Why somebody was shown it, opened; raises KeyMissing where the customer was erased."""
    if not kept.sealed_reason:
        return ""
    return str(kept.customer.key.open("reveal", kept.field, kept.sealed_reason))
