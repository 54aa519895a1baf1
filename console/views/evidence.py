"""The evidence about a change whose outcome nobody knows: what was sent, what came back, who else wrote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.explain import said
from console.models import Attempt, Change, Event, Kind, Outcome
from console.sentences import attempt_sentence, event_sentence

ELSEWHERE = ("customer.moved", "customer.refreshed", "customer.imported", "customer.gone")


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing that is known: what was done or seen when, and what came of it; `number` leads to a try."""

    tone: str
    at: datetime
    what: str
    came: str
    number: int = 0
    milliseconds: int | None = None
    status: int | None = None


def evidence(change: Change, attempts: Sequence[Attempt]) -> list[Clue]:
    """All clues in the order of time. Asks the database once: for what moved at the provider since it was sent."""
    tries = [_of_try(number, attempt, change.connection.name) for number, attempt in enumerate(attempts, 1)]
    since = attempts[0].started_at if attempts else change.created_at
    events = Event.objects.filter(customer=change.customer_id, verb__in=ELSEWHERE, at__gte=since)
    return sorted(
        [*tries, *_of_events(change, events.select_related("actor").order_by("pk"))], key=lambda clue: clue.at
    )


def _of_try(number: int, attempt: Attempt, there: str) -> Clue:
    reads = attempt.kind == Kind.CHECK
    what = f"The record was read at {there}" if reads else f"The change was sent to {there}"
    came = attempt_sentence(attempt, there).removeprefix("Read back: ").removeprefix("Sent: ")
    note = said(attempt.note, there)
    tone = "unknown" if attempt.outcome in {Outcome.UNKNOWN, Outcome.INTENT} else "neutral"
    more = "" if came in note else note
    words = f"{came[:1].upper()}{came[1:]}. {more}"
    status = attempt.status_code
    return Clue(tone, attempt.started_at, what, words.strip(), number, attempt.milliseconds, status)


def _of_events(change: Change, events: Iterable[Event]) -> Iterable[Clue]:
    for event in events:
        if event.verb == "customer.refreshed" and not event.details.get("moved"):
            continue
        event.customer = change.customer
        told = event_sentence(event, change.customer.provider.fields)
        yield Clue("waiting", event.at, "The record was seen to have changed", f"{told}.")
