"""Visits: who looked at which customer when: the access record, and whence the customers seen lately are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection as database

from console.models import Connection, Customer
from console.models.rows import Table
from console.permissions import Right, places_where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.models import User

RECENT = 8
LOOKED_BACK = 100  # visits; somebody seen on many days counts once

# Kept once a day, and written at most once a minute: a page that is looked at again costs one read. An upsert that
# changes nothing would lock the row all the same, and wait for the disk.
UPSERT = """
    INSERT INTO console_visit (customer_id, user_id, day, first_at, last_at)
    SELECT %(customer)s, %(user)s, day, statement_timestamp(), statement_timestamp()
    FROM (SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date AS day) AS today
    WHERE NOT EXISTS (
        SELECT FROM console_visit
        WHERE customer_id = %(customer)s AND user_id = %(user)s AND console_visit.day = today.day
            AND last_at >= statement_timestamp() - interval '1 minute'
    )
    ON CONFLICT (customer_id, user_id, day) DO UPDATE SET last_at = excluded.last_at
    WHERE console_visit.last_at < excluded.last_at - interval '1 minute'
"""


def visit(customer: Customer, *, by: User) -> None:
    """Writes down that this person looks at the customer now."""
    with database.cursor() as cursor:
        cursor.execute(UPSERT, {"customer": customer.pk, "user": by.pk})


def recent(user: User, most: int = RECENT) -> list[Customer]:
    """The customers this person saw last and may still see, the latest first, with their connections.

    They come with what a list of names takes, and no more.
    """
    sees = places_where(user, Right.SEE)
    asked: Mapping[str, Any] = {"user": user.pk, "everywhere": sees.everywhere, "ids": sees.ids}
    with database.cursor() as cursor:
        cursor.execute(_RECENT, {**asked, "back": LOOKED_BACK, "most": most})
        return [_seen(row) for row in cursor.fetchall()]


def _seen(row: Sequence[Any]) -> Customer:
    customer = _CUSTOMER.of(row)
    customer.connection = _CONNECTION.of(row[len(_CUSTOMER) :])
    return customer


_CUSTOMER = Table(Customer, "customer", only=("id", "connection_id", "external_id", "name"))
_CONNECTION = Table(Connection, "connection", only=("id", "name"))
_RECENT = f"""
    SELECT {_CUSTOMER.columns}, {_CONNECTION.columns}
    FROM (
        SELECT customer_id, max(last_at) AS at, max(id) AS number FROM (
            SELECT visit.id, visit.customer_id, visit.last_at
            FROM console_visit visit JOIN console_customer seen ON seen.id = visit.customer_id
            WHERE visit.user_id = %(user)s AND (%(everywhere)s OR seen.connection_id = ANY(%(ids)s))
            ORDER BY visit.last_at DESC, visit.id DESC LIMIT %(back)s
        ) AS visits
        GROUP BY customer_id ORDER BY at DESC, number DESC LIMIT %(most)s
    ) AS latest
        JOIN console_customer customer ON customer.id = latest.customer_id
        JOIN console_connection connection ON connection.id = customer.connection_id
    ORDER BY latest.at DESC, latest.number DESC
"""  # noqa: S608 - of our own names
