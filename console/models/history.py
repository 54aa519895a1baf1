"""History: events, append-only, in a hash chain per customer and one per other subject."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.db import models

from console.models.changes import Change, Origin
from console.models.customers import Customer
from console.models.delivery import Attempt
from console.models.people import User
from console.models.sealing import canonical

if TYPE_CHECKING:
    from providers.fields import Value


class Chain(models.Model):
    """The head of the chain of a subject that is no customer: a connection, a person, the installation."""

    subject = models.CharField(max_length=80, unique=True)
    length = models.PositiveIntegerField(default=0)
    head = models.BinaryField(default=bytes)

    def __str__(self) -> str:
        return self.subject


class Event(models.Model):
    """Something that happened. Written once by `flows.record`; the database refuses to alter or delete it."""

    subject = models.CharField(max_length=80, help_text="customer:17, connection:3, person:4 …")
    number = models.PositiveIntegerField(help_text="Place in the chain of its subject, from 1.")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="events")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=40)
    origin = models.CharField(max_length=16, choices=Origin)
    request_id = models.CharField(max_length=64, blank=True)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, null=True, related_name="events")
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, related_name="+")
    details = models.JSONField(default=dict, help_text="No personal values: names of fields, codes, counts, versions.")
    sealed_values = models.BinaryField(null=True)
    previous = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="one_event_per_place_in_a_chain")]
        indexes = [
            models.Index(fields=["customer", "-id"], name="event_by_customer"),
            models.Index(fields=["change", "id"], name="event_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} of {self.subject}"

    @property
    def values(self) -> dict[str, Value | list[Value]]:
        """The personal values that belong to the event, opened with the customer's key."""
        if not self.sealed_values or self.customer is None:
            return {}
        return self.customer.key.open("event", f"{self.subject}/{self.number}", self.sealed_values)  # type: ignore[return-value]

    def computed_hash(self) -> bytes:
        """SHA-256 over the previous hash and all content: personal values as ciphertext, times as microseconds."""
        content: dict[str, Any] = {
            "subject": self.subject,
            "number": self.number,
            "at": round(self.at.timestamp() * 1_000_000),
            "actor": self.actor_id,
            "verb": self.verb,
            "origin": str(self.origin),
            "request": self.request_id,
            "change": self.change_id,
            "attempt": self.attempt_id,
            "details": self.details,
            "values": bytes(self.sealed_values).hex() if self.sealed_values else None,
        }
        return hashlib.sha256(bytes(self.previous) + canonical(content)).digest()
