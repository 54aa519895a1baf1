"""Settle: writes down what became of a try, in one short transaction that an older try can't win."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import prefetch_related_objects

from console.flows import drift
from console.flows.recheck import recheck
from console.flows.record import database_now, moment, record, take_step
from console.models import (
    Attempt,
    Change,
    Confirmation,
    Connection,
    Customer,
    Event,
    Kind,
    Known,
    Origin,
    Outcome,
    Pause,
    Status,
    Wait,
)

if TYPE_CHECKING:
    from providers.fields import Value, Violation
    from providers.http import Exchange

MOST_TRIES = 6
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 300.0
AGAIN_WITHIN = timedelta(minutes=10)
AGAIN_AT_MOST = 3
SETTLE_DELAY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Claim:
    """A change that this worker may send until its lease ends. `lease_until` is on `providers.http.clock`."""

    change_id: int
    customer_id: int
    connection_id: int
    attempt_id: int
    epoch: int
    kind: Kind
    lease_until: float
    before: Mapping[str, Value] = field(repr=False)
    after: Mapping[str, Value] = field(repr=False)
    bases: Mapping[str, Value] = field(repr=False)
    maybe_applied: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a try came to. `values`: what the provider told us; `read`: by a reading, not by an echo."""

    outcome: Outcome
    values: Mapping[str, Value] | None = field(default=None, repr=False)
    reading: Mapping[str, Value] | None = field(default=None, repr=False)
    carried: Mapping[str, Value] = field(default_factory=dict, repr=False)
    violations: tuple[Violation, ...] = ()
    after: float | None = None
    forbidden: bool = False
    exchange: Exchange | None = field(default=None, repr=False)
    note: str = ""


@transaction.atomic
def settle(claim: Claim, result: Result) -> Change | None:
    """Takes the outcome over; gives None when the change had moved on: then the answer is kept as evidence only."""
    [customer] = Customer.objects.locked([claim.customer_id])
    attempt = _close_attempt(claim, result, customer)
    status = Status.SENDING if claim.kind is Kind.PUSH else Status.UNKNOWN
    rows = Change.objects.select_for_update(no_key=True)
    change = rows.filter(pk=claim.change_id, epoch=claim.epoch, status=status).first()
    if change is None:
        Attempt.objects.filter(pk=attempt.pk).update(late=True)
        return None
    change.customer, change.connection = customer, customer.connection
    prefetch_related_objects([change], "lines")
    _learn_from(result, change, attempt)
    _SETTLING[result.outcome](change, attempt, result)
    recheck(change)
    return change


@transaction.atomic
def lose(change_id: int) -> Change | None:
    """The worker that had this change is gone: what became of its request, nobody can say yet."""
    change = Change.objects.get(pk=change_id).locked()
    if change.state is not Status.SENDING or change.lease_until is None or change.lease_until > moment(change.customer):
        return None
    attempt = change.attempts.filter(epoch=change.epoch, kind=Kind.PUSH).first()
    if attempt is None:
        return None
    _to_unknown(
        change, attempt, Result(Outcome.UNKNOWN, note="The worker that sent it stopped before the answer came.")
    )
    return change


def backoff(tries: int) -> timedelta:
    """Full jitter: anywhere between nothing and a bound that doubles with each try, 5 minutes at most."""
    bound = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** max(0, tries - 1))
    return timedelta(seconds=random.uniform(0, bound))  # noqa: S311 - spreads load, guards nothing


def _close_attempt(claim: Claim, result: Result, customer: Customer) -> Attempt:
    attempt = Attempt.objects.get(pk=claim.attempt_id)
    attempt.customer, attempt.connection = customer, customer.connection
    attempt.outcome, attempt.note, attempt.ended_at = result.outcome, result.note[:500], moment(customer)
    if result.carried:
        attempt.sealed_carried = customer.key.seal("carried", "", dict(result.carried))
    if result.exchange:
        attempt.keep(result.exchange, claim.before, claim.after)
    attempt.save()
    return attempt


def _learn_from(result: Result, change: Change, attempt: Attempt) -> None:
    """Our copy follows what the provider told, and what it accepted without telling; what moved unasked is told."""
    customer, before = change.customer, change.customer.record
    moved = _beside_the_wishes(change, result.outcome, _heard(result, change, attempt))
    unasked = drift.unasked(customer, before, moved)
    drift.end_returned(customer, moved)
    if _SETTLING[result.outcome] is _to_applied:
        drift.end(customer, change.wishes)
    customer.save_learnt()
    event = _tell_moves(change, attempt, before, moved)
    if event and unasked:
        drift.note(customer, event, unasked)


def _heard(result: Result, change: Change, attempt: Attempt) -> list[str]:
    """Takes over what was heard; gives the names of what moved by it."""
    customer, now, moved = change.customer, moment(change.customer), list[str]()
    if result.reading is not None:
        moved += customer.learn(result.reading, how=Known.READ, at=now)
    if result.outcome is Outcome.ACCEPTED:
        moved += customer.learn(change.wishes, how=Known.SENT, at=now, change=change.pk)
    if result.values is not None:
        how = Known.READ if attempt.kind == Kind.CHECK else Known.ECHOED
        moved += customer.learn(result.values, how=how, at=now, change=change.pk)
    if result.outcome is Outcome.GONE:
        customer.gone_at = now
    elif result.values is not None or result.reading is not None or result.outcome is Outcome.ACCEPTED:
        customer.gone_at = None
    return moved


def _beside_the_wishes(change: Change, outcome: Outcome, moved: list[str]) -> list[str]:
    """What moved without this change; what it asks for as well, where somebody else's value kept it from being sent."""
    return [name for name in moved if name not in change.wishes or outcome is Outcome.MOVED]


def _tell_moves(change: Change, attempt: Attempt, before: Mapping[str, Value], moved: list[str]) -> Event | None:
    """An event for what the provider was found to hold without our asking, if anything."""
    customer, field, record_now = change.customer, change.connection.provider.field, change.customer.record
    pairs = {name: [before.get(name), record_now.get(name)] for name in sorted(set(moved))}
    told = {name: pair for name, pair in pairs.items() if not (field(name).is_stamp or field(name).same(*pair))}
    if not told:
        return None
    return record(
        customer,
        "customer.moved",
        by=None,
        origin=Origin.WORKER,
        change=change,
        attempt=attempt,
        details={"moved": list(told)},
        values=told,
    )


def _step(change: Change, to: Status, attempt: Attempt, result: Result, **changed: Any) -> None:
    """One step of the worker; what waiting means is always said anew."""
    waiting: dict[str, Any] = {
        "wait": Wait.NOTHING,
        "next_attempt_at": None,
        "lease_until": None,
        "note": result.note[:500],
        "problems": [],
    }
    details = {"outcome": result.outcome, "epoch": change.epoch}
    take_step(change, to, by=None, origin=Origin.WORKER, attempt=attempt, details=details, **{**waiting, **changed})


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
    """Not applied by this try: again after a pause, until the tries are used up."""
    if _only_sending_tells(change):
        _to_unknown(change, attempt, result)
        return
    if change.tries >= MOST_TRIES:
        _used_up(change, attempt, result)
        return
    pause = timedelta(seconds=result.after) if result.after is not None else backoff(change.tries)
    due = moment(change.customer) + pause
    _step(change, Status.APPROVED, attempt, result, wait=Wait.TRY_AGAIN, next_attempt_at=due)


def _used_up(change: Change, attempt: Attempt, result: Result) -> None:
    if change.maybe_applied:
        _to_unknown(change, attempt, result)
    else:
        _step(change, Status.FAILED, attempt, result, wait=Wait.PERSON, ended_at=attempt.ended_at)


def _to_refused(change: Change, attempt: Attempt, result: Result) -> None:
    """Refused for good, unless an earlier try may have been applied: then nobody knows what the record holds."""
    problems = [
        {"field": problem.field, "code": problem.code, "message": problem.message[:500]}
        for problem in result.violations
    ]
    if change.maybe_applied:
        _to_unknown(change, attempt, result)
        return
    _step(change, Status.REFUSED, attempt, result, wait=Wait.PERSON, problems=problems, ended_at=attempt.ended_at)
    if result.forbidden and Attempt.objects.last_five_forbidden(change.connection):
        _pause(change.connection, Pause.FORBIDDEN, attempt)


def _to_conflict(change: Change, attempt: Attempt, result: Result) -> None:
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
    _pause(change.connection, cause, attempt)


def _to_unknown(change: Change, attempt: Attempt, result: Result) -> None:
    due = _resolution_due(change, attempt, timedelta(seconds=result.after or 0.0))
    can_read = change.connection.provider.capabilities.reads
    wait = Wait.PERSON if due is None else Wait.READ_BACK if can_read else Wait.TRY_AGAIN
    changed: dict[str, Any] = {"wait": wait, "next_attempt_at": due, "maybe_applied": True, "ended_at": None}
    if change.state is Status.SENDING:
        _step(change, Status.UNKNOWN, attempt, result, **changed)
        return
    for name, value in {**changed, "note": result.note[:500]}.items():
        setattr(change, name, value)
    change.save(update_fields=[*changed, "note"])


def _only_sending_tells(change: Change) -> bool:
    """An earlier try may have been applied, and no reading can say: it stays unknown, with the bounds of that."""
    return change.maybe_applied and not change.connection.provider.capabilities.reads


def _resolution_due(change: Change, attempt: Attempt, asked: timedelta) -> datetime | None:
    """When the unknown is looked into by itself, no earlier than the provider asked; None where only a person can."""
    now = moment(change.customer)
    if change.connection.provider.capabilities.reads:
        checks = checks_of(change)
        return now + max(SETTLE_DELAY * 2**checks, asked) if checks < MOST_TRIES else None
    due = now + max(SETTLE_DELAY + backoff(change.tries), asked)
    answered = attempt.outcome in {Outcome.CONFLICT, Outcome.REFUSED, Outcome.GONE}  # once more, it says the same
    return due if not answered and may_go_again(change, due) else None


def checks_of(change: Change) -> int:
    """How often it was looked up what became of the latest sending; more than MOST_TRIES times helps nobody."""
    return change.attempts.filter(kind=Kind.CHECK, epoch=change.epoch).count()


def may_go_again(change: Change, at: datetime) -> bool:
    """Whether an unknown may be sent again unasked at that moment: harmless, soon, seldom, and nothing in between."""
    since = change.first_sent_at or at
    within = at - since < AGAIN_WITHIN and change.tries <= AGAIN_AT_MOST
    others = Attempt.objects.filter(customer=change.customer_id, kind=Kind.PUSH, started_at__gte=since)
    alone = not others.exclude(change=change).exists()
    return change.connection.provider.capabilities.resend_harmless and within and alone


def leave_to_a_person(change: Change, note: str) -> None:
    """An unknown that nothing goes on with by itself; the row must be locked."""
    change.wait, change.next_attempt_at, change.note = Wait.PERSON, None, note[:500]
    change.save(update_fields=["wait", "next_attempt_at", "note", "maybe_applied"])


def _still_old(change: Change, attempt: Attempt, result: Result) -> None:
    """The reading shows the old values: not applied. Sent again by itself only where that does no harm."""
    change.maybe_applied = False
    if not change.connection.provider.capabilities.resend_harmless:
        leave_to_a_person(
            change, "Read back: the old values stand. Sending it again is not harmless here, so a person decides."
        )
    elif change.tries >= MOST_TRIES:
        leave_to_a_person(change, "Read back: the old values stand, however often it was sent. A person decides.")
    else:
        due = moment(change.customer)
        _step(change, Status.APPROVED, attempt, result, wait=Wait.TRY_AGAIN, next_attempt_at=due, maybe_applied=False)


def _pause(connection: Connection, cause: Pause, attempt: Attempt) -> None:
    """Stops everything through this connection until a person resumes it."""
    paused = Connection.objects.filter(pk=connection.pk, paused_at=None)
    if paused.update(paused_at=database_now(), pause=cause, pause_reason=cause.label):
        details = {"cause": cause, "attempt": attempt.pk}
        record(connection, "connection.paused", by=None, origin=Origin.WORKER, details=details)


_SETTLING: Mapping[Outcome, Callable[[Change, Attempt, Result], None]] = {
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
