"""Notices: what a person is told about changes and batches while they are elsewhere, in the page and by e-mail."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.batches import Batch
from console.models.changes import Change
from console.models.people import User


class About(models.TextChoices):
    """What a notice tells of; who caused it stands beside it."""

    APPROVED = "approved", "approved"
    PARTLY = "partly", "partly approved, partly rejected"
    REJECTED = "rejected", "rejected"
    RETURNED = "returned", "returned to its author"
    EXPIRED = "expired", "not decided in time"
    COMMENTED = "commented", "commented on"
    REPLACED = "replaced", "replaced by a later wish"
    MOVED = "moved", "held, since a value has moved"
    VOID = "void", "held, since its approval no longer holds"
    EMERGENCY = "emergency", "sent without approval"
    QUESTIONED = "questioned", "questioned in a review"
    ASKED = "asked", "waits for a decision"
    LOOK = "look", "the first few are to be looked at"
    PAUSED = "paused", "paused"
    STOPPED = "stopped", "stopped"
    ENDED = "ended", "ended"
    FAILED = "failed", "not put together"


OF_A_BATCH = frozenset({About.ASKED, About.LOOK, About.PAUSED, About.STOPPED, About.ENDED, About.FAILED})
"""What is told of batches alone."""


class Notice(models.Model):
    """One thing that one person is told, about a change or a batch. It holds no personal value: the page of that tells
    the rest.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    change = models.ForeignKey(Change, on_delete=models.CASCADE, null=True, related_name="notices")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, null=True, related_name="notices", db_index=False)
    about = models.CharField(max_length=16, choices=About)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True, help_text="When it was sent by e-mail, or found not to be wanted so.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(about__in=About.values), name="a_notice_is_about_a_known_thing"),
            models.CheckConstraint(
                condition=Q(change__isnull=False, batch__isnull=True) | Q(change__isnull=True, batch__isnull=False),
                name="a_notice_is_about_a_change_or_a_batch",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_by_user"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["id"], condition=Q(mailed_at__isnull=True), name="notice_to_mail"),
        ]

    def __str__(self) -> str:
        return f"notice for {self.user} about {self.batch if self.batch_id else self.change}"
