"""Deliver: claims approved changes, sends them through the provider's adapter, and hands what came back to settle.

No transaction is open while HTTP runs, and every push may run twice: what keeps that right is the epoch of the claim,
the lease on the monotonic clock, and the index that lets one request per customer be in flight.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.db.models.functions import Now

from console.flows.record import database_now, take_step
from console.flows.settle import Claim, Result, settle
from console.models import Attempt, Change, Connection, Customer, Kind, Origin, Outcome, Status, Wait
from providers import errors
from providers.base import Accepted, Client
from providers.http import Budget, transport

if TYPE_CHECKING:
    from datetime import datetime

    from providers.base import Provider
    from providers.fields import Value

APPROVAL_LASTS = timedelta(days=7)
CANDIDATES = 16
WORKER = f"{socket.gethostname()}:{os.getpid()}"[:80]


@dataclass(frozen=True, slots=True)
class NotNow:
    """Nothing can leave this moment, though work may be due: look again after so many seconds."""

    seconds: float


def drain(connection_id: int, *, stopping: threading.Event) -> int:
    """Sends what is due at one connection, one after the other, until nothing is; gives how many tries were made.

    Runs in a thread of its own, as many side by side as the connection has slots.
    """
    count = 0
    while not stopping.is_set():
        claimed = claim(connection_id)
        if claimed is None:
            break
        if isinstance(claimed, NotNow):
            stopping.wait(claimed.seconds)
            continue
        settle(claimed, send(claimed))
        count += 1
    return count


def claim(connection_id: int) -> Claim | NotNow | None:
    """Takes the next change that may leave now; None when there is none.

    One short transaction: a token of the rate limit (which locks the connection's row, so that slots count right),
    a free slot, the customer's row, the change itself, the attempt as `intent`.
    """
    started = time.monotonic()
    if not _something_due(connection_id):
        return None
    with transaction.atomic():
        slots = Connection.objects.take_a_token(connection_id)
        if slots is None:
            return _why_no_token(connection_id)
        claimed = _claim_within(connection_id, started) if _under_way(connection_id) < slots else None
        if claimed is None:
            transaction.set_rollback(True)
        return claimed


def send(claimed: Claim) -> Result:
    """Speaks with the provider for one claim, and says what came of it; raises nothing a provider can cause."""
    connection = Connection.objects.get(pk=claimed.connection_id)
    budget = Budget(min(time.monotonic() + settings.STEWARD_CALL_SECONDS, claimed.lease_until), claimed.lease_until)
    speak = _check if claimed.kind is Kind.CHECK else _push
    try:
        client = _client(connection)
    except errors.ProviderError as error:
        return _unread(error)
    return speak(claimed, connection.provider, client, budget)


def read(connection: Connection, before: Mapping[str, Value]) -> dict[str, Value]:
    """What the provider holds now; raises a ProviderError. For the side roads that read without a change."""
    reading = _client(connection).read(before, budget=Budget.of(settings.STEWARD_CALL_SECONDS))
    return dict(reading.values)


def _something_due(connection_id: int) -> bool:
    changes = Change.objects.filter(connection=connection_id)
    return changes.due().first_in_line().exists() or changes.to_check().exists()


def _why_no_token(connection_id: int) -> NotNow | None:
    connection = Connection.objects.get(pk=connection_id)
    return None if connection.is_paused else NotNow(1.0 / connection.rate)


def _under_way(connection_id: int) -> int:
    return Change.objects.filter(connection=connection_id, status=Status.SENDING).count()


def _claim_within(connection_id: int, started: float) -> Claim | NotNow | None:
    """Locks the customer first and looks at the change afterwards: what the first query saw may be old by then."""
    changes = Change.objects.filter(connection=connection_id)
    due = changes.due().first_in_line().order_by("next_attempt_at", "pk")
    candidates = [*due.values_list("customer_id", flat=True)[:CANDIDATES]]
    candidates += changes.to_check().values_list("customer_id", flat=True)[:CANDIDATES]
    rows = Customer.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    free = rows.filter(pk__in=candidates).select_related("connection").annotate(locked_at=Now())
    customer = free.first()
    if customer is None:
        return None
    mine = Change.objects.filter(customer=customer)
    change = mine.to_check().first() or mine.due().first_in_line().first()
    if change is None:
        return None
    change.customer, change.connection = customer, customer.connection
    prefetch_related_objects([change], "lines")
    return _check_of(change, started) if change.state is Status.UNKNOWN else _push_of(change, started)


def _push_of(change: Change, started: float) -> Claim | NotNow:
    """The last gate: the approval still holds and covers exactly these lines."""
    now = database_now()
    if reason := _void(change, now):
        _hand_back(change, reason)
        return NotNow(0.0)
    take_step(
        change,
        Status.SENDING,
        by=None,
        origin=Origin.WORKER,
        details={"epoch": change.epoch + 1, "worker": WORKER},
        epoch=change.epoch + 1,
        tries=change.tries + 1,
        lease_until=now + timedelta(seconds=settings.STEWARD_LEASE_SECONDS),
        first_sent_at=change.first_sent_at or now,
        wait=Wait.NOTHING,
    )
    return _claim_of(change, Kind.PUSH, started)


def _check_of(change: Change, started: float) -> Claim | NotNow:
    """Unknown and due: looked up where the provider can be read, otherwise free to be sent again."""
    now = database_now()
    if not change.connection.provider.capabilities.reads:
        take_step(
            change,
            Status.APPROVED,
            by=None,
            origin=Origin.WORKER,
            details={"again": True},
            wait=Wait.TRY_AGAIN,
            next_attempt_at=now,
        )
        return _push_of(change, started)
    change.next_attempt_at = now + timedelta(seconds=settings.STEWARD_LEASE_SECONDS)
    change.save(update_fields=["next_attempt_at"])
    return _claim_of(change, Kind.CHECK, started)


def _claim_of(change: Change, kind: Kind, started: float) -> Claim:
    attempt = Attempt.objects.create(
        change=change,
        customer=change.customer,
        connection=change.connection,
        kind=kind,
        epoch=change.epoch,
        worker=WORKER,
    )
    lines = list(change.lines.all())
    return Claim(
        change_id=change.pk,
        customer_id=change.customer_id,
        connection_id=change.connection_id,
        attempt_id=attempt.pk,
        epoch=change.epoch,
        kind=kind,
        lease_until=started + settings.STEWARD_LEASE_SECONDS,
        before=change.customer.record,
        after=change.wishes,
        bases={line.field: line.before for line in lines if line.had_before},
        maybe_applied=change.maybe_applied,
    )


def _void(change: Change, now: datetime) -> str:
    """Why the approval no longer holds; empty when it does."""
    if change.approved_at is None or now - change.approved_at > APPROVAL_LASTS:
        return "Its approval is older than 7 days. Look again, then confirm or withdraw it."
    carried = change.customer.provider.asked_and_carried(change.customer.record, change.wishes)[1]
    if any(bytes(line.digest) != line.current_digest(carried) for line in change.lines.all()):
        return "What would be sent is no longer what was saved. Look again, then confirm or withdraw it."
    return ""


def _hand_back(change: Change, reason: str) -> None:
    take_step(
        change,
        Status.PROPOSED,
        by=None,
        origin=Origin.WORKER,
        details={"void": True},
        wait=Wait.AUTHOR,
        note=reason,
        approved_place=None,
        approved_at=None,
        next_attempt_at=None,
    )


def _push(claimed: Claim, provider: Provider, client: Client, budget: Budget) -> Result:
    before, reading = dict(claimed.before), None
    if provider.capabilities.reads_before_sending:
        try:
            reading = dict(client.read(before, budget=budget).values)
        except errors.ProviderError as error:
            return _unread(error)
        if found := _compared(claimed, provider, reading):
            return found
        before |= reading
    if violations := provider.violations(before, claimed.after):
        return Result(Outcome.REFUSED, reading=reading, violations=violations, note="Our own rules refuse it by now.")
    carried = {name: before.get(name) for name in provider.asked_and_carried(before, claimed.after)[1]}
    try:
        accepted = client.update(before, claimed.after, budget=budget)
    except errors.ProviderError as error:
        return _result_of(error, reading, carried)
    return _accepted(accepted, claimed, provider, reading, carried)


def _compared(claimed: Claim, provider: Provider, reading: Mapping[str, Value]) -> Result | None:
    """A reading just before sending: stop if nothing is left to do, or if somebody moved a value we meant to change."""
    if _holds(claimed.after, reading, provider):
        return Result(
            Outcome.ALREADY, reading=reading, note="The provider already held these values, so nothing was sent."
        )
    moved = [
        name
        for name, base in claimed.bases.items()
        if not provider.field(name).same(reading.get(name), base)
        and not provider.field(name).same(reading.get(name), claimed.after[name])
    ]
    if moved:
        labels = ", ".join(provider.field(name).label for name in moved)
        return Result(Outcome.MOVED, reading=reading, note=f"{labels} had been changed at the provider meanwhile.")
    return None


def _check(claimed: Claim, provider: Provider, client: Client, budget: Budget) -> Result:
    """After an unknown: what the record holds says what became of our request."""
    try:
        answer = client.read(claimed.before, budget=budget)
    except errors.ProviderError as error:
        return _unread_back(error)
    values = dict(answer.values)
    if _holds(claimed.after, values, provider):
        return Result(Outcome.CONFIRMED, values=values, exchange=answer.exchange, note="Read back: it was applied.")
    if _holds(claimed.bases, values, provider):
        return Result(
            Outcome.STILL_OLD, values=values, exchange=answer.exchange, note="Read back: the old values stand."
        )
    note = "Read back: the record holds neither the old nor the new values."
    return Result(Outcome.KEPT_ANOTHER, values=values, exchange=answer.exchange, note=note)


def _accepted(
    accepted: Accepted,
    claimed: Claim,
    provider: Provider,
    reading: Mapping[str, Value] | None,
    carried: Mapping[str, Value],
) -> Result:
    """200 alone is not “applied”: an echo has to hold each asked value."""
    values, exchange = accepted.values, accepted.exchange
    if values is None or not set(claimed.after) <= set(values):
        note = "The provider accepted it and did not say what it holds now."
        return Result(Outcome.ACCEPTED, values=values, reading=reading, carried=carried, exchange=exchange, note=note)
    if _holds(claimed.after, values, provider):
        return Result(Outcome.CONFIRMED, values=values, reading=reading, carried=carried, exchange=exchange)
    kept = [name for name, value in claimed.after.items() if not provider.field(name).same(values.get(name), value)]
    labels = ", ".join(provider.field(name).label for name in kept)
    note = f"The provider accepted it, but kept another value for {labels}."
    return Result(Outcome.KEPT_ANOTHER, values=values, reading=reading, carried=carried, exchange=exchange, note=note)


def _holds(wanted: Mapping[str, Value], values: Mapping[str, Value], provider: Provider) -> bool:
    return all(provider.field(name).same(values.get(name), value) for name, value in wanted.items())


def _result_of(
    error: errors.ProviderError, reading: Mapping[str, Value] | None, carried: Mapping[str, Value]
) -> Result:
    """A failed update in terms of what it means for the change."""
    violations = error.violations if isinstance(error, errors.Refused) else ()
    return Result(
        _outcome_of(error),
        reading=reading,
        carried=carried,
        violations=violations,
        after=error.after if isinstance(error, errors.TryLater) else None,
        forbidden=isinstance(error, errors.Refused) and error.forbidden,
        exchange=error.exchange,
        note=_sentence(error),
    )


def _unread(error: errors.ProviderError) -> Result:
    """Making a client or reading before sending failed: nothing was sent, whatever the reason."""
    result = _result_of(error, None, {})
    if result.outcome in {Outcome.UNKNOWN, Outcome.CONFLICT}:
        return Result(
            Outcome.NOT_SENT, exchange=error.exchange, note="The record could not be read, so nothing was sent."
        )
    return result


def _unread_back(error: errors.ProviderError) -> Result:
    if isinstance(error, (errors.NotAllowed, errors.Misrouted)):
        return Result(_outcome_of(error), exchange=error.exchange, note=_sentence(error))
    return Result(Outcome.UNKNOWN, exchange=error.exchange, note="Reading back gave no answer to go by.")


def _outcome_of(error: errors.ProviderError) -> Outcome:
    if isinstance(error, errors.Refused):
        return Outcome.GONE if error.gone else Outcome.REFUSED
    return next(outcome for kind, outcome in _OUTCOMES if isinstance(error, kind))


_OUTCOMES: tuple[tuple[type[errors.ProviderError], Outcome], ...] = (
    (errors.NotSent, Outcome.NOT_SENT),
    (errors.TryLater, Outcome.TRY_LATER),
    (errors.NotAllowed, Outcome.NOT_ALLOWED),
    (errors.Misrouted, Outcome.MISROUTED),
    (errors.Conflict, Outcome.CONFLICT),
    (errors.ProviderError, Outcome.UNKNOWN),
)


def _sentence(error: errors.ProviderError) -> str:
    """The error's own text: made for logs, so it holds no value and no secret."""
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


_kept = threading.local()


def _client(connection: Connection) -> Client:
    """This thread's client for the connection, kept open; made anew when the connection's settings changed."""
    clients: dict[int, tuple[datetime, Client]] = _kept.__dict__.setdefault("clients", {})
    made_at, client = clients.get(connection.pk, (None, None))
    if client is not None and made_at == connection.updated_at:
        return client
    if client is not None:
        client.close()
    outbound = transport(
        private_addresses=settings.STEWARD_PRIVATE_PROVIDERS,
        proxy=settings.STEWARD_PROXY or None,
        ca_bundle=settings.STEWARD_CA_BUNDLE or None,
    )
    fresh = connection.provider.connect(
        base_url=connection.base_url, credentials=connection.credentials, transport=outbound
    )
    clients[connection.pk] = (connection.updated_at, fresh)
    return fresh
