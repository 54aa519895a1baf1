"""What the page of one change shows: where it stands, its lines, what is or was sent, what can be done and by whom."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from console.coming import steps_ahead
from console.errors import KeyMissing
from console.explain import Explanation, Parts, state_sentence
from console.flows.examine import items_for
from console.inbox import next_to_decide
from console.models import (
    Attempt,
    Change,
    Confirmation,
    Emergency,
    Event,
    Kind,
    Line,
    Mark,
    Outcome,
    ReviewItem,
    Status,
    User,
    Wait,
)
from console.models.batches import BATCH_ENDED
from console.permissions import Right, helpers_sentence, may
from console.sentences import listed
from console.views.change_history import RETURNED, Moment, happened, return_of
from console.views.change_reading import Freshness, freshness
from console.views.customer_reads import going_changes
from console.views.evidence import Clue, evidence
from console.views.exchanges import ShownAttempt, shown_attempt
from console.views.pace import SELDOM, pace
from console.views.review_page import Left, Review, decided, waits_for_decision
from console.views.rows import Row, ahead, rows_of
from console.views.sending import Sending
from console.views.shown_lines import ShownLine, said_about, shown_line
from console.views.undo_offer import UndoOffer, undo_offer

if TYPE_CHECKING:
    from datetime import datetime

    from providers.fields import Value

_PASSING = re.compile(r"\bFor \d+ s more ")  # no reason to show the page anew every second
VERBS = {
    Status.PROPOSED: "asks to change",
    Status.APPROVED: "changes",
    Status.SENDING: "changes",
    Status.APPLIED: "changed",
}
ASKED = (Mark.QUESTIONED, Mark.SETTLED)
SENT = frozenset({Status.APPROVED, Status.SENDING, Status.UNKNOWN, Status.APPLIED})


class ChangePage:
    """One change as one reader sees it. Each part asks the database only when it is shown.

    `problem`: why its record could not be read just now; `asks`: whether the page may have it read by itself.
    """

    def __init__(self, change: Change, reader: User, *, problem: str = "", asks: bool = True) -> None:
        self.change, self.reader = change, reader
        self.now = timezone.now()
        self._problem, self._asks = problem, asks

    @cached_property
    def state(self) -> Explanation:
        """Where it stands, in sentences."""
        return state_sentence(
            self.change,
            reader=self.reader,
            now=self.now,
            last=self.last,
            ahead=self._ahead,
            operators=self._operators,
            settles_at=self._settles_at,
            parts=Parts.of([(line.label, line.state) for line in self.lines]),
            by=self._who_left_out,
            emergency=self.emergency.by.name if self.emergency else "",
            set_back=self._is_set_back,
            **({"deciding": self.review.deciding} if self.review else {}),
        )

    @cached_property
    def review(self) -> Review | None:
        """How it stands with those who decide; None where nobody has to, or where its values can't be opened."""
        if not waits_for_decision(self.change):
            return None
        try:
            self.change.open()
        except KeyMissing:
            return None
        return Review(self.change, self.reader, record=self._record, events=self._events, now=self.now)

    @cached_property
    def following(self) -> int | None:
        """The request on which the reader decides next, while they are at it: here, or just before."""
        at_it = any(event.verb.startswith("decision.") and event.actor_id == self.reader.pk for event in self._events)
        if self.review:
            return self.review.following
        return next_to_decide(self.reader, after=self.change) if at_it else None

    @property
    def compares(self) -> bool:
        """Whether the reader may learn anything of what is hidden."""
        return may(self.reader, Right.COMPARE, self.change.connection)

    @property
    def reads_the_audit(self) -> bool:
        """Whether the reader may take evidence of it home."""
        return may(self.reader, Right.AUDIT, self.change.connection)

    @cached_property
    def questions(self) -> list[ReviewItem]:
        """Where it is or was questioned in a review, as far as the reader may look there."""
        if not vars(self.change).get("was_questioned", True):  # most are not: said by the query that loads the change
            return []
        return list(items_for(self.reader).filter(change=self.change, mark__in=ASKED).order_by("pk"))

    @property
    def freshness(self) -> Freshness | None:
        """How old is what those who decide compare with."""
        if not self.review:
            return None
        moved = [line.label for line in self.review.moved]
        problem, asks = self._problem, self._asks
        return freshness(self.change, self.reader, moved, now=self.now, problem=problem, asks=asks)

    @cached_property
    def undo(self) -> UndoOffer | None:
        """Whether the reader can have it undone, if that is the next thing at all."""
        return undo_offer(self.change, self.reader)

    @property
    def emergency(self) -> Emergency | None:
        """That it was sent without the approvals it needed."""
        return getattr(self.change, "emergency", None)

    @property
    def emergency_reason(self) -> str:
        """Why it could not wait; empty where the key was erased."""
        try:
            return self.emergency.reason if self.emergency else ""
        except KeyMissing:
            return ""

    @property
    def emergency_finding(self) -> str:
        """What the reviewer found."""
        try:
            return self.emergency.finding if self.emergency else ""
        except KeyMissing:
            return ""

    @cached_property
    def returned(self) -> Moment | None:
        """Who gave it back to its author, and why, where that is where it stands."""
        if self.change.state is not Status.RETURNED:
            return None
        return return_of([event for event in self._events if event.verb == RETURNED])

    @cached_property
    def others(self) -> list[Row]:
        """What else is pending for this customer, as long as this is, too; the oldest first."""
        if self.change.state.is_final:
            return []
        numbers = [number for number in going_changes(self.change.customer) if number != self.change.pk]
        found = rows_of(numbers, self.reader)
        return [found[number] for number in numbers if number in found]

    @property
    def _who_left_out(self) -> str:
        """Who rejected it, or lines of it, or returned it."""
        if self.returned:
            return self.returned.sentence
        rejections = [left.rejection.who for left in self._decided.values() if left.rejection]
        return listed(list(dict.fromkeys(rejections)))

    @cached_property
    def _decided(self) -> dict[str, Left]:
        return decided(self.change, self.reader, self._lines) if not waits_for_decision(self.change) else {}

    @cached_property
    def evidence(self) -> list[Clue]:
        """All that is known where a person has to say what became of it; nothing anywhere else."""
        asks = self.change.state is Status.UNKNOWN and self.change.needs_a_person
        return evidence(self.change, self._attempts) if asks else []

    @property
    def last(self) -> Outcome | None:
        """What the last attempt came to."""
        return Outcome(self._attempts[-1].outcome) if self._attempts else None

    @property
    def heading(self) -> str:
        """“Ed changed Phone of Adi Wijaya”, or “2 fields”; the past only for what is known to have happened."""
        change, count = self.change, len(self.lines)
        sent = sum(line.is_sent for line in self.lines)
        what = self.lines[0].label if count == 1 else f"{count} fields"
        if change.state in SENT and 0 < sent < count:
            what = f"{sent} of {count} fields"
        unsure = change.confirmation == Confirmation.ACCEPTED
        verb = "asked to change" if unsure else VERBS.get(change.state, "asked to change")
        return f"{change.requester.name} {verb} {what} of {change.customer}"

    @property
    def ended(self) -> datetime | None:
        """When it ended, for a change that did."""
        return self.change.ended_at if self.change.state.is_final else None

    @cached_property
    def poll_seconds(self) -> int | None:
        """How often the page asks again; None once nothing happens by itself any more, and nobody decides."""
        return pace(self.change, self.now) or (SELDOM if self.review else None)

    @property
    def is_going(self) -> bool:
        """Whether it goes on by itself, so that its author need not wait."""
        return pace(self.change, self.now) is not None

    @property
    def poll_url(self) -> str:
        """Where it asks: the address says what it shows, and how often it asks."""
        shows = QueryDict(mutable=True)
        shows.update({"seen": self.token, "every": str(self.poll_seconds)})
        return f"{reverse('change_state', args=[self.change.pk])}?{shows.urlencode()}"

    @property
    def is_the_readers(self) -> bool:
        """Whether the reader asked for it: then a toast tells them of its end, wherever they are."""
        return self.change.requester_id == self.reader.pk

    @property
    def token(self) -> str:
        """Changes with everything that the page would show differently."""
        state, change = self.state, self.change
        following = _PASSING.sub("", state.following)
        told = [state.headline, following, state.word, change.status, change.epoch, len(self._attempts)]
        going, lines = self.poll_seconds is not None, [line.decision for line in self._lines]
        moved = [line.label for line in self.review.moved] if self.review else []
        told += [lines, moved, len(self._events), change.claimed_by_id]
        return hashlib.sha256(json.dumps([*told, going, change.problems]).encode()).hexdigest()[:16]

    @cached_property
    def lines(self) -> list[ShownLine]:
        """The fields in the order of the form, with what the provider said about each."""
        return [
            shown_line(
                line,
                self.change,
                self._record,
                self._decided.get(line.field, Left()),
                self.undo.of(line.field) if self.undo else None,
            )
            for line in self._lines
        ]

    @property
    def shows_now(self) -> bool:
        """Whether the provider told, when it did not come as asked, what it holds instead."""
        told = self.last in {Outcome.MOVED, Outcome.KEPT_ANOTHER, Outcome.STILL_OLD}
        return told and self.change.needs_a_person and bool(self._record)

    @property
    def other_problems(self) -> list[str]:
        """What the provider said about no field of this change, with the label of the one it did name."""
        asked = {line.field for line in self._lines}
        others = [problem for problem in self.change.problems if problem.get("field") not in asked]
        labels = {field.name: field.label for field in self.change.customer.provider.fields}
        return [
            f"{label}: {said_about(problem, self.change)}" if label else said_about(problem, self.change)
            for problem in others
            for label in [labels.get(problem.get("field") or "")]
        ]

    @cached_property
    def attempts(self) -> list[ShownAttempt]:
        """All tries, the first one first."""
        return [shown_attempt(number, attempt, self.change) for number, attempt in enumerate(self._attempts, 1)]

    @cached_property
    def sending(self) -> Sending:
        """What is or was sent."""
        return Sending(self.change, self.attempts, self._record)

    @cached_property
    def timeline(self) -> list[Moment]:
        """What happened, in the order in which it did."""
        return happened(self.change, self._events, self._attempts)

    @property
    def coming(self) -> list[str]:
        """What comes next if all goes well."""
        deciding = {"deciding": self.review.deciding} if self.review else {}
        return steps_ahead(self.change, now=self.now, ahead=self._ahead, reader=self.reader, **deciding)

    @property
    def why(self) -> str:
        """The author's reason; nothing where the customer's key was erased."""
        try:
            return self.change.why
        except KeyMissing:
            return ""

    @cached_property
    def _ahead(self) -> Change | None:
        return ahead([self.change]).get(self.change.pk)

    @cached_property
    def _lines(self) -> list[Line]:
        return list(self.change.lines.all())

    @cached_property
    def _record(self) -> Mapping[str, Value]:
        """What we know of the customer; nothing where their key was erased."""
        try:
            return self.change.customer.record
        except KeyMissing:
            return {}

    @cached_property
    def _attempts(self) -> list[Attempt]:
        return list(self.change.attempts.all()) if self.change.epoch else []  # each claim leaves one, and a new epoch

    @cached_property
    def _events(self) -> list[Event]:
        own = Event.objects.filter(change=self.change, customer=self.change.customer_id)  # not those of its reviews
        found = list(own.select_related("actor").order_by("pk"))
        for event in found:
            event.customer = self.change.customer
        return found

    @property
    def _is_set_back(self) -> bool:
        """Whether a backup was put back while its batch was under way; asked only where it has not left its batch."""
        change = self.change
        waits = change.wait == Wait.BATCH or change.note == BATCH_ENDED
        return waits and change.batch is not None and change.batch.set_back_at is not None

    @property
    def _settles_at(self) -> datetime | None:
        """Until when the provider may still apply a request of which nobody knows."""
        pushes = [attempt for attempt in self._attempts if attempt.kind == Kind.PUSH]
        if self.change.state is not Status.UNKNOWN or not pushes:
            return None
        return (pushes[-1].ended_at or pushes[-1].started_at) + timedelta(seconds=settings.STEWARD_SETTLE_SECONDS)

    @cached_property
    def _operators(self) -> str:
        """Who can help where nothing moves, for a reader who can't."""
        change = self.change
        due = change.next_attempt_at if change.state is Status.APPROVED else None
        stops = change.connection.is_paused or change.connection.is_interrupted
        stuck = stops or (due and due < self.now)  # else the button that is off says it
        if not stuck or may(self.reader, Right.RESOLVE, change.connection):
            return ""
        return helpers_sentence(Right.RESOLVE, change.connection)
