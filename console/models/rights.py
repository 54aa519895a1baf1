"""Requests about what a person may do, which a second administrator confirms, and the links by which people come in."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from console.models.people import User

INVITATION_LIVES = timedelta(days=7)
WAY_BACK_LIVES = timedelta(hours=24)


class RightsKind(models.TextChoices):
    """What is asked for."""

    ROLES = "roles", "Other roles"
    RETURN = "return", "To be let in again"
    WAY_BACK = "way back", "A way back in, without any factor"


class RightsStatus(models.TextChoices):
    """Where it stands."""

    ASKED = "asked", "Waiting for a second administrator"
    DONE = "done", "Done"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RightsRequest(models.Model):
    """One administrator's wish about what a person may do, and what a second one said to it."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="rights_requests")
    kind = models.CharField(max_length=16, choices=RightsKind)
    granted = models.JSONField(default=list, help_text="Roles to give: [role, key of the connection or null], each.")
    ended = models.JSONField(default=list, help_text="Roles to take, likewise.")
    why = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=16, choices=RightsStatus, default=RightsStatus.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True, help_text="Why it was rejected.")
    alone = models.BooleanField(default=False, help_text="It took effect without a second administrator.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=RightsStatus.values, kind__in=RightsKind.values),
                name="a_rights_request_has_a_known_state",
            ),
            models.CheckConstraint(
                condition=~Q(status=RightsStatus.DONE)
                | Q(alone=True)
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="nobody_gives_rights_by_themselves",
            ),
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=Q(status=RightsStatus.ASKED),
                name="one_open_rights_request_of_a_kind_per_person",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(status=RightsStatus.ASKED), name="rights_to_decide"),
            models.Index(fields=["user", "-id"], name="rights_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.user_id}"


class Invitation(models.Model):
    """A link by which a person sets their password: when they are new, or after every factor was lost.

    Of the link's secret only a digest is kept; it works once, and until `ends_at`.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    token_digest = models.CharField(max_length=64, unique=True)
    is_way_back = models.BooleanField(default=False, help_text="Using it takes away every factor the person had.")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    ends_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="When it was taken back, or another took its place.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(used_at=None, ended_at=None), name="one_open_invitation_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.user_id}"
