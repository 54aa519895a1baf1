"""Rows: writes what many changes at once come to, each table by one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from django.db import connection as database

from console.flows.record import moment
from console.models import Change, Connection, Customer, Event, Line, User
from console.models.rows import Table, copy_in


def customers_locked(pks: Collection[int], connection: Connection) -> dict[int, Customer]:
    """Those of this connection among these customers, locked in the order of their keys until the transaction ends.

    They share the one connection, so that its rules are read once.
    """
    with database.cursor() as cursor:
        cursor.execute(_LOCKED, [list(pks), connection.pk])
        rows = cursor.fetchall()
    found = {}
    for row in rows:
        customer = _CUSTOMER.of(row)
        customer.connection = connection
        vars(customer).update(locked_at=row[-1])
        found[customer.pk] = customer
    return found


def write_new(
    changes: Sequence[Change],
    lines: Sequence[Line],
    events: Sequence[Event],
    customers: Iterable[Customer],
    *,
    by: User,
) -> None:
    """New changes with their lines, who asked for each, and the events of their customers, whose rows must be locked;
    their keys were reserved.

    The customers come first: by whom and when they were touched is what the database would write to each of them along
    with its change, so that their rows, which stand in a dozen indexes, are written once.
    """
    if not changes:
        return
    touched = [(*_head(customer), moment(customer)) for customer in customers]
    with database.cursor() as cursor:
        cursor.execute(_TOUCHED, [by.pk, *(list(column) for column in zip(*touched, strict=True))])
        copy_in(changes, besides=("created_at",))
        copy_in(lines)
        cursor.execute(_AUTHORSHIPS, [[line.pk for line in lines], by.pk])
    copy_in(events)


def write_events(events: Sequence[Event], customers: Iterable[Customer]) -> None:
    """What was recorded of many customers, and the heads of their chains; their rows must be locked."""
    if not events:
        return
    copy_in(events)
    with database.cursor() as cursor:
        cursor.execute(_HEADS, [list(column) for column in zip(*map(_head, customers), strict=True)])


def _head(customer: Customer) -> tuple[int, int, bytes, int]:
    return customer.pk, customer.chain_length, bytes(customer.chain_head), customer.places


_CUSTOMER = Table(Customer, "customer")
_LOCKED = f"""
    SELECT {_CUSTOMER.columns}, statement_timestamp() FROM console_customer customer
    WHERE customer.id = ANY(%s) AND customer.connection_id = %s ORDER BY customer.id FOR NO KEY UPDATE
"""  # noqa: S608 - of our own names
_TOUCHED = """
    UPDATE console_customer AS customer SET chain_length = head.length, chain_head = head.hash, places = head.places,
        awaits = greatest(customer.awaits, 1), touched_by_id = %s, touched_at = head.at
    FROM unnest(%s::bigint[], %s::int[], %s::bytea[], %s::int[], %s::timestamptz[])
        AS head (id, length, hash, places, at)
    WHERE customer.id = head.id
"""
_AUTHORSHIPS = "INSERT INTO console_authorship (line_id, user_id) SELECT unnest(%s::bigint[]), %s"
_HEADS = """
    UPDATE console_customer AS customer SET chain_length = head.length, chain_head = head.hash, places = head.places
    FROM unnest(%s::bigint[], %s::int[], %s::bytea[], %s::int[]) AS head (id, length, hash, places)
    WHERE customer.id = head.id
"""
