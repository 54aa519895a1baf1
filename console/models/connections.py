"""A connection: one account at one provider, with its credentials, its limits and whether it is paused."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from django.db import connection as database
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.people import User
from console.models.sealing import key_ring
from providers import registry

if TYPE_CHECKING:
    from providers.base import Provider


class Pause(models.TextChoices):
    """Why nothing is sent through a connection at present."""

    BY_A_PERSON = "person", "Paused by a person"
    NOT_ALLOWED = "not allowed", "The provider does not accept our credentials"
    MISROUTED = "misrouted", "Something else than the provider's API answers at the base URL"
    FORBIDDEN = "forbidden", "The provider refused five customers in a row"
    BAD_OPTIONS = "bad options", "The settings of this connection do not fit the provider's rules any more"
    RESTORED = "restored", "The database was restored from a backup"


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Questions about connections, as English."""

    def seems_to_have_a_token(self, pk: int) -> bool:
        """A glance at the rate limit, which takes nothing and locks nothing; no while it is paused."""
        with database.cursor() as cursor:
            cursor.execute(_GLANCE, [pk])
            return cursor.fetchone() is not None

    def take_a_token(self, pk: int) -> int | None:
        """Takes one request's worth of the rate limit, in one statement that is right for any number of workers.

        Gives the connection's slots, and locks its row until the transaction ends, so that they can be counted. None:
        paused, or over the rate.
        """
        with database.cursor() as cursor:
            cursor.execute(_DRAW, [pk])
            row = cursor.fetchone()
        return row[0] if row else None


_GLANCE = """
    SELECT 1 FROM console_connection
    WHERE id = %s AND paused_at IS NULL
        AND tokens + GREATEST(0, EXTRACT(epoch FROM clock_timestamp() - tokens_at)) * rate >= 1
"""
# No subquery that locks: workers would see the row as it was before others' updates, overspend, and deadlock.
_DRAW = """
    UPDATE console_connection
    SET tokens = LEAST(rate, tokens + GREATEST(0, EXTRACT(epoch FROM clock_timestamp() - tokens_at)) * rate) - 1,
        tokens_at = clock_timestamp()
    WHERE id = %s AND paused_at IS NULL
        AND tokens + GREATEST(0, EXTRACT(epoch FROM clock_timestamp() - tokens_at)) * rate >= 1
    RETURNING slots
"""


class Connection(models.Model):
    """One account at one provider."""

    provider_slug = models.CharField(max_length=16)
    name = models.CharField(max_length=60, unique=True)
    base_url = models.CharField(max_length=300)
    sealed_credentials = models.TextField()
    options = models.JSONField(default=dict, blank=True)

    slots = models.PositiveSmallIntegerField(default=4, help_text="Requests under way at once, over all workers.")
    rate = models.PositiveSmallIntegerField(default=50, help_text="Requests per second, over all workers.")
    tokens = models.FloatField(default=1.0)
    tokens_at = models.DateTimeField(db_default=Now())

    failures = models.PositiveSmallIntegerField(default=0, help_text="Calls in a row that got no proper answer.")
    interrupted_at = models.DateTimeField(null=True, blank=True, help_text="Since when the circuit breaker is open.")
    probe_at = models.DateTimeField(null=True, blank=True, help_text="When one call may try whether it works again.")

    paused_at = models.DateTimeField(null=True, blank=True)
    pause = models.CharField(max_length=16, choices=Pause, blank=True)
    pause_reason = models.CharField(max_length=300, blank=True)
    paused_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(slots__gte=1), name="a_connection_has_a_slot"),
            models.CheckConstraint(condition=Q(rate__gte=1), name="a_connection_has_a_rate"),
            models.CheckConstraint(
                condition=Q(paused_at=None, pause="") | Q(paused_at__isnull=False, pause__in=Pause.values),
                name="a_pause_has_a_cause",
            ),
            models.CheckConstraint(
                condition=Q(interrupted_at=None, probe_at=None)
                | Q(interrupted_at__isnull=False, probe_at__isnull=False),
                name="an_interruption_ends_with_a_probe",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def provider(self) -> Provider:
        """The provider's rules with this connection's options applied."""
        return _configured(self.provider_slug, tuple(sorted(self.options.items())))

    @property
    def credentials(self) -> dict[str, str]:
        """The secrets, opened; never put them on a page, in a log line or in an exception."""
        opened = key_ring().open("credentials", self.sealed_credentials)
        return {str(key): str(value) for key, value in dict(opened).items()}  # type: ignore[call-overload]  # sealed as a dict

    @credentials.setter
    def credentials(self, credentials: Mapping[str, str]) -> None:
        self.sealed_credentials = key_ring().seal("credentials", dict(credentials))

    @property
    def is_paused(self) -> bool:
        """Nothing leaves through it."""
        return self.paused_at is not None

    @property
    def is_interrupted(self) -> bool:
        """The circuit breaker is open: nothing leaves but one probe, from `probe_at` on."""
        return self.interrupted_at is not None

    def locked(self) -> Connection:
        """This row again, locked until the transaction ends."""
        return Connection.objects.select_for_update(no_key=True).get(pk=self.pk)


@lru_cache(maxsize=256)
def _configured(slug: str, options: tuple[tuple[str, str], ...]) -> Provider:
    return registry.get(slug).configured(dict(options))
