"""The page of one event: what happened, the values as far as they may be told, and what proves it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.auditing import Query
from console.errors import KeyMissing
from console.models import Attempt, Chain, Change, Checkpoint, Event, Leaf
from console.sentences import MASK
from console.views.audit_page import address
from console.views.audit_rows import Row, came_from, fields_of, rows_of
from console.views.exchanges import ShownAttempt, shown_attempt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.models import User
    from console.permissions import Places
    from providers.fields import Field, Value

LONG = 120
# What people wrote, beside values of fields; whatever else is sealed is not told.
WRITTEN = {
    "reason": "Reason",
    "why": "Why",
    "reference": "Ticket",
    "comment": "Comment",
    "finding": "Finding",
    "note": "Note",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One sealed value: of a field as it was and is, or something that a person wrote. `text` where no field is."""

    label: str
    field: Field | None
    after: Value
    before: Value = None
    had_before: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """One of the details, as text."""

    name: str
    text: str

    @property
    def is_long(self) -> bool:
        return len(self.text) > LONG


class EventPage:
    """One event, for one reader who may see it."""

    def __init__(self, event: Event, reader: User, places: Places) -> None:
        self.event, self.reader, self.places = event, reader, places

    @cached_property
    def row(self) -> Row:
        [row] = rows_of([self.event])
        return row

    @property
    def microseconds(self) -> str:
        """The part of a second, which tells events of one moment apart."""
        return f"{self.event.at.microsecond:06d}"

    @property
    def why(self) -> str:
        """Why its change was asked for; empty where that was erased or never said."""
        try:
            return self.change.why if self.change else ""
        except KeyMissing:
            return ""

    @property
    def origin(self) -> str:
        """From where it came."""
        return came_from(self.event.origin)

    @cached_property
    def told(self) -> list[Told]:
        """The sealed values; none where the customer was erased."""
        known = {field.name: field for field in fields_of(self.event)}
        return [_told(name, value, known.get(name)) for name, value in self._values.items()]

    @property
    def is_erased(self) -> bool:
        """There were values, and nothing opens them any more."""
        try:
            return bool(self.event.sealed_values) and not self.event.values
        except KeyMissing:
            return True

    @property
    def details(self) -> list[Detail]:
        return [Detail(name, _text(value)) for name, value in sorted(self.event.details.items())]

    @cached_property
    def length(self) -> int:
        """How many events the chain has by now."""
        if self.event.customer:
            return self.event.customer.chain_length
        return Chain.objects.filter(subject=self.event.subject).values_list("length", flat=True).first() or 0

    @cached_property
    def before(self) -> str:
        """The one before it in its chain."""
        return self._beside(-1)

    @cached_property
    def after(self) -> str:
        """The one after it."""
        return self._beside(1)

    @property
    def previous(self) -> str:
        return bytes(self.event.previous).hex()

    @property
    def hash(self) -> str:
        return bytes(self.event.hash).hex()

    @property
    def fits(self) -> bool:
        """Whether the hash is that of what stands here."""
        return bytes(self.event.hash) == self.event.computed_hash()

    @property
    def content(self) -> str:
        """What the hash covers, spread over lines."""
        return json.dumps(self.event.content, indent=2, sort_keys=True, ensure_ascii=False)

    @cached_property
    def leaf(self) -> Leaf | None:
        """Its place in the tree over all events; none before it was sealed."""
        return getattr(self.event, "leaf", None)

    @cached_property
    def checkpoint(self) -> Checkpoint | None:
        """The first one that covers it."""
        if self.leaf is None:
            return None
        return Checkpoint.objects.filter(size__gt=self.leaf.index).order_by("size").first()

    @cached_property
    def change(self) -> Change | None:
        found = Change.objects.filter(pk=self.event.change_id or 0)
        return found.select_related("customer__connection", "connection", "requester").first()

    @cached_property
    def attempt(self) -> ShownAttempt | None:
        """The exchange with the provider that it tells of."""
        attempt = Attempt.objects.filter(pk=self.event.attempt_id or 0).first()
        if attempt is None or self.change is None:
            return None
        number = Attempt.objects.filter(change=self.change, pk__lte=attempt.pk).count()
        return shown_attempt(number, attempt, self.change)

    @property
    def exchange_differs(self) -> bool:
        """Whether what is kept of the exchange is something else than what the event tells of."""
        details, attempt = self.event.details, self.attempt.attempt if self.attempt else None
        is_there = attempt and not attempt.bodies_removed_at
        kept = {"request": attempt.sealed_request, "response": attempt.sealed_response} if attempt and is_there else {}
        return any(details.get(name) and details[name] != _digest(sealed) for name, sealed in kept.items())

    @property
    def related(self) -> list[tuple[str, str]]:
        """Searches that lead on from here."""
        event = self.event
        asked = {
            "All of this change": Query(change=event.change_id) if event.change_id else None,
            "All of this customer": Query(customer=event.customer_id) if event.customer_id else None,
            "All of this request": Query(request=event.request_id) if event.request_id else None,
            "All by this person": Query(person=event.actor_id) if event.actor_id else None,
        }
        return [(label, address(query)) for label, query in asked.items() if query]

    @cached_property
    def _values(self) -> Mapping[str, Any]:
        try:
            return self.event.values
        except KeyMissing:
            return {}

    def _beside(self, step: int) -> str:
        there = Event.objects.filter(subject=self.event.subject, number=self.event.number + step)
        pk = there.values_list("pk", flat=True).first()
        return reverse("audit_event", args=[pk]) if pk else ""


def _told(name: str, value: Any, field: Field | None) -> Told:
    had_before = isinstance(value, list) and len(value) == 2
    before, after = value if had_before else (None, value)
    if field:
        return Told(field.label, field, after, before, had_before)
    if name not in WRITTEN:
        return Told(name, None, None, text=MASK)
    text = f"{before or 'nothing'} → {after or 'nothing'}" if had_before else str(after)
    return Told(WRITTEN[name], None, None, text=text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _digest(sealed: Any) -> str:
    return hashlib.sha256(bytes(sealed)).hexdigest() if sealed else ""
