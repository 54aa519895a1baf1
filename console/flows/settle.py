"""Settle: writes down what became of a try, in one short transaction that an older try can't win."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import transaction

from console.flows import circuit, drift
from console.flows.claims import Claim, Result
from console.flows.outcomes import exchanged, is_applied, lost, take_outcome
from console.flows.recheck import recheck
from console.flows.record import moment, record
from console.models import Attempt, Change, Customer, Event, Kind, Known, Origin, Outcome, Status
from console.models.claiming import lock_sent, take_lines
from console.models.delivery import ENDING
from console.models.rows import gathered, update, write_gathered

if TYPE_CHECKING:
    from providers.fields import Value

__all__ = ["Claim", "Result", "lose", "settle"]


@transaction.atomic
def settle(claim: Claim, result: Result) -> Change | None:
    """Takes the outcome over; gives None when the change had moved on: then the answer is kept as evidence only."""
    status = Status.SENDING if claim.kind is Kind.PUSH else Status.UNKNOWN
    found = lock_sent(claim.change_id, claim.attempt_id, claim.epoch, status)
    if found is None or _is_overtaken(claim):
        _keep_as_evidence(claim, result)
        return None
    change, attempt = found
    take_lines(change, claim.lines)  # nobody alters the lines of what is in flight
    with gathered() if is_applied(result.outcome) else nullcontext():
        _close(attempt, claim, result)
        learnt = _learn_from(result, change, attempt)
        if claim.is_probe and claim.kind is Kind.PUSH and result.outcome is Outcome.NOT_SENT:
            change.tries = max(0, change.tries - 1)  # it tried the connection on behalf of all
        take_outcome(change, attempt, replace(result, learnt=learnt))
    recheck(change)
    circuit.take_note(claim, result, attempt)
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
    lost(change, attempt, "The worker that sent it stopped before the answer came.")
    return change


def _is_overtaken(claim: Claim) -> bool:
    """A reading by a worker that was away for longer than its lease, while another has looked since."""
    if claim.kind is not Kind.CHECK:
        return False
    return Attempt.objects.filter(change=claim.change_id, pk__gt=claim.attempt_id).exists()


def _keep_as_evidence(claim: Claim, result: Result) -> None:
    """The change had moved on: the answer stays with its attempt and changes nothing.

    Raises DoesNotExist if the database was set back meanwhile: then another attempt may have that number.
    """
    [customer] = Customer.objects.locked([claim.customer_id])
    attempt = Attempt.objects.get(pk=claim.attempt_id, change=claim.change_id, epoch=claim.epoch)
    attempt.customer, attempt.connection, attempt.late = customer, customer.connection, True
    _close(attempt, claim, result)
    details = {"outcome": result.outcome, "epoch": claim.epoch, **exchanged(attempt)}
    about: dict[str, Any] = {"change": attempt.change, "attempt": attempt, "details": details}
    record(customer, "change.answered_late", by=None, origin=Origin.WORKER, **about)


def _close(attempt: Attempt, claim: Claim, result: Result) -> None:
    customer = attempt.customer
    attempt.outcome, attempt.note, attempt.ended_at = result.outcome, result.note[:500], moment(customer)
    if customer.is_erased:  # there is no key, and nothing may stand in the open
        attempt.note = ""
        update(attempt, ENDING)
        return
    if result.carried:
        attempt.sealed_carried = customer.key.seal("carried", "", dict(result.carried))
    if result.exchange:
        attempt.keep(result.exchange, claim.before, claim.after)
    update(attempt, ENDING)


def _learn_from(result: Result, change: Change, attempt: Attempt) -> dict[str, list[Value]]:
    """Our copy follows what the provider told, and what it accepted without telling; what moved unasked is told.

    Gives of what was asked for and applied what it was and what it is: the step that follows tells of that.
    """
    customer, before = change.customer, change.customer.record
    heard = _heard(result, change, attempt)
    moved = _beside_the_wishes(change, result.outcome, heard)
    told = moved if is_applied(result.outcome) else heard
    unasked = drift.unasked(customer, before, moved)
    drift.end_returned(customer, moved)
    if is_applied(result.outcome):
        drift.end(customer, change.wishes)
    customer.save_learnt()
    event = _tell_moves(change, attempt, before, told)
    if event and unasked:
        write_gathered()  # for the key of the event
        drift.note(customer, event, unasked)
    return {name: [before.get(name), customer.record.get(name)] for name in heard if name not in told}


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
        _mark_gone(change, attempt)
    elif result.values is not None or result.reading is not None or result.outcome is Outcome.ACCEPTED:
        customer.gone_at = None
    return moved


def _mark_gone(change: Change, attempt: Attempt) -> None:
    customer = change.customer
    if not customer.is_gone:
        customer.gone_at = moment(customer)
        record(customer, "customer.gone", by=None, origin=Origin.WORKER, change=change, attempt=attempt)


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
        learnt=list(told),
    )
