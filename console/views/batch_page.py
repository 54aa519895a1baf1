"""What the page of one batch shows: where it stands, what it asks for, how far it is, what can be done and by whom."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from console.errors import KeyMissing
from console.explain import Explanation
from console.flows.batches.looking import held_up
from console.flows.batches.members import IN_PART
from console.models import Batch, BatchDecision, BatchRefusal, BatchStatus
from console.models.rows import BIGGEST_KEY
from console.views.batch_deciding import BatchReview, decisions_on
from console.views.batch_history import History, history_of
from console.views.batch_look import Look, examples_at, look_at
from console.views.batch_reads import PAGE, Counts, Group, canary, counts_of, members
from console.views.batch_words import LEAVING, Case, batch_sentence, confirms, undone_words
from console.views.pace import SELDOM
from console.views.rows import Row, rows_of

if TYPE_CHECKING:
    from console.dry_run import Example
    from console.models import User

OFTEN = 2
MOST_REFUSALS = 50
LABELS = {
    Group.ARRIVED: "Arrived",
    Group.GOING: "On their way",
    Group.UNKNOWN: "Not known",
    Group.PERSON: "Need a person",
    Group.ENDED: "Ended otherwise",
    Group.NEVER: "Never left",
    Group.HERE: "Not left",
}
LOOKS = {
    Group.ARRIVED: ("applied", "check"),
    Group.GOING: ("waiting", "send"),
    Group.UNKNOWN: ("unknown", "question"),
    Group.PERSON: ("refused", "warning"),
    Group.ENDED: ("neutral", "cross"),
    Group.NEVER: ("neutral", "cross"),
    Group.HERE: ("neutral", "clock"),
}
ACCEPTED = ("neutral", "check")
MOVING = frozenset({BatchStatus.BUILDING, BatchStatus.CANARY, BatchStatus.GOING})
SEEN = frozenset({BatchStatus.WAITING, BatchStatus.REJECTED, BatchStatus.WITHDRAWN, BatchStatus.EXPIRED})


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice of which changes are listed; `count` is how many, said in full."""

    id: str
    label: str
    count: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """How many changes stand like this, in the look of a state."""

    label: str
    tone: str
    icon: str
    count: int


@dataclass(frozen=True, slots=True)
class Tense:
    """How what a batch asks for is told: as what would be, what is, or what was to be."""

    heading: str
    verb: str
    column: str


TENSES = {
    "would": Tense("What would become of them", "would change", "What would change"),
    "is": Tense("What becomes of them", "change", "What changes"),
    "was": Tense("What was asked for", "were to change", "What was to change"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What one person decided."""

    who: str
    approved: bool
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows of which not all is asked for: what is said of them, how many there are, and the first with why not."""

    id: str
    heading: str
    follows: str
    count: int
    rows: Iterable[BatchRefusal]


class BatchPage:
    """One batch as one reader sees it. Each part asks the database only when it is shown."""

    def __init__(self, batch: Batch, reader: User, given: QueryDict | None = None) -> None:
        self.batch, self.reader, self.now = batch, reader, timezone.now()
        self._given = given or QueryDict()

    @cached_property
    def counts(self) -> Counts:
        """How its changes stand."""
        return self._counted[self.batch.pk]

    @property
    def undone(self) -> list[tuple[str, Batch]]:
        """By which batches it is undone, was, or is to be, each with the words before its number."""
        told = [(undone_words(other, self._counted[other.pk]), other) for other in self.batch.undone_by.all()]
        return [(words, other) for words, other in told if words]

    @cached_property
    def decisions(self) -> list[BatchDecision]:
        """What was decided about all of it."""
        return decisions_on(self.batch)

    @cached_property
    def review(self) -> BatchReview:
        """How it stands with those who decide."""
        return BatchReview(self.batch, self.reader, self.decisions, self.now)

    @cached_property
    def state(self) -> Explanation:
        """Where it stands, in sentences."""
        waits, review = self.review.waits, self.review
        who = review.who if waits else self._rejected_by
        lacks = review.lacks if waits else 1
        held = held_up(self.batch) if self.counts.going and self.batch.state in LEAVING else 0
        case = Case(self.batch, self.counts, self.now, who, lacks, is_asked=review.is_asked, held_up=held)
        return batch_sentence(case)

    @property
    def said(self) -> list[Said]:
        """Who decided what, in the order in which they did."""
        return [Said(self._name(one.user), one.act == "approve", one.at, self._reason(one)) for one in self.decisions]

    @cached_property
    def history(self) -> History:
        """Which steps it took, the latest first."""
        return history_of(self.batch)

    @property
    def is_the_readers(self) -> bool:
        """Whether the reader asked for it."""
        return self.batch.requester_id == self.reader.pk

    @property
    def asks_anew(self) -> bool:
        """It waits once more: its approval no longer holds, and a part of it has left already."""
        return self.batch.state is BatchStatus.WAITING and self.batch.released > 0

    @property
    def left_already(self) -> int:
        """How many left before it was asked about again."""
        return self.counts.all - self.counts.here

    @property
    def out_of_it(self) -> int:
        """How many are decided on alone or have ended, while it waits for the first decision on all that is in it."""
        waits = self.batch.state is BatchStatus.WAITING and not self.asks_anew
        return self.counts.all - self.counts.here if waits else 0

    @property
    def why(self) -> str:
        """The author's reason."""
        try:
            return self.batch.why
        except KeyMissing:
            return ""

    @property
    def has_left(self) -> bool:
        """Whether anything of it was let go, so that there is something to follow."""
        return self.batch.released > 0

    @property
    def is_put_together(self) -> bool:
        """Whether there is something to look at."""
        return self.batch.size > 0 and self.batch.state is not BatchStatus.BUILDING

    @property
    def shows_look(self) -> bool:
        """Whether what it asks for stands first: as long as it is about that, and not about how far it is."""
        return self.is_put_together and self.batch.state in SEEN

    @cached_property
    def look(self) -> Look:
        """What it asks for."""
        return look_at(self.batch)

    @property
    def done(self) -> int:
        """How far the bar is: rows taken up while it is put together, afterwards nothing but what arrived."""
        if self.batch.state is BatchStatus.BUILDING:
            return self.counts.all + self.counts.refused
        return self.counts.arrived

    @property
    def bar(self) -> tuple[str, str]:
        """The look of the bar, and the word for what it measures."""
        if self.batch.state is BatchStatus.BUILDING:
            return "", "rows taken up"
        return ("", "arrived") if confirms(self.batch) else ("neutral", "accepted")

    @property
    def tense(self) -> Tense:
        """In which words it is told what it asks for."""
        state = self.batch.state
        return TENSES["was"] if state.is_final else TENSES["is" if state.is_released else "would"]

    @property
    def total(self) -> int:
        """Where the bar ends."""
        return self.batch.expected if self.batch.state is BatchStatus.BUILDING else self.batch.size

    @property
    def shows_meter(self) -> bool:
        """Whether there is anything to measure."""
        return (self.batch.state is BatchStatus.BUILDING and self.total > 0) or self.has_left

    @property
    def tallies(self) -> list[Tally]:
        """How many stand where, as far as there are any; what arrived in any case."""
        looks = LOOKS if confirms(self.batch) else {**LOOKS, Group.ARRIVED: ACCEPTED}
        return [
            Tally(label, *looks[group], self.counts.of(group))
            for group, label in self._labels.items()
            if self.counts.of(group) or group is Group.ARRIVED
        ]

    @cached_property
    def canary(self) -> list[Row]:
        """The first few, once any of it may have left."""
        if not (self.has_left or self.batch.state.is_released):
            return []
        numbers = canary(self.batch)
        found = rows_of(numbers, self.reader)
        return [found[number] for number in numbers if number in found]

    @property
    def has_passed(self) -> bool:
        """Whether the first few are known to be right: they were confirmed, or somebody looked before others left."""
        passed = self.batch.canary_passed_at
        return passed is not None and (confirms(self.batch) or passed != self.batch.ended_at)

    @property
    def others_wait(self) -> bool:
        """Whether others leave once the first few have arrived."""
        others = Case(self.batch, self.counts, self.now).others
        return others > 0 and self.batch.canary_passed_at is None and not self.batch.state.is_final

    @property
    def refused(self) -> list[Refused]:
        """The rows that became no change, and those of which a part did, as far as there are any."""
        counts, every = self.counts, BatchRefusal.objects.filter(batch=self.batch).select_related("customer")
        none, in_part = every.exclude(code=IN_PART), every.filter(code=IN_PART)
        told = [
            ("refused", "Became no change", "nothing is sent for these", counts.refused, none),
            ("in-part", "Goes back in part", "the rest of each is asked for", counts.in_part, in_part),
        ]
        return [
            Refused(id_, heading, follows, count, found.order_by("place")[:MOST_REFUSALS])
            for id_, heading, follows, count, found in told
            if count
        ]

    @cached_property
    def group(self) -> Group | None:
        """Which changes are listed."""
        asked = self._given.get("show", "")
        return Group(asked) if asked in set(Group) else None

    @property
    def chips(self) -> list[Chip]:
        """What the list of changes can be narrowed to; nothing for what there is none of."""
        whole = Chip("show-all", "All", f"{self.counts.all:,}", self._address({}), self.group is None)
        narrowed = [
            Chip(
                f"show-{group}",
                label,
                f"{self.counts.of(group):,}",
                self._address({"show": group}),
                self.group is group,
            )
            for group, label in self._labels.items()
            if self.counts.of(group) or self.group is group
        ]
        return [whole, *narrowed]

    @cached_property
    def members(self) -> list[Row]:
        """The changes on this page of the list."""
        numbers = [number for _, number in self._shown]
        found = rows_of(numbers, self.reader)
        return [found[number] for number in numbers if number in found]

    @property
    def shows_values(self) -> bool:
        """Whether the list says what is asked of each: as long as there is nothing else to say of them."""
        return self.shows_look and (self.group is Group.HERE or (self.group is None and not self.out_of_it))

    @property
    def examples(self) -> list[Example]:
        """The changes on this page of the list, with what is asked; what can't be read any more is left out."""
        shown = examples_at(self.batch, [place for place, _ in self._shown])
        return [shown[place] for place in sorted(shown)]

    @property
    def newer(self) -> str:
        """Where the page before is; empty on the first one."""
        before = self._before
        has = len(self._members) > PAGE if before is not None else self._after > 0
        return self._beside("before", self._shown[0][0]) if has and self._shown else ""

    @property
    def older(self) -> str:
        """Where the next page is; empty on the last one."""
        has = self._before is not None or len(self._members) > PAGE
        return self._beside("after", self._shown[-1][0]) if has and self._shown else ""

    @property
    def poll_seconds(self) -> int | None:
        """How often the page asks again; None once nothing of it moves any more."""
        state = self.batch.state
        if state in MOVING or (self.counts.open and not state.is_final):
            return OFTEN
        if self.batch.ended_at:
            return SELDOM if self.counts.open else None
        if state.is_final:
            return OFTEN if self.counts.open or (self.counts.here and state is BatchStatus.STOPPED) else None
        return SELDOM

    @property
    def poll_url(self) -> str:
        """Where it asks: the address says what it shows, and how often it asks."""
        shows = QueryDict(mutable=True)
        shows.update({"seen": self.token, "every": str(self.poll_seconds)})
        return f"{reverse('batch_state', args=[self.batch.pk])}?{shows.urlencode()}"

    @cached_property
    def token(self) -> str:
        """Changes with everything that the page would show differently as it moves."""
        state, batch, count = self.state, self.batch, self.counts
        told: list[object] = [state.headline, state.word, batch.status, batch.note, batch.released, batch.size]
        told += [[count.of(group) for group in Group], count.refused, count.in_part, len(self.decisions)]
        told += [self.poll_seconds is None, [row.state.word for row in self.canary]]
        told += [batch.connection.is_paused, batch.connection.is_interrupted]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    @cached_property
    def _counted(self) -> Mapping[int, Counts]:
        """The counts of this batch and of those that undo it, by one question."""
        return counts_of([self.batch.pk, *(other.pk for other in self.batch.undone_by.all())])

    @property
    def _labels(self) -> dict[Group, str]:
        """Nothing is called arrived where nobody has seen it there."""
        return LABELS if confirms(self.batch) else {**LABELS, Group.ARRIVED: "Accepted"}

    @property
    def _rejected_by(self) -> str:
        rejection = self.review.rejection
        return self._name(rejection.user) if rejection else ""

    @property
    def _after(self) -> int:
        return _number(self._given.get("after")) or 0

    @property
    def _before(self) -> int | None:
        return _number(self._given.get("before"))

    @cached_property
    def _members(self) -> Sequence[tuple[int, int]]:
        return members(self.batch, self.group, after=self._after, before=self._before)

    @property
    def _shown(self) -> Sequence[tuple[int, int]]:
        found = self._members
        return found[-PAGE:] if self._before is not None else found[:PAGE]

    def _beside(self, direction: str, place: int) -> str:
        narrowed = {"show": str(self.group)} if self.group else {}
        return self._address({**narrowed, direction: str(place)})

    def _address(self, asked: dict[str, str]) -> str:
        query = QueryDict(mutable=True)
        query.update(asked)
        return f"{reverse('batch', args=[self.batch.pk])}{'?' if asked else ''}{query.urlencode()}#members"

    def _name(self, user: User) -> str:
        return "you" if user.pk == self.reader.pk else user.name

    @staticmethod
    def _reason(decision: BatchDecision) -> str:
        try:
            return decision.reason
        except KeyMissing:
            return ""


def _number(text: str | None) -> int | None:
    """A place out of an address, no larger than one can be; whatever is none counts as not given."""
    if not (text and text.isascii() and text.isdigit() and len(text) <= len(str(BIGGEST_KEY))):
        return None
    return min(int(text), 2**31 - 1)
