"""Sessions: a browser in which somebody is signed in, or is about to be."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.people import User

IDLE = timedelta(minutes=30)
"""Of how long nothing may be heard from whoever is signed in."""
LONGEST = timedelta(hours=12)
"""How long a session lasts at most, whatever is done in it."""


class Session(models.Model):
    """One browser's session. Its key is kept as a digest and what it holds sealed: neither is of use to a thief."""

    key_digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    sealed = models.BinaryField()
    began_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now(), help_text="When its person last did something in it.")
    ends_at = models.DateTimeField()
    browser = models.CharField(max_length=80, blank=True, help_text="Such as “Firefox on Linux”.")
    address = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-seen_at"], condition=Q(user__isnull=False), name="session_by_person"),
            models.Index(fields=["ends_at"], name="session_by_end"),
        ]

    def __str__(self) -> str:
        return f"session {self.pk} of {self.user or 'nobody yet'}"
