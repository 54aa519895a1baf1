"""People and what they may do where: a grant is one role at one connection, or at all of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Role(models.TextChoices):
    """What a grant makes of a person; none implies another."""

    VIEWER = "viewer", "Viewer"
    EDITOR = "editor", "Editor"
    APPROVER = "approver", "Approver"
    OPERATOR = "operator", "Operator"
    REVIEWER = "reviewer", "Reviewer"
    ADMINISTRATOR = "administrator", "Administrator"
    BREAK_GLASS = "break-glass", "Break-glass"
    ERASURE = "erasure", "Erasure"
    COMPARE = "compare", "Compare"
    REVEAL = "reveal", "Reveal"


class Mail(models.TextChoices):
    """What a person is told by e-mail."""

    NOTHING = "nothing", "Nothing"
    MINE = "mine", "What becomes of my changes"
    ALL = "all", "That, and what waits for my decision"


class User(AbstractUser):
    """A person who signs in."""

    time_zone = models.CharField(max_length=64, default="UTC")
    single_keys = models.BooleanField(default=True, help_text="Whether single keys act, such as e for Edit.")
    mail = models.CharField(max_length=16, choices=Mail, default=Mail.NOTHING)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When they last did something here.")
    mailed_at = models.DateTimeField(
        null=True, blank=True, help_text="When they were last told by e-mail what waits for them."
    )

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What the pages call this person."""
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        """Up to two letters for the avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this person is shown times."""
        return ZoneInfo(self.time_zone)


class Grant(models.Model):
    """One role of one person at one connection; without a connection, at all of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    connection = models.ForeignKey("Connection", on_delete=models.CASCADE, null=True, blank=True, related_name="grants")
    role = models.CharField(max_length=16, choices=Role)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "connection", "role"], name="a_grant_is_given_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="a_grant_names_a_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} at {self.connection or 'all connections'}"
