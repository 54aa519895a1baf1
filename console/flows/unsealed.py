"""Unsealed: where the search for events that are no leaf yet begins.

Keys of events are drawn before their transactions are committed, so a low key may appear long after higher ones: “all
above the last” would pass over it. Every search is for events *without a leaf*; only how far down it reaches is
bounded, by what is proven, and now and then it reaches down to the first event all the same. See decision record 0031.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

LOWEST = -(2**63)  # below every key
MARGIN_SECONDS = 60.0
WHOLE_SECONDS = 3600.0
REMEMBERED = 1000  # rounds; forgetting an old one moves the search's beginning later, and no event gets lost


@dataclass(frozen=True, slots=True)
class Sight:
    """What a round saw before it searched: the highest key there was, and which transactions were still open.

    `oldest` is the lowest number of an open transaction, `next` the number that none has had yet.
    """

    seen: int
    oldest: int
    next: int


class Search:
    """Where this process's searches begin, and what it knows for it."""

    def __init__(self) -> None:
        self._below = LOWEST
        self._rounds: deque[tuple[float, Sight]] = deque(maxlen=REMEMBERED)
        self._whole_at: float | None = None
        self._seen = LOWEST

    def begin(self, sight: Sight, proven: int) -> int:
        """Above which key to search: `proven` is what the last checkpoint says, by whichever process signed it.

        All there are, when a process begins, once an hour, and where the database was set back and gives keys again.
        """
        if sight.seen < self._seen:
            self._below, self._whole_at = LOWEST, None
            self._rounds.clear()
        self._below = max(self._below, proven)
        is_whole = self._whole_at is None or clock() - self._whole_at >= WHOLE_SECONDS
        return LOWEST if is_whole else self._below

    def end(self, sight: Sight, above: int) -> None:
        """Takes down that every event above that key which this sight, or one after it, could see is a leaf by now.

        A transaction that had drawn a key up to `seen` had a number below `next` by then. Once all of those have
        ended, each event up to that key either is there, and was found by this search, or will never be.
        """
        now = clock()
        if above == LOWEST:
            self._whole_at = now
        self._seen = sight.seen
        while self._rounds and self._rounds[0][0] <= now - MARGIN_SECONDS and self._rounds[0][1].next <= sight.oldest:
            self._below = max(self._below, self._rounds.popleft()[1].seen)
        self._rounds.append((now, sight))

    @property
    def proven(self) -> int:
        """Up to this key every event is a leaf; 0 where nothing is proven yet."""
        return max(self._below, 0)


def clock() -> float:
    """Seconds that no setting of this host's clock moves."""
    return time.monotonic()
