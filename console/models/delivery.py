"""One exchange with a provider, written down before it begins: what was meant, what was sent, what came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.changes import Change
from console.models.connections import Connection
from console.models.customers import Customer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from providers.fields import Value
    from providers.http import Exchange


# What is filled in when an attempt ends.
ENDING = (
    *("outcome", "late", "note", "ended_at", "milliseconds", "method", "url", "status_code"),
    *("sealed_carried", "sealed_request", "sealed_response", "shown_request", "shown_response"),
)


class Kind(models.TextChoices):
    """What an attempt does."""

    PUSH = "push", "sent"
    CHECK = "check", "read back"


class Outcome(models.TextChoices):
    """What an attempt came to; `needs looking at` is said by the change, not here."""

    INTENT = "intent", "begun, not ended"
    CONFIRMED = "confirmed", "applied, confirmed by the answer"
    ACCEPTED = "accepted", "accepted, not confirmed"
    ALREADY = "already", "nothing to do: the record already held these values"
    KEPT_ANOTHER = "kept another", "accepted, but another value was kept"
    NOT_SENT = "not sent", "not sent"
    TRY_LATER = "try later", "the provider asked us to try later"
    REFUSED = "refused", "refused"
    GONE = "gone", "the provider has no such customer"
    NOT_ALLOWED = "not allowed", "our credentials were not accepted"
    MISROUTED = "misrouted", "something else than the provider's API answered"
    MOVED = "moved", "not sent: a value had moved at the provider"
    CONFLICT = "conflict", "the provider reported a conflict"
    UNKNOWN = "unknown", "no telling whether it was applied"
    STILL_OLD = "still old", "read back: the old values stand"


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Questions about attempts, as English."""

    def last_five_forbidden(self, connection: Connection) -> bool:
        """The last five pushes through this connection were each refused with 403, for five different customers."""
        recent = self.filter(connection=connection, kind=Kind.PUSH, status_code__isnull=False).order_by("-pk")
        last = list(recent.values_list("status_code", "customer_id")[:5])
        return len({customer for code, customer in last if code == 403}) == 5


class Attempt(models.Model):
    """One HTTP exchange for one change."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="attempts")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="attempts")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PUSH)
    epoch = models.PositiveIntegerField()
    worker = models.CharField(max_length=80)
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.INTENT)
    late = models.BooleanField(default=False, help_text="Came after its change had moved on: evidence only.")
    note = models.CharField(max_length=500, blank=True)

    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    method = models.CharField(max_length=8, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True)
    sealed_carried = models.BinaryField(null=True)
    sealed_request = models.BinaryField(null=True)
    sealed_response = models.BinaryField(null=True)
    shown_request = models.TextField(blank=True)
    shown_response = models.TextField(blank=True)
    bodies_removed_at = models.DateTimeField(null=True, help_text="When their time was over, and the bodies went.")

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["change", "epoch"], condition=Q(kind=Kind.PUSH), name="one_push_per_epoch_of_a_change"
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "-id"], name="attempt_by_connection"),
            models.Index(fields=["connection", "ended_at"], name="attempt_by_end"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk} of {self.change}"

    @property
    def carried(self) -> dict[str, Value]:
        """What the provider required beside what was asked, with the values that were sent."""
        if not self.sealed_carried:
            return {}
        return self.customer.key.open("carried", "", self.sealed_carried)  # type: ignore[return-value]

    def keep(self, exchange: Exchange, *records: Mapping[str, Value]) -> None:
        """Takes over what went over the wire: whole and sealed, and in a form fit to show. Does not save.

        Sensitive values of these records stand in no form that is shown, whatever words the provider puts round them.
        """
        key, provider = self.customer.key, self.connection.provider
        hide = provider.sensitive_texts(self.customer.record, *records)
        self.method, self.url, self.status_code = exchange.method, exchange.url[:1000], exchange.status
        self.milliseconds = round(exchange.elapsed * 1000)
        self.sealed_request = key.seal_bytes("request", str(self.pk), exchange.request_body)
        self.sealed_response = key.seal_bytes("response", str(self.pk), exchange.response_body)
        self.shown_request = provider.redact(exchange.request_body, hide)
        self.shown_response = provider.redact(exchange.response_body, hide)
