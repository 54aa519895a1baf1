"""Bulk: work on many customers that a person asks for and a worker does, by a file or by a selection of the list.

Each goes the same way: it is read, looked through without changing anything, shown, and only then carried out. A worker
that is gone loses it to another, which goes on behind the last row that was kept.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.batches import Batch
from console.models.connections import Connection
from console.models.customers import Customer
from console.models.people import User


class BulkKind(models.TextChoices):
    """What it is for."""

    FILL = "fill", "Fill the cache"
    PROPOSE = "propose", "Propose changes"
    EDIT = "edit", "Edit a selection"


class BulkFormat(models.TextChoices):
    """How the rows of a file are written down; empty for a selection."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel (XLSX)"
    JSONL = "jsonl", "Lines of JSON"


class BulkStatus(models.TextChoices):
    """How far it is. The words are those of the page."""

    UPLOADING = "uploading", "Being uploaded"
    TO_READ = "to read", "Waiting for a worker"
    READING = "reading", "Being read"
    MAPPING = "mapping", "Columns to be assigned"
    TO_CHECK = "to check", "Waiting for a worker to look it through"
    CHECKING = "checking", "Being looked through"
    CHECKED = "checked", "Ready to be carried out"
    TO_RUN = "to run", "Waiting for a worker to carry it out"
    RUNNING = "running", "Being carried out"
    DONE = "done", "Done"
    FAILED = "failed", "Not done"
    STOPPED = "stopped", "Stopped"

    @property
    def is_final(self) -> bool:
        """Nothing follows."""
        return self in BULK_ENDED

    @property
    def is_at_work(self) -> bool:
        """A worker has it, or will take it up."""
        return self in BULK_TO_DO or self in BULK_AT_WORK


BULK_ENDED = frozenset({BulkStatus.DONE, BulkStatus.FAILED, BulkStatus.STOPPED})
BULK_TO_DO = frozenset({BulkStatus.TO_READ, BulkStatus.TO_CHECK, BulkStatus.TO_RUN})
BULK_AT_WORK = frozenset({BulkStatus.READING, BulkStatus.CHECKING, BulkStatus.RUNNING})
_GOES_WRONG = frozenset({BulkStatus.FAILED, BulkStatus.STOPPED})
BULK_STEPS = {
    BulkStatus.UPLOADING: {BulkStatus.TO_READ} | _GOES_WRONG,
    BulkStatus.TO_READ: {BulkStatus.READING} | _GOES_WRONG,
    BulkStatus.READING: {BulkStatus.TO_READ, BulkStatus.MAPPING} | _GOES_WRONG,
    BulkStatus.MAPPING: {BulkStatus.TO_READ, BulkStatus.TO_CHECK} | _GOES_WRONG,
    BulkStatus.TO_CHECK: {BulkStatus.CHECKING} | _GOES_WRONG,
    BulkStatus.CHECKING: {BulkStatus.TO_CHECK, BulkStatus.CHECKED} | _GOES_WRONG,
    BulkStatus.CHECKED: {BulkStatus.MAPPING, BulkStatus.TO_CHECK, BulkStatus.TO_RUN} | _GOES_WRONG,
    BulkStatus.TO_RUN: {BulkStatus.RUNNING} | _GOES_WRONG,
    BulkStatus.RUNNING: {BulkStatus.TO_RUN, BulkStatus.DONE} | _GOES_WRONG,
}
"""The steps there are; a trigger lists the same."""


class Bulk(models.Model):
    """One piece of work on many customers at one connection."""

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="bulks")
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="bulks")
    kind = models.CharField(max_length=16, choices=BulkKind)
    status = models.CharField(max_length=16, choices=BulkStatus, default=BulkStatus.UPLOADING)
    note = models.CharField(max_length=500, blank=True, help_text="Why it stands where it stands; no personal values.")

    filename = models.CharField(max_length=200, blank=True)
    format = models.CharField(max_length=8, choices=BulkFormat, blank=True)
    bytes_expected = models.PositiveBigIntegerField(default=0)
    bytes_kept = models.PositiveBigIntegerField(default=0)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    sealed_look = models.TextField(blank=True, help_text="The columns and first rows of the file.")
    mapping = models.JSONField(default=dict, help_text="Number of a column → name of the field that it fills.")
    options = models.JSONField(default=dict, help_text="Answers to what the file leaves open, such as how dates read.")
    as_of = models.DateTimeField(null=True, help_text="When the values of the file were true.")

    sealed_wishes = models.TextField(blank=True, help_text="What a selection is to hold, by field; None clears.")
    sealed_why = models.TextField(blank=True)
    reference = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=64, help_text="The same form makes one.")

    rows = models.PositiveIntegerField(default=0, help_text="How many there are, once that is known.")
    done = models.PositiveIntegerField(default=0, help_text="How many of them the present step is through with.")
    summary = models.JSONField(default=dict, help_text="What the last step found, counted; no personal values.")
    sealed_sample = models.TextField(blank=True, help_text="Rows to be looked at: a random few, and what stands out.")
    batch = models.OneToOneField(Batch, on_delete=models.PROTECT, null=True, related_name="bulk")

    tries = models.PositiveSmallIntegerField(default=0, help_text="How often it was taken up without getting further.")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, help_text="When a worker took up the present step.")
    done_before = models.PositiveIntegerField(default=0, help_text="How many rows were done by then.")
    beat_at = models.DateTimeField(null=True, help_text="When its worker was last known to be at it.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "bulk work"
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="one_bulk_per_form_key"),
            models.CheckConstraint(condition=Q(status__in=BulkStatus.values), name="a_bulk_has_a_known_status"),
            models.CheckConstraint(condition=Q(kind__in=BulkKind.values), name="a_bulk_has_a_known_kind"),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="bulk_by_owner"),
            models.Index(fields=["connection", "-id"], name="bulk_by_connection"),
            models.Index(fields=["id"], condition=Q(status__in=sorted(BULK_TO_DO | BULK_AT_WORK)), name="bulk_to_do"),
        ]

    def __str__(self) -> str:
        return f"bulk {self.pk}"

    @property
    def state(self) -> BulkStatus:
        """The status as the enum."""
        return BulkStatus(self.status)


class BulkPart(models.Model):
    """A piece of an uploaded file, encrypted."""

    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text="Bytes before they were encrypted.")
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulk", "number"], name="a_piece_has_its_place")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.bulk}"


class BulkCustomer(models.Model):
    """A customer of a selection, as it was when the work was asked for."""

    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, related_name="customers")
    place = models.PositiveIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", db_index=False)
    seen = models.BinaryField(null=True, help_text="What the preview said of them, and an HMAC of what they held then.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulk", "place"], name="a_selection_has_an_order")]

    def __str__(self) -> str:
        return f"{self.customer} of {self.bulk}"


class BulkProblem(models.Model):
    """Something that is wrong with a row; the sentence may quote it, so it is sealed."""

    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(help_text="The line of the file, or the place in the selection.")
    number = models.PositiveSmallIntegerField(help_text="Of the problems of one row.")
    field = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=40)
    sealed = models.BinaryField(help_text="The sentence, and the cells of the row.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulk", "row", "number"], name="a_problem_is_told_once")]

    def __str__(self) -> str:
        return f"row {self.row} of {self.bulk}"


class ColumnMapping(models.Model):
    """How a person assigned the columns of a file; the next one with the same columns begins with it."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=BulkKind)
    columns = models.BinaryField(help_text="HMAC over the names of the columns.")
    mapping = models.JSONField()
    options = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "kind", "columns"], name="columns_are_remembered_once")
        ]

    def __str__(self) -> str:
        return f"columns at {self.connection}"
