"""What the page of a connection shows of its pushes: what moves, what waits for whom, its limits, tries and charts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from console.explain import said, when
from console.models import Attempt, Connection, User
from console.permissions import Right, may
from console.sentences import attempt_sentence
from console.templatetags.look import when as moment
from console.templatetags.steward import duration
from console.views.bodies import spread
from console.views.charts import HOUR, PERIODS, Charts, Period, Step, draw
from console.views.health import Health
from console.views.pace import SELDOM, quickest
from console.views.pushes import (
    MOST_MOVING,
    MOST_STUCK,
    Listed,
    Tried,
    last_tries,
    listed,
    measured,
)
from console.views.retrying import why_not_again
from console.views.rows import Row, addresses, rows_of

PARTS = ("standing", "limits", "moving", "stuck", "tries", "charts")
UNTIL_A_PROBE = 5


@dataclass(frozen=True, slots=True)
class Stuck:
    """A change that needs a person; `why_not`: why it is not tried again together with others."""

    row: Row
    why_not: str


@dataclass(frozen=True)
class Try:
    """One exchange, with the beginning of what went over the wire; `whole` is False where more of it was kept.

    What only the page itself shows is made when it does: a look asks for the sentence alone.
    """

    tried: Tried
    there: str
    sentence: str
    url: str

    @property
    def attempt(self) -> Attempt:
        """Without bodies."""
        return self.tried.attempt

    @property
    def customer(self) -> str:
        """Whose record it was about."""
        return self.tried.customer

    @property
    def whole(self) -> bool:
        """All that was kept is here."""
        return self.tried.whole

    @property
    def figures(self) -> SafeString:
        """The status it was answered with, how long it took and when it was."""
        attempt = self.attempt
        took = "" if attempt.milliseconds is None else f"{duration(attempt.milliseconds)} · "
        return SafeString(
            f"{f'{attempt.status_code} · ' if attempt.status_code else ''}{took}{moment(attempt.started_at)}"
        )

    @cached_property
    def note(self) -> str:
        """What was noted about it."""
        return said(self.attempt.note, self.there)

    @cached_property
    def request(self) -> str:
        """What was sent."""
        return spread(self.tried.request)

    @cached_property
    def response(self) -> str:
        """What came back."""
        return spread(self.tried.response)


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that bounds what leaves, and how far it is used up now."""

    label: str
    words: str


def period_of(key: str | None) -> Period:
    """The period that an address names; the last hour where it names none."""
    return next((period for period in PERIODS if period.key == key), HOUR)


class PushConsole:
    """One connection as one reader sees it. Each part asks the database only when it is shown."""

    def __init__(self, connection: Connection, health: Health, reader: User, period: Period) -> None:
        self.connection, self.health, self.reader, self.period = connection, health, reader, period
        self.now = timezone.now()
        self.sees = may(reader, Right.SEE, connection)
        self.pauses = may(reader, Right.PAUSE, connection)
        self.resolves = may(reader, Right.RESOLVE, connection)

    @property
    def under_way(self) -> list[Row]:
        """What is being sent or read back right now."""
        return self._rows(self._listed.under_way[:MOST_MOVING])

    @property
    def waiting(self) -> list[Row]:
        """What goes on by itself, the next one first."""
        return self._rows(self._listed.waiting[:MOST_MOVING])

    @property
    def more_moves(self) -> bool:
        """Whether more is on its way than stands here."""
        return max(len(self._listed.under_way), len(self._listed.waiting)) > MOST_MOVING

    @cached_property
    def stuck(self) -> list[Stuck]:
        """What needs a person, the latest first."""
        found = self._rows(self._listed.stuck[:MOST_STUCK])
        why_not = why_not_again(found, self.reader)
        return [Stuck(row, why_not[row.change.pk]) for row in found]

    @property
    def more_stuck(self) -> bool:
        """Whether more needs a person than stands here."""
        return len(self._listed.stuck) > MOST_STUCK

    @property
    def able(self) -> int:
        """How many of those that stand here the reader can try again."""
        return sum(not each.why_not for each in self.stuck)

    @property
    def held(self) -> int:
        """How many changes are held since a backup was restored."""
        return self._listed.held

    @cached_property
    def tries(self) -> list[Try]:
        """The latest exchanges, the last one first."""
        there, address = self.connection.name, addresses("change")
        found = [(tried, tried.attempt) for tried in last_tries(self.connection)] if self.sees else []
        return [Try(tried, there, attempt_sentence(of, there), address(of.change_id)) for tried, of in found]

    @cached_property
    def charts(self) -> Charts:
        """What was measured in the period."""
        return draw(self._measured, self.period, self.now)

    @property
    def periods(self) -> list[tuple[Period, bool]]:
        """All periods, and which is shown."""
        return [(period, period is self.period) for period in PERIODS]

    @cached_property
    def limits(self) -> list[Limit]:
        """What bounds the requests, in words."""
        return [self._rate(), self._slots(), self._breaker()]

    @property
    def next_try(self) -> str:
        """When one call may try whether an interrupted connection works again: “at 10:24”."""
        return when(self.connection.probe_at, self.now)

    @property
    def poll_seconds(self) -> int:
        """How often the page asks again: as often as something of it moves, otherwise seldom."""
        moving = [row.change for row in (*self.under_way, *self.waiting)]
        paces = [SELDOM, quickest(moving, self.now), UNTIL_A_PROBE if self.connection.is_interrupted else None]
        return min(pace for pace in paces if pace)

    @property
    def poll_url(self) -> str:
        """Where it asks: the address says what it shows, part by part, and how often it asks."""
        shows = QueryDict(mutable=True)
        shows.update({"period": self.period.key, "seen": self.token, "every": str(self.poll_seconds)})
        return f"{reverse('connection_state', args=[self.connection.pk])}?{shows.urlencode()}"

    @property
    def token(self) -> str:
        """Of each part something that changes with what the part shows."""
        return "-".join(self._tokens.values())

    def moved(self, seen: str) -> set[str]:
        """The parts that stand otherwise than a page with this token shows them."""
        shown = dict(zip(PARTS, seen.split("-"), strict=False))
        return {part for part, token in self._tokens.items() if shown.get(part) != token}

    @cached_property
    def _tokens(self) -> dict[str, str]:
        connection, held = self.connection, self.held
        counts = [getattr(connection, name, 0) for name in ("going", "stuck")]
        told = {
            "standing": [self.health.word, self.health.sentence, connection.pause_reason, self.next_try, held],
            "limits": [*counts, *(limit.words for limit in self.limits)],
            "moving": [_told(row) for row in (*self.under_way, *self.waiting)],
            "stuck": [[*_told(each.row), each.why_not] for each in self.stuck],
            "tries": [[each.attempt.pk, each.sentence] for each in self.tries],
            "charts": [step.told for step in self._measured if step.tells],
        }
        return {part: _digest(told[part]) for part in PARTS}

    @cached_property
    def _measured(self) -> list[Step]:
        return measured(self.connection, self.period, self.now)

    @cached_property
    def _listed(self) -> Listed:
        return listed(self.connection)

    @cached_property
    def _all(self) -> dict[int, Row]:
        """The rows of all lists, asked for at once."""
        found = self._listed
        if not self.sees:
            return {}
        numbers = [*found.under_way[:MOST_MOVING], *found.waiting[:MOST_MOVING], *found.stuck[:MOST_STUCK]]
        return rows_of(numbers, self.reader)

    def _rows(self, numbers: Iterable[int]) -> list[Row]:
        return [self._all[number] for number in numbers if number in self._all]

    def _rate(self) -> Limit:
        connection = self.connection
        since = max(0.0, (self.now - connection.tokens_at).total_seconds())
        used_before = getattr(connection, "answered_at", None) or self.health.attempt
        begun = used_before or self._listed.slots_taken  # otherwise it is only filling up
        free = min(connection.rate, connection.tokens + since * connection.rate) if begun else connection.rate
        used = connection.rate - free
        return Limit("Rate", f"{round(used)} of {connection.rate} requests of this second are used")

    def _slots(self) -> Limit:
        taken, slots = self._listed.slots_taken, self.connection.slots
        return Limit("At once", f"{taken} of {slots} request{'' if slots == 1 else 's'} under way")

    def _breaker(self) -> Limit:
        connection = self.connection
        if connection.is_interrupted:
            return Limit("Circuit breaker", f"interrupted; one call tries again {self.next_try}")
        if not connection.failures:
            return Limit("Circuit breaker", "closed: the last call got its answer")
        calls = "call" if connection.failures == 1 else f"{connection.failures} calls"
        return Limit("Circuit breaker", f"closed, though the last {calls} got no proper answer")


def _told(row: Row) -> list[object]:
    return [row.change.pk, row.state.word, row.state.headline, row.state.following]


def _digest(shown: object) -> str:
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:12]
