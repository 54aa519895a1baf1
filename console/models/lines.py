"""A line: one field of a change, with the value before and the value after, and what an approval of it covers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from django.db import connection as database
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.customers import Customer
from console.models.judging import LineState
from console.models.people import User
from console.models.states import Status, Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from providers.fields import Field, Value


class LineQuerySet(models.QuerySet["Line"]):
    """Questions about lines, as English."""

    def waiting_for(self, customer: Customer, fields: Iterable[str]) -> dict[str, int]:
        """Which of these fields a change waits to send already, and the number of that change."""
        with database.cursor() as cursor:
            cursor.execute(_WAITING, (customer.pk, list(fields)))
            return dict(cursor.fetchall())

    def applied_since(self, moment: datetime | None) -> LineQuerySet:
        """Those that reached the provider after a moment, in that order."""
        applied = Q(change__status=Status.APPLIED) | Q(change__verdict=Verdict.APPLIED)
        kept = self.filter(decision__in=[state.value for state in LineState if state.is_sent])
        return kept.filter(applied, change__ended_at__gt=moment or Now()).order_by("change__ended_at")


_WAITING = "SELECT field, change_id FROM console_line WHERE customer_id = %s AND field = ANY(%s) AND waiting"


class Line(models.Model):
    """One field of a change: what it was for the author, and what it is to be."""

    change = models.ForeignKey("console.Change", on_delete=models.CASCADE, related_name="lines")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    field = models.CharField(max_length=64)
    position = models.PositiveSmallIntegerField()
    sealed_before = models.BinaryField()
    sealed_after = models.BinaryField()
    had_before = models.BooleanField(help_text="False: no value was known when it was asked.")
    digest = models.BinaryField()
    decision = models.CharField(
        max_length=16, choices=[(state.value, state.name) for state in LineState], default=LineState.OPEN
    )
    needs = models.PositiveSmallIntegerField(default=0, help_text="How many approvals the policies asked for.")
    waiting = models.BooleanField(default=True, help_text="Not sent yet and not ended.")

    objects = LineQuerySet.as_manager()
    approvals = 0  # who approved it exactly as it stands, where whoever read it counted them

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["change", "field"], name="a_change_asks_once_per_field"),
            models.UniqueConstraint(
                fields=["customer", "field"],
                condition=Q(waiting=True),
                name="one_open_line_per_customer_and_field",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=[state.value for state in LineState]), name="a_line_has_a_known_state"
            ),
        ]
        indexes = [models.Index(fields=["customer", "field", "-id"], name="line_by_customer_field")]

    def __str__(self) -> str:
        return f"{self.field} of {self.change}"

    @cached_property
    def before(self) -> Value:
        """What the author saw as the present value."""
        return self.change.customer.key.open("line before", self.field, self.sealed_before)  # type: ignore[return-value]

    @cached_property
    def after(self) -> Value:
        """What the value is to be; None clears it."""
        return self.change.customer.key.open("line after", self.field, self.sealed_after)  # type: ignore[return-value]

    @property
    def rule(self) -> Field:
        """The provider's rule for this field."""
        return self.change.customer.provider.field(self.field)

    @property
    def state(self) -> LineState:
        """What was decided about it, as the enum."""
        return LineState(self.decision)

    def has_moved(self, record: Mapping[str, Value]) -> bool:
        """Whether the record holds another value by now than the one that the line starts from."""
        if not self.had_before:
            return self.field in record and not self.rule.is_blank(record[self.field])
        return not self.rule.same(record.get(self.field), self.before)

    def stands(self, record: Mapping[str, Value]) -> bool:
        """Whether it is what it was when its digest was made, and starts from what this record holds."""
        return not self.has_moved(record) and bytes(self.digest) == self.current_digest(record)

    def rebase(self, record: Mapping[str, Value]) -> None:
        """Lets it start from what this record holds, and saves that."""
        self.seal(record.get(self.field), self.after)
        self.had_before = self.field in record
        self.digest = self.current_digest()
        self.save(update_fields=["sealed_before", "sealed_after", "had_before", "digest"])

    def seal(self, before: Value, after: Value) -> None:
        """Puts both values under the customer's key; the change must have its number for the digest."""
        key = self.change.customer.key
        self.sealed_before = key.seal("line before", self.field, before)
        self.sealed_after = key.seal("line after", self.field, after)
        self.__dict__.update(before=before, after=after)

    def current_digest(self, record: Mapping[str, Value] | None = None, carried: Sequence[str] | None = None) -> bytes:
        """What an approval of this line covers: of whom it is asked, the asked values, and the names of what it alone
        makes the request carry, so that what becomes of other lines changes nothing. `record`, if at hand: what is
        known now; `carried`: those names.
        """
        customer = self.change.customer
        if carried is None:
            known = customer.record if record is None else record
            carried = customer.provider.asked_and_carried(known, {self.field: self.after})[1]
        content = {
            "change": self.change_id,
            "of": customer.identity,
            "field": self.field,
            "before": self.before,
            "after": self.after,
            "carried": list(carried),
        }
        return customer.key.digest("line", content)

    def digest_now(self, record: Mapping[str, Value]) -> bytes:
        """What an approval would cover if it were given now: where the value has moved, it starts from that."""
        if not self.has_moved(record):
            return bytes(self.digest)
        now = Line(change=self.change, customer_id=self.customer_id, field=self.field)
        now.__dict__.update(before=record.get(self.field), after=self.after)
        return now.current_digest(record)


class Authorship(models.Model):
    """Who touched a line: whoever did may not decide on it."""

    line = models.ForeignKey(Line, on_delete=models.CASCADE, related_name="authorships")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["line", "user"], name="an_author_is_named_once_per_line")]

    def __str__(self) -> str:
        return f"{self.user} on {self.line}"
