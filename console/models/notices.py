"""Notices: what a person is told while they are elsewhere, of changes, of batches, of work on many customers and of
records that they are to put right, in the page and by e-mail.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.batches import Batch
from console.models.bulk import Bulk
from console.models.changes import Change
from console.models.connections import Connection
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
    ASSIGNED = "assigned", "records to put right"


OF_A_BATCH = frozenset({About.ASKED, About.LOOK, About.PAUSED, About.STOPPED, About.ENDED, About.FAILED})
"""What is told of batches alone."""
OF_WORK = frozenset({About.STOPPED, About.FAILED})
"""What is told of work on many customers of which no batch came."""


class Notice(models.Model):
    """One thing that one person is told, about a change, a batch, work on many customers, or flaws of one rule at a
    connection. It holds no personal value: the page of that tells the rest.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    change = models.ForeignKey(Change, on_delete=models.CASCADE, null=True, related_name="notices")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, null=True, related_name="notices", db_index=False)
    connection = models.ForeignKey(
        Connection,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        db_index=False,
        help_text="Where flaws are, or where the work was done.",
    )
    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, null=True, related_name="notices", db_index=False)
    field = models.CharField(max_length=64, blank=True, help_text="Of the rule that they break.")
    code = models.CharField(max_length=40, blank=True)
    count = models.PositiveIntegerField(default=0, help_text="How many records there were to put right.")
    about = models.CharField(max_length=16, choices=About)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True, help_text="When it was sent by e-mail, or found not to be wanted so.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(about__in=About.values), name="a_notice_is_about_a_known_thing"),
            models.CheckConstraint(
                condition=Q(change__isnull=False, batch=None, connection=None)
                | Q(change=None, batch__isnull=False, connection=None)
                | Q(change=None, batch=None, connection__isnull=False),
                name="a_notice_is_about_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(connection=None, bulk=None, field="", code="", count=0)
                | Q(connection__isnull=False, bulk__isnull=False, field="", code="", count=0, about__in=sorted(OF_WORK))
                | Q(connection__isnull=False, bulk=None, about=About.ASSIGNED, count__gt=0)
                & ~Q(field="")
                & ~Q(code=""),
                name="a_notice_of_flaws_says_how_many_of_which_rule",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_by_user"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["id"], condition=Q(mailed_at__isnull=True), name="notice_to_mail"),
        ]

    def __str__(self) -> str:
        return f"notice for {self.user} about {self.bulk or self.connection or self.batch or self.change}"
