"""History in sentences: what an event, or a whole change, was about. Pure: it asks nothing that was not loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from console.errors import KeyMissing
from console.models import Attempt, Change, Confirmation, Event, Line, LineState, Outcome, Status
from console.models import Kind as AttemptKind
from console.sentences import auditing, batches, changes, deciding, people, places, records, sessions, signing
from console.sentences.happening import Happening
from console.sentences.words import MASK, listed, named, told

if TYPE_CHECKING:
    from providers.fields import Field

__all__ = [
    "MASK",
    "attempt_sentence",
    "change_sentence",
    "event_sentence",
    "event_tone",
    "listed",
    "named",
    "told",
]

_TOLD_WHOLE = {Outcome.INTENT, Outcome.ALREADY, Outcome.NOT_SENT, Outcome.MOVED, Outcome.STILL_OLD}
_TONES = {
    "customer.gone": "refused",
    "customer.moved": "waiting",
    "connection.paused": "waiting",
    "decision.rejected": "refused",
    "person.deactivated": "refused",
    "person.rights_asked": "waiting",
    "person.way_back_given": "waiting",
    "decision.returned": "waiting",
    **auditing.TONES,
    **signing.TONES,
    **batches.TONES,
}
_TELLING = {**records.TELLING, **changes.TELLING, **deciding.TELLING, **places.TELLING, **auditing.TELLING}
_TELLING |= {**people.TELLING, **sessions.TELLING, **signing.TELLING, **batches.TELLING}


def event_sentence(event: Event, fields: Iterable[Field]) -> str:
    """What happened, in one sentence without a full stop. `fields` are those of the customer's provider.

    Wants the event's actor loaded, and its customer where values may be told; sensitive values stay masked.
    """
    tell = _TELLING.get(event.verb)
    known = {field.name: field for field in fields}
    return tell(Happening(event, known)) if tell else _plainly(event)


def event_tone(event: Event) -> str:
    """The style sheet's class for an event: that of the state it led to, neutral for what is no change.

    An emergency alarms.
    """
    subject, _, verb = event.verb.partition(".")
    if event.details.get("emergency"):
        return "refused"
    if subject == "change" and verb in Status:
        return Status(verb).tone
    return _TONES.get(event.verb, "neutral")


def attempt_sentence(attempt: Attempt, there: str) -> str:
    """What a try came to, without a full stop; `there` is the provider's side by the name of the connection."""
    outcome = Outcome(attempt.outcome)
    words = str(outcome.label).replace("the provider", there)
    if outcome in _TOLD_WHOLE:
        return f"{words[:1].upper()}{words[1:]}"
    return f"{'Read back' if attempt.kind == AttemptKind.CHECK else 'Sent'}: {words}"


def change_sentence(change: Change, fields: Iterable[Field]) -> str:
    """Who wanted what of a customer: “Jo set Occupation to OCC4” once applied, “Jo asked to change Phone” before.

    What was only accepted counts as asked: nobody has seen it there.

    Wants the change's requester, customer and lines loaded.
    """
    known = {field.name: field for field in fields}
    is_applied = change.state is Status.APPLIED and change.confirmation != Confirmation.ACCEPTED
    lines = _told_lines(change, is_applied=is_applied)
    if len(lines) == 1 and (value := _after(lines[0], known.get(lines[0].field))):
        verb = "set" if is_applied else "asked to set"
        return f"{change.requester.name} {verb} {named([lines[0].field], known)} to {value}"
    verb = "changed" if is_applied else "asked to change"
    return f"{change.requester.name} {verb} {named([line.field for line in lines], known)}"


def _told_lines(change: Change, *, is_applied: bool) -> list[Line]:
    """Those that arrived; before that whatever is asked, without what was taken off it."""
    lines = list(change.lines.all())
    gone = {LineState.REJECTED, LineState.DROPPED} if is_applied else {LineState.DROPPED}
    return [line for line in lines if line.state not in gone] or lines


def _after(line: Line, field: Field | None) -> str:
    """The value that a line asks for; empty where there is none to tell."""
    try:
        blank = field is None or field.sensitive or field.is_blank(line.after)
        return "" if blank else told(field, line.after)
    except KeyMissing:
        return ""


def _plainly(event: Event) -> str:
    """An event that no sentence was written for: its verb as words."""
    subject, _, verb = event.verb.partition(".")
    return f"{subject.capitalize()} {verb.replace('_', ' ')}".strip()
