"""Outcomes: the step that each outcome of a try takes a change to. The change and its customer are locked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from console.flows.again import MOST_TRIES, next_look, pause_before_next, resolution_due, settled_at
from console.flows.circuit import halt
from console.flows.claims import Result
from console.flows.record import moment, record, take_step
from console.models import Attempt, Change, Confirmation, Kind, Origin, Outcome, Pause, Status, Wait
from console.models.rows import update
from providers.base import BadOptions

TOUCHED = "Read back: the old values stand, but somebody wrote to the record meanwhile. A person decides."
NOT_HARMLESS = "Read back: the old values stand. Sending it again is not harmless here, so a person decides."
OFTEN_ENOUGH = "Read back: the old values stand, however often it was sent. A person decides."


def take_outcome(change: Change, attempt: Attempt, result: Result) -> None:
    """Takes the one step that follows from the outcome, or says anew what the change waits for."""
    _STEPS[result.outcome](change, attempt, result)


def is_applied(outcome: Outcome) -> bool:
    """The provider holds what was asked."""
    return _STEPS[outcome] is _to_applied


def lost(change: Change, attempt: Attempt, note: str) -> None:
    """The worker that sent it is gone: what became of its request, nobody can say yet.

    A person, if the connection's settings fit the provider's rules no more: what could go on by itself depends on them.
    """
    result = Result(Outcome.UNKNOWN, note=note)
    try:
        _to_unknown(change, attempt, result)
    except BadOptions:
        note = f"{note} {Pause.BAD_OPTIONS.label}, so a person decides."
        unknown = Result(Outcome.UNKNOWN, note=note)
        _step(change, Status.UNKNOWN, attempt, unknown, wait=Wait.PERSON, maybe_applied=True, ended_at=None)


def _step(change: Change, to: Status, attempt: Attempt, result: Result, **changed: Any) -> None:
    """One step of the worker; what waiting means is always said anew."""
    waiting: dict[str, Any] = {
        "wait": Wait.NOTHING,
        "next_attempt_at": None,
        "lease_until": None,
        "note": result.note[:500],
        "problems": [],
    }
    about: dict[str, Any] = {"by": None, "origin": Origin.WORKER, "attempt": attempt}
    about["details"] = {"outcome": result.outcome, "epoch": change.epoch, **exchanged(attempt)}
    about |= {"values": result.learnt, "learnt": list(result.learnt)}
    take_step(change, to, **about, **{**waiting, **changed})


def exchanged(attempt: Attempt) -> dict[str, str]:
    """What history says of what went over the wire: SHA-256 of both bodies as they are kept, so that neither can be
    altered unnoticed.
    """
    bodies = {"request": attempt.sealed_request, "response": attempt.sealed_response}
    return {name: sha256(body).hexdigest() for name, body in bodies.items() if body is not None}


def _to_applied(change: Change, attempt: Attempt, result: Result) -> None:
    confirmation = {
        Outcome.CONFIRMED: Confirmation.READ if attempt.kind == Kind.CHECK else Confirmation.ECHOED,
        Outcome.ACCEPTED: Confirmation.ACCEPTED,
        Outcome.ALREADY: Confirmation.ALREADY,
    }[result.outcome]
    _step(
        change,
        Status.APPLIED,
        attempt,
        result,
        confirmation=confirmation,
        maybe_applied=False,
        ended_at=attempt.ended_at,
    )


def _to_later(change: Change, attempt: Attempt, result: Result) -> None:
    """Not applied by this try: again after a pause, until the tries are used up. A look that failed tells nothing."""
    if attempt.kind == Kind.CHECK or _only_sending_tells(change):
        _to_unknown(change, attempt, result)
        return
    if change.tries >= MOST_TRIES:
        _used_up(change, attempt, result)
        return
    due = moment(change.customer) + pause_before_next(change.tries, result.after)
    _step(change, Status.APPROVED, attempt, result, wait=Wait.TRY_AGAIN, next_attempt_at=due, tries=change.tries)


def _used_up(change: Change, attempt: Attempt, result: Result) -> None:
    if change.maybe_applied:
        _to_unknown(change, attempt, result)
    else:
        _step(change, Status.FAILED, attempt, result, wait=Wait.PERSON, ended_at=attempt.ended_at)


def _to_refused(change: Change, attempt: Attempt, result: Result) -> None:
    """Refused for good, unless an earlier try may have been applied: then nobody knows what the record holds.

    What is unknown stays so: that a reading finds nobody there says nothing of the request.
    """
    problems = [
        {"field": problem.field, "code": problem.code, "message": problem.message[:500]}
        for problem in result.violations
    ]
    if change.maybe_applied or change.state is Status.UNKNOWN:
        _to_unknown(change, attempt, result)
        return
    _step(change, Status.REFUSED, attempt, result, wait=Wait.PERSON, problems=problems, ended_at=attempt.ended_at)
    if result.forbidden and Attempt.objects.last_five_forbidden(change.connection):
        halt(change.connection, Pause.FORBIDDEN, attempt)


def _to_conflict(change: Change, attempt: Attempt, result: Result) -> None:
    """Something else is there than was asked; but after an unknown only once our own request can't come any more."""
    if attempt.kind == Kind.CHECK and not _has_settled(change, attempt):
        _look_again(change, attempt, result)
        return
    if change.maybe_applied and result.outcome is Outcome.CONFLICT:
        mine = Result(Outcome.UNKNOWN, note="The provider reports a conflict, and it may be with our own earlier try.")
        _to_unknown(change, attempt, mine)
        return
    _step(change, Status.CONFLICT, attempt, result, wait=Wait.PERSON, maybe_applied=False, ended_at=attempt.ended_at)


def _to_paused(change: Change, attempt: Attempt, result: Result) -> None:
    """The connection can't be used, the change is as good as before: it waits for the connection."""
    cause = Pause.NOT_ALLOWED if result.outcome is Outcome.NOT_ALLOWED else Pause.MISROUTED
    if change.state is Status.UNKNOWN or _only_sending_tells(change):
        _to_unknown(change, attempt, result)
    else:
        _step(change, Status.APPROVED, attempt, result, wait=Wait.PROVIDER, next_attempt_at=moment(change.customer))
    halt(change.connection, cause, attempt)


def _to_unknown(change: Change, attempt: Attempt, result: Result) -> None:
    due = resolution_due(change, attempt, timedelta(seconds=result.after or 0.0))
    can_read = change.connection.provider.capabilities.reads
    wait = Wait.PERSON if due is None else Wait.READ_BACK if can_read else Wait.TRY_AGAIN
    changed: dict[str, Any] = {"wait": wait, "next_attempt_at": due, "maybe_applied": True, "ended_at": None}
    if change.state is Status.SENDING:
        _step(change, Status.UNKNOWN, attempt, result, **changed)
    else:
        _stay(change, attempt, result, **changed)


def _look_again(change: Change, attempt: Attempt, result: Result) -> None:
    """A reading can confirm at once, but deny only when the provider has had its time: it may still be at it."""
    note = f"{result.note} The provider may still be at it, so it is read once more."
    _stay(change, attempt, replace(result, note=note), wait=Wait.READ_BACK, next_attempt_at=next_look(change))


def _stay(change: Change, attempt: Attempt | None, result: Result, **changed: Any) -> None:
    """An unknown remains one; nothing of it is out at the moment."""
    changed |= {"note": result.note[:500], "lease_until": None}
    for name, value in changed.items():
        setattr(change, name, value)
    update(change, list(changed))
    details = {"outcome": result.outcome, "wait": change.wait, **(exchanged(attempt) if attempt else {})}
    about: dict[str, Any] = {"change": change, "attempt": attempt, "details": details}
    record(change.customer, "change.still_unknown", by=None, origin=Origin.WORKER, **about)


def _has_settled(change: Change, attempt: Attempt) -> bool:
    return attempt.started_at >= settled_at(change)


def _only_sending_tells(change: Change) -> bool:
    """An earlier try may have been applied, and no reading can say: it stays unknown, with the bounds of that."""
    return change.maybe_applied and not change.connection.provider.capabilities.reads


def leave_to_a_person(
    change: Change, note: str, attempt: Attempt | None = None, outcome: Outcome = Outcome.UNKNOWN
) -> None:
    """An unknown that nothing goes on with by itself; the row must be locked."""
    nothing: dict[str, Any] = {"next_attempt_at": None, "maybe_applied": change.maybe_applied}
    _stay(change, attempt, Result(outcome, note=note), wait=Wait.PERSON, **nothing)


def _still_old(change: Change, attempt: Attempt, result: Result) -> None:
    """The old values stand, and after the settle time that means: not applied.

    Unless the record was written to since: ours may have been applied and then undone by somebody who meant it.
    """
    if result.touched:
        leave_to_a_person(change, TOUCHED, attempt, result.outcome)
    elif not _has_settled(change, attempt):
        _look_again(change, attempt, result)
    else:
        _not_applied(change, attempt, result)


def _not_applied(change: Change, attempt: Attempt, result: Result) -> None:
    """Sent again by itself only where that does no harm."""
    change.maybe_applied = False
    if not change.connection.provider.capabilities.resend_harmless:
        leave_to_a_person(change, NOT_HARMLESS, attempt, result.outcome)
    elif change.tries >= MOST_TRIES:
        leave_to_a_person(change, OFTEN_ENOUGH, attempt, result.outcome)
    else:
        due = moment(change.customer)
        _step(change, Status.APPROVED, attempt, result, wait=Wait.TRY_AGAIN, next_attempt_at=due, maybe_applied=False)


_STEPS: Mapping[Outcome, Callable[[Change, Attempt, Result], None]] = {
    Outcome.CONFIRMED: _to_applied,
    Outcome.ACCEPTED: _to_applied,
    Outcome.ALREADY: _to_applied,
    Outcome.KEPT_ANOTHER: _to_conflict,
    Outcome.MOVED: _to_conflict,
    Outcome.CONFLICT: _to_conflict,
    Outcome.NOT_SENT: _to_later,
    Outcome.TRY_LATER: _to_later,
    Outcome.REFUSED: _to_refused,
    Outcome.GONE: _to_refused,
    Outcome.NOT_ALLOWED: _to_paused,
    Outcome.MISROUTED: _to_paused,
    Outcome.UNKNOWN: _to_unknown,
    Outcome.STILL_OLD: _still_old,
}
