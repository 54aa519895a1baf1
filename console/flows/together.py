"""Together: one decision of a person about many changes at a connection, each taken in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from console.errors import ConsoleError, StepNotPossible
from console.flows import held, resolve
from console.models import Change, Pause, User
from providers.base import BadOptions

type Each = dict[int, Change | ConsoleError]


def retry_many(change_ids: Iterable[int], *, by: User, reason: str) -> Each:
    """Tries each again; gives for each the change, or why it was not tried."""
    return _each(change_ids, lambda number: resolve.try_again(number, by=by, reason=reason))


def release_many(change_ids: Iterable[int], *, by: User, reason: str) -> Each:
    """Releases each that is held since a backup was restored, in the order in which they were saved."""
    return _each(change_ids, lambda number: held.release(number, by=by, reason=reason))


def withdraw_many(change_ids: Iterable[int], *, by: User, reason: str) -> Each:
    """Withdraws each that is held since a backup was restored."""
    return _each(change_ids, lambda number: held.withdraw(number, by=by, reason=reason))


def _each(change_ids: Iterable[int], take: Callable[[int], Change]) -> Each:
    """What stands in the way of one is no reason to leave the others."""
    done: Each = {}
    for number in sorted(set(change_ids)):
        try:
            done[number] = take(number)
        except ConsoleError as problem:
            done[number] = problem
        except BadOptions:
            done[number] = StepNotPossible(f"{Pause.BAD_OPTIONS.label}.")
    return done
