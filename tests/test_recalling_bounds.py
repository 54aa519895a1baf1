"""What a moment long ago is told by: never by going through the whole history once for each field."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.utils import connector_params

from console.flows.refresh import take_over
from console.models import Customer, Event
from console.recalling import record_at, record_now, steps_around
from tests.cast import connect, sample
from tests.flows.helpers import fresh

pytestmark = pytest.mark.usefixtures("live_db")


def test_each_of_three_statements_reads_what_a_field_learnt_once_at_most() -> None:
    """Where the table is as small as this, PostgreSQL reads all that a field learnt; else it stops at the first few."""
    customer = sample(connect("sqril"))
    for number in range(40):
        sample(customer.connection, customer_id=f"cus_{number}")
    read = {length: rows_read(customer, length) for length in (80, 480)}
    assert read[480] <= read[80] + 3 * 400


def rows_read(customer: Customer, length: int) -> int:
    """How many rows of history PostgreSQL reads, once it knows how large the tables are."""
    while fresh(customer).chain_length < length:
        take_over(customer, {"address": f"Jl. {fresh(customer).chain_length}", "phone": "+62812345679"}, by=None)
    with psycopg.connect(**connector_params("owner"), autocommit=True) as owner:
        owner.execute("ANALYZE")
    at = Event.objects.get(customer=customer, number=7).at
    with CaptureQueriesContext(database) as captured:
        steps_around(record_at(fresh(customer), at))
        record_now(fresh(customer))
    statements = [query["sql"] for query in captured if "console_event" in query["sql"] or "mention" in query["sql"]]
    assert len(statements) == 4
    return sum(map(rows_of, statements))


def rows_of(statement: str) -> int:
    """Those that the scans of one statement gave or threw away."""
    with database.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        [[[answer]]] = cursor.fetchall()
    return scanned(answer["Plan"])


def scanned(plan: dict[str, Any]) -> int:
    inner = sum(map(scanned, plan.get("Plans", ())))
    if plan.get("Relation Name") not in {"console_event", "console_mention"}:
        return inner
    times: int = plan["Actual Loops"]
    rows: float = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return inner + round(times * rows)
