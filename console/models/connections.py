"""A connection: one account at one provider, with its credentials, its limits and whether it is paused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import connection as database
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.people import User
from console.models.sealing import key_ring
from providers import registry

if TYPE_CHECKING:
    from datetime import datetime

    from providers.base import Provider


class Pause(models.TextChoices):
    """Why nothing is sent through a connection at present."""

    BY_A_PERSON = "person", "Paused by a person"
    NOT_ALLOWED = "not allowed", "The provider does not accept our credentials"
    MISROUTED = "misrouted", "Something else than the provider's API answers at the base URL"
    FORBIDDEN = "forbidden", "The provider refused five customers in a row"
    BAD_OPTIONS = "bad options", "The settings of this connection do not fit the provider's rules any more"
    RESTORED = "restored", "The database was restored from a backup"


FAILURES_THAT_INTERRUPT = 5
FIRST_INTERRUPTION = 10.0
LONGEST_INTERRUPTION = 300.0


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to make one request, and whether this is the circuit breaker's probe.

    `slots`: how many the connection has; `under_way`: requests that are out, to send or to read back.
    """

    slots: int
    is_probe: bool
    under_way: int

    @property
    def has_a_slot(self) -> bool:
        """One more request may be out."""
        return self.under_way < self.slots


@dataclass(frozen=True, slots=True)
class Strain:
    """What a call without a proper answer did to the circuit breaker: how many in a row, and whether it opened."""

    failures: int
    opened: bool


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Questions about connections, as English; and the shared limits, each one SQL statement.

    Closed, the circuit breaker counts the calls in a row that got no proper answer. Five of them open it: nothing
    leaves until `probe_at`. Then one call may go, over all workers; its answer closes the breaker or opens it longer.
    """

    def that_may_send(self) -> ConnectionQuerySet:
        """Not paused, and either not interrupted or with a probe that is due."""
        return self.filter(Q(interrupted_at=None) | Q(probe_at__lte=Now()), paused_at=None)

    def seems_to_have_a_turn(self, pk: int) -> bool:
        """A glance at pause, circuit breaker and rate limit, which takes nothing and locks nothing."""
        return _row(_GLANCE, [pk]) is not None

    def take_a_turn(self, pk: int, *, probe_lasts: float, change: int | None = None) -> Turn | None:
        """Takes one request's worth of the rate limit, in one statement that is right for any number of workers.

        It locks the connection's row until the transaction ends. What is under way, this change left out, is counted
        by a statement after it, which so sees all claims before this one, with none beside it. None: paused,
        over the rate, or interrupted. While interrupted, whoever takes the turn makes the probe: the statement itself
        puts the next one off by `probe_lasts` seconds, which the answer to this one then corrects.

        The commit does not wait for the disk, or all claims of a connection would do so one after the other: whoever
        acts on it calls `console.models.claiming.keep` first.
        """
        with database.cursor() as cursor:
            cursor.execute(f"{_DRAW}; {_UNDER_WAY}; {_DO_NOT_WAIT}", [probe_lasts, pk, pk, change or 0])
            turn = cursor.fetchone()
            cursor.nextset()
            [under_way] = cursor.fetchone()
        return Turn(slots=turn[0], is_probe=turn[1], under_way=under_way) if turn else None

    def seconds_to_probe(self, pk: int) -> float:
        """How long until the circuit breaker lets a call through; 0 where it does so now."""
        row = _row(_TO_PROBE, [pk])
        return max(0.0, float(row[0])) if row and row[0] is not None else 0.0

    def failed(self, pk: int, *, began: datetime) -> Strain | None:
        """A call got no proper answer: counts it, and opens the breaker at the fifth in a row, or longer after a probe.

        None: the breaker was open already when this call, begun before that, ended; it says nothing new.
        """
        row = _row(_FAILED, {"pk": pk, "began": began, "most": FAILURES_THAT_INTERRUPT, **_PAUSES})
        return Strain(*row) if row else None

    def answered(self, pk: int) -> bool:
        """A call got a proper answer: the count begins anew. True when that closed the circuit breaker."""
        if _row(_RECOVERED, [pk]):
            return True
        _row(_ANSWERED, [pk])
        return False

    def give_probe_back(self, pk: int) -> None:
        """A probe reached nobody, for a reason of ours: another may go at once."""
        self.filter(pk=pk, interrupted_at__isnull=False).update(probe_at=Now())


def _row(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> tuple[Any, ...] | None:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


_PAUSES = {"first": FIRST_INTERRUPTION, "longest": LONGEST_INTERRUPTION}
ENOUGH_TOKENS = "tokens + GREATEST(0, EXTRACT(epoch FROM clock_timestamp() - tokens_at)) * rate >= 1"
OPEN_FOR_A_CALL = "paused_at IS NULL AND (interrupted_at IS NULL OR probe_at <= clock_timestamp())"
_GLANCE = f"SELECT 1 FROM console_connection WHERE id = %s AND {OPEN_FOR_A_CALL} AND {ENOUGH_TOKENS}"  # noqa: S608 - of our own words
# No subquery that locks: workers would see the row as it was before others' updates, overspend, and deadlock.
_DRAW = f"""
    UPDATE console_connection
    SET tokens = LEAST(rate, tokens + GREATEST(0, EXTRACT(epoch FROM clock_timestamp() - tokens_at)) * rate) - 1,
        tokens_at = clock_timestamp(),
        probe_at = CASE WHEN interrupted_at IS NOT NULL THEN clock_timestamp() + make_interval(secs => %s) END
    WHERE id = %s AND {OPEN_FOR_A_CALL} AND {ENOUGH_TOKENS}
    RETURNING slots, interrupted_at IS NOT NULL
"""  # noqa: S608 - of our own words
# Asked by a statement of its own: one that waited for a lock sees the other rows as they were before.
_UNDER_WAY = """
    SELECT count(*) FROM console_change
    WHERE connection_id = %s AND lease_until > statement_timestamp() AND id <> %s
"""
_DO_NOT_WAIT = "SET LOCAL synchronous_commit = off"
_TO_PROBE = "SELECT EXTRACT(epoch FROM probe_at - clock_timestamp()) FROM console_connection WHERE id = %s"
# The pause doubles with each probe that failed; between half of it and the whole, so that connections spread.
_FAILED = """
    UPDATE console_connection
    SET failures = LEAST(failures + 1, 30000),
        interrupted_at = CASE WHEN failures + 1 >= %(most)s THEN COALESCE(interrupted_at, clock_timestamp()) END,
        probe_at = CASE WHEN failures + 1 >= %(most)s THEN clock_timestamp() + (0.5 + random() / 2) * make_interval(
            secs => LEAST(%(longest)s, %(first)s * 2 ^ LEAST(failures + 1 - %(most)s, 20))) END
    WHERE id = %(pk)s AND (interrupted_at IS NULL OR %(began)s >= interrupted_at)
    RETURNING failures, failures = %(most)s
"""
_RECOVERED = """
    UPDATE console_connection SET failures = 0, interrupted_at = NULL, probe_at = NULL
    WHERE id = %s AND interrupted_at IS NOT NULL RETURNING id
"""
_ANSWERED = "UPDATE console_connection SET failures = 0 WHERE id = %s AND failures > 0 RETURNING id"


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

    keeps_customers_days = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="For how many days nobody needs a customer before our copy goes. Null: for good.",
    )
    keeps_bodies_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="How long the bodies of exchanges are kept. Null: for good."
    )

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
