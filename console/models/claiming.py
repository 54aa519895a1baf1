"""Claiming: how a worker finds, locks and reads what it may send, and what it has sent. Each is one statement.

All of it is read at every push, so the statements are written out, and each brings along all that its caller needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection as database

from console.models.changes import Change
from console.models.connections import ENOUGH_TOKENS, OPEN_FOR_A_CALL, Connection
from console.models.customers import Customer
from console.models.delivery import Attempt
from console.models.judging import APPROVAL_LASTS
from console.models.lines import Line
from console.models.policies import VERSIONS_IN_FORCE, rules_of
from console.models.rows import Table, put_beside

if TYPE_CHECKING:
    from datetime import datetime

    from console.models.judging import Rule
    from console.models.states import Status

CANDIDATES = 64


class Next(NamedTuple):
    """What has to end first of one customer's changes, with its lines.

    `unclear_until`: when the latest request ended, or will have, of those to this customer of which nobody knows what
    became of them. What was found to be applied cannot come a second time.
    """

    change: Change
    rules: Sequence[Rule]
    unclear_until: datetime | None


def lock_someone(connection_id: int) -> Customer | None:
    """A customer of whom something seems to be due, locked, while the connection seems to have a turn to give.

    Among those that waited longest any that nobody holds: claims side by side would else all try the same. What made
    this one seem due may be old by now, so that it has to be looked at once more. `locked_at` is the database's clock.
    """
    row = _row(_SOMEONE, {"connection": connection_id, "some": CANDIDATES})
    return _customer(row, locked_at=row[-1]) if row else None


def is_anything_due(connection_id: int) -> bool:
    """Whether there is anybody whom `lock_someone` might have found, were nobody held and the connection free."""
    row = _row(_ANYONE, {"connection": connection_id, "some": 1})
    return bool(row and row[0])


def next_of(customer: Customer, *, lease: float) -> Next | None:
    """What is next of a customer whose row is locked. Without an end, a request is over after a lease, in seconds."""
    with database.cursor() as cursor:
        cursor.execute(_NEXT, {"customer": customer.pk, "lease": lease})
        rows = cursor.fetchall()
    if not rows:
        return None
    change = _of(customer, rows[0])
    take_lines(change, [_with_approvals(_LINE.of(row[len(_CHANGE) :]), row[-3]) for row in rows])
    return Next(change, rules_of(rows[0][-2]), rows[0][-1])


def keep() -> None:
    """Waits until a claim that was committed is safe on the disk, together with those of others at the same time.

    What is in the log is written in its order: once this message is there, everything is that was committed before.
    """
    _row(_KEEP, [])


def lock_sent(change_id: int, attempt_id: int, epoch: int, status: Status) -> tuple[Change, Attempt] | None:
    """A change as it was claimed, with the attempt that did, both it and its customer locked; None if it moved on.

    The customer is locked first, as everywhere, and stays so even where nothing is found.
    """
    row = _row(_SENT, [change_id, attempt_id, epoch, status])
    if row is None:
        return None
    customer, rest = _customer(row, locked_at=row[-1]), row[len(_CUSTOMER) + len(_CONNECTION) :]
    change, attempt = _of(customer, rest), _ATTEMPT.of(rest[len(_CHANGE) :])
    attempt.change, attempt.customer, attempt.connection = change, customer, customer.connection
    return change, attempt


def take_lines(change: Change, lines: Sequence[Line]) -> None:
    """Keeps a change's lines with it, opened as far as they are."""
    for line in lines:
        line.change = change
    put_beside(change, "lines", lines)


def _with_approvals(line: Line, count: int) -> Line:
    line.approvals = count
    return line


def _row(statement: str, values: Any) -> tuple[Any, ...] | None:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _customer(row: Sequence[Any], *, locked_at: datetime) -> Customer:
    customer = _CUSTOMER.of(row)
    customer.connection = _CONNECTION.of(row[len(_CUSTOMER) :])
    vars(customer).update(locked_at=locked_at)
    return customer


def _of(customer: Customer, row: Sequence[Any]) -> Change:
    change = _CHANGE.of(row)
    change.customer, change.connection = customer, customer.connection
    return change


_CUSTOMER, _CONNECTION = Table(Customer, "customer"), Table(Connection, "connection")
_CHANGE, _LINE, _ATTEMPT = Table(Change, "change"), Table(Line, "line"), Table(Attempt, "attempt")

# First in line are changes with no earlier approved one of the same customer before them, and none of theirs in flight.
_SEEM_DUE = """
    (SELECT change.customer_id FROM console_change change
     WHERE change.connection_id = %(connection)s AND change.status = 'approved'
       AND change.next_attempt_at <= statement_timestamp()
       AND NOT EXISTS (SELECT FROM console_change earlier WHERE earlier.customer_id = change.customer_id
                       AND earlier.status = 'approved' AND earlier.approved_place < change.approved_place)
       AND NOT EXISTS (SELECT FROM console_change flying WHERE flying.customer_id = change.customer_id
                       AND flying.status IN ('sending', 'unknown'))
     ORDER BY change.next_attempt_at, change.id LIMIT %(some)s)
    UNION ALL
    (SELECT change.customer_id FROM console_change change
     WHERE change.connection_id = %(connection)s AND change.status = 'unknown'
       AND change.next_attempt_at <= statement_timestamp()
     ORDER BY change.next_attempt_at, change.id LIMIT %(some)s)
"""
_ANYONE = f"SELECT EXISTS ({_SEEM_DUE})"
# Of our own words, as what follows.
_SOMEONE = f"""
    SELECT {_CUSTOMER.columns}, {_CONNECTION.columns}, statement_timestamp()
    FROM console_customer customer JOIN console_connection connection ON connection.id = customer.connection_id
    WHERE customer.id = ANY(ARRAY({_SEEM_DUE})) AND {OPEN_FOR_A_CALL} AND {ENOUGH_TOKENS}
    ORDER BY random() LIMIT 1 FOR NO KEY UPDATE OF customer SKIP LOCKED
"""  # noqa: S608
# Who approved exactly what a line is now, counted only where somebody has to; what was sent without, lacks nobody.
_APPROVALS = f"""
    CASE WHEN line.needs = 0 THEN 0
         WHEN EXISTS (SELECT FROM console_emergency broken
                      WHERE broken.change_id = change.id AND broken.at = change.approved_at) THEN line.needs
         ELSE (SELECT count(DISTINCT given.by_id) FROM console_decision given
               WHERE given.line_id = line.id AND given.act = 'approve' AND given.digest = line.digest
                 AND given.at >= statement_timestamp() - interval '{APPROVAL_LASTS.days} days') END
"""  # noqa: S608 - of our own words
_NEXT = f"""
    SELECT {_CHANGE.columns}, {_LINE.columns}, {_APPROVALS}, {VERSIONS_IN_FORCE},
        (SELECT max(COALESCE(sent.ended_at, sent.started_at + make_interval(secs => %(lease)s)))
         FROM console_attempt sent JOIN console_change its ON its.id = sent.change_id
         WHERE sent.customer_id = %(customer)s AND sent.kind = 'push' AND sent.outcome IN ('intent', 'unknown')
           AND its.status <> 'applied')
    FROM (
        SELECT * FROM (
            (SELECT * FROM console_change WHERE customer_id = %(customer)s AND status IN ('sending', 'unknown'))
            UNION ALL
            (SELECT * FROM console_change WHERE customer_id = %(customer)s AND status = 'approved'
             ORDER BY approved_place LIMIT 1)
        ) waiting ORDER BY waiting.status = 'approved' LIMIT 1
    ) change JOIN console_line line ON line.change_id = change.id
    ORDER BY line.position
"""  # noqa: S608
_KEEP = "SELECT pg_logical_emit_message(true, 'steward', 'claimed')"
_SENT = f"""
    SELECT {_CUSTOMER.columns}, {_CONNECTION.columns}, {_CHANGE.columns}, {_ATTEMPT.columns}, statement_timestamp()
    FROM console_change change
    JOIN console_customer customer ON customer.id = change.customer_id
    JOIN console_connection connection ON connection.id = customer.connection_id
    JOIN console_attempt attempt ON attempt.change_id = change.id
    WHERE change.id = %s AND attempt.id = %s AND change.epoch = %s AND change.status = %s
    FOR NO KEY UPDATE OF customer, change
"""  # noqa: S608
