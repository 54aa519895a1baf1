"""Quality: judges records anew once the rules of their connection are others, and counts what is wrong each day.

What becomes wrong or right as a record moves is written along with it (`Customer.learn`). This is for what no record
moves for: other options, other rules in the code, and the records of an installation that judged none yet.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import structlog
from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Now

from console import flaws
from console.errors import KeyMissing
from console.models import Connection, Customer, LookThrough
from console.models.rows import execute
from providers.base import BadOptions

log = structlog.get_logger()

JUDGING = "1"
"""Another one once `flaws.compute` judges otherwise by the same rules: then all records are judged anew."""
AT_ONCE = 500
MOST_SECONDS = 3.0  # of one sweep, so that nothing else waits for it
BETWEEN_COUNTS = 5 * 60.0  # seconds, in one process
KEPT_DAYS = 400

_next_count = 0.0


def now_and_then() -> None:
    """Goes on judging records anew, where that is needed; counts, if it did not for a while."""
    global _next_count  # noqa: PLW0603 - of this process
    look_through()
    if time.monotonic() >= _next_count:
        _next_count = time.monotonic() + BETWEEN_COUNTS
        count()


def look_through(*, seconds: float = MOST_SECONDS) -> int:
    """Judges the records of each connection whose rules are others by now; gives how many were found otherwise.

    It stops after so many seconds and goes on where it was when it is called again. Any number may do it at once, and
    doing it twice is the same as doing it once.
    """
    until, otherwise = time.monotonic() + seconds, 0
    for connection in Connection.objects.order_by("pk"):
        try:
            otherwise += _look_through(connection, until)
        except BadOptions:
            log.warning("quality.bad_options", connection=connection.pk)
    return otherwise


@transaction.atomic
def count() -> int:
    """Writes down how many flaws of each rule there are today (UTC); gives how many rows it wrote.

    Of a rule of which there were some and are none, it says so once a day, so that its trend comes down.
    """
    with database.cursor() as cursor:
        cursor.execute(_COUNT)
        written: int = cursor.rowcount
        cursor.execute(_FORGET, [KEPT_DAYS])
    return written


def _look_through(connection: Connection, until: float) -> int:
    walk, otherwise = _walk(connection), 0
    while walk.ended_at is None and time.monotonic() < until:
        customers = _after(walk.reached, connection)
        otherwise += _judge(customers)
        if customers:
            walk.reached = customers[-1].pk
        if len(customers) < AT_ONCE:
            walk.ended_at = Now()
        walk.save(update_fields=["reached", "ended_at"])
        if walk.ended_at is not None:
            break
    return otherwise


def _walk(connection: Connection) -> LookThrough:
    """How far it is; from the beginning where the rules are others than those it went by."""
    rules = f"{JUDGING} {connection.provider.rules_version}"
    walk, _ = LookThrough.objects.get_or_create(connection=connection, defaults={"rules": rules})
    if walk.rules != rules:
        walk.rules, walk.reached, walk.began_at, walk.ended_at = rules, 0, Now(), None
        walk.save()
    return walk


def _after(reached: int, connection: Connection) -> list[Customer]:
    known = Customer.objects.filter(connection=connection, erased_at=None, pk__gt=reached).order_by("pk")
    customers = list(known.only("connection", *_JUDGED)[:AT_ONCE])
    for customer in customers:
        customer.connection = connection
    return customers


def _judge(customers: Sequence[Customer]) -> int:
    """Nothing is locked for those with whom it is as it was; the others are judged once more, as they are by then."""
    otherwise = [customer.pk for customer in customers if _found(customer) != customer.flaws]
    if not otherwise:
        return 0
    with transaction.atomic():
        found = {customer.pk: json.dumps(_found(customer)) for customer in Customer.objects.locked(otherwise)}
        execute(_WRITE, [list(found), list(found.values())])
    return len(otherwise)


def _found(customer: Customer) -> dict[str, str]:
    try:
        return flaws.compute(customer.provider, customer.record)
    except KeyMissing:  # erased meanwhile, or of a key that is not there: nothing can be said of it
        return dict(customer.flaws)


_JUDGED = ("identity", "values", "sealed", "key_id", "wrapped_key", "erased_at", "flaws")
_WRITE = """
    UPDATE console_customer AS customer SET flaws = found.flaws::jsonb
    FROM unnest(%s::bigint[], %s::text[]) AS found(id, flaws)
    WHERE customer.id = found.id AND customer.flaws <> found.flaws::jsonb
"""
_COUNT = """
    WITH today AS (
        SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date AS day
    ), now AS (
        SELECT connection_id, field, code, count(*) AS count FROM console_flaw GROUP BY 1, 2, 3
    ), latest AS (
        SELECT DISTINCT ON (connection_id, field, code) connection_id, field, code, count
        FROM console_flawday ORDER BY connection_id, field, code, day DESC
    )
    INSERT INTO console_flawday AS known (connection_id, field, code, day, count)
    SELECT connection_id, field, code, today.day, coalesce(now.count, 0)
    FROM now FULL JOIN latest USING (connection_id, field, code) CROSS JOIN today
    WHERE now.count > 0 OR latest.count > 0
    ON CONFLICT (connection_id, field, code, day) DO UPDATE SET count = excluded.count
        WHERE known.count <> excluded.count
"""
_FORGET = "DELETE FROM console_flawday WHERE day < (statement_timestamp() AT TIME ZONE 'UTC')::date - %s"
