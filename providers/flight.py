"""One call on its way to a provider: how long it may last, and what has left and arrived so far."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Self

from providers.errors import Exchange, NotSent, OutcomeUnknown

# Goes on while a machine is suspended (Linux has a clock for it, macOS' monotonic one does so anyway): with a
# lease that stood still meanwhile, a worker would send, hours later, what others have long called unknown.
CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def clock() -> float:
    """Seconds on the clock of leases and deadlines: nobody sets it, and all processes of a machine share it."""
    return time.clock_gettime(CLOCK)


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a call may last: two moments of `clock()`; past either of them nothing leaves."""

    deadline: float
    lease_until: float = math.inf

    @classmethod
    def of(cls, seconds: float = 10.0) -> Self:
        """A deadline that many seconds from now, without a lease."""
        return cls(deadline=clock() + seconds)


@dataclass(slots=True)
class Flight:
    """One call on its way: its clocks, and what has left and arrived so far."""

    budget: Budget
    started: float = field(default_factory=clock)
    counted: bool = False  # our own transport carries it, so `sent` is the truth
    sent: int = 0
    received: int = 0
    status: int | None = None
    body: bytearray = field(default_factory=bytearray, repr=False)
    reason: str = ""

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        """Make this the call that the sockets of this thread serve."""
        token = _served.set(self)
        try:
            yield
        finally:
            _served.reset(token)

    def elapsed(self) -> float:
        """Seconds since the call began."""
        return clock() - self.started

    def left(self, over: type[Exception]) -> float:
        """Seconds until the deadline or the end of the lease; raises `over` past either of them."""
        moment = clock()
        if moment >= self.budget.lease_until:
            raise self.stop(over, "the lease was over")
        if moment >= self.budget.deadline:
            raise self.stop(over, "the deadline had passed")
        return min(self.budget.deadline, self.budget.lease_until) - moment

    def stop(self, error: type[Exception], reason: str) -> Exception:
        """The error to raise, with its reason kept: only texts of ours get into an error of the tree."""
        self.reason = reason
        return error(reason)

    def outcome(self, error: Exception, exchange: Exchange, *, connected: bool) -> NotSent | OutcomeUnknown:
        """What a broken call means: known not to have left, or unknown."""
        reason = self.reason or type(error).__name__
        if not self.sent and (self.counted or not connected):
            return NotSent(f"nothing was sent: {reason}", exchange=exchange)
        return OutcomeUnknown(f"whether it was applied is not known: {reason}", exchange=exchange)


_served: ContextVar[Flight] = ContextVar("served")


def served() -> Flight:
    """The call that this thread's sockets serve; a LookupError outside of one."""
    return _served.get()
