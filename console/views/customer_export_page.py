"""An export of customers as pages show it: the form that asks for one, and how far one is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from console.exporting.taking_out import WRITERS, hidden_fields
from console.flows.export_customers import Wish, wishes_of
from console.models import Connection, ExportStatus, Format, User
from console.permissions import Right, may, refusal_sentence
from console.sentences.words import listed
from console.views.export_meant import Meant, Part, in_words
from console.views.export_page import ExportPage

if TYPE_CHECKING:
    from console.models import Export

MEANINGS: Mapping[Format, str] = {
    Format.CSV: (
        "One row for each customer, for programs. No cell is a formula to a spreadsheet that splits rows at commas; "
        "one that splits them at semicolons is better given a workbook."
    ),
    Format.XLSX: "The same rows for Excel, every cell as text: ids keep their zeros, and nothing is a formula.",
    Format.JSONL: "One object for each customer on a line of its own, for a program. It tells empty from unknown.",
}
"""What each format is for."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was filled in."""

    kind: str = Format.CSV.value
    reveals: bool = False
    reason: str = ""


@dataclass(frozen=True)
class ExportForm:
    """The form, for whoever asks. `part` is what it is about; None: it has to be said first, or there is nobody."""

    reader: User
    meant: Meant
    parts: Sequence[Part]
    part: Part | None
    given: Given = field(default_factory=Given)
    wanted: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def title(self) -> str:
        """What it holds."""
        return in_words(self.meant.which(), self.part.connection) if self.part else ""

    @property
    def formats(self) -> list[tuple[Format, str, str]]:
        """What there is to choose from, with what it is for."""
        return [(kind, kind.label, MEANINGS[kind]) for kind in WRITERS]

    @property
    def places(self) -> list[tuple[Part, str]]:
        """Each connection to choose from, with the address of the form for it."""
        here = reverse("customers_export")
        return [
            (part, f"{here}?{urlencode({**self.meant.carried, 'connection': str(part.connection.pk)})}")
            for part in self.parts
        ]

    @property
    def hidden_values(self) -> str:
        """What every page hides there, in words; empty for nothing."""
        return listed([each.label for each in hidden_fields(self._connection.provider)]) if self.part else ""

    @cached_property
    def why_not_reveal(self) -> str:
        """Why this person may not take it along; empty where they may."""
        there = self._connection
        may_be = may(self.reader, Right.REVEAL, there)
        return "" if may_be else refusal_sentence(Right.REVEAL, there, to=self.reader)

    @property
    def most_shown(self) -> int:
        """How many hidden values one person is shown in an hour."""
        return int(settings.STEWARD_REVEALS)

    @property
    def _connection(self) -> Connection:
        if self.part is None:
            raise LookupError("No connection is said yet.")
        return self.part.connection


@dataclass(frozen=True)
class CustomerExportPage(ExportPage):
    """One export of customers in words, and what was asked for."""

    wish: Wish

    @cached_property
    def title(self) -> str:
        """What it holds."""
        return in_words(self.wish.which, self.wish.connection)

    @property
    def list_url(self) -> str:
        """The list that it is of; of chosen customers, that of their connection."""
        wish = self.wish
        return f"{reverse('customers')}?{urlencode({'at': str(wish.connection.pk), **wish.which.criteria})}"

    @property
    def again_url(self) -> str:
        """Where the same is asked for once more: who matches by then or, of chosen customers, they as far as they are
        still there.
        """
        wish = self.wish
        whom = {"again": str(self.export.pk)} if wish.which.chosen else wish.which.criteria
        asked = {**whom, "connection": str(wish.connection.pk), "format": self.export.format}
        return f"{reverse('customers_export')}?{urlencode(asked)}"

    @property
    def hidden_values(self) -> str:
        """“with Birthday and SSN”, “without …”; empty where nothing is hidden there."""
        wish = self.wish
        labels = listed([each.label for each in hidden_fields(wish.connection.provider)])
        return f"{'With' if wish.reveals else 'Without'} {labels}" if labels else ""

    @property
    def following(self) -> str:
        """What happens next, or why nothing does."""
        if self.export.status == ExportStatus.RUNNING and self.export.done >= self.export.total:
            return "All customers are written; the file is being closed."
        return super().following

    @property
    def poll_url(self) -> str:
        """Where to ask how far it is, and whether that is news."""
        return f"{reverse('customers_exported', args=[self.export.pk])}?seen={self.token}"


def pages_of(exports: Sequence[Export]) -> list[CustomerExportPage]:
    """Several of them, for as many queries as one takes."""
    return [CustomerExportPage(*each) for each in zip(exports, wishes_of(exports), strict=True)]
