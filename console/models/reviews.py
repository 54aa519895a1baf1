"""Reviews: a reviewer looks at what was done in a period, by a sample and by all that is risky, and signs it off."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from console.models.changes import Change
from console.models.people import User


class Review(models.Model):
    """One period of some connections, looked at by reviewers. Once it is signed off nothing of it is altered."""

    title = models.CharField(max_length=120)
    since = models.DateTimeField()
    until = models.DateTimeField()
    connection_ids = models.JSONField(default=list, help_text="Empty: all connections.")
    seed = models.CharField(max_length=64, help_text="What the sample was drawn by; anybody can draw it again.")
    sample = models.PositiveIntegerField(help_text="How many were drawn beside those that are risky.")
    population = models.PositiveIntegerField(default=0, help_text="How many changes ended in the period.")
    population_hash = models.CharField(max_length=64, blank=True, help_text="SHA-256 over all of them.")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now())
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    signed_at = models.DateTimeField(null=True)
    sealed_conclusion = models.TextField(blank=True)
    key_id = models.CharField(max_length=32, blank=True)
    wrapped_key = models.BinaryField(null=True, help_text="Of the conclusion: the one thing that still moves then.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="a_review_begins_before_it_ends"),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | (Q(signed_by__isnull=False, signed_at__isnull=False) & ~Q(population_hash="")),
                name="what_is_signed_off_is_frozen",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Mark(models.TextChoices):
    """What the reviewer says of one change."""

    OPEN = "", "Not looked at"
    FINE = "fine", "Fine"
    QUESTIONED = "questioned", "Questioned"
    SETTLED = "settled", "Question answered"


class ReviewItem(models.Model):
    """One change to look at, and why it was chosen."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="items")
    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="reviewed")
    position = models.PositiveIntegerField()
    reasons = models.JSONField(default=list, help_text="Codes of what makes it risky; “sample” for what was drawn.")
    mark = models.CharField(max_length=16, choices=Mark, default=Mark.OPEN, blank=True)
    marked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    marked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "change"], name="a_review_looks_at_a_change_once"),
            models.CheckConstraint(condition=Q(mark__in=Mark.values), name="a_review_knows_its_marks"),
        ]
        indexes = [models.Index(fields=["review", "position"], name="review_item_in_order")]

    def __str__(self) -> str:
        return f"{self.change} in {self.review}"


class ReviewNote(models.Model):
    """What somebody said of one change under review: a note, a question, an answer. It is never altered."""

    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="notes")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    sealed_text = models.BinaryField(help_text="Under the key of the change's customer.")

    class Meta:
        indexes = [models.Index(fields=["item", "id"], name="review_note_in_order")]

    def __str__(self) -> str:
        return f"note on {self.item}"
