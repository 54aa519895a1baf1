"""Visits: who looked at which customer when: the access record, and whence the customers seen lately are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection as database

from console.models import Customer, Visit
from console.permissions import Right, connections_where

if TYPE_CHECKING:
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
    """The customers this person saw last and may still see, the latest first, with their connections."""
    mine = Visit.objects.filter(user=user, customer__connection__in=connections_where(user, Right.SEE))
    latest = mine.order_by("-last_at", "-pk").values_list("customer_id", flat=True)[:LOOKED_BACK]
    seen = list(dict.fromkeys(latest))[:most]
    found = Customer.objects.select_related("connection").in_bulk(seen) if seen else {}
    return [found[pk] for pk in seen if pk in found]
