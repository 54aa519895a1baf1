"""What the page of one customer shows: the record, what is asked of it, what happened, what was sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from console.errors import KeyMissing
from console.flaw_words import Wrong
from console.flows.drafts import Kept, held
from console.flows.drift import Drifted, drifted
from console.forms.asked import Asked, all_asked, asked_by_field
from console.forms.restoring import can_restore
from console.forms.sheet import News, Row, sheet
from console.models import Attempt, Customer, Event, Outcome, Status, User, Wait
from console.permissions import Right, helpers_sentence, may, people_with, refusal_sentence, who_sentence
from console.sentences import attempt_sentence, change_sentence, event_sentence, event_tone, listed
from console.templatetags.customers import clock, fresh
from console.views.change_reads import changes_of
from console.views.customer_reads import bring_lines, going_changes, last_applied, latest_attempts, latest_events
from console.views.erasure import Erasing, erasing_of
from console.views.pace import quickest
from console.views.readings import Reading, reading_of
from console.views.rows import Row as ChangeRow
from console.views.rows import addresses, rows

if TYPE_CHECKING:
    from django.http import QueryDict


MOST_MOMENTS = 12
MOST_ATTEMPTS = 6
MOST_WATCHED = 20
LONGEST_KEY = 18

OUTCOME_TONES = {
    Outcome.CONFIRMED: "applied",
    Outcome.ALREADY: "applied",
    Outcome.INTENT: "waiting",
    Outcome.NOT_SENT: "waiting",
    Outcome.TRY_LATER: "waiting",
    Outcome.UNKNOWN: "unknown",
    Outcome.ACCEPTED: "neutral",
    Outcome.STILL_OLD: "neutral",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline: an event, or a change with all that became of it, told in full at its `url`."""

    tone: str
    sentence: str
    at: datetime
    say: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    """One exchange with the provider, in short."""

    attempt: Attempt
    tone: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Told:
    """A change above the record: `who` can decide on it, if it waits for that; whether the reader can, or can edit
    other fields meanwhile.
    """

    row: ChangeRow
    who: str = ""
    can_review: bool = False
    leaves_others: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader has before their eyes, as the address says it: it goes with each look at what moved meanwhile."""

    before: int | None = None  # the event before which the history begins
    read: int | None = None  # the event of a reading, whose moves are marked
    watched: tuple[int, ...] = ()  # changes that had not ended

    @classmethod
    def of(cls, given: QueryDict) -> Sight:
        """Reads it out of an address; what makes no sense there counts as nothing."""
        watched = [number for text in given.get("watched", "").split("-")[:MOST_WATCHED] if (number := number_in(text))]
        return cls(number_in(given.get("before", "")), number_in(given.get("read", "")), tuple(watched))


@dataclass(frozen=True, slots=True)
class Restoring:
    """What one form can put back: the event that saw it move, and the labels of the fields."""

    event: int
    labels: str


class CustomerPage:
    """One customer as one reader sees it. Each part asks the database only when it is shown."""

    def __init__(self, customer: Customer, reader: User, sight: Sight | None = None) -> None:
        self.customer, self.reader, self.sight = customer, reader, sight or Sight()
        self.now = timezone.now()
        self.freshness = cache(fresh)  # most values came to be known at the same moments

    @cached_property
    def going(self) -> list[ChangeRow]:
        """What has not ended, and what ended before the reader's eyes; the oldest first."""
        if not (self.customer.awaits or self.sight.watched):
            return []
        return rows_of(going_changes(self.customer, self.sight.watched), self.customer, self.reader)

    @property
    def told(self) -> list[Told]:
        """The same, the latest first, with who can decide on those that wait for it."""
        return [self._told(row) for row in reversed(self.going)]

    @cached_property
    def wrong(self) -> list[Wrong]:
        """What the provider would refuse of the record as it stands; nothing of one that is there no more, or that was
        never read.
        """
        customer = self.customer
        if customer.is_gone or customer.is_erased or customer.is_forgotten or customer.never_read:
            return []
        return [Wrong(customer.provider, name, code) for name, code in sorted(customer.flaws.items())]

    @property
    def stopped(self) -> bool:
        """Whether that keeps any update from going through."""
        return any(each.stops for each in self.wrong)

    @property
    def changes(self) -> list[ChangeRow]:
        """What has not ended, the oldest first."""
        return [row for row in self.going if not row.change.state.is_final]

    @property
    def poll_seconds(self) -> int | None:
        """How often the page asks again; None once nothing happens by itself any more."""
        return quickest([row.change for row in self.going], self.now)

    @property
    def poll_url(self) -> str:
        """Where it asks, and what it shows already."""
        watched = "-".join(str(row.change.pk) for row in self.going)
        asked = {"seen": self.token, "watched": watched, "read": self.sight.read, "before": self.sight.before}
        return (
            f"{reverse('customer_state', args=[self.customer.pk])}?{urlencode({k: v for k, v in asked.items() if v})}"
        )

    @property
    def token(self) -> str:
        """Changes with everything that the page would show differently."""
        customer = self.customer
        told = [customer.version, customer.chain_length, customer.drift, customer.is_gone, str(customer.known_at)]
        states = [[row.change.pk, row.change.status, row.state.word, row.state.headline] for row in self.going]
        told += [states, customer.connection.is_paused, self.poll_seconds]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    @cached_property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The record; empty where the key of its values was erased."""
        if self.customer.is_erased:
            return []
        try:
            asked = all_asked((row.change, row.state) for row in self.changes)
            return sheet(self.customer, applied=last_applied(self.customer), asked=asked, news=self.news)
        except KeyMissing:
            return []

    @cached_property
    def drifted(self) -> list[Drifted]:
        """What moved at the provider without our asking, and nobody has seen to yet."""
        try:
            return drifted(self.customer)
        except KeyMissing:
            return []

    @property
    def restoring(self) -> list[Restoring]:
        """Which forms can put back what moved: one for all that one event saw."""
        labels: dict[int, list[str]] = {}
        for known in self.drifted:
            if can_restore(known):
                labels.setdefault(known.event, []).append(known.field.label)
        return [Restoring(event, listed(names)) for event, names in labels.items()]

    @cached_property
    def reading(self) -> Reading | None:
        """The reading that the reader asked for, and what it found."""
        if not self.sight.read:
            return None
        event = Event.objects.filter(pk=self.sight.read, customer=self.customer, verb="customer.refreshed").first()
        return reading_of(event, self.customer) if event else None

    @property
    def news(self) -> dict[str, News]:
        """What was just brought to which field: by the reading, and by changes that were applied before one's eyes."""
        brought = dict(self.reading.news) if self.reading else {}
        for row in self.going:
            if row.change.state is Status.APPLIED:
                brought |= {line.field: News(line.before, line.had_before) for line in row.change.lines.all()}
        return brought

    @cached_property
    def draft(self) -> Kept | None:
        """What the reader began to change here and did not save."""
        return held(self.customer, by=self.reader) if self.can_edit else None

    @cached_property
    def may_edit(self) -> bool:
        """Whether the reader may propose changes here."""
        return may(self.reader, Right.PROPOSE, self.customer.connection)

    @cached_property
    def erasing(self) -> Erasing:
        """That it was erased, and by whom; or that somebody asked for it, for who may have it erased."""
        return erasing_of(self.customer, self.reader)

    @cached_property
    def why_closed(self) -> str:
        """Why nobody can read or edit it any more: the key of its values is not there. Empty as long as it is."""
        try:
            self.customer.key  # noqa: B018 - unwrapped for the first time here
        except KeyMissing as problem:
            return str(problem)
        return ""

    @property
    def can_edit(self) -> bool:
        """Whether a form would open."""
        return self.may_edit and not self.why_closed

    @property
    def why_not_edit(self) -> str:
        """The right and role that somebody lacks who may not, and who can help; or that the values cannot be opened."""
        if self.may_edit:
            return self.why_closed
        return refusal_sentence(Right.PROPOSE, self.customer.connection, to=self.reader)

    @cached_property
    def who_opens(self) -> str:
        """Whom to ask about a field that is locked by caution."""
        return helpers_sentence(Right.ADMINISTER, self.customer.connection)

    @property
    def reads(self) -> bool:
        """Whether the provider can be asked."""
        return self.customer.provider.capabilities.reads

    @property
    def how_known(self) -> str:
        """How the latest of what we know came to us."""
        return how_known(self.customer)

    @cached_property
    def edit_url(self) -> str:
        """Where it is edited."""
        return reverse("customer_edit", args=[self.customer.pk])

    @cached_property
    def change_url(self) -> Callable[[int], str]:
        """Where a change is told of, by its number."""
        return addresses("change")

    def history_url(self, name: str) -> str:
        """Where the history of a field is told."""
        return f"{self._histories}{quote(name)}/"

    @cached_property
    def _histories(self) -> str:
        return reverse("field_history", args=[self.customer.pk, "-"]).removesuffix("-/")

    @cached_property
    def compares(self) -> bool:
        """Whether the reader may learn anything of what is hidden."""
        return may(self.reader, Right.COMPARE, self.customer.connection)

    @cached_property
    def reads_audit(self) -> bool:
        """Whether the reader may see who looked at it."""
        return may(self.reader, Right.AUDIT, self.customer.connection)

    @property
    def is_whole(self) -> bool:
        """The timeline begins with the latest."""
        return self.sight.before is None

    @cached_property
    def timeline(self) -> list[Moment]:
        """The latest first; of a change one entry, whatever steps it took, and one of readings that found nothing."""
        numbers = {event.change_id for event in self._events if event.change_id and _is_step(event)}
        changes = {row.change.pk: row for row in rows_of(numbers, self.customer, self.reader)}
        return [
            self._of_change(changes[events[0].change_id], events[0])
            if events[0].change_id in changes and _is_step(events[0])
            else self._of_events(events)
            for events in told_together(self._events)
        ]

    @property
    def older(self) -> int | None:
        """After which event the timeline goes on, if it does."""
        return self._found[MOST_MOMENTS - 1].pk if len(self._found) > MOST_MOMENTS else None

    @cached_property
    def pushes(self) -> list[Push]:
        """The latest exchanges with the provider about this customer."""
        there = self.customer.connection.name
        return [_push(attempt, there) for attempt in latest_attempts(self.customer, MOST_ATTEMPTS)]

    @cached_property
    def _deciders(self) -> dict[int, User]:
        """Who may decide here."""
        return people_with(Right.DECIDE, self.customer.connection)

    def _told(self, row: ChangeRow) -> Told:
        change = row.change
        if change.state is not Status.PROPOSED or change.wait != Wait.DECISION:
            return Told(row)
        able = {number: person for number, person in self._deciders.items() if number != change.requester_id}
        who = who_sentence(able.values(), reader=self.reader) or "nobody so far"
        is_own = change.requester_id == self.reader.pk
        return Told(row, f"{who} can decide", self.reader.pk in able, self.can_edit and not is_own)

    @property
    def _events(self) -> list[Event]:
        return self._found[:MOST_MOMENTS]

    @cached_property
    def _found(self) -> list[Event]:
        return latest_events(self.customer, self.sight.before, MOST_MOMENTS + 1)

    def _of_change(self, row: ChangeRow, event: Event) -> Moment:
        fields = self.customer.provider.fields
        return Moment(row.state.tone, change_sentence(row.change, fields), event.at, row.state.word, row.url)

    def _of_events(self, events: list[Event]) -> Moment:
        sentence = event_sentence(events[0], self.customer.provider.fields)
        say = f"{len(events)} times since {clock(events[-1].at)}" if len(events) > 1 else ""
        return Moment(event_tone(events[0]), sentence, events[0].at, say)


def unfinished(customer: Customer, reader: User) -> list[ChangeRow]:
    """The changes of a customer that have not ended, the oldest first."""
    return rows_of(going_changes(customer), customer, reader)


def asked(changes: list[ChangeRow]) -> Mapping[str, Asked]:
    """What they ask, by field."""
    return asked_by_field((row.change, row.state) for row in changes)


def how_known(customer: Customer) -> str:
    """How the latest of what we know of a customer came to us; empty when nothing did."""
    latest = max(customer.known.values(), key=itemgetter("at"), default=None)
    return str(latest["how"]) if latest else ""


def rows_of(numbers: Collection[int], customer: Customer, reader: User) -> list[ChangeRow]:
    """These changes as rows, the oldest first, with this very customer in each, so that its key is unwrapped once."""
    if not numbers:
        return []
    found = changes_of(numbers, customer.connection)
    bring_lines(found)
    for change in found:
        change.customer = customer
    return rows(found, reader)


def _is_step(event: Event) -> bool:
    return event.verb.startswith("change.")


def told_together(events: Iterable[Event]) -> list[list[Event]]:
    """Each event by itself, but readings in a row by one person that found nothing new as one."""

    def sameness(event: Event) -> object:
        found_nothing = event.verb == "customer.refreshed" and not event.details["moved"]
        return ("read", event.actor_id) if found_nothing else event.pk

    return [list(together) for _, together in groupby(events, key=sameness)]


def number_in(text: str) -> int | None:
    """A key out of an address; no longer than one can be, since reading a number takes its time."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_KEY else None


def _push(attempt: Attempt, there: str) -> Push:
    tone = OUTCOME_TONES.get(Outcome(attempt.outcome), "refused")
    return Push(attempt, tone, attempt_sentence(attempt, there))
