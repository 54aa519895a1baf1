"""Where a batch stands, in sentences: what happened, what comes next, who can do something about it. Pure.

Nothing is called arrived that is not known to be, and what did not arrive is counted as plainly as what did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.explain import Explanation, numbered, until, upper
from console.flows.restored import NOTE as RESTORED
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
LEAVING = frozenset({BatchStatus.CANARY, BatchStatus.GOING})
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Case:
    """What the sentences are made of: the batch with its connection, its counts, who still has to approve it or who
    rejected it (`who`), how many approvals it lacks, whether the reader is asked, and how many that were let go cannot
    leave before somebody settles an earlier change of their customer.
    """

    batch: Batch
    counts: Counts
    now: datetime
    who: str = ""
    lacks: int = 1
    is_asked: bool = False
    held_up: int = 0

    @property
    def there(self) -> str:
        """What people call the provider's side."""
        return self.batch.connection.name

    @property
    def first(self) -> int:
        """How many of it go first, or did: as far as there are so many that were not taken out of it before."""
        return min(CANARY, self._to_leave)

    @property
    def others(self) -> int:
        """How many follow once the first have arrived."""
        return max(0, min(self._to_leave - CANARY, self.counts.here))

    @property
    def unclear(self) -> int:
        """Of how many nobody will know what became of them until a person finds out: nothing goes on by itself."""
        return self.counts.unknown if self.batch.ended_at else 0

    @property
    def confirms(self) -> bool:
        """Whether what arrived is known to stand there."""
        return confirms(self.batch)

    @property
    def _to_leave(self) -> int:
        return self.counts.all - self.counts.ended - self.counts.never

    @property
    def standstill(self) -> str:
        """Why nothing leaves through its connection just now, as a sentence; empty where something does."""
        if self.batch.connection.is_paused:
            return f"{self.there} is paused, so nothing leaves before an operator resumes it."
        if self.batch.connection.is_interrupted:
            return f"{self.there} has not answered lately, so nothing leaves before one call got through."
        return ""


def batch_sentence(case: Case) -> Explanation:
    """Explains where a batch stands."""
    state = case.batch.state
    headline, following = _EXPLAIN[state](case)
    word = "Waiting for you" if case.is_asked else str(state.label)
    icon = "warning" if state is BatchStatus.DONE and (case.counts.person or case.unclear) else ICONS[state]
    if case.standstill and state in LEAVING:
        word, icon = f"Waiting for {case.there}", "pause"
    return Explanation(_tone(case), icon, word, headline, following)


def _tone(case: Case) -> str:
    """That of the state; of what has ended, green only for what is known to have arrived."""
    state, counts = case.batch.state, case.counts
    if state is not BatchStatus.DONE:
        return state.tone
    if counts.person or case.unclear:
        return "waiting"
    return state.tone if counts.arrived and case.confirms else "neutral"


def confirms(batch: Batch) -> bool:
    """Whether the provider tells what it holds, by its answer or where it is read; otherwise it only took something."""
    offered = batch.connection.provider.capabilities
    return offered.echoes or offered.reads


def is_restored(batch: Batch) -> bool:
    """Whether it was paused since the database was put back, so that its counts are those of the backup."""
    return batch.state is BatchStatus.PAUSED and batch.note == RESTORED


def once(batch: Batch) -> str:
    """On what the others wait, at the end of a sentence about the first few."""
    return "once these have arrived" if confirms(batch) else "once somebody has looked at these there"


def counted(count: int, thing: str = "change") -> str:
    """“1 change”, “4,120 changes”."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def partly(counts: Counts, *, confirms: bool = True) -> str:
    """What became of its changes, as far as they left: “4,310 arrived, 12 need a person, 3 ended otherwise”; where the
    provider confirms nothing, what it took was accepted.
    """
    parts = [
        (counts.arrived, "arrived" if confirms else f"{_was(counts.arrived)} accepted"),
        (counts.going, f"{_is(counts.going)} on {'its' if counts.going == 1 else 'their'} way"),
        (counts.unknown, "not known yet"),
        (counts.person, "needs a person" if counts.person == 1 else "need a person"),
        (counts.ended, "ended otherwise"),
        (counts.never, "never left"),
    ]
    told = [f"{count:,} {words}" for count, words in parts if count]
    return ", ".join(told) if told else "nothing of it was sent"


def undone_words(undoing: Batch, counts: Counts) -> str:
    """What has become of a batch by another one that undoes it, with the counts of that one, before its number; empty
    where nothing went back by it and nothing will.
    """
    if not undoing.state.is_final or counts.going:
        has_begun = undoing.state.is_released or undoing.released
        return "Is being undone by" if has_begun else "Undoing is asked for in"
    if not counts.arrived:
        return ""
    stays = counts.refused or counts.in_part or counts.arrived < counts.all
    return "Undone in part by" if stays else "Undone by"


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
    if not case.lacks:
        return "It lacks no approval any more.", "It goes on by itself in a moment."
    lacking = "one approval" if case.lacks == 1 else f"{numbered(case.lacks)} approvals"
    who = f" by {case.who}" if case.who else ""
    ends = f" It waits {until(case.batch.expires_at, case.now)}." if case.batch.expires_at else ""
    note = f"{case.batch.note} " if case.batch.note else ""
    return f"It needs {lacking}{who}.", f"{note}{_then(case)}{ends}"


def _then(case: Case) -> str:
    """What follows once it is approved."""
    if case.batch.canary_passed_at:
        left = case.counts.here
        return f"Then the other {left:,} {'leaves' if left == 1 else 'leave'} at the rate of {case.there}."
    first = f"Then {numbered(case.first)} go first" if case.first > 1 else "Then it is sent"
    return f"{first}, and the other {case.others:,} {once(case.batch)}." if case.others else f"{first}."


def _canary(case: Case) -> tuple[str, str]:
    counts = case.counts
    if case.batch.looked_from:  # some of the first did not arrive, and somebody let it go on
        headline = f"{upper(_partly(case))}; a few more go before the others."
        rest = f"{counts.here:,} {_has(counts.here)} not left."
    else:
        headline = f"The first {numbered(case.first)} are on their way." if case.first > 1 else "It is on its way."
        at = f" at {case.there}" if case.confirms else ""
        rest = f"The other {case.others:,} leave {once(case.batch)}{at}." if case.others else ""
    if case.standstill and not (counts.going or counts.unknown):
        headline = f"The first {numbered(case.first)} have not left yet." if case.first > 1 else "It has not left yet."
    return headline, " ".join(filter(None, [case.standstill, rest, _held_up(case)]))


def _checking(case: Case) -> tuple[str, str]:
    left = case.counts.here
    asks = f"Look at them there and say whether to go on: the other {left:,} {_waits(left)} for that."
    return f"{case.there} took the first {numbered(case.first)} and confirms nothing.", asks


def _going(case: Case) -> tuple[str, str]:
    headline = f"{upper(_partly(case))}, of {case.batch.size:,}."
    if case.standstill:
        return headline, case.standstill
    left = time_left(case.counts.here + case.counts.open, float(case.batch.connection.rate))
    rest = f"The others leave at the rate of {case.there}{f': {left}' if left else ''}."
    return headline, f"{rest} {_held_up(case)}".strip()


def _held_up(case: Case) -> str:
    if not case.held_up:
        return ""
    waits = "1 waits" if case.held_up == 1 else f"{case.held_up:,} wait"
    customer = "its customer" if case.held_up == 1 else "their customers"
    return f"Of those on their way {waits} until somebody settles an earlier change of {customer}."


def _paused(case: Case) -> tuple[str, str]:
    left = case.counts.here
    stands = f"{upper(_partly(case))}; {left:,} {_has(left)} not left."
    if is_restored(case.batch):
        stands = f"By the backup {left:,} {_has(left)} not left, and may have left since."
    return case.batch.note or "Somebody paused it.", f"{stands} Nothing more leaves until somebody lets it go on."


def _done(case: Case) -> tuple[str, str]:
    counts = case.counts
    checked = "" if case.confirms or not counts.arrived else f"{case.there} does not say what it holds now."
    if counts.arrived == counts.all and counts.all:
        all_of_it = f"All of its {counted(counts.all)}" if counts.all > 1 else "Its change"
        arrived = "arrived" if case.confirms else f"{'were' if counts.all > 1 else 'was'} accepted"
        return f"{all_of_it} {arrived}.", checked
    then = "What needs a person is listed with why." if counts.person else _finds_out(case)
    return f"Of {counted(counts.all)}: {_partly(case)}.", f"{then} {checked}".strip()


def _stopped(case: Case) -> tuple[str, str]:
    counts = case.counts
    never, left = counts.never + counts.here, replace(counts, never=0)
    going = "What is on its way ends by itself, and is told here." if counts.open > case.unclear else _finds_out(case)
    had_left = left.open or left.over
    sent = f"Before that: {partly(left, confirms=case.confirms)}." if had_left else "Nothing of it had left."
    rejected = f"{upper(case.who)} rejected what was left of it." if case.who else "It was stopped."
    stopped = case.batch.note or rejected
    if case.batch.set_back_at:
        stays = f"By the backup that was restored {never:,} {_has(never)} not left, and may have left since."
        return stopped, f"{stays} {sent} {going}".strip()
    return f"{stopped} {never:,} never left.", f"{sent} {going}".strip()


def _finds_out(case: Case) -> str:
    """By whom it is found out what became of those of which nobody knows."""
    return "What is not known yet is for a person to find out." if case.unclear else ""


def _rejected(case: Case) -> tuple[str, str]:
    return f"{upper(case.who)} rejected it." if case.who else "It was rejected.", "Nothing of it was sent."


def _ended(sentence: str) -> Callable[[Case], tuple[str, str]]:
    return lambda _: (sentence, "Nothing of it was sent.")


def _expired(_: Case) -> tuple[str, str]:
    return "Nobody decided on it in time.", "Nothing of it was sent. Whoever still wants it asks anew."


def _failed(case: Case) -> tuple[str, str]:
    return "It was not put together.", f"{case.batch.note} Nothing of it was sent.".strip()


def _partly(case: Case) -> str:
    return partly(case.counts, confirms=case.confirms)


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _waits(count: int) -> str:
    return "waits" if count == 1 else "wait"


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
    BatchStatus.EXPIRED: _expired,
    BatchStatus.FAILED: _failed,
}
