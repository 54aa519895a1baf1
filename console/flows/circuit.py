"""Circuit: what stops a whole connection, for a while or until a person sees to it, and what lets it go on."""

from __future__ import annotations

from django.db import transaction

from console.flows.claims import Claim, Result
from console.flows.record import database_now, record
from console.flows.wake import wake
from console.models import Attempt, Connection, Origin, Pause


def take_note(claim: Claim, result: Result, attempt: Attempt) -> None:
    """Tells the circuit breaker how a call went; its opening and closing are events of the connection.

    Most calls go well while nothing is wrong, and write nothing here.
    """
    connection = attempt.connection
    if result.answered is None:
        if claim.is_probe:
            Connection.objects.give_probe_back(connection.pk)
    elif not result.answered:
        _failed(connection, attempt)
    elif connection.failures or connection.is_interrupted:
        _answered(connection, attempt)


@transaction.atomic
def halt(connection: Connection, cause: Pause, attempt: Attempt | None = None) -> None:
    """Stops everything through this connection until a person resumes it."""
    running = Connection.objects.filter(pk=connection.pk, paused_at=None)
    if running.update(paused_at=database_now(), pause=cause, pause_reason=cause.label):
        details = {"cause": cause, **({"attempt": attempt.pk} if attempt else {})}
        record(connection, "connection.paused", by=None, origin=Origin.WORKER, details=details)


def _failed(connection: Connection, attempt: Attempt) -> None:
    strain = Connection.objects.failed(connection.pk, began=attempt.started_at)
    if strain and strain.opened:
        details = {"attempt": attempt.pk, "failures": strain.failures}
        record(connection, "connection.interrupted", by=None, origin=Origin.WORKER, details=details)


def _answered(connection: Connection, attempt: Attempt) -> None:
    if Connection.objects.answered(connection.pk):
        record(connection, "connection.recovered", by=None, origin=Origin.WORKER, details={"attempt": attempt.pk})
        wake(connection.pk)
