"""Forget: lets go of what is over: our copies of customers nobody needs any more, and bodies of old exchanges.

History stays, and so does what it says: a forgotten customer is known by their id, and can be read or imported again.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection as database
from django.db import transaction
from django.db.models import Q

from console import flaws
from console.flows.keeping import BODIES_OVER, CUSTOMERS_OVER
from console.flows.record import database_now, moment, record
from console.models import Connection, Customer, Origin

AT_ONCE = 100  # customers in a round; each in a transaction of its own
BODIES_AT_ONCE = 5000
BETWEEN_ROUNDS = 15 * 60.0  # seconds, in one process; none while there is more to do

_next_round = 0.0


def now_and_then() -> None:
    """A round, if none was for a while."""
    global _next_round  # noqa: PLW0603 - of this process
    if time.monotonic() >= _next_round:
        _next_round = time.monotonic() + (0 if forget() else BETWEEN_ROUNDS)


def forget() -> bool:
    """Lets go of some of what is over, and says whether there may be more."""
    more = False
    for connection in Connection.objects.filter(_KEEPS_NOT_FOR_GOOD).order_by("pk"):
        more |= _forget_customers(connection) == AT_ONCE
        more |= _remove_bodies(connection) == BODIES_AT_ONCE
    return more


def _forget_customers(connection: Connection) -> int:
    """How many it found; one that somebody came to need meanwhile stays."""
    found = _over(CUSTOMERS_OVER, connection, connection.keeps_customers_days, AT_ONCE)
    for pk in found:
        _forget(pk, connection)
    return len(found)


@transaction.atomic
def _forget(pk: int, connection: Connection) -> None:
    days = connection.keeps_customers_days
    [customer] = Customer.objects.locked([pk])
    if not _over(CUSTOMERS_OVER, connection, days, 1, only=pk):
        return
    known = sorted({*customer.values, *customer.sealed} - set(customer.provider.identity))
    customer.values, customer.sealed, customer.known, customer.drift = {}, {}, {}, {}
    customer.known_at, customer.forgotten_at = None, moment(customer)
    customer.version += 1
    customer.describe()
    customer.flaws = flaws.compute(customer.provider, customer.record)
    customer.save(update_fields=_EMPTIED)
    customer.index()
    # Of each field our copy learnt that nothing is known: so it is told as of any moment.
    record(customer, "customer.forgotten", by=None, origin=Origin.WORKER, details={"days": days}, learnt=known)


@transaction.atomic
def _remove_bodies(connection: Connection) -> int:
    """One event tells of all that went; whoever verifies compares it with what is missing."""
    days = connection.keeps_bodies_days
    found = _over(BODIES_OVER, connection, days, BODIES_AT_ONCE)
    if not found or days is None:
        return 0
    before = database_now() - timedelta(days=days)
    with database.cursor() as cursor:
        cursor.execute(_REMOVE, [found])
    details = {"days": days, "attempts": len(found), "before": spelled(before)}
    record(connection, "connection.bodies_removed", by=None, origin=Origin.WORKER, details=details)
    return len(found)


def spelled(at: datetime) -> str:
    """UTC to the microsecond, so that the earlier one is the smaller text."""
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"


def _over(statement: str, connection: Connection, days: int | None, most: int, *, only: int | None = None) -> list[int]:
    if days is None:
        return []
    asked = {"connection": connection.pk, "days": days, "most": most, "only": only}
    with database.cursor() as cursor:
        cursor.execute(f"{statement} LIMIT %(most)s", asked)
        return [pk for (pk,) in cursor.fetchall()]


_KEEPS_NOT_FOR_GOOD = Q(keeps_customers_days__isnull=False) | Q(keeps_bodies_days__isnull=False)
_EMPTIED = (
    *("values", "sealed", "known", "drift", "flaws", "known_at", "forgotten_at", "version"),
    *("name", "sort_name", "email", "phone"),
)
_REMOVE = """
    UPDATE console_attempt SET sealed_request = NULL, sealed_response = NULL, sealed_carried = NULL,
        shown_request = '', shown_response = '', bodies_removed_at = statement_timestamp()
    WHERE id = ANY(%s)
"""
