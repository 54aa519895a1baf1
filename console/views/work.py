"""The first page: what the reader has to decide and to fix, what they sent, what was done today."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from console.flows import erase, rights
from console.flows.policies import waiting_for
from console.inbox import listed, to_look_into, unfinished_batches
from console.models import Connection, Emergency, Erasure, PolicyVersion, RightsRequest, User
from console.permissions import Right, connections_where, places_where, visible_connections
from console.views.answers import is_swap, vary_on_swap
from console.views.batch_list import Row as BatchRow
from console.views.batch_list import batch_rows_of
from console.views.bulk_edit_page import BulkEditPage, unfinished_of
from console.views.next_steps import with_steps
from console.views.pace import SELDOM, quickest
from console.views.people import person
from console.views.rows import Row, rows_of
from console.views.to_decide import Deciding

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 20
BATCH_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Section:
    """The first rows of a list; `more`: there are others. Those of a large list stand among the changes."""

    rows: list[Row]
    more: bool

    @property
    def count(self) -> str:
        """How many, told no further than they stand here: “20+”; empty for none."""
        return f"{len(self.rows)}+" if self.more else str(len(self.rows) or "")


@dataclass(frozen=True, slots=True)
class LookedInto:
    """A change that was sent without its approvals, and who did that."""

    row: Row
    emergency: Emergency


@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """Some lists, each as long as one reads; a swap gets them only if they stand otherwise than the page shows."""
    page = WorkPage(person(request), request.GET)
    if not is_swap(request):
        return vary_on_swap(render(request, "work/work.html", {"page": page}))
    if request.GET.get("seen") != page.token:
        return vary_on_swap(render(request, "work/work.html#moving", {"page": page}))
    if request.GET.get("every") == str(page.poll_seconds):
        return HttpResponse(status=204)
    return vary_on_swap(render(request, "work/work.html#asking", {"page": page, "oob": True}))


class WorkPage:
    """What one reader has before them. Each part asks the database only when it is shown."""

    def __init__(self, reader: User, given: QueryDict) -> None:
        self.reader = reader
        self.now = timezone.now()
        self._requests = Deciding(reader, given, "work", MOST)

    @cached_property
    def own(self) -> bool:
        """Whether the reader proposes changes, so that the lists are about theirs."""
        return self._holds(Right.PROPOSE)

    @cached_property
    def sees(self) -> bool:
        """Whether a role of theirs shows changes."""
        return self._holds(Right.SEE)

    @cached_property
    def belongs(self) -> bool:
        """Whether they have any role."""
        return visible_connections(self.reader).exists()

    @cached_property
    def resolves(self) -> bool:
        """Whether they help others, so that theirs alone are not all there is to fix."""
        return self._holds(Right.RESOLVE)

    @cached_property
    def paused(self) -> list[Connection]:
        """The connections that wait for the reader to resume them."""
        if not self._holds(Right.PAUSE):
            return []
        return list(connections_where(self.reader, Right.PAUSE).filter(paused_at__isnull=False).order_by("name"))

    @cached_property
    def edits(self) -> list[BulkEditPage]:
        """Their edits of many customers that have not ended."""
        return unfinished_of(self.reader) if self.own else []

    @cached_property
    def policies(self) -> list[PolicyVersion]:
        """What wants the reader's word as a second administrator."""
        return waiting_for(self.reader, MOST)

    @cached_property
    def rights(self) -> list[RightsRequest]:
        """What is asked for about people, where it takes the reader's word as a second administrator."""
        return rights.waiting_for(self.reader, MOST)

    @cached_property
    def erasures(self) -> list[Erasure]:
        """The customers of whom somebody asked that they be erased, where it takes the reader's word."""
        return erase.waiting_for(self.reader, MOST)

    @cached_property
    def deciding(self) -> Deciding | None:
        """The requests, for who decides on any."""
        if not self._requests.is_approver:
            return None
        self._requests.take(self._rows)
        return self._requests

    @cached_property
    def batches(self) -> list[BatchRow]:
        """Batches that the reader follows, or that stand still until somebody like them says go on."""
        return batch_rows_of(unfinished_batches(self.reader, MOST), self.reader)

    @cached_property
    def fixes(self) -> bool:
        """Whether anything could be theirs to fix; who only decides or reviews sees what others have before them."""
        return self.own or self.resolves or not self._requests.is_approver

    @cached_property
    def to_look_into(self) -> list[LookedInto]:
        """What was sent without its approvals and waits for a reviewer."""
        return [
            LookedInto(self._rows[emergency.change_id], emergency)
            for emergency in self._emergencies[:MOST]
            if emergency.change_id in self._rows
        ]

    @property
    def more_to_look_into(self) -> bool:
        """Whether there are others beyond these."""
        return len(self._emergencies) > MOST

    @property
    def audits(self) -> bool:
        """Whether a reviewer's list is theirs."""
        return self._holds(Right.AUDIT)

    @property
    def to_fix(self) -> Section:
        """What needs a person, the latest first."""
        return self._sections[0]

    @property
    def going(self) -> Section:
        """What goes on by itself, the latest first; of the reader's own also what waits for others' decision."""
        return self._sections[1]

    @property
    def done(self) -> Section:
        """What ended for good since midnight, the latest first."""
        return self._sections[2]

    @property
    def poll_seconds(self) -> int | None:
        """How often the page asks again; None once nothing is on its way."""
        soon = quickest((row.change for row in self.going.rows), self.now)
        seconds = [*([soon] if soon else []), *(BATCH_SECONDS if row.moves else SELDOM for row in self.batches)]
        return min(seconds, default=None)

    @property
    def poll_url(self) -> str:
        """Where it asks: the address says what it shows, and how often it asks."""
        shows = QueryDict(mutable=True)
        shows.update(self._requests.given | {"seen": self.token, "every": str(self.poll_seconds)})
        return f"{reverse('work')}?{shows.urlencode()}"

    @cached_property
    def token(self) -> str:
        """Changes with everything that the lists would show differently."""
        shown = [list(map(_told, section.rows)) for section in (self.to_fix, self.going, self.done)]
        paused = [connection.pk for connection in self.paused]
        requests = [each.told for each in self.deciding.requests] if self.deciding else []
        emergencies = [each.emergency.pk for each in self.to_look_into]
        batches = [row.told for row in (*self.batches, *(self.deciding.batches if self.deciding else ()))]
        return hashlib.sha256(json.dumps([shown, paused, requests, emergencies, batches]).encode()).hexdigest()[:16]

    def _holds(self, right: Right) -> bool:
        places = places_where(self.reader, right)
        return places.everywhere or bool(places.ids)

    @property
    def _midnight(self) -> datetime:
        return timezone.localtime(self.now).replace(hour=0, minute=0, second=0, microsecond=0)

    @cached_property
    def _lists(self) -> tuple[list[int], ...]:
        """The numbers of what is to fix, going on and done."""
        return listed(self.reader, MOST + 1, own=self.own, since=self._midnight)

    @cached_property
    def _emergencies(self) -> list[Emergency]:
        return to_look_into(self.reader, MOST + 1)

    @cached_property
    def _rows(self) -> dict[int, Row]:
        """All that any list shows, at once."""
        numbers = {number for numbers in self._lists for number in numbers[:MOST]}
        numbers |= {emergency.change_id for emergency in self._emergencies}
        if self._requests.is_approver:
            numbers |= set(self._requests.numbers)
        return rows_of(numbers, self.reader)

    @cached_property
    def _sections(self) -> list[Section]:
        shown = {
            number: self._rows[number] for numbers in self._lists for number in numbers[:MOST] if number in self._rows
        }
        found = {row.change.pk: row for row in with_steps(shown.values(), self.reader)}
        return [
            Section([found[number] for number in numbers[:MOST] if number in found], len(numbers) > MOST)
            for numbers in self._lists
        ]


def _told(row: Row) -> Iterable[object]:
    return [row.change.pk, row.state.word, row.state.headline, row.state.following, row.step and row.step.label]
