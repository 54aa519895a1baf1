"""Rejudge: judges anew what waits for a decision where the policies ask for something else by now than when it was
last judged: some of it needs nobody any more and leaves, some needs more.

It compares what every line was found to need with what the rules in force say, so that nothing has to be remembered
and nothing can be lost. Decisions judge by themselves: only how soon a change moves depends on this.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import connection as database
from django.db import transaction

from console.errors import ConsoleError
from console.flows.decide import decide
from console.flows.record import database_now, moment
from console.models import Change, Connection, Origin, Status, Wait
from console.models.judging import Rule, Subject, need_of
from console.models.policies import in_force_since, rules_in_force
from providers.base import BadOptions

log = structlog.get_logger()

AT_ONCE = 200
LONGEST = 5.0
"""Seconds for which one round goes on; the next one takes up what is left."""
ALL_SAVED = timedelta(minutes=2)
"""What was being saved under the policies of before is there by then."""
AT_THE_LATEST = timedelta(minutes=10)
"""What a field is to a connection may move, too, and no policy tells of that."""

type Kind = tuple[int, int, str, int]
"""What lines that need the same have in common: connection, size, field, and how many approvals they needed so far."""


class _Memory:
    """When this process last found nothing left to judge: that it looks again is all that depends on it."""

    clean_at: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Whether nothing can have moved since."""
        moved = in_force_since()
        if self.clean_at is None or now - self.clean_at > AT_THE_LATEST:
            return False
        return moved is None or self.clean_at - moved > ALL_SAVED


_memory = _Memory()


def rejudge() -> int:
    """Judges what is out of date, piece by piece, each change in a transaction of its own; gives how many."""
    began, done, end = database_now(), 0, time.monotonic() + LONGEST
    if _memory.is_fresh(began):
        return 0
    for change_id in _found(_outdated()):
        if time.monotonic() > end:
            break
        done += _judge(change_id)
    else:
        _memory.clean_at = began
    if done:
        log.info("rejudge.ended", judged=done)
    return done


def _found(outdated: Sequence[Kind]) -> Iterator[int]:
    """The changes that have such a line, by their numbers."""
    piece = _piece(outdated, 0) if outdated else []
    while piece:
        yield from piece
        piece = _piece(outdated, piece[-1])


def _outdated() -> Sequence[Kind]:
    """The kinds of lines that need something else by now."""
    rules = rules_in_force()
    with database.cursor() as cursor:
        cursor.execute(_KINDS)
        kinds: list[Kind] = cursor.fetchall()
    places = Connection.objects.in_bulk({kind[0] for kind in kinds})
    return [kind for kind in kinds if _needs(kind, places[kind[0]], rules) != kind[3]]


def _needs(kind: Kind, place: Connection, rules: Sequence[Rule]) -> int:
    number, size, name, before = kind
    try:
        declared = {field.name: field.sensitive for field in place.provider.fields}
    except BadOptions:  # its page says so; until that is mended nothing of it is sent
        return before
    return need_of(name, rules, sensitive=declared.get(name, True), subject=Subject(number, size)).approvals


def _piece(outdated: Sequence[Kind], after: int) -> list[int]:
    columns = [list(column) for column in zip(*outdated, strict=True)]
    with database.cursor() as cursor:
        cursor.execute(_PIECE, [*columns, after, AT_ONCE])
        return [number for (number,) in cursor.fetchall()]


def _judge(change_id: int) -> bool:
    """One that can't be judged must not keep the others waiting; it is looked at again in the next round."""
    try:
        return _judge_locked(change_id)
    except (ConsoleError, BadOptions) as problem:
        log.error("rejudge.not_judged", change=change_id, problem=type(problem).__name__)
        return False


@transaction.atomic
def _judge_locked(change_id: int) -> bool:
    change = Change.objects.get(pk=change_id).locked()
    if change.state is not Status.PROPOSED or change.wait != Wait.DECISION or _is_over(change):
        return False
    decide(change, by=None, origin=Origin.WORKER)
    return True


def _is_over(change: Change) -> bool:
    """Nobody decided in time: a policy that asks for less must not let it go before it is ended."""
    return change.expires_at is not None and change.expires_at <= moment(change.customer)


_KINDS = """
    SELECT DISTINCT change.connection_id, change.size, line.field, line.needs
    FROM console_change AS change JOIN console_line AS line ON line.change_id = change.id
    WHERE change.status = 'proposed' AND change.wait = 'decision' AND line.decision IN ('open', 'approved')
"""
# By number, so that it ends where enough are found.
_PIECE = """
    SELECT change.id FROM console_change AS change
    WHERE change.status = 'proposed' AND change.wait = 'decision' AND EXISTS (
        SELECT FROM console_line AS line
        WHERE line.change_id = change.id AND line.decision IN ('open', 'approved')
            AND (change.connection_id, change.size, line.field, line.needs) IN (
                SELECT * FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::int[])
            )
    ) AND change.id > %s ORDER BY change.id LIMIT %s
"""
