"""What lists of changes read, by statements that are written out: composing one takes longer than answering it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection as database

from console.models import Change, Connection, Customer, User
from console.models.rows import Table
from console.models.states import FINAL, IN_FLIGHT, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

# Fields that no list shows are asked for when needed, as are the values of the customer and of the lines.
_CHANGE = Table(
    Change,
    "change",
    only=(
        *("id", "customer_id", "connection_id", "requester_id", "status", "wait", "note", "problems", "confirmation"),
        *("verdict", "tries", "maybe_applied", "lease_until", "next_attempt_at", "approved_place"),
        *("batch_id", "size", "shape", "expires_at", "claimed_by_id", "claimed_at", "superseded_by_id"),
        *("created_at", "ended_at"),
    ),
)
_CUSTOMER = Table(Customer, "customer", only=("id", "connection_id", "external_id", "name", "gone_at", "erased_at"))
_REQUESTER = Table(User, "requester", only=("id", "username", "first_name", "last_name"))
_CONNECTION = Table(
    Connection,
    "connection",
    only=(
        *("id", "provider_slug", "name", "options", "failures", "interrupted_at", "probe_at"),
        *("paused_at", "pause", "pause_reason"),
    ),
)
_OTHER = Table(Change, "other", only=("id", "customer_id", "status", "approved_place"))


def changes_of(numbers: Collection[int], connection: Connection | None = None) -> list[Change]:
    """These changes in the order of their numbers, with all that `with_names` brings along; what was decided about
    their lines (`line_states`), who took them (`taken_by`), and who sent them without their approvals
    (`let_through_by`). `connection`: theirs, if at hand.
    """
    if not numbers:
        return []
    with database.cursor() as cursor:
        cursor.execute(_NAMED, [list(numbers)])
        rows = cursor.fetchall()
    customer_at = len(_CHANGE) + len(_BESIDE)
    requester_at = customer_at + len(_CUSTOMER)
    requesters = dict[int, User]()
    found = []
    for row in rows:
        change = _CHANGE.of(row)
        vars(change).update(zip(_BESIDE, row[len(_CHANGE) :], strict=False))
        change.customer = _CUSTOMER.of(row[customer_at:])
        if change.requester_id not in requesters:
            requesters[change.requester_id] = _REQUESTER.of(row[requester_at:])
        change.requester = requesters[change.requester_id]
        found.append(change)
    connections = {} if connection else _connections({change.connection_id for change in found})
    for change in found:
        change.connection = connection or connections[change.connection_id]
    _name_others(found)
    return found


def _name_others(changes: Iterable[Change]) -> None:
    """Who has taken a request, and who let one through: one question for both, none where nobody did."""
    about = {change: (change.claimed_by_id, vars(change)["let_through_by"]) for change in changes}
    people = _people({number for numbers in about.values() for number in numbers if number})
    for change, (taker, sender) in about.items():
        vars(change).update(taken_by=people.get(taker or 0), let_through_by=people.get(sender or 0))


def in_line_with(customers: Iterable[int]) -> list[Change]:
    """What these customers have approved or in flight, in the order of approval; no more than tells that."""
    with database.cursor() as cursor:
        cursor.execute(_IN_LINE, [list(customers), [*IN_FLIGHT, Status.APPROVED]])
        return [_OTHER.of(row) for row in cursor.fetchall()]


def unfinished_of(customers: Collection[int]) -> dict[int, list[int]]:
    """Of these customers the changes that have not ended for good, by number, the oldest first."""
    if not customers:
        return {}
    with database.cursor() as cursor:
        cursor.execute(_UNFINISHED, [list(customers), [status.value for status in FINAL]])
        return dict(cursor.fetchall())


def waiting_lines(customers: Iterable[int]) -> list[tuple[int, str, int]]:
    """Of these customers the fields that a change waits to send: the customer, the field, the number of the change."""
    with database.cursor() as cursor:
        cursor.execute(_WAITING, [list(customers)])
        return list(cursor.fetchall())


def _people(numbers: Collection[int]) -> dict[int, User]:
    if not numbers:
        return {}
    with database.cursor() as cursor:
        cursor.execute(_PEOPLE, [list(numbers)])
        return {user.pk: user for user in map(_REQUESTER.of, cursor.fetchall())}


def _connections(numbers: Collection[int]) -> dict[int, Connection]:
    """By a statement of its own: lists hold many changes of few connections."""
    with database.cursor() as cursor:
        cursor.execute(_CONNECTIONS, [list(numbers)])
        return {found.pk: found for row in cursor.fetchall() for found in [_CONNECTION.of(row)]}


# What stands beside the columns, in order.
_BESIDE = ("field_names", "line_states", "let_through_by", "last_outcome", "set_back")
_NAMED = f"""
    SELECT {_CHANGE.columns},
        ARRAY(SELECT field FROM console_line line WHERE line.change_id = change.id ORDER BY position),
        ARRAY(SELECT decision FROM console_line line WHERE line.change_id = change.id ORDER BY position),
        (SELECT by_id FROM console_emergency emergency WHERE emergency.change_id = change.id),
        (SELECT outcome FROM console_attempt attempt WHERE change_id = change.id ORDER BY attempt.id DESC LIMIT 1),
        (SELECT set_back_at IS NOT NULL FROM console_batch batch WHERE batch.id = change.batch_id),
        {_CUSTOMER.columns}, {_REQUESTER.columns}
    FROM console_change change
        JOIN console_customer customer ON customer.id = change.customer_id
        JOIN console_user requester ON requester.id = change.requester_id
    WHERE change.id = ANY(%s) ORDER BY change.id
"""  # noqa: S608 - of our own names
_CONNECTIONS = f"SELECT {_CONNECTION.columns} FROM console_connection connection WHERE id = ANY(%s)"  # noqa: S608 - of our own names
_PEOPLE = f"SELECT {_REQUESTER.columns} FROM console_user requester WHERE id = ANY(%s)"  # noqa: S608 - of our own names
_IN_LINE = f"""
    SELECT {_OTHER.columns} FROM console_change other
    WHERE customer_id = ANY(%s) AND status = ANY(%s) ORDER BY approved_place
"""  # noqa: S608 - of our own names
_WAITING = "SELECT customer_id, field, change_id FROM console_line WHERE customer_id = ANY(%s) AND waiting"
_UNFINISHED = """
    SELECT customer_id, array_agg(id ORDER BY id) FROM console_change
    WHERE customer_id = ANY(%s) AND status <> ALL(%s) GROUP BY customer_id
"""
