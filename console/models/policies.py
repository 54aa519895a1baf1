"""Policies: which lines need how many approvals. A policy is its versions; one of them at most is in force.

Changing a policy means proposing its next version, which a second administrator approves. What the versions in force
ask for is judged in `judging`.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import connection as database
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.judging import MOST_APPROVALS, Rule, Scope
from console.models.people import User
from console.models.rows import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


class PolicyStatus(models.TextChoices):
    """Where a version of a policy stands."""

    PROPOSED = "proposed", "Waiting for a second administrator"
    IN_FORCE = "in force", "In force"
    REPLACED = "replaced", "Replaced"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Policy(models.Model):
    """What its versions have in common."""

    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return f"policy {self.pk}"


class PolicyVersion(models.Model):
    """What a policy says, or is to say. Never altered once it was proposed, but for what became of it."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    connection_ids = models.JSONField(default=list, help_text="None named: all of them.")
    scope = models.CharField(max_length=16, choices=[(scope.value, scope.name) for scope in Scope], default=Scope.ALL)
    fields = models.JSONField(default=list)
    from_size = models.PositiveIntegerField(default=1, help_text="From how many changes proposed together it holds.")
    approvals = models.PositiveSmallIntegerField(default=1)
    asks_reason = models.BooleanField(default=False)
    asks_ticket = models.BooleanField(default=False)
    hours = models.PositiveIntegerField(default=72, help_text="How long a request may wait for its decision.")
    retires = models.BooleanField(default=False, help_text="This version ends the policy.")

    status = models.CharField(max_length=16, choices=PolicyStatus, default=PolicyStatus.PROPOSED)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(db_default=Now())
    why = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=500, blank=True, help_text="Why it was rejected.")
    alone = models.BooleanField(default=False, help_text="It took effect without a second administrator.")

    class Meta:
        ordering = ["policy", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="one_policy_version_per_number"),
            models.UniqueConstraint(
                fields=["policy"], condition=Q(status="in force"), name="one_version_of_a_policy_is_in_force"
            ),
            models.UniqueConstraint(
                fields=["policy"], condition=Q(status="proposed"), name="one_version_of_a_policy_is_proposed"
            ),
            models.CheckConstraint(condition=Q(status__in=PolicyStatus.values), name="a_policy_has_a_known_status"),
            models.CheckConstraint(condition=Q(approvals__lte=MOST_APPROVALS), name="a_policy_asks_for_few_approvals"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("proposed_by")) | Q(alone=True),
                name="nobody_decides_on_their_own_policy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.number}"

    @cached_property
    def rule(self) -> Rule:
        """What it asks for, to be judged by."""
        return Rule(
            policy=self.policy_id,
            number=self.number,
            name=self.name,
            connections=frozenset(self.connection_ids),
            scope=Scope(self.scope),
            fields=frozenset(self.fields),
            from_size=self.from_size,
            approvals=self.approvals,
            asks_reason=self.asks_reason,
            asks_ticket=self.asks_ticket,
            lasts=timedelta(hours=self.hours),
        )


def rules_in_force() -> tuple[Rule, ...]:
    """All of them, by the name they go by."""
    with database.cursor() as cursor:
        cursor.execute(_IN_FORCE)
        return tuple(_VERSION.of(row).rule for row in cursor.fetchall())


def rules_of(versions: Sequence[Mapping[str, Any]] | None) -> tuple[Rule, ...]:
    """What `VERSIONS_IN_FORCE` gave, to be judged by."""
    return tuple(PolicyVersion(**version).rule for version in versions or ())


def in_force_since() -> datetime | None:
    """When the policies last changed."""
    with database.cursor() as cursor:
        cursor.execute("SELECT max(decided_at) FROM console_policyversion WHERE status IN ('in force', 'replaced')")
        [moment] = cursor.fetchone()
    return moment  # type: ignore[no-any-return]  # a cursor's row is untyped


_VERSION = Table(PolicyVersion, "version")
_IN_FORCE = f"""
    SELECT {_VERSION.columns} FROM console_policyversion version
    WHERE version.status = 'in force' AND NOT version.retires ORDER BY version.name, version.policy_id
"""  # noqa: S608 - of our own names
VERSIONS_IN_FORCE = f"(SELECT json_agg(version) FROM ({_IN_FORCE}) version)"  # noqa: S608 - as one value of a statement
