"""What happened to one change: its events, and the readings of which no event tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.errors import KeyMissing
from console.models import Attempt, Change, Event, Kind, Outcome
from console.sentences import attempt_sentence, event_sentence, event_tone

if TYPE_CHECKING:
    from datetime import datetime

RETURNED = "decision.returned"


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of what happened."""

    tone: str
    sentence: str
    at: datetime
    quote: str = ""


def happened(change: Change, events: Sequence[Event], attempts: Iterable[Attempt]) -> list[Moment]:
    """What happened, in the order in which it did."""
    told = {event.attempt_id for event in events if event.verb.startswith("change.")}
    silent = [attempt for attempt in attempts if attempt.kind == Kind.CHECK and attempt.pk not in told]
    moments = [*(_moment(event, change) for event in events), *(_look(attempt, change) for attempt in silent)]
    return sorted(moments, key=lambda moment: moment.at)


def return_of(returns: Iterable[Event]) -> Moment | None:
    """Who gave a change back to its author the last time, and why; None where nobody did."""
    if not (found := list(returns)):
        return None
    who = found[-1].actor.name if found[-1].actor else "Somebody"
    return Moment("waiting", who, found[-1].at, _reason_of(found[-1]))


def _moment(event: Event, change: Change) -> Moment:
    accepted = event.details.get("outcome") == Outcome.ACCEPTED
    sentence = event_sentence(event, change.customer.provider.fields)
    return Moment("neutral" if accepted else event_tone(event), sentence, event.at)


def _look(attempt: Attempt, change: Change) -> Moment:
    """A reading that left the change where it was, so that no event tells of it."""
    return Moment("unknown", attempt_sentence(attempt, change.connection.name), attempt.started_at)


def _reason_of(event: Event) -> str:
    try:
        return str(event.values.get("reason", ""))
    except KeyMissing:
        return ""
