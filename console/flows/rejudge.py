"""Rejudge: judges anew what waits for a decision where the policies ask for something else by now than when it was
last judged: some of it needs nobody any more and leaves, some needs more.

It compares what every line was found to need with what the rules in force say, so that nothing has to be remembered
and nothing can be lost. Decisions judge by themselves: only how soon a change moves depends on this.

What may leave is judged one by one. What goes on waiting anyway, because nobody has had a word on it and each of these
lines still needs somebody, is written down many at a time: there is nothing to decide.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

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


class Kind(NamedTuple):
    """What lines that need the same have in common; `needs`: how many approvals so far, `asked`: by the rules now."""

    connection: int
    size: int
    field: str
    needs: int
    asked: int


class Found(NamedTuple):
    """A change that has such a line, and its customer."""

    change_id: int
    customer_id: int


class _Memory:
    """When this process last found nothing left to judge: when it looks again is all that depends on it."""

    clean_at: datetime | None = None
    is_behind = False

    def is_fresh(self, now: datetime) -> bool:
        """Whether nothing can have moved since."""
        moved = in_force_since()
        if self.clean_at is None or now - self.clean_at > AT_THE_LATEST:
            return False
        return moved is None or self.clean_at - moved > ALL_SAVED


_memory = _Memory()


def rejudge() -> int:
    """Judges what is out of date, piece by piece; gives how many changes that were."""
    began, done, end = database_now(), 0, time.monotonic() + LONGEST
    _memory.is_behind = False
    if _memory.is_fresh(began):
        return 0
    outdated = _outdated()
    for piece in _pieces(outdated):
        done += _judge_piece(piece, outdated, end)
        if time.monotonic() > end:
            _memory.is_behind = True
            break
    else:
        _memory.clean_at = began
    if done:
        log.info("rejudge.ended", judged=done)
    return done


def is_behind() -> bool:
    """Whether the last round of this process ended before it was through."""
    return _memory.is_behind


def _outdated() -> Sequence[Kind]:
    """The kinds of lines that need something else by now."""
    rules = rules_in_force()
    with database.cursor() as cursor:
        cursor.execute(_KINDS)
        rows: list[tuple[int, int, str, int]] = cursor.fetchall()
    places = Connection.objects.in_bulk({place for place, *_ in rows})
    kinds = [Kind(*row, asked=_asked(row, places[row[0]], rules)) for row in rows]
    return [kind for kind in kinds if kind.asked != kind.needs]


def _asked(kind: tuple[int, int, str, int], place: Connection, rules: Sequence[Rule]) -> int:
    number, size, name, before = kind
    try:
        declared = {field.name: field.sensitive for field in place.provider.fields}
    except BadOptions:  # its page says so; until that is mended nothing of it is sent
        return before
    return need_of(name, rules, sensitive=declared.get(name, True), subject=Subject(number, size)).approvals


def _pieces(outdated: Sequence[Kind]) -> Iterator[Sequence[Found]]:
    """The changes that have such a line, by their numbers."""
    piece = _piece(outdated, 0) if outdated else []
    while piece:
        yield piece
        piece = _piece(outdated, piece[-1].change_id)


def _piece(outdated: Sequence[Kind], after: int) -> list[Found]:
    with database.cursor() as cursor:
        cursor.execute(_PIECE, [*_columns(outdated), after, AT_ONCE])
        return [Found(*row) for row in cursor.fetchall()]


def _columns(outdated: Iterable[Kind]) -> list[list[object]]:
    return [list(column) for column in zip(*outdated, strict=True)]


def _judge_piece(piece: Sequence[Found], outdated: Sequence[Kind], end: float) -> int:
    if time.monotonic() > end:
        return 0
    waiting = _go_on_waiting(piece, outdated)
    done = len(waiting)
    for found in piece:
        if time.monotonic() > end:
            break
        if found.change_id not in waiting:
            done += _judge(found)
    return done


@transaction.atomic
def _go_on_waiting(piece: Iterable[Found], outdated: Iterable[Kind]) -> Collection[int]:
    """Writes down what their lines need by now of the changes that go on waiting anyway; gives their numbers.

    Nobody has had a word on these, and all that moved still needs somebody: judging them would write nothing else.
    What somebody has locked at this moment is left to be judged alone.
    """
    with database.cursor() as cursor:
        cursor.execute(_LOCKED, [[found.change_id for found in piece]])
        locked = [number for (number,) in cursor.fetchall()]
        cursor.execute(_GO_ON, [*_columns(outdated), locked])
        return {number for (number,) in cursor.fetchall()}


def _judge(found: Found) -> bool:
    """One that can't be judged must not keep the others waiting; it is looked at again in the next round."""
    try:
        return _judge_locked(found)
    except (ConsoleError, BadOptions) as problem:
        log.error("rejudge.not_judged", change=found.change_id, problem=type(problem).__name__)
        return False


@transaction.atomic
def _judge_locked(found: Found) -> bool:
    change = Change(pk=found.change_id, customer_id=found.customer_id).locked()
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
    SELECT change.id, change.customer_id FROM console_change AS change
    WHERE change.status = 'proposed' AND change.wait = 'decision' AND EXISTS (
        SELECT FROM console_line AS line
        WHERE line.change_id = change.id AND line.decision IN ('open', 'approved')
            AND (change.connection_id, change.size, line.field, line.needs) IN (
                SELECT connection, size, field, needs
                FROM unnest(%s::bigint[], %s::int[], %s::text[], %s::int[], %s::int[])
                    AS kind (connection, size, field, needs, asked)
            )
    ) AND change.id > %s ORDER BY change.id LIMIT %s
"""
# What is over is left to be ended.
_LOCKED = """
    SELECT change.id FROM console_change AS change JOIN console_customer AS customer ON customer.id = change.customer_id
    WHERE change.id = ANY(%s) AND change.status = 'proposed' AND change.wait = 'decision'
        AND change.expires_at > statement_timestamp()
    FOR NO KEY UPDATE OF customer, change SKIP LOCKED
"""
# A statement of its own after the locks, so that it sees all that was decided until then.
_GO_ON = """
    WITH moved AS (
        SELECT line.id, kind.asked, min(kind.asked) OVER (PARTITION BY change.id) AS least
        FROM console_change AS change JOIN console_line AS line ON line.change_id = change.id
        JOIN unnest(%s::bigint[], %s::int[], %s::text[], %s::int[], %s::int[])
            AS kind (connection, size, field, needs, asked)
            ON (kind.connection, kind.size, kind.field, kind.needs)
                = (change.connection_id, change.size, line.field, line.needs)
        WHERE change.id = ANY(%s) AND line.decision IN ('open', 'approved')
            AND NOT EXISTS (SELECT FROM console_decision AS given WHERE given.change_id = change.id)
    )
    UPDATE console_line AS line SET needs = moved.asked, decision = 'open'
    FROM moved WHERE line.id = moved.id AND moved.least > 0 RETURNING line.change_id
"""
