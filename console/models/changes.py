"""A change: what one person wants to be different in one customer's record, and where it stands."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection as database
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Now

from console.errors import StepNotPossible
from console.models.connections import Connection
from console.models.customers import Customer
from console.models.lines import Line
from console.models.people import User
from console.models.rows import Table, update
from console.models.states import FINAL, IN_FLIGHT, OPEN, STEPS, UNFINISHED, Confirmation, Status, Verdict, Wait

if TYPE_CHECKING:
    from datetime import datetime

    from providers.fields import Value


class Origin(models.TextChoices):
    """From where a wish or an event came."""

    PAGE = "page", "customer page"
    COMMAND = "command", "command line"
    IMPORT = "import", "import"
    UNDO = "undo", "undo"
    DRILL = "drill", "drill"
    WORKER = "worker", "worker"


# What `needing_a_person` asks, and the index by which it is found however many others wait.
NEEDS_A_PERSON = (
    Q(status__in=["conflict", "failed", "refused", "returned"])
    | Q(status=Status.PROPOSED, wait__in=[Wait.AUTHOR, Wait.RESTORED])
    | Q(status=Status.UNKNOWN, wait=Wait.PERSON)
)

_UNFINISHED = ", ".join(f"'{each}'" for each in sorted(UNFINISHED))
# Of `customer` in a statement around it: its latest change that is not final, if any; first what needs a person, as
# `NEEDS_A_PERSON` has it.
OPEN_CHANGE = f"""CASE WHEN customer.awaits > 0 THEN (
    SELECT change.id FROM console_change change
    WHERE change.customer_id = customer.id AND change.status IN ({_UNFINISHED})
    ORDER BY change.status IN ('conflict', 'failed', 'refused', 'returned')
        OR change.status = 'proposed' AND change.wait IN ('author', 'restored')
        OR change.status = 'unknown' AND change.wait = 'person' DESC, change.id DESC LIMIT 1
) END"""  # noqa: S608 - of our own words

# What waits for somebody else's decision: the condition of the indexes by which it is found.
TO_DECIDE = Q(status=Status.PROPOSED, wait=Wait.DECISION)


class Second(StrEnum):
    """What a second wish for a field does to the change that waits for that field."""

    AMEND = "amend"  # one's own that is still proposed: it asks for the new value from then on
    REPLACE = "replace"  # another's that is still proposed, or one that is approved: its line is taken off it
    WAIT = "wait"  # something of it may be at the provider, and a person has to look first: nothing can be saved


class ChangeQuerySet(models.QuerySet["Change"]):
    """Questions about changes, as English."""

    def at(self, connections: models.QuerySet[Connection]) -> ChangeQuerySet:
        """Those of these connections."""
        return self.filter(connection__in=connections)

    def open(self) -> ChangeQuerySet:
        """Not ended: waiting, on its way, or unknown."""
        return self.filter(status__in=OPEN)

    def unfinished(self) -> ChangeQuerySet:
        """Not final: open, or ended in a way that a person has to look at."""
        return self.exclude(status__in=FINAL)

    def due(self) -> ChangeQuerySet:
        """Approved, and its next moment has come."""
        return self.filter(status=Status.APPROVED, next_attempt_at__lte=Now())

    def first_in_line(self) -> ChangeQuerySet:
        """With no earlier approved change of the same customer before it, and none of its customer in flight."""
        others = Change.objects.filter(customer=OuterRef("customer"))
        earlier = others.filter(status=Status.APPROVED, approved_place__lt=OuterRef("approved_place"))
        return self.filter(~Exists(earlier), ~Exists(others.filter(status__in=IN_FLIGHT)))

    def latest_on_its_way(self, customer: Customer) -> int | None:
        """The number of the last change of this customer that is approved or in flight."""
        with database.cursor() as cursor:
            cursor.execute(_ON_ITS_WAY, (customer.pk, [Status.APPROVED, *IN_FLIGHT]))
            [number] = cursor.fetchone()
        return number  # type: ignore[no-any-return]  # a cursor's row is untyped

    def saved_as(self, key: str, *, by: User) -> tuple[int, bytes] | None:
        """What a person's form with this key became: the number of the change, and the digest of its content."""
        with database.cursor() as cursor:
            cursor.execute(_SAVED_AS, (by.pk, key))
            row = cursor.fetchone()
        return (row[0], bytes(row[1])) if row else None

    def to_check(self) -> ChangeQuerySet:
        """Unknown, and the moment to look at the provider or to send again has come."""
        return self.filter(status=Status.UNKNOWN, next_attempt_at__lte=Now())

    def needing_a_person(self) -> ChangeQuerySet:
        """Nothing goes on by itself."""
        return self.filter(NEEDS_A_PERSON)

    def to_decide(self) -> ChangeQuerySet:
        """Waiting for somebody else's decision."""
        return self.filter(TO_DECIDE)

    def going_on(self) -> ChangeQuerySet:
        """The worker has it or will look at it by itself."""
        looked_into = Q(status=Status.UNKNOWN) & ~Q(wait=Wait.PERSON)
        return self.filter(looked_into | Q(status__in=[Status.APPROVED, Status.SENDING]))

    def with_names(self) -> ChangeQuerySet:
        """With all that a list of changes shows, in one query; the values of customer and lines are not of it."""
        latest = Change.objects.filter(pk=OuterRef("pk")).order_by("-attempts__pk")
        fields = Line.objects.filter(change=OuterRef("pk")).order_by("position").values("field")
        named = self.select_related("customer", "connection", "requester").annotate(field_names=ArraySubquery(fields))
        unseen = ("identity", "values", "sealed", "known", "drift", "wrapped_key", "chain_head")
        named = named.defer(*(f"customer__{name}" for name in unseen))
        return named.annotate(last_outcome=Subquery(latest.values("attempts__outcome")[:1]))


# Written out, as what follows of the kind: composing these takes longer than running them, and each save needs them.
_ON_ITS_WAY = "SELECT max(id) FROM console_change WHERE customer_id = %s AND status = ANY(%s)"
_SAVED_AS = "SELECT id, content FROM console_change WHERE requester_id = %s AND idempotency_key = %s"


class Change(models.Model):
    """One wish for one customer."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="changes")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="changes")
    requester = models.ForeignKey(User, on_delete=models.PROTECT, related_name="changes")
    idempotency_key = models.CharField(max_length=64)
    content = models.BinaryField(help_text="HMAC over what was asked: the same key with other content is refused.")
    place = models.PositiveIntegerField(help_text="Place in the order of the customer's saves.")
    approved_place = models.PositiveIntegerField(null=True, help_text="Place in the order of becoming approved.")
    origin = models.CharField(max_length=16, choices=Origin)
    sealed_why = models.BinaryField(null=True)
    reference = models.CharField(max_length=120, blank=True)
    rules_version = models.CharField(max_length=40)

    status = models.CharField(max_length=16, choices=Status, default=Status.PROPOSED)
    wait = models.CharField(max_length=16, choices=Wait, blank=True)
    note = models.CharField(max_length=500, blank=True, help_text="Why it stands where it stands; no personal values.")
    problems = models.JSONField(default=list, help_text="Violations a provider answered: field, code, message.")
    confirmation = models.CharField(max_length=16, choices=Confirmation, blank=True)
    verdict = models.CharField(max_length=16, choices=Verdict, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    maybe_applied = models.BooleanField(default=False)
    first_sent_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)

    batch = models.ForeignKey(
        "console.Batch", on_delete=models.PROTECT, null=True, related_name="changes", db_index=False
    )
    batch_place = models.PositiveIntegerField(null=True, help_text="Place in the order of its batch.")
    batch_digest = models.BinaryField(null=True, help_text="HMAC over its lines as the batch was decided on.")
    size = models.PositiveIntegerField(default=1, help_text="How many changes were proposed together with it.")
    shape = models.BinaryField(null=True, help_text="HMAC of fields and values: equal for the same transition.")
    expires_at = models.DateTimeField(null=True, help_text="Until when it waits for its decision.")
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    claimed_at = models.DateTimeField(null=True, help_text="Since when this person is about to decide on it.")
    superseded_by = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="supersedes")
    undoes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="undone_by", help_text="Whose lines it takes back."
    )
    steps = models.PositiveIntegerField(
        default=1, help_text="How many it took; counted by the database, which wants an event of each."
    )

    created_at = models.DateTimeField(db_default=Now())
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["requester", "idempotency_key"], name="one_change_per_form_key"),
            models.UniqueConstraint(fields=["customer", "place"], name="one_change_per_place"),
            models.UniqueConstraint(
                fields=["batch", "batch_place"],
                condition=Q(batch__isnull=False),
                name="one_change_per_place_of_a_batch",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(status__in=sorted(IN_FLIGHT)),
                name="one_request_in_flight_per_customer",
            ),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="a_change_has_a_known_status"),
            models.CheckConstraint(
                condition=~Q(status__in=[Status.FAILED, Status.REFUSED]) | Q(maybe_applied=False),
                name="failed_and_refused_were_not_applied",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.SENDING) | Q(lease_until__isnull=False), name="sending_has_a_lease"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.APPROVED) | Q(approved_place__isnull=False, next_attempt_at__isnull=False),
                name="approved_has_a_place_and_a_next_moment",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.UNKNOWN) | Q(next_attempt_at__isnull=False) | Q(wait=Wait.PERSON),
                name="unknown_has_a_next_moment_or_needs_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.CLOSED) | ~Q(verdict=""), name="closed_carries_a_verdict"
            ),
            models.CheckConstraint(
                condition=~Q(status=Status.PROPOSED, wait=Wait.DECISION) | Q(expires_at__isnull=False),
                name="what_waits_for_a_decision_expires",
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "next_attempt_at", "id"],
                condition=Q(status=Status.APPROVED),
                name="change_due",
            ),
            models.Index(
                fields=["customer", "approved_place"], condition=Q(status=Status.APPROVED), name="change_in_line"
            ),
            models.Index(fields=["next_attempt_at"], condition=Q(status=Status.UNKNOWN), name="change_to_check"),
            models.Index(
                fields=["connection", "lease_until"], condition=Q(lease_until__isnull=False), name="change_under_way"
            ),
            models.Index(
                fields=["batch", "status", "batch_place"], condition=Q(batch__isnull=False), name="change_of_batch"
            ),
            # Of the many that are proposed, those that wait for their batch no longer.
            models.Index(
                fields=["batch", "batch_place"],
                condition=Q(batch__isnull=False, status=Status.PROPOSED) & ~Q(wait=Wait.BATCH),
                name="change_left_its_batch",
            ),
            models.Index(fields=["requester", "-id"], name="change_by_requester"),
            models.Index(fields=["requester", "-ended_at"], condition=Q(ended_at__isnull=False), name="change_ended"),
            models.Index(
                fields=["connection", "ended_at"], condition=Q(ended_at__isnull=False), name="change_ended_there"
            ),
            models.Index(
                fields=["connection", "-id"], condition=Q(status__in=sorted(UNFINISHED)), name="change_unfinished"
            ),
            models.Index(fields=["customer"], condition=Q(status__in=sorted(UNFINISHED)), name="change_unfinished_of"),
            models.Index(fields=["connection", "-id"], condition=NEEDS_A_PERSON, name="change_needs_a_person"),
            models.Index(fields=["expires_at", "id"], condition=TO_DECIDE, name="change_to_decide"),
            models.Index(fields=["connection", "expires_at", "id"], condition=TO_DECIDE, name="change_to_decide_at"),
            models.Index(fields=["shape", "id"], condition=TO_DECIDE, name="change_alike"),
            models.Index(fields=["claimed_by"], condition=TO_DECIDE, name="change_claimed"),
            models.Index(
                fields=["expires_at"],
                condition=Q(status__in=[Status.PROPOSED, Status.RETURNED], expires_at__isnull=False),
                name="change_to_expire",
            ),
        ]

    def __str__(self) -> str:
        return f"change {self.pk}"

    @property
    def state(self) -> Status:
        """The status as the enum."""
        return Status(self.status)

    @property
    def why(self) -> str:
        """The author's reason, opened."""
        return str(self.customer.key.open("why", "", self.sealed_why)) if self.sealed_why else ""

    @property
    def wishes(self) -> dict[str, Value]:
        """What is asked, field by field: what the provider library calls `after`. Without what was left out."""
        return {line.field: line.after for line in self.lines.all() if line.state.is_sent}

    @property
    def asks(self) -> str:
        """Another text as soon as it asks for something else, or for another reason: by this a form tells whether what
        it was filled in with still stands.
        """
        wanted = {**self.wishes, "": [self.why, self.reference]}
        return self.customer.key.digest("asks", wanted).hex()

    def open(self) -> None:
        """Opens all that sending it takes; raises KeyMissing if any of it can't be opened."""
        _ = self.customer.record, [(line.before, line.after) for line in self.lines.all()]

    def rebase(self, *, unasked: bool = False) -> list[str]:
        """Lets the lines start from what the record holds now: for whoever has seen that and stands by the wish.

        Gives the names of those that had started from something else; approvals of those count no longer. `unasked`:
        only where nobody's approval was needed.
        """
        record = self.customer.record
        stale = []
        for line in self.lines.all():
            line.change = self
            if line.state.is_sent and not (unasked and line.needs) and not line.stands(record):
                line.rebase(record)
                stale.append(line.field)
        return stale

    def second_wish(self, *, by: User) -> Second:
        """What somebody's wish for a field would do for which this change waits with a line of its own."""
        if self.maybe_applied or self.wait == Wait.RESTORED or self.state not in {Status.PROPOSED, Status.APPROVED}:
            return Second.WAIT
        own = self.requester_id == by.pk
        return Second.AMEND if own and self.state is Status.PROPOSED else Second.REPLACE

    @property
    def can_be_withdrawn(self) -> bool:
        """Nothing of it can be at the provider yet."""
        return Status.WITHDRAWN in STEPS.get(self.state, ()) and not self.maybe_applied

    @property
    def can_be_tried_again(self) -> bool:
        """It ended unapplied and may be sent once more as it is."""
        return self.state in {Status.REFUSED, Status.CONFLICT, Status.FAILED}

    @property
    def can_be_closed(self) -> bool:
        """A person may say what became of it."""
        return Status.CLOSED in STEPS.get(self.state, ())

    def is_due(self, now: datetime) -> bool:
        """It may be claimed: to be sent, or to find out what became of it."""
        waits = self.state in {Status.APPROVED, Status.UNKNOWN}
        return waits and self.next_attempt_at is not None and self.next_attempt_at <= now

    @property
    def needs_a_person(self) -> bool:
        """Nothing goes on by itself."""
        return self.wait in {Wait.PERSON, Wait.AUTHOR, Wait.RESTORED} or self.can_be_tried_again

    def move(self, to: Status, **changed: Any) -> Self:
        """Takes one step and saves; the row must be locked. Raises StepNotPossible for a step not in the table."""
        if to not in STEPS.get(self.state, ()):
            raise StepNotPossible(f"Change {self.pk} is “{self.state.label}” now, so this is no longer possible.")
        for name, value in changed.items():
            setattr(self, name, value)
        self.status = to
        self.steps += 1  # as the database counts
        if to.is_final or to.needs_fixing:
            self.lease_until = None
        update(self, ["status", "lease_until", *changed])
        return self

    def locked(self) -> Change:
        """This change with its customer and connection, locked in the fixed order: customer first, then change."""
        [customer] = Customer.objects.locked([self.customer_id])
        with database.cursor() as cursor:
            cursor.execute(_LOCKED, [self.pk])
            row = cursor.fetchone()
        if row is None:
            raise Change.DoesNotExist
        change = _CHANGE.of(row)
        change.customer, change.connection = customer, customer.connection
        return change


_CHANGE = Table(Change, "change")
_LOCKED = f"SELECT {_CHANGE.columns} FROM console_change change WHERE change.id = %s FOR NO KEY UPDATE"  # noqa: S608
