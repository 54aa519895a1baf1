"""Erasures: the values of a customer are made unreadable for good, once a second person has agreed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from console.models.customers import Customer
from console.models.people import User


class ErasureStatus(models.TextChoices):
    """Where it stands."""

    ASKED = "asked", "Waiting for a second person"
    DONE = "done", "Erased"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Erasure(models.Model):
    """One person's wish to have a customer erased, and what a second one said to it."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="erasures")
    status = models.CharField(max_length=16, choices=ErasureStatus, default=ErasureStatus.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    reference = models.CharField(max_length=200, help_text="The request it follows: a ticket, no personal value.")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ErasureStatus.values), name="an_erasure_has_a_known_state"),
            models.CheckConstraint(
                condition=~Q(status=ErasureStatus.DONE) | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="nobody_erases_by_themselves",
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(status=ErasureStatus.ASKED), name="one_open_erasure_per_customer"
            ),
        ]
        indexes = [models.Index(fields=["id"], condition=Q(status=ErasureStatus.ASKED), name="erasure_to_decide")]

    def __str__(self) -> str:
        return f"erasure of {self.customer_id}"
