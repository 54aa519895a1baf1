"""Notices: what a person is told about changes while they are elsewhere, in the page and by e-mail."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

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


class Notice(models.Model):
    """One thing that one person is told. It holds no personal value: the change's own page tells the rest."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="notices")
    about = models.CharField(max_length=16, choices=About)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True, help_text="When it was sent by e-mail, or found not to be wanted so.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(about__in=About.values), name="a_notice_is_about_a_known_thing"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_by_user"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["id"], condition=Q(mailed_at__isnull=True), name="notice_to_mail"),
        ]

    def __str__(self) -> str:
        return f"notice for {self.user} about {self.change}"
