"""One export as pages show it: how far it is, in words, and what can be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from console.exporting import title
from console.flows.exports import UNFINISHED, kept_until
from console.flows.making import query_of
from console.models import Export, ExportStatus, Format
from console.proof.verify import grouped

POLL_SECONDS = 1
LONG = timedelta(minutes=1)

LOOKS: Mapping[str, tuple[str, str, str]] = {
    ExportStatus.WAITING: ("waiting", "clock", "Waiting"),
    ExportStatus.RUNNING: ("waiting", "clock", "Being made"),
    ExportStatus.DONE: ("applied", "check", "Ready"),
    ExportStatus.FAILED: ("refused", "cross", "Not made"),
    ExportStatus.STOPPED: ("neutral", "cross", "Stopped"),
    ExportStatus.FORGOTTEN: ("neutral", "info", "No longer kept"),
}

MEANINGS: Mapping[Format, str] = {
    Format.CSV: "One row for each event, for a spreadsheet. Cells that it would take for formulas are made harmless.",
    Format.JSONL: "One object for each event on a line of its own, for a program.",
    Format.PACK: (
        "Events with their changes, approvals and exchanges, with what proves them, a summary to be read, and the "
        "program that checks all of it anywhere, without the console."
    ),
}
"""What each format is for."""


@dataclass(frozen=True, slots=True)
class ExportPage:
    """One export in words."""

    export: Export

    @property
    def title(self) -> str:
        """What it holds."""
        return title(query_of(self.export))

    @property
    def search(self) -> str:
        """The address of the same search, after the question mark."""
        return query_of(self.export).address()

    @property
    def look(self) -> tuple[str, str, str]:
        """Tone, icon and word of its state."""
        return LOOKS[self.export.status]

    @property
    def is_going(self) -> bool:
        """Whether it waits or is being made."""
        return self.export.status in UNFINISHED

    @property
    def is_ready(self) -> bool:
        """Whether there is a file."""
        return self.export.status == ExportStatus.DONE

    @property
    def is_pack(self) -> bool:
        """Whether it can be proved."""
        return self.export.format == Format.PACK

    @property
    def following(self) -> str:
        """What happens next, or why nothing does."""
        export = self.export
        if export.status == ExportStatus.WAITING:
            waited = timezone.now() - export.created_at > LONG
            why = "Workers make one at a time, and none has come to it yet." if waited else "A worker takes it up now."
            return f"{why} You need not wait here: the file is kept for you."
        if export.status == ExportStatus.RUNNING and export.done >= export.total:
            return "All events are written; what belongs to them follows."
        if export.status == ExportStatus.RUNNING:
            return "You need not wait here: the file is kept for you."
        return export.note

    @property
    def done(self) -> str:
        """How many events are written."""
        return f"{self.export.done:,}"

    @property
    def total(self) -> str:
        """How many there are to write."""
        return f"{self.export.total:,}"

    @property
    def kept_until(self) -> datetime | None:
        """When the file will be deleted."""
        return kept_until(self.export)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the file, in groups."""
        return grouped(self.export.digest)

    @property
    def token(self) -> str:
        """Another text as soon as it stands otherwise."""
        return f"{self.export.status}-{self.export.done}-{self.export.total}"

    @property
    def poll_url(self) -> str:
        """Where to ask how far it is, and whether that is news."""
        return f"{reverse('export', args=[self.export.pk])}?seen={self.token}"
