"""Where a batch stands, in sentences: what happened, what comes next, who can do something about it. Pure.

Nothing is called arrived that is not known to be, and what did not arrive is counted as plainly as what did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.explain import Explanation, numbered, until, upper
from console.models import CANARY, BatchStatus

if TYPE_CHECKING:
    from console.models import Batch
    from console.views.batch_reads import Counts

ICONS: Mapping[BatchStatus, str] = {
    BatchStatus.BUILDING: "clock",
    BatchStatus.WAITING: "clock",
    BatchStatus.CANARY: "send",
    BatchStatus.CHECKING: "eye",
    BatchStatus.GOING: "send",
    BatchStatus.PAUSED: "pause",
    BatchStatus.DONE: "check",
    BatchStatus.STOPPED: "cross",
    BatchStatus.REJECTED: "cross",
    BatchStatus.WITHDRAWN: "cross",
    BatchStatus.EXPIRED: "clock",
    BatchStatus.FAILED: "cross",
}
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Case:
    """What the sentences are made of: the batch with its connection, its counts, who still has to approve it or who
    rejected it (`who`), how many approvals it lacks, whether the reader is asked, and whether the provider confirms.
    """

    batch: Batch
    counts: Counts
    now: datetime
    who: str = ""
    lacks: int = 1
    is_asked: bool = False

    @property
    def there(self) -> str:
        """What people call the provider's side."""
        return self.batch.connection.name

    @property
    def first(self) -> int:
        """How many of it go first."""
        return min(CANARY, self.batch.size)

    @property
    def others(self) -> int:
        """How many follow once the first have arrived."""
        return max(0, self.batch.size - CANARY)


def batch_sentence(case: Case) -> Explanation:
    """Explains where a batch stands."""
    state = case.batch.state
    headline, following = _EXPLAIN[state](case)
    word = "Waiting for you" if case.is_asked else str(state.label)
    tone = "applied" if state is BatchStatus.DONE and case.counts.arrived == case.counts.all else state.tone
    tone = "waiting" if state is BatchStatus.DONE and case.counts.person else tone
    tone = "neutral" if state is BatchStatus.DONE and not case.counts.arrived and not case.counts.person else tone
    icon = "warning" if state is BatchStatus.DONE and case.counts.person else ICONS[state]
    return Explanation(tone, icon, word, headline, following)


def counted(count: int, thing: str = "change") -> str:
    """“1 change”, “4,120 changes”."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def partly(counts: Counts) -> str:
    """What became of its changes, as far as they left: “4,310 arrived, 12 need a person, 3 ended otherwise”."""
    parts = [
        (counts.arrived, "arrived"),
        (counts.going, f"{_is(counts.going)} on {'its' if counts.going == 1 else 'their'} way"),
        (counts.unknown, "not known yet"),
        (counts.person, "needs a person" if counts.person == 1 else "need a person"),
        (counts.ended, "ended otherwise"),
    ]
    told = [f"{count:,} {words}" for count, words in parts if count]
    return ", ".join(told) if told else "nothing of it was sent"


def time_left(count: int, rate: float) -> str:
    """How long so many take at the rate of their connection, said roughly; empty where that is no time at all."""
    seconds = count / rate if rate else 0
    if seconds < MINUTE:
        return ""
    if seconds < HOUR:
        return f"about {round(seconds / MINUTE)} min left"
    return f"about {round(seconds / HOUR)} h left"


def _building(case: Case) -> tuple[str, str]:
    done, expected = case.counts.all + case.counts.refused, case.batch.expected
    so_far = f"{done:,} of {counted(expected, 'row')} so far." if expected else f"{counted(done, 'row')} so far."
    return "It is being put together.", f"{so_far} Nothing is sent before that is done."


def _waiting(case: Case) -> tuple[str, str]:
    lacking = "one approval" if case.lacks == 1 else f"{numbered(case.lacks)} approvals"
    who = f" by {case.who}" if case.who else ""
    ends = f" It waits {until(case.batch.expires_at, case.now)}." if case.batch.expires_at else ""
    then = f"Then {numbered(case.first)} go first" if case.first > 1 else "Then it is sent"
    after = f", and the other {case.others:,} once these have arrived." if case.others else "."
    note = f"{case.batch.note} " if case.batch.note else ""
    return f"It needs {lacking}{who}.", f"{note}{then}{after}{ends}"


def _canary(case: Case) -> tuple[str, str]:
    first = f"The first {numbered(case.first)} are on their way." if case.first > 1 else "It is on its way."
    return first, f"The other {case.others:,} leave once these have arrived at {case.there}." if case.others else ""


def _checking(case: Case) -> tuple[str, str]:
    asks = f"Look at them there and say whether to go on: the other {case.others:,} wait for that."
    return f"{case.there} took the first {numbered(case.first)} and confirms nothing.", asks


def _going(case: Case) -> tuple[str, str]:
    left = time_left(case.counts.here + case.counts.open, float(case.batch.connection.rate))
    rate = f"The others leave at the rate of {case.there}{f': {left}' if left else ''}."
    return f"{upper(partly(case.counts))}, of {case.batch.size:,}.", rate


def _paused(case: Case) -> tuple[str, str]:
    stands = f"{upper(partly(case.counts))}; {case.counts.here:,} {_has(case.counts.here)} not left."
    return case.batch.note or "Somebody paused it.", f"{stands} Nothing more leaves until somebody lets it go on."


def _done(case: Case) -> tuple[str, str]:
    counts = case.counts
    if counts.arrived == counts.all and counts.all:
        return f"All of its {counted(counts.all)} arrived." if counts.all > 1 else "Its change arrived.", ""
    then = "What needs a person is listed below, each with why." if counts.person else ""
    return f"Of {counted(counts.all)}: {partly(counts)}.", then


def _stopped(case: Case) -> tuple[str, str]:
    counts = case.counts
    never = max(0, case.batch.size - case.batch.released)
    going = "What is on its way ends by itself, and is told here." if counts.open else ""
    back = max(0, never - counts.here)  # those that never left are among those that ended otherwise
    left = replace(counts, ended=max(0, counts.ended - back))
    sent = f"Before that: {partly(left)}." if case.batch.released else "Nothing of it had left."
    stopped = f"{case.batch.note or 'Somebody stopped it.'}"
    return f"{stopped} {never:,} never left.", f"{sent} {going}".strip()


def _rejected(case: Case) -> tuple[str, str]:
    return f"{upper(case.who)} rejected it." if case.who else "It was rejected.", "Nothing of it was sent."


def _ended(sentence: str) -> Callable[[Case], tuple[str, str]]:
    return lambda case: (sentence, f"{case.batch.note} Nothing of it was sent.".strip())


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


_EXPLAIN: Mapping[BatchStatus, Callable[[Case], tuple[str, str]]] = {
    BatchStatus.BUILDING: _building,
    BatchStatus.WAITING: _waiting,
    BatchStatus.CANARY: _canary,
    BatchStatus.CHECKING: _checking,
    BatchStatus.GOING: _going,
    BatchStatus.PAUSED: _paused,
    BatchStatus.DONE: _done,
    BatchStatus.STOPPED: _stopped,
    BatchStatus.REJECTED: _rejected,
    BatchStatus.WITHDRAWN: _ended("Its author withdrew it."),
    BatchStatus.EXPIRED: _ended("Nobody decided on it in time."),
    BatchStatus.FAILED: _ended("It was not put together."),
}
