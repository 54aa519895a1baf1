"""Who was shown a sensitive value, or compared one with what a caller said; and digests by which one is found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.customers import Customer
from console.models.people import User


class Reveal(models.Model):
    """A sensitive value was shown to a person, or they learnt whether it is what a caller says."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reveals")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="reveals")
    field = models.CharField(max_length=64)
    matched = models.BooleanField(
        null=True, help_text="Of a comparison: whether it matched. Null: the value was shown."
    )
    sealed_reason = models.BinaryField(null=True, help_text="Why, under the customer's key.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["user", "-at"], name="reveal_by_person"),
            models.Index(fields=["customer", "-at"], name="reveal_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of customer {self.customer_id} for {self.user_id}"


class BlindTerm(models.Model):
    """A digest by which a customer is found by the whole of a sensitive value: an HMAC under a key of the ring.

    Never of a tiny domain, whose values could all be tried by whoever comes by the key.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="blind_terms")
    field = models.CharField(max_length=64)
    key = models.CharField(max_length=32, help_text="The ring's key that made it.")
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "field", "key"], name="a_blind_term_is_kept_once"),
        ]
        indexes = [models.Index(fields=["digest"], name="customer_by_blind_term")]

    def __str__(self) -> str:
        return f"{self.field} of customer {self.customer_id}"


class Allowance(models.Model):
    """How often somebody did a thing that is limited, since the window began that is counted now."""

    name = models.CharField(max_length=120, primary_key=True, help_text="What and whose: “export:17”.")
    began_at = models.DateTimeField(db_default=Now())
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(used__gte=0), name="an_allowance_is_a_count")]

    def __str__(self) -> str:
        return f"{self.name}: {self.used}"
