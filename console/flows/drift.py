"""Drift: which values moved at the provider without our asking, kept until a person has seen to them.

`Customer.drift` says of each such field which event first saw it move; that event holds what it was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from console.models import Event, Line, Status, Verdict
from console.models.states import FINAL

if TYPE_CHECKING:
    from console.models import Customer
    from providers.fields import Field, Value


@dataclass(frozen=True, slots=True)
class Drifted:
    """One field that holds another value than we last knew, and the event that first saw it.

    `digest` stands for the value that it holds now: what a page shows, and posts when a person accepts it.
    """

    field: Field
    was: Value
    now: Value
    digest: str
    event: int
    at: datetime
    change: int | None


def drifted(customer: Customer) -> list[Drifted]:
    """What still drifts, in the order of the form; one question to the database, none where nothing drifts."""
    events = _events(customer, customer.drift)
    record = customer.record if events else {}
    found = [(field, events.get(customer.drift.get(field.name, 0))) for field in customer.provider.fields]
    return [_drifted(customer, field, event, record) for field, event in found if event]


def unasked(customer: Customer, before: Mapping[str, Value], names: Iterable[str]) -> dict[str, list[Value]]:
    """Of the fields that were found moved, those that nobody here asked for, each with what it was and what it is.

    Left out is what drifts already, what we had never known, what a provider writes by itself at every update, and
    what a change of ours may have brought there of which nobody found that it was applied.
    """
    record, provider = customer.record, customer.provider
    pairs = {
        name: [before[name], record.get(name)]
        for name in sorted(set(names))
        if name in before and name not in customer.drift and not _moves_by_itself(customer, name)
    }
    ours = _may_be_ours(customer, pairs)
    return {
        name: pair
        for name, pair in pairs.items()
        if not provider.field(name).same(*pair) and not any(provider.field(name).same(pair[1], v) for v in ours[name])
    }


def note(customer: Customer, event: Event, names: Iterable[str]) -> None:
    """Keeps that these fields drift since this event, and saves it. The row must be locked."""
    if found := dict.fromkeys(names, event.pk):
        customer.drift = {**customer.drift, **found}
        customer.save(update_fields=["drift"])


def end(customer: Customer, names: Iterable[str]) -> None:
    """These fields drift no longer: a person has seen to them. Does not save."""
    gone = set(names)
    customer.drift = {name: event for name, event in customer.drift.items() if name not in gone}


def end_returned(customer: Customer, names: Iterable[str]) -> None:
    """Of the fields that were found moved, those that are back at what they were drift no longer. Does not save."""
    if again := set(names) & set(customer.drift):
        back = [known for known in drifted(customer) if known.field.name in again]
        end(customer, [known.field.name for known in back if known.field.same(known.was, known.now)])


def _drifted(customer: Customer, field: Field, event: Event, record: Mapping[str, Value]) -> Drifted:
    pair, now = event.values.get(field.name), record.get(field.name)
    was = pair[0] if isinstance(pair, list) and pair else None
    digest = customer.shown_digest(field.name, now)
    return Drifted(field, was, now, digest, event.pk, event.at, event.change_id)


def _moves_by_itself(customer: Customer, name: str) -> bool:
    provider = customer.provider
    return provider.field(name).is_stamp or name == provider.capabilities.changed_field


def _may_be_ours(customer: Customer, names: Iterable[str]) -> dict[str, list[Value]]:
    """What changes of ours ask for in these fields that may have arrived there, though nobody found so yet.

    Among them one that a person closed without knowing, or thinking that it had not been applied: a reading that shows
    its value afterwards shows what somebody here asked for.
    """
    wanted: dict[str, list[Value]] = {name: [] for name in names}
    if wanted:
        sent = Q(change__first_sent_at__isnull=False) | Q(change__maybe_applied=True)
        lines = Line.objects.filter(sent, customer=customer, field__in=list(wanted))
        found_out = Q(change__status__in=FINAL - {Status.CLOSED}) | Q(change__verdict=Verdict.APPLIED)
        for line in lines.exclude(found_out).select_related("change"):
            line.change.customer = customer
            wanted[line.field].append(line.after)
    return wanted


def _events(customer: Customer, drift: Mapping[str, int]) -> dict[int, Event]:
    if not drift:
        return {}
    events = Event.objects.filter(customer=customer, pk__in=set(drift.values())).in_bulk()
    for event in events.values():
        event.customer = customer
    return events
