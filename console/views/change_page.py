"""What the page of one change shows: where it stands, its lines, what is or was sent, what can be done and by whom."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone

from console.errors import KeyMissing
from console.explain import Explanation, said, state_sentence, steps_ahead
from console.models import Attempt, Change, Confirmation, Event, Kind, Line, Outcome, Status, User
from console.permissions import Right, helpers_sentence, may
from console.sentences import attempt_sentence, event_sentence, event_tone, named
from console.views.rows import ahead
from providers.base import Preview
from providers.errors import ProviderError

if TYPE_CHECKING:
    from datetime import datetime

    from providers.fields import Field, Value

NOT_SENT_YET = frozenset({Status.PROPOSED, Status.RETURNED, Status.APPROVED})
QUICKLY, SLOWLY = 1, 5
MOST_INDENTED = 20
VERBS = {
    Status.PROPOSED: "asks to change",
    Status.APPROVED: "changes",
    Status.SENDING: "changes",
    Status.APPLIED: "changed",
}


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One field of the change; `rule` is None where the connection declares the field no longer."""

    label: str
    rule: Field | None
    before: Value
    after: Value
    known: bool
    now: Value
    problems: tuple[str, ...]
    edit_url: str


@dataclass(frozen=True, slots=True)
class ShownAttempt:
    """One exchange with the provider, as evidence."""

    number: int
    attempt: Attempt
    sentence: str
    note: str
    carried: str
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of the timeline."""

    tone: str
    sentence: str
    at: datetime


class ChangePage:
    """One change as one reader sees it. Each part asks the database only when it is shown."""

    def __init__(self, change: Change, reader: User) -> None:
        self.change = change
        self.reader = reader
        self.now = timezone.now()

    @cached_property
    def state(self) -> Explanation:
        """Where it stands, in sentences."""
        return state_sentence(
            self.change,
            reader=self.reader,
            now=self.now,
            last=self.last,
            ahead=ahead([self.change]).get(self.change.pk),
            operators=self._operators,
        )

    @property
    def last(self) -> Outcome | None:
        """What the last attempt came to."""
        return Outcome(self._attempts[-1].outcome) if self._attempts else None

    @property
    def heading(self) -> str:
        """“Ed changed 2 fields of Adi Wijaya”; the past only for what is known to have happened."""
        change, count = self.change, len(self._lines)
        unsure = change.confirmation == Confirmation.ACCEPTED
        verb = "asked to change" if unsure else VERBS.get(change.state, "asked to change")
        return f"{change.requester.name} {verb} {count} field{'' if count == 1 else 's'} of {change.customer}"

    @property
    def poll_seconds(self) -> int | None:
        """How often the page asks again; None once nothing happens by itself any more."""
        change = self.change
        if change.needs_a_person or not (change.state.is_on_its_way or change.state is Status.UNKNOWN):
            return None
        far = change.next_attempt_at is not None and (change.next_attempt_at - self.now).total_seconds() > SLOWLY * 2
        return SLOWLY if far or change.connection.is_paused else QUICKLY

    @property
    def token(self) -> str:
        """Changes with everything that the page would show differently."""
        state, change = self.state, self.change
        told = [
            state.headline,
            state.following,
            state.word,
            change.status,
            change.epoch,
            len(self._attempts),
            self.poll_seconds,
        ]
        return hashlib.sha256(json.dumps([*told, change.problems]).encode()).hexdigest()[:16]

    @cached_property
    def lines(self) -> list[ShownLine]:
        """The fields in the order of the form, with what the provider said about each."""
        return [self._shown_line(line) for line in self._lines]

    @property
    def shows_now(self) -> bool:
        """Whether the provider told, when it did not come as asked, what it holds instead."""
        told = self.last in {Outcome.MOVED, Outcome.KEPT_ANOTHER, Outcome.STILL_OLD}
        return told and self.change.needs_a_person and bool(self._record)

    @property
    def other_problems(self) -> list[str]:
        """What the provider said about no field of this change."""
        asked = {line.field for line in self._lines}
        return [self._said_about(problem) for problem in self.change.problems if problem.get("field") not in asked]

    @cached_property
    def preview(self) -> Preview | None:
        """The request as it would be sent now; None once it was sent, or where none can be made."""
        if self.change.state not in NOT_SENT_YET:
            return None
        customer = self.change.customer
        try:
            return customer.provider.preview(customer.connection.base_url, customer.record, self.change.wishes)
        except (ProviderError, KeyMissing):
            return None

    @property
    def carried(self) -> str:
        """The labels of what the request carries beside what is asked and what names the record."""
        if not self.preview:
            return ""
        names = [name for name in self.preview.carried if name not in self.change.customer.provider.identity]
        return self._named(names) if names else ""

    @property
    def waiting_for_reading(self) -> bool:
        """The carried values are read just before sending, so the preview may still move."""
        return self.change.connection.provider.capabilities.reads_before_sending

    @cached_property
    def attempts(self) -> list[ShownAttempt]:
        """All tries, the first one first."""
        return [self._shown_attempt(number, attempt) for number, attempt in enumerate(self._attempts, 1)]

    @property
    def sent(self) -> ShownAttempt | None:
        """The last try that sent something: what stands where the preview stood."""
        pushes = [shown for shown in self.attempts if shown.attempt.kind == Kind.PUSH and shown.request]
        return pushes[-1] if pushes and not self.preview else None

    @cached_property
    def timeline(self) -> list[Moment]:
        """What happened, in the order in which it did."""
        events = list(Event.objects.filter(change=self.change).select_related("actor").order_by("pk"))
        told = {event.attempt_id for event in events if event.verb.startswith("change.")}
        silent = [attempt for attempt in self._attempts if attempt.kind == Kind.CHECK and attempt.pk not in told]
        looks = [self._look(attempt) for attempt in silent]
        return sorted([*map(self._moment, events), *looks], key=lambda moment: moment.at)

    @property
    def coming(self) -> list[str]:
        """What comes next if all goes well."""
        return steps_ahead(self.change)

    @property
    def why(self) -> str:
        """The author's reason; nothing where the customer's key was erased."""
        try:
            return self.change.why
        except KeyMissing:
            return ""

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
        return list(self.change.attempts.all())

    @cached_property
    def _operators(self) -> str:
        """Who can help where nothing moves, for a reader who can't."""
        change = self.change
        stuck = change.state is Status.APPROVED or change.connection.is_paused  # else the button that is off says it
        if not stuck or may(self.reader, Right.RESOLVE, change.connection):
            return ""
        return helpers_sentence(Right.RESOLVE, change.connection)

    def _named(self, names: tuple[str, ...] | list[str]) -> str:
        return named(names, {field.name: field for field in self.change.customer.provider.fields})

    def _shown_line(self, line: Line) -> ShownLine:
        customer = self.change.customer
        rule = {field.name: field for field in customer.provider.fields}.get(line.field)
        problems = [self._said_about(problem) for problem in self.change.problems if problem.get("field") == line.field]
        edit_url = f"{reverse('customer_edit', args=[customer.pk])}?again={self.change.pk}#field-{line.field}"
        before, after = _opened(line)
        now = self._record.get(line.field)
        return ShownLine(
            rule.label if rule else line.field, rule, before, after, line.had_before, now, tuple(problems), edit_url
        )

    def _said_about(self, problem: dict[str, str]) -> str:
        return said(problem.get("message", ""), self.change.connection.name)

    def _shown_attempt(self, number: int, attempt: Attempt) -> ShownAttempt:
        attempt.customer = self.change.customer
        note = said(attempt.note, self.change.connection.name)
        return ShownAttempt(
            number,
            attempt,
            attempt_sentence(attempt, self.change.connection.name),
            note,
            self._carried_by(attempt),
            _pretty(attempt.shown_request),
            _pretty(attempt.shown_response),
        )

    def _carried_by(self, attempt: Attempt) -> str:
        try:
            return self._named(list(attempt.carried)) if attempt.sealed_carried else ""
        except KeyMissing:
            return ""

    def _moment(self, event: Event) -> Moment:
        event.customer = self.change.customer
        accepted = event.details.get("outcome") == Outcome.ACCEPTED
        sentence = event_sentence(event, self.change.customer.provider.fields)
        return Moment("neutral" if accepted else event_tone(event), sentence, event.at)

    def _look(self, attempt: Attempt) -> Moment:
        """A reading that left the change where it was, so that no event tells of it."""
        return Moment("unknown", attempt_sentence(attempt, self.change.connection.name), attempt.started_at)


def _opened(line: Line) -> tuple[Value, Value]:
    try:
        return line.before, line.after
    except KeyMissing:
        return None, None


def _pretty(body: str) -> str:
    """JSON spread over lines with every character of its values as it was; everything else untouched."""
    try:
        json.loads(body)
    except (RecursionError, ValueError):
        return body
    text, depth, previous = "", 0, ""
    for token in _TOKEN.findall(body):
        if token in {"}", "]"}:
            depth -= 1
            text = text.rstrip() + token if previous in {"{", "["} else f"{text}{_line(depth)}{token}"
        else:
            depth += token in {"{", "["}
            text += token + {"{": _line(depth), "[": _line(depth), ",": _line(depth), ":": " "}.get(token, "")
        previous = token
    return text


def _line(depth: int) -> str:
    return "\n" + "  " * min(depth, MOST_INDENTED)  # or a short answer that nests deep would fill a page of megabytes


_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+')
