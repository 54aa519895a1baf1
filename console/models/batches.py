"""Batches: many changes at one connection that are asked for, decided on, sent and undone as one.

A batch is put together in the background, waits for one decision about all of it, lets a few of its changes go ahead,
and then the others at the rate of their connection. Each of its changes is a change like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now

from console.models.changes import Change, Origin
from console.models.connections import Connection
from console.models.customers import Customer
from console.models.judging import Act
from console.models.people import User
from console.models.sealing import key_ring
from console.models.states import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

CANARY = 5
"""So many of its changes go first, and have to arrive before another one leaves."""

BATCH_ENDED = "Its batch ended before this one left."
"""The note of a change that was taken back with its batch, and not by somebody for itself."""


class BatchStatus(models.TextChoices):
    """Where a batch stands. The words are those of the page."""

    BUILDING = "building", "Being put together"
    WAITING = "waiting", "Waiting for approval"
    CANARY = "canary", "First few under way"
    CHECKING = "checking", "First few to be looked at"
    GOING = "going", "Under way"
    PAUSED = "paused", "Paused"
    DONE = "done", "Ended"
    STOPPED = "stopped", "Stopped"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"
    FAILED = "failed", "Not put together"

    @property
    def is_final(self) -> bool:
        """Nothing of it leaves any more, but what is on its way already."""
        return self not in BATCH_STEPS

    @property
    def is_released(self) -> bool:
        """It was approved, and some of its changes may be on their way."""
        return self in RELEASED

    @property
    def tone(self) -> str:
        """The style sheet's class: applied, waiting, refused, unknown or neutral."""
        return _TONES.get(self, "neutral")


BATCH_STEPS = {
    BatchStatus.BUILDING: {BatchStatus.WAITING, BatchStatus.CANARY, BatchStatus.WITHDRAWN, BatchStatus.FAILED},
    BatchStatus.WAITING: {
        BatchStatus.CANARY,
        BatchStatus.REJECTED,
        BatchStatus.WITHDRAWN,
        BatchStatus.EXPIRED,
    },
    BatchStatus.CANARY: {BatchStatus.CHECKING, BatchStatus.GOING, BatchStatus.PAUSED, BatchStatus.STOPPED},
    BatchStatus.CHECKING: {BatchStatus.GOING, BatchStatus.STOPPED},
    BatchStatus.GOING: {BatchStatus.PAUSED, BatchStatus.STOPPED, BatchStatus.DONE},
    BatchStatus.PAUSED: {BatchStatus.CANARY, BatchStatus.GOING, BatchStatus.STOPPED},
}
BATCH_STEPS[BatchStatus.CANARY].add(BatchStatus.DONE)  # where there are no more than go first
BATCH_STEPS[BatchStatus.CHECKING] |= {BatchStatus.DONE, BatchStatus.PAUSED}
for _status in (BatchStatus.CANARY, BatchStatus.CHECKING, BatchStatus.GOING, BatchStatus.PAUSED):
    BATCH_STEPS[_status].add(BatchStatus.WAITING)  # its approval no longer holds: what is left is asked about anew
BATCH_STEPS[BatchStatus.WAITING] |= {BatchStatus.GOING, BatchStatus.STOPPED}
RELEASED = frozenset({BatchStatus.CANARY, BatchStatus.CHECKING, BatchStatus.GOING, BatchStatus.PAUSED})
_TONES = {
    BatchStatus.BUILDING: "waiting",
    BatchStatus.WAITING: "waiting",
    BatchStatus.CANARY: "waiting",
    BatchStatus.CHECKING: "waiting",
    BatchStatus.GOING: "waiting",
    BatchStatus.PAUSED: "waiting",
    BatchStatus.DONE: "applied",
    BatchStatus.REJECTED: "refused",
    BatchStatus.FAILED: "refused",
}


class BatchQuerySet(models.QuerySet["Batch"]):
    """Questions about batches, as English."""

    def at(self, connections: models.QuerySet[Connection]) -> Self:
        """Those of these connections."""
        return self.filter(connection__in=connections)

    def to_decide(self) -> Self:
        """Waiting for somebody else's decision."""
        return self.filter(ended_at__isnull=True, status=BatchStatus.WAITING)

    def to_feed(self) -> Self:
        """Of which more changes may have to leave, to end or to be called back, or which may have ended."""
        resting = Q(status__in=[BatchStatus.WAITING, BatchStatus.CHECKING, BatchStatus.PAUSED])
        to_go_again = Change.objects.filter(batch=OuterRef("pk"), status=Status.APPROVED, maybe_applied=False)
        unfinished = self.filter(ended_at__isnull=True).exclude(status=BatchStatus.BUILDING)
        return unfinished.filter(~resting | Exists(to_go_again))

    def to_build(self) -> Self:
        """Those that take another batch back and are still to be put together: a worker does that."""
        return self.filter(ended_at__isnull=True, status=BatchStatus.BUILDING, undoes__isnull=False)


class Batch(models.Model):
    """Many changes at one connection, as one proposal."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="batches")
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="batches")
    idempotency_key = models.CharField(max_length=64)
    origin = models.CharField(max_length=16, choices=Origin)
    title = models.CharField(max_length=200, help_text="What it asks for, without a personal value.")
    sealed_why = models.TextField(blank=True)
    reference = models.CharField(max_length=120, blank=True)
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="undone_by")

    status = models.CharField(max_length=16, choices=BatchStatus, default=BatchStatus.BUILDING)
    note = models.CharField(max_length=500, blank=True, help_text="Why it stands where it stands; no personal values.")
    expected = models.PositiveIntegerField(default=0, help_text="How many rows or customers it is made of.")
    size = models.PositiveIntegerField(default=0, help_text="How many changes it holds.")
    fields = models.JSONField(default=list, help_text="The names of the fields that its changes ask for.")
    needs = models.JSONField(default=dict, help_text="How many approvals the policies asked for, by field.")
    digest = models.BinaryField(default=bytes, help_text="SHA-256 over the HMACs of its changes, in their order.")
    released = models.PositiveIntegerField(default=0, help_text="How many were let go, in the order of their places.")
    reached = models.PositiveIntegerField(default=0, help_text="Up to which place it was looked whether they may go.")
    looked_from = models.PositiveIntegerField(
        default=0, help_text="Behind which place it is counted what did not arrive: where somebody said go on."
    )
    canary_passed_at = models.DateTimeField(null=True)
    outline = models.JSONField(
        default=dict,
        help_text="What was found of its changes once all were in it: counts, sentences, places; no value.",
    )
    set_back_at = models.DateTimeField(
        null=True,
        help_text="When a backup was found to have been put back: what has not left by it may have left since.",
    )

    tries = models.PositiveSmallIntegerField(default=0, help_text="How often a worker took it up to put it together.")
    beat_at = models.DateTimeField(null=True, help_text="When a worker was last known to be at it.")
    expires_at = models.DateTimeField(null=True, help_text="Until when it waits for its decision.")
    created_at = models.DateTimeField(db_default=Now())
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="When nothing of it was left to leave or to end.")
    steps = models.PositiveIntegerField(
        default=1, help_text="How many it took; counted by the database, which wants an event of each."
    )

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(fields=["requester", "idempotency_key"], name="one_batch_per_form_key"),
            models.CheckConstraint(condition=Q(status__in=BatchStatus.values), name="a_batch_has_a_known_status"),
            models.CheckConstraint(condition=Q(released__lte=F("size")), name="no_more_is_released_than_there_is"),
            models.CheckConstraint(
                condition=~Q(status=BatchStatus.WAITING) | Q(expires_at__isnull=False),
                name="a_batch_that_waits_expires",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=sorted(RELEASED)) | Q(approved_at__isnull=False),
                name="a_batch_is_released_once_approved",
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "-id"], name="batch_by_connection"),
            models.Index(fields=["requester", "-id"], name="batch_by_requester"),
            models.Index(fields=["id"], condition=Q(ended_at__isnull=True), name="batch_unfinished"),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"

    @property
    def state(self) -> BatchStatus:
        """The status as the enum."""
        return BatchStatus(self.status)

    @property
    def why(self) -> str:
        """The author's reason, opened."""
        return str(key_ring().open("batch why", self.sealed_why)) if self.sealed_why else ""


class BatchDecision(models.Model):
    """What somebody decided about a whole batch, having seen this digest of it. It is never altered.

    Whoever approved it is asked again only once their word no longer holds.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=16, choices=[(act.value, act.name) for act in Act])
    digest = models.BinaryField()
    sealed_reason = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["batch", "id"], name="decision_by_batch")]

    def __str__(self) -> str:
        return f"{self.user} on {self.batch}"

    @property
    def reason(self) -> str:
        """Why it was rejected, opened."""
        return str(key_ring().open("batch reason", self.sealed_reason)) if self.sealed_reason else ""


class BatchRefusal(models.Model):
    """A row or customer of a batch that became no change, and why: told without a personal value.

    Where its code is “in part”, the rest of it became one.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="refusals")
    place = models.PositiveIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    code = models.CharField(max_length=40)
    problem = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "place"], name="a_row_is_refused_once")]

    def __str__(self) -> str:
        return f"row {self.place} of {self.batch}"


class BatchTally(models.Model):
    """So many more, or fewer, changes of a batch stand like this: written by the database along with each step.

    Nobody waits for anybody to count: each step adds a row, and now and then those of a batch are summed up. `state` is
    the change's status; “waiting” while it waits for its batch; “no change” and “in part” count refusals.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="tallies", db_index=False)
    state = models.CharField(max_length=16)
    count = models.IntegerField()

    class Meta:
        verbose_name_plural = "batch tallies"
        indexes = [models.Index(fields=["batch"], include=["state", "count"], name="tally_by_batch")]

    def __str__(self) -> str:
        return f"{self.count} {self.state} of {self.batch}"


WENT_WITH_IT = """(
    SELECT verb = 'change.approved' FROM console_event
    WHERE change_id = console_change.id AND (
        verb = 'change.amended'
        OR verb IN ('change.proposed', 'change.approved', 'change.held') AND details ? 'batch'
    )
    ORDER BY id DESC LIMIT 1
)"""
"""Whether its batch let this member go, as its own history says. What was edited or held left the batch, and what was
called back waits for it once more; whoever lets these go then does so for each alone.
"""


def walk(columns: str, bounds: str, conditions: Iterable[str], *, back: bool = False) -> str:
    """A statement for the members of %(batch)s, %(most)s of them in the order of their places, of which one of these
    conditions is true: their places and what else is asked. Each condition is walked along the index by itself, so that
    of a hundred thousand members no more are looked at than are given.
    """
    order = "DESC" if back else "ASC"
    parts = [
        f"""(
            SELECT batch_place, {columns} FROM console_change WHERE batch_id = %(batch)s AND {bounds} AND {condition}
            ORDER BY batch_place {order} LIMIT %(most)s
        )"""  # noqa: S608 - of our own words
        for condition in conditions
    ]
    together = " UNION ALL ".join(parts)
    return f"SELECT * FROM ({together}) AS member ORDER BY batch_place {order} LIMIT %(most)s"  # noqa: S608
