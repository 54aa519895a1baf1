"""What one person has on the desk: forms begun and not saved, and the customers they looked at."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from console.models.customers import Customer
from console.models.people import User

DRAFTS_LIVE = timedelta(hours=24)


class Draft(models.Model):
    """What a person typed into the form of a customer and did not save, sealed under the customer's key.

    It is offered again for 24 hours, then it is gone.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="drafts")
    sealed = models.BinaryField()
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "customer"], name="a_person_has_one_draft_per_customer"),
        ]
        indexes = [models.Index(fields=["saved_at"], name="draft_by_age")]

    def __str__(self) -> str:
        return f"draft of {self.user} for customer {self.customer_id}"


class Visit(models.Model):
    """That a person looked at a customer on a day (UTC): the access record, and whence recent customers are known."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="visits")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="visits")
    day = models.DateField()
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "user", "day"], name="a_visit_is_kept_once_a_day"),
        ]
        indexes = [
            models.Index(fields=["user", "-last_at"], name="visit_by_recency"),
            models.Index(fields=["customer", "-day", "-id"], name="visit_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.user} saw customer {self.customer_id} on {self.day}"
