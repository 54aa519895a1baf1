"""Send: speaks with the provider for one claim, and says in our terms what came of it. Writes nothing."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.conf import settings

from console.errors import KeyMissing
from console.flows.claims import Claim, Result
from console.flows.reaching import problem_with
from console.models import Connection, Kind, Outcome
from providers import errors
from providers.base import Accepted, Client, Reading
from providers.http import Budget, clock, transport

if TYPE_CHECKING:
    from datetime import datetime

    from providers.base import Provider
    from providers.fields import Value


def send(claimed: Claim) -> Result:
    """Speaks with the provider for one claim, and says what came of it; raises nothing a provider can cause."""
    budget = Budget(min(clock() + settings.STEWARD_CALL_SECONDS, claimed.lease_until), claimed.lease_until)
    result = _spoken(claimed, claimed.connection, budget)
    # Without an answer because this worker was away, not because the provider gave none.
    return replace(result, answered=None) if result.answered is False and clock() >= claimed.lease_until else result


def _spoken(claimed: Claim, connection: Connection, budget: Budget) -> Result:
    speak, failed = (_check, _unread_back) if claimed.kind is Kind.CHECK else (_push, _unread)
    try:
        client = _client(connection)
    except KeyMissing as missing:
        return Result(Outcome.NOT_ALLOWED, note=str(missing))
    except errors.ProviderError as error:
        return failed(error)
    return speak(claimed, connection.provider, client, budget)


def read(connection: Connection, before: Mapping[str, Value]) -> dict[str, Value]:
    """What the provider holds now; raises a ProviderError. For the side roads that read without a change."""
    reading = _client(connection).read(before, budget=Budget.of(settings.STEWARD_CALL_SECONDS))
    return dict(reading.values)


def _push(claimed: Claim, provider: Provider, client: Client, budget: Budget) -> Result:
    before, reading = dict(claimed.before), None
    if provider.capabilities.reads_before_sending:
        try:
            reading = dict(_read(claimed, client, budget).values)
        except errors.ProviderError as error:
            return _unread(error)
        if found := _compared(claimed, provider, reading):
            return replace(found, answered=True)
        before |= reading
    if violations := provider.violations(before, claimed.after):
        note, answered = "Our own rules refuse it by now.", True if reading is not None else None
        return Result(Outcome.REFUSED, reading=reading, violations=violations, note=note, answered=answered)
    carried = {name: before.get(name) for name in provider.asked_and_carried(before, claimed.after)[1]}
    try:
        accepted = client.update(before, claimed.after, budget=budget)
    except errors.ProviderError as error:
        return _result_of(error, reading, carried)
    return _accepted(accepted, claimed, provider, reading, carried)


def _read(claimed: Claim, client: Client, budget: Budget) -> Reading:
    """What the record holds; Unreadable where something impossible stands in place of a value that we ask for."""
    reading = client.read(claimed.before, budget=budget)
    if reading.garbled & claimed.after.keys():
        raise errors.Unreadable("a value cannot be understood", exchange=reading.exchange)
    return reading


def _compared(claimed: Claim, provider: Provider, reading: Mapping[str, Value]) -> Result | None:
    """A reading just before sending: stop if nothing is left to do, or if somebody moved a value we meant to change."""
    if _holds(claimed.after, reading, provider) and not _is_guessed(claimed, provider):
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


def _is_guessed(claimed: Claim, provider: Provider) -> bool:
    """A wish for the hidden value that we knew of is sent all the same, and changes nothing: not to send it would tell
    whoever asked for it that they guessed right.
    """
    known = [(provider.field(name), claimed.after[name], base) for name, base in claimed.bases.items()]
    return any(field.sensitive and field.same(base, wish) for field, wish, base in known)


def _check(claimed: Claim, provider: Provider, client: Client, budget: Budget) -> Result:
    """After an unknown: what the record holds says what became of our request."""
    try:
        answer = _read(claimed, client, budget)
    except errors.ProviderError as error:
        return _unread_back(error)
    values = dict(answer.values)
    outcome, note = _found(claimed, provider, values)
    touched = claimed.written_since or _is_written_since(claimed, provider, values)
    return Result(outcome, values=values, exchange=answer.exchange, note=note, answered=True, touched=touched)


def _found(claimed: Claim, provider: Provider, values: Mapping[str, Value]) -> tuple[Outcome, str]:
    if _holds(claimed.after, values, provider):
        return Outcome.CONFIRMED, "Read back: it was applied."
    if _holds(claimed.bases, values, provider):
        return Outcome.STILL_OLD, "Read back: the old values stand."
    return Outcome.KEPT_ANOTHER, "Read back: the record holds neither the old nor the new values."


def _is_written_since(claimed: Claim, provider: Provider, values: Mapping[str, Value]) -> bool:
    """The record says that it was changed after what we knew of it before our request."""
    stamp = provider.capabilities.changed_field
    if not stamp or claimed.before.get(stamp) is None:
        return False
    return not provider.field(stamp).same(values.get(stamp), claimed.before[stamp])


def _accepted(
    accepted: Accepted,
    claimed: Claim,
    provider: Provider,
    reading: Mapping[str, Value] | None,
    carried: Mapping[str, Value],
) -> Result:
    """200 alone is not “applied”: an echo has to hold each asked value."""
    told, field = accepted.values or {}, provider.field
    kept = [name for name, value in claimed.after.items() if name in told and not field(name).same(told[name], value)]
    if kept:
        labels = ", ".join(field(name).label for name in kept)
        outcome, note = Outcome.KEPT_ANOTHER, f"The provider accepted it, but kept another value for {labels}."
    elif set(claimed.after) <= set(told):
        outcome, note = Outcome.CONFIRMED, ""
    else:
        outcome, note = Outcome.ACCEPTED, "The provider accepted it and did not say what it holds now."
    values, exchange = accepted.values, accepted.exchange
    return Result(outcome, values=values, reading=reading, carried=carried, exchange=exchange, note=note, answered=True)


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
        answered=_answered(error),
    )


def _answered(error: errors.ProviderError) -> bool | None:
    """Whether it was a proper answer, whatever it said. No address or credential to use is no fault of the provider."""
    if isinstance(error, errors.NotReadable):
        return None
    if isinstance(error, (errors.NotSent, errors.OutcomeUnknown)):
        return False
    return True if error.exchange else None


def _unread(error: errors.ProviderError) -> Result:
    """Making a client or reading before sending failed: nothing was sent, whatever the reason."""
    result = _result_of(error, None, {})
    if result.outcome in {Outcome.UNKNOWN, Outcome.CONFLICT}:
        return Result(
            Outcome.NOT_SENT,
            exchange=error.exchange,
            note="The record could not be read, so nothing was sent.",
            answered=result.answered,
        )
    return result


def _unread_back(error: errors.ProviderError) -> Result:
    outcome, note = Outcome.UNKNOWN, "Reading back gave no answer to go by."
    if isinstance(error, (errors.NotAllowed, errors.Misrouted)):
        outcome, note = _outcome_of(error), _sentence(error)
    elif isinstance(error, errors.Refused) and error.gone:
        outcome, note = Outcome.GONE, "Read back: the provider has no such customer any more."
    elif isinstance(error, errors.NotSent):
        outcome, note = Outcome.NOT_SENT, "The provider could not be reached, so nothing was read back."
    after = error.after if isinstance(error, errors.TryLater) else None
    return Result(outcome, after=after, exchange=error.exchange, note=note, answered=_answered(error))


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


class _Clients(dict[int, tuple["datetime", Client]]):
    """A thread's clients by connection; they are closed when the thread ends."""

    def __del__(self) -> None:
        for _, client in self.values():
            client.close()


_kept = threading.local()


def close_clients() -> None:
    """Closes the clients of this thread; a later call makes them anew. For whoever ends a thread that sent."""
    clients: _Clients = _kept.__dict__.pop("clients", _Clients())
    while clients:
        clients.popitem()[1][1].close()


def _client(connection: Connection) -> Client:
    """This thread's client for the connection, kept open; made anew when the connection's settings changed.

    Raises Misrouted where requests may not go any more, whatever was right when the base URL was set.
    """
    if problem := problem_with(connection.base_url):
        raise errors.Misrouted(problem.rstrip("."))
    clients: _Clients = _kept.__dict__.setdefault("clients", _Clients())
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
