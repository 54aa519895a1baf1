"""The list of batches: the newest first, narrowed to a connection, to one's own, to those that wait for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from console.explain import Explanation
from console.models import Batch, BatchStatus
from console.models.rows import BIGGEST_KEY
from console.permissions import Right, connections_where
from console.views.batch_reads import Counts, counts_of
from console.views.batch_words import Case, batch_sentence

if TYPE_CHECKING:
    from datetime import datetime

    from console.models import Connection, User
    from console.models.batches import BatchQuerySet

PAGE = 30
GROUPS: Mapping[str, tuple[str, frozenset[BatchStatus]]] = {
    "": ("All", frozenset()),
    "waiting": ("Waiting for approval", frozenset({BatchStatus.WAITING})),
    "going": ("Under way", frozenset({BatchStatus.BUILDING, BatchStatus.CANARY, BatchStatus.GOING})),
    "resting": ("Waiting for a word", frozenset({BatchStatus.CHECKING, BatchStatus.PAUSED})),
    "done": ("Ended", frozenset({BatchStatus.DONE})),
    "other": (
        "Ended otherwise",
        frozenset(
            {
                BatchStatus.STOPPED,
                BatchStatus.REJECTED,
                BatchStatus.WITHDRAWN,
                BatchStatus.EXPIRED,
                BatchStatus.FAILED,
            }
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One batch in a list."""

    batch: Batch
    counts: Counts
    state: Explanation
    author: str

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("batch", args=[self.batch.pk])

    @property
    def is_going(self) -> bool:
        """Whether a bar tells how far it is."""
        return self.batch.released > 0 and self.batch.state.is_released

    @property
    def moves(self) -> bool:
        """Whether it is another one by and by without anybody doing anything."""
        return self.batch.state in GROUPS["going"][1] or self.counts.open > 0

    @property
    def told(self) -> list[object]:
        """Everything by which a list would show it differently."""
        return [
            self.batch.pk,
            self.state.word,
            self.state.headline,
            self.counts.all,
            self.counts.over,
            self.counts.arrived,
        ]

    @property
    def stands_still(self) -> bool:
        """Whether it goes on once somebody says so."""
        return self.batch.state in GROUPS["resting"][1]


class BatchList:
    """One reader's list, as its address asks for it. Whatever it says that is no choice counts as none."""

    def __init__(self, reader: User, given: QueryDict) -> None:
        self.reader = reader
        self.group = given.get("state", "") if given.get("state", "") in GROUPS else ""
        self.mine = given.get("whose") == "mine"
        self.connection = _number(given.get("connection"))
        self._before, self._after = _number(given.get("before")), _number(given.get("after"))

    @property
    def groups(self) -> list[tuple[str, str]]:
        """What it can be narrowed to."""
        return [(name, label) for name, (label, _) in GROUPS.items()]

    @cached_property
    def connections(self) -> list[Connection]:
        """Where the reader sees any."""
        return list(connections_where(self.reader, Right.SEE).order_by("name"))

    @property
    def is_filtered(self) -> bool:
        """Whether something narrows it."""
        return bool(self.group or self.mine or self.connection)

    @cached_property
    def rows(self) -> list[Row]:
        """Those of this page."""
        return batch_rows(self._found[:PAGE] if self._after is None else self._found[-PAGE:], self.reader)

    @property
    def older(self) -> int | None:
        """Behind which one the next page begins."""
        has = self._after is not None or len(self._found) > PAGE
        return self.rows[-1].batch.pk if has and self.rows else None

    @property
    def newer(self) -> int | None:
        """Before which one the page before ends."""
        has = len(self._found) > PAGE if self._after is not None else self._before is not None
        return self.rows[0].batch.pk if has and self.rows else None

    @cached_property
    def _found(self) -> list[Batch]:
        found = self._passing()
        if self._after is not None:
            return list(found.filter(pk__gt=self._after).order_by("pk")[: PAGE + 1])[::-1]
        found = found.filter(pk__lt=self._before) if self._before is not None else found
        return list(found.order_by("-pk")[: PAGE + 1])

    def _passing(self) -> BatchQuerySet:
        found = Batch.objects.at(connections_where(self.reader, Right.SEE)).select_related("connection", "requester")
        if self.group:
            found = found.filter(status__in=GROUPS[self.group][1])
        if self.mine:
            found = found.filter(requester=self.reader)
        return found.filter(connection=self.connection) if self.connection else found


def batch_rows(batches: Iterable[Batch], reader: User) -> list[Row]:
    """Batches, with connection and author, as rows of a list; one question for what became of their changes."""
    listed, now = list(batches), timezone.now()
    counted = counts_of([batch.pk for batch in listed])
    return [_row(batch, counted.get(batch.pk, Counts()), reader, now) for batch in listed]


def batch_rows_of(numbers: Sequence[int], reader: User) -> list[Row]:
    """Those batches as rows, in that order; no question where there are none."""
    if not numbers:
        return []
    found = Batch.objects.select_related("connection", "requester").in_bulk(numbers)
    return batch_rows([found[number] for number in numbers if number in found], reader)


def _row(batch: Batch, counts: Counts, reader: User, now: datetime) -> Row:
    author = "you" if batch.requester_id == reader.pk else batch.requester.name
    return Row(batch, counts, batch_sentence(Case(batch, counts, now)), author)


def _number(text: str | None) -> int | None:
    """A key out of an address, no larger than one can be; whatever is none counts as not given."""
    if not (text and text.isascii() and text.isdigit() and len(text) <= len(str(BIGGEST_KEY))):
        return None
    return min(int(text), BIGGEST_KEY)
