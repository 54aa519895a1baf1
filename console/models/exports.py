"""What reviewers search the audit by and keep; and what people take home of it, or of customers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from console.models.people import User


class SavedSearch(models.Model):
    """A search of the audit that a person named. It holds numbers, names of fields and dates, no personal value."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="searches")
    name = models.CharField(max_length=80)
    query = models.JSONField(help_text="What stands in the address of the search.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "saved searches"
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="a_person_names_a_search_once")]

    def __str__(self) -> str:
        return self.name


class Format(models.TextChoices):
    """What an export is."""

    CSV = "csv", "Table (CSV)"
    XLSX = "xlsx", "Workbook (XLSX)"
    JSONL = "jsonl", "Lines of JSON"
    PACK = "pack", "Evidence pack (ZIP)"


class ExportStatus(models.TextChoices):
    """How far it is."""

    WAITING = "waiting", "Waiting for a worker"
    RUNNING = "running", "Being made"
    DONE = "done", "Ready"
    FAILED = "failed", "Not made"
    STOPPED = "stopped", "Stopped"
    FORGOTTEN = "forgotten", "No longer kept"


class Export(models.Model):
    """A file that one person asked for, made by a worker and kept for them alone for some days."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(max_length=8, choices=Format)
    query = models.JSONField(help_text="What is wanted, by numbers and codes, and of which connections it is.")
    sealed_why = models.TextField(blank=True, help_text="Why hidden values go along, until they do.")
    status = models.CharField(max_length=16, choices=ExportStatus, default=ExportStatus.WAITING)
    done = models.PositiveBigIntegerField(default=0, help_text="Events or customers written so far.")
    total = models.PositiveBigIntegerField(default=0, help_text="How many there are to write.")
    note = models.CharField(max_length=500, blank=True)
    filename = models.CharField(max_length=120, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the whole file.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the whole file.")
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True, help_text="When its worker was last known to be at it.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(format__in=Format.values), name="an_export_has_a_known_format"),
            models.CheckConstraint(condition=Q(status__in=ExportStatus.values), name="an_export_has_a_known_state"),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="export_by_owner"),
            models.Index(fields=["id"], condition=Q(status__in=["waiting", "running"]), name="export_to_make"),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"


class ExportPart(models.Model):
    """A piece of an export's file, encrypted."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="a_part_has_its_place")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export}"
