"""History: events, append-only, in a hash chain per customer and one per other subject."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from console.models.changes import Change, Origin
from console.models.connections import Connection
from console.models.customers import Customer
from console.models.delivery import Attempt
from console.models.people import User
from console.proof.verify import row_hash

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
    """Something that happened. Written once by `flows.record`; the database refuses to alter or delete it.

    Rows it refers to are found along the indexes below: one more for each would only be written.
    """

    subject = models.CharField(max_length=80, help_text="customer:17, connection:3, person:4 …")
    number = models.PositiveIntegerField(help_text="Place in the chain of its subject, from 1.")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="events", db_index=False)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    behalf = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        help_text="For whom the console did it by itself.",
    )
    verb = models.CharField(max_length=40)
    origin = models.CharField(max_length=16, choices=Origin)
    request_id = models.CharField(max_length=64, blank=True)
    change = models.ForeignKey(Change, on_delete=models.PROTECT, null=True, related_name="events", db_index=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, related_name="+")
    # Follows from the subject, so the hash does not cover it; whoever verifies compares it.
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    details = models.JSONField(default=dict, help_text="No personal values: names of fields, codes, counts, versions.")
    sealed_values = models.BinaryField(null=True)
    previous = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "number"], name="one_event_per_place_in_a_chain")]
        indexes = [
            models.Index(fields=["customer", "-id"], name="event_by_customer"),
            models.Index(fields=["change", "id"], name="event_by_change"),
            # What the audit is searched by, each in the order of its pages.
            models.Index(fields=["at", "id"], name="event_by_time"),
            models.Index(fields=["actor", "at", "id"], condition=Q(actor__isnull=False), name="event_by_actor"),
            models.Index(fields=["verb", "at", "id"], name="event_by_verb"),
            models.Index(
                fields=["connection", "at", "id"], condition=Q(connection__isnull=False), name="event_by_connection"
            ),
            models.Index(fields=["request_id", "id"], condition=~Q(request_id=""), name="event_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} of {self.subject}"

    @property
    def values(self) -> dict[str, Value | list[Value]]:
        """The personal values that belong to the event, opened with the customer's key."""
        if not self.sealed_values or self.customer is None:
            return {}
        return self.customer.key.open("event", f"{self.subject}/{self.number}", self.sealed_values)  # type: ignore[return-value]

    @property
    def content(self) -> dict[str, Any]:
        """What the hash covers: personal values as ciphertext, times as microseconds since 1970."""
        content = {
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
        return content | ({"behalf": self.behalf_id} if self.behalf_id else {})

    def computed_hash(self) -> bytes:
        """What `hash` has to be, by what stands in the row now."""
        return row_hash(
            bytes(self.previous),
            subject=self.subject,
            number=self.number,
            at=round(self.at.timestamp() * 1_000_000),
            actor=self.actor_id,
            behalf=self.behalf_id,
            verb=self.verb,
            origin=str(self.origin),
            request=self.request_id,
            change=self.change_id,
            attempt=self.attempt_id,
            details=self.details,
            values=bytes(self.sealed_values) if self.sealed_values else None,
        )


class Mention(models.Model):
    """That an event of a customer concerns a field; written by the database along with the event.

    By it the events of a field are found in their order, and what was known of it at any moment: of `learnt` fields the
    event brought our copy another value. No constraint ties it to either: the trigger takes both from the row of the
    event, which is never deleted, and verifying looks for those that fit none; it was ten checks for each customer that
    is imported.
    """

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="mentions", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    field = models.CharField(max_length=64)
    at = models.DateTimeField()
    learnt = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "field"], name="an_event_mentions_a_field_once")]
        indexes = [
            models.Index(fields=["field", "at", "event"], name="mention_by_field"),
            models.Index(fields=["customer", "field", "-event"], name="mention_by_customer"),
            models.Index(fields=["customer", "field", "-event"], condition=Q(learnt=True), name="mention_learnt"),
        ]

    def __str__(self) -> str:
        return f"{self.field} in {self.event}"
