"""Pausing: a person stops everything through a connection, or lets it go on; its history has the reason."""

from __future__ import annotations

from django.db import transaction

from console.errors import StepNotPossible
from console.flows.record import database_now, record
from console.flows.wake import wake
from console.models import Connection, Origin, Pause, User
from console.permissions import Right, require

LONGEST_REASON = 300
_PAUSE = ("paused_at", "pause", "pause_reason", "paused_by")
_BREAKER = ("failures", "interrupted_at", "probe_at")


@transaction.atomic
def pause(connection: Connection, *, by: User, reason: str) -> Connection:
    """Lets nothing leave through a connection until a person resumes it; what is being sent just now still ends.

    The reason stands on the pages of everybody who waits: it is required, and holds no personal data.
    """
    require(by, Right.PAUSE, connection)
    connection = connection.locked()
    if connection.is_paused:
        raise StepNotPossible(f"{connection.name} is paused already.")
    said = reason_told(reason)
    if not said:
        raise StepNotPossible("Say in a sentence why: everybody whose changes wait will read it.")
    connection.paused_at, connection.pause = database_now(), Pause.BY_A_PERSON
    connection.pause_reason, connection.paused_by = said, by
    connection.save(update_fields=[*_PAUSE, "updated_at"])
    details = {"cause": Pause.BY_A_PERSON, "reason": said}
    record(connection, "connection.paused", by=by, origin=Origin.PAGE, details=details)
    return connection


@transaction.atomic
def resume(connection: Connection, *, by: User, reason: str = "") -> Connection:
    """Lets a connection send again that is paused, or that the circuit breaker has interrupted: a person says, try now.

    Closes the circuit breaker and wakes the workers.
    """
    require(by, Right.PAUSE, connection)
    connection = connection.locked()
    if not (connection.is_paused or connection.is_interrupted):
        raise StepNotPossible(f"{connection.name} is not paused.")
    was = connection.pause or "interrupted"
    connection.paused_at, connection.pause, connection.pause_reason, connection.paused_by = None, "", "", None
    connection.failures, connection.interrupted_at, connection.probe_at = 0, None, None
    connection.save(update_fields=[*_PAUSE, *_BREAKER, "updated_at"])
    said = reason_told(reason)
    details = {"was": was, **({"reason": said} if said else {})}
    record(connection, "connection.resumed", by=by, origin=Origin.PAGE, details=details)
    wake(connection.pk)
    return connection


def reason_told(reason: str) -> str:
    """A reason as it stands in sentences of pages and of the history; raises StepNotPossible where it is too long."""
    said = " ".join(reason.replace("\0", "").split())
    if len(said) > LONGEST_REASON:
        raise StepNotPossible(f"Shorten the reason: it may have {LONGEST_REASON} characters, not {len(said)}.")
    return said
