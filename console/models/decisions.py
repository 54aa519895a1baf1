"""Decisions: who approved or rejected which line, having seen what. And changes sent without waiting for one."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.changes import Change
from console.models.judging import Act, Given
from console.models.lines import Line
from console.models.people import User


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Questions about decisions, as English."""

    def on(self, change: Change) -> list[Given]:
        """What was given about the lines of a change, the first one first."""
        found = self.filter(change=change).order_by("pk").values_list("line__field", "by", "act", "digest", "at")
        return [Given(field, by, Act(act), bytes(digest), at) for field, by, act, digest, at in found]


class Decision(models.Model):
    """One person's word on one line as it was. It is never altered: what the line is now decides whether it counts."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="decisions")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="decisions")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    act = models.CharField(max_length=16, choices=[(act.value, act.name) for act in Act])
    digest = models.BinaryField(help_text="Of the line as it stood on the page.")
    sealed_reason = models.BinaryField(null=True)
    policies = models.JSONField(default=list, help_text="Which versions applied: policy, number, name.")
    at = models.DateTimeField(db_default=Now())

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(act__in=[act.value for act in Act]), name="a_decision_is_a_known_act"),
        ]
        indexes = [models.Index(fields=["change", "id"], name="decision_by_change")]

    def __str__(self) -> str:
        return f"{self.act} of {self.line}"

    @property
    def reason(self) -> str:
        """Why it was rejected, opened; the change's customer must be loaded."""
        if not self.sealed_reason:
            return ""
        return str(self.change.customer.key.open("decision", str(self.line_id), self.sealed_reason))


class Emergency(models.Model):
    """A change that was sent at once, without the approvals it needed: on a list until a reviewer closes it."""

    change = models.OneToOneField(Change, on_delete=models.PROTECT, related_name="emergency")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    sealed_reason = models.BinaryField()
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    sealed_finding = models.BinaryField(null=True)

    class Meta:
        verbose_name_plural = "emergencies"
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=models.F("by")),
                name="nobody_closes_their_own_emergency",
            ),
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(closed_at__isnull=True), name="emergency_to_review")]

    def __str__(self) -> str:
        return f"emergency of {self.change}"

    @property
    def reason(self) -> str:
        """Why it could not wait, opened."""
        return str(self.change.customer.key.open("emergency", "reason", self.sealed_reason))

    @property
    def finding(self) -> str:
        """What the reviewer found, opened; empty while it stands on the list."""
        return (
            str(self.change.customer.key.open("emergency", "finding", self.sealed_finding))
            if self.sealed_finding
            else ""
        )
