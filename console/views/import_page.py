"""One import as its page shows it: how far it is, what would become of its rows, what is wrong with some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse

from console.bulk import problems
from console.bulk.problems import RefusedRow
from console.flows.bulk_kept import kept_until
from console.models import Bulk, BulkKind, BulkStatus
from console.views.bulk_page import BulkPage

MOST_PROBLEMS = 25
SOME_ROWS = 20
MASK = "•••••"

LOOKS: Mapping[BulkStatus, tuple[str, str, str]] = {
    BulkStatus.UPLOADING: ("neutral", "clock", "Upload not finished"),
    BulkStatus.TO_READ: ("waiting", "clock", "Waiting to be read"),
    BulkStatus.READING: ("waiting", "clock", "Being read"),
    BulkStatus.MAPPING: ("waiting", "pencil", "Columns to be assigned"),
    BulkStatus.TO_CHECK: ("waiting", "clock", "Waiting to be looked through"),
    BulkStatus.CHECKING: ("waiting", "clock", "Being looked through"),
    BulkStatus.CHECKED: ("waiting", "eye", "Looked through, nothing carried out yet"),
    BulkStatus.TO_RUN: ("waiting", "clock", "Waiting to be carried out"),
    BulkStatus.RUNNING: ("waiting", "clock", "Being carried out"),
    BulkStatus.DONE: ("applied", "check", "Done"),
    BulkStatus.FAILED: ("refused", "cross", "Not done"),
    BulkStatus.STOPPED: ("neutral", "cross", "Stopped"),
}
_READS = "The file is read once, to find out how it is written and how many rows it has. Nothing is changed by that."
_LOOKS = "Each row is looked at beside what is known of its customer. Nothing is changed or sent by that."
_FILLS = "The customers are taken into the cache. Nothing is sent to the provider."
_PROPOSES = "A change is made of each row. Nothing is sent before the batch is whole and decided on."
REMARKS = {"formula": "cells begin like a formula: they are taken as the text that stands there."}


class ImportPage(BulkPage):
    """An import for its owner."""

    @property
    def look(self) -> tuple[str, str, str]:
        """Tone, icon and word of its state."""
        return LOOKS[self.bulk.state]

    @property
    def heading(self) -> str:
        """What the file is called."""
        return self.bulk.filename or f"Import {self.bulk.pk}"

    @property
    def is_uploading(self) -> bool:
        """The file has not come whole."""
        return self.bulk.state is BulkStatus.UPLOADING

    @property
    def fills(self) -> bool:
        """It is for the cache, and sends nothing."""
        return self.bulk.kind == BulkKind.FILL

    @property
    def doing(self) -> str:
        """What a worker does with it just now, and what that means."""
        if self.bulk.state in {BulkStatus.TO_READ, BulkStatus.READING}:
            return _READS
        if self.bulk.state in {BulkStatus.TO_CHECK, BulkStatus.CHECKING}:
            return _LOOKS
        return _FILLS if self.fills else _PROPOSES

    @property
    def left_by_a_stop(self) -> str:
        """What becomes of what was carried out, if it is stopped; its worker may get further while that is read."""
        bulk = self.bulk
        if bulk.state is not BulkStatus.RUNNING and not (bulk.state is BulkStatus.TO_RUN and bulk.done):
            return "Nothing was changed by it."
        return "What was taken in stays." if self.fills else "Nothing of it is proposed."

    @property
    def total(self) -> int:
        """How many rows there are; none as long as nobody counted them."""
        return self.bulk.rows

    @property
    def rows(self) -> str:
        """“1 row”, “12,000 rows”."""
        return f"{self.bulk.rows:,} row{'' if self.bulk.rows == 1 else 's'}"

    @property
    def remarks(self) -> list[str]:
        """What is told of the file as a whole and stands in nobody's way."""
        counts = self.bulk.summary.get("remarks", {})
        told = [f"{counts[code]:,} {sentence}" for code, sentence in REMARKS.items() if counts.get(code)]
        if later := self.bulk.summary.get("known_later"):
            told.append(f"{later:,} values became known later than this file: they stay as they are.")
        return told

    @property
    def outcome(self) -> list[tuple[str, int]]:
        """What came of it, counted."""
        taken, proposed = self.bulk.summary.get("taken"), self.bulk.summary.get("proposed")
        if taken:
            words = {"added": "added", "updated": "brought up to date", "unchanged": "as they were"}
            return [(words[name], taken.get(name, 0)) for name in words]
        return [("changes in the batch", proposed["made"])] if proposed else []

    @property
    def refused(self) -> int:
        """How many rows are not carried out."""
        found = self.bulk.summary
        late = found.get("proposed", {}).get("refused", 0) + found.get("taken", {}).get("erased", 0)
        return int(found.get("shapes", {}).get("refused", 0)) + int(late)

    def refused_rows(self, after: int) -> list[RefusedRow]:
        """Some of them, behind a line."""
        return problems.refused_after(self.bulk, after, SOME_ROWS + 1) if self.refused else []

    @property
    def kept_until(self) -> datetime:
        """When what is kept of it is deleted."""
        return kept_until(self.bulk)

    @property
    def holds_anything(self) -> bool:
        """Whether the refused rows can still be looked at."""
        return self.bulk.problems.exists()

    @property
    def carrying(self) -> str:
        """What the button says that carries it out."""
        count = self.summary.wanted
        if self.fills:
            return f"Take in {count:,} customer{'' if count == 1 else 's'}"
        return f"Propose {count:,} change{'' if count == 1 else 's'}"

    @property
    def kept_back(self) -> str:
        """Why it can't be carried out as it stands; empty if it can."""
        return "" if self.summary.wanted else "Nothing would change, so there is nothing to carry out."

    @property
    def poll_url(self) -> str:
        """Where to ask how far it is, and whether that is news."""
        return f"{reverse('import', args=[self.bulk.pk])}?seen={self.token}"


def pages(found: Sequence[Bulk]) -> list[ImportPage]:
    """As the list shows them."""
    return [ImportPage(bulk) for bulk in found]
