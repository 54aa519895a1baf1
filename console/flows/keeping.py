"""Keeping: how long a connection keeps customers nobody needs, and bodies of exchanges; an administrator says it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection as database
from django.db import transaction

from console.errors import NotFit
from console.flows.record import record
from console.models import Connection, Origin, User
from console.permissions import Right, require

LONGEST = 36_500  # days
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Periods:
    """In days; None keeps for good."""

    customers: int | None = None
    bodies: int | None = None

    @classmethod
    def of(cls, connection: Connection) -> Periods:
        """Those that hold now."""
        return cls(connection.keeps_customers_days, connection.keeps_bodies_days)

    def is_shorter_than(self, other: Periods) -> bool:
        """Whether anything goes that would have stayed."""
        pairs = ((self.customers, other.customers), (self.bodies, other.bodies))
        return any(new is not None and (old is None or new < old) for new, old in pairs)


@dataclass(frozen=True, slots=True)
class Over:
    """What is over already; counted no further than one more than a page would say."""

    customers: int
    bodies: int


@transaction.atomic
def keep_for(connection_id: int, periods: Periods, *, by: User | None, origin: Origin = Origin.PAGE) -> Connection:
    """Sets both periods. What is over goes within the hour. Doing it twice leaves one event.

    Raises NotPermitted, or NotFit for what is no number of days.
    """
    connection = Connection.objects.select_for_update(no_key=True).get(pk=connection_id)
    if by:
        require(by, Right.ADMINISTER, connection)
    for days in (periods.customers, periods.bodies):
        if days is not None and not 1 <= days <= LONGEST:
            raise NotFit(f"A period has from 1 to {LONGEST} days.")
    before = Periods.of(connection)
    if periods == before:
        return connection
    connection.keeps_customers_days, connection.keeps_bodies_days = periods.customers, periods.bodies
    connection.save(update_fields=["keeps_customers_days", "keeps_bodies_days", "updated_at"])
    moved = {"customers": [before.customers, periods.customers], "bodies": [before.bodies, periods.bodies]}
    details = {what: pair for what, pair in moved.items() if pair[0] != pair[1]}
    record(connection, "connection.keeping_set", by=by, origin=origin, details=details)
    return connection


def over(connection: Connection, periods: Periods) -> Over:
    """How much would go at once under these periods."""
    return Over(_count(CUSTOMERS_OVER, connection, periods.customers), _count(BODIES_OVER, connection, periods.bodies))


def _count(statement: str, connection: Connection, days: int | None) -> int:
    if days is None:
        return 0
    with database.cursor() as cursor:
        counting = f"SELECT count(*) FROM ({statement} LIMIT %(most)s) AS found"  # noqa: S608 - of our own words
        cursor.execute(counting, {"connection": connection.pk, "days": days, "most": MOST_COUNTED + 1, "only": None})
        [count] = cursor.fetchone()
    return int(count)


# Nobody looked at them, asked for anything, was shown or told a value, and nothing of them is open; and what we know of
# them was not brought since either.
CUSTOMERS_OVER = """
    SELECT customer.id FROM console_customer customer,
        LATERAL (SELECT statement_timestamp() - make_interval(days => %(days)s) AS at) AS since
    WHERE customer.connection_id = %(connection)s AND customer.erased_at IS NULL AND customer.forgotten_at IS NULL
        AND (%(only)s::bigint IS NULL OR customer.id = %(only)s)
        AND GREATEST(customer.created_at, customer.known_at) < since.at
        AND NOT EXISTS (
            SELECT FROM console_change change WHERE change.customer_id = customer.id
                AND (change.ended_at IS NULL OR change.ended_at >= since.at)
        )
        AND NOT EXISTS (
            SELECT FROM console_emergency emergency JOIN console_change change ON change.id = emergency.change_id
            WHERE change.customer_id = customer.id AND emergency.closed_at IS NULL
        )
        AND NOT EXISTS (SELECT FROM console_visit WHERE customer_id = customer.id AND last_at >= since.at)
        AND NOT EXISTS (SELECT FROM console_reveal WHERE customer_id = customer.id AND console_reveal.at >= since.at)
        AND NOT EXISTS (SELECT FROM console_draft WHERE customer_id = customer.id)
        AND NOT EXISTS (SELECT FROM console_erasure WHERE customer_id = customer.id AND status = 'asked')
    ORDER BY customer.id
"""
# Of changes that ended: until then they are evidence of what became of them.
BODIES_OVER = """
    SELECT attempt.id FROM console_attempt attempt JOIN console_change change ON change.id = attempt.change_id
    WHERE attempt.connection_id = %(connection)s AND attempt.bodies_removed_at IS NULL
        AND attempt.ended_at < statement_timestamp() - make_interval(days => %(days)s)
        AND change.status IN ('applied', 'rejected', 'withdrawn', 'expired', 'superseded', 'closed')
        AND (
            attempt.sealed_request IS NOT NULL OR attempt.sealed_response IS NOT NULL
            OR attempt.sealed_carried IS NOT NULL
        )
    ORDER BY attempt.ended_at, attempt.id
"""
