"""How the database goes about a search of the audit: along an index, in its order, whatever is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from console.auditing import EVERYTHING, Place, Query, find
from console.flows.record import database_now
from console.permissions import Places
from tests import cast
from tests.databases import Database
from tests.flows.sealing import happen


@pytest.fixture(autouse=True)
def of_a_fresh_database(live_db: Database) -> Iterator[None]:
    """Its planner knows no figures yet: those of the shared one tell of rows that other tests took back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


QUERIES = {
    "everything": (Query(), "event_by_time"),
    "a person": (Query(person=1), "event_by_actor"),
    "what the console did": (Query(person=0), "event_by_time"),
    "a verb": (Query(kind="change.applied"), "event_by_verb"),
    "many verbs": (Query(kind="change"), "event_by_verb"),
    "a connection": (Query(connection=1), "event_by_connection"),
    "a customer": (Query(customer=1), "event_by_customer"),
    "a change": (Query(change=1), "event_by_change"),
    "a field": (Query(field="phone"), "mention_by_field"),
    "a customer's field": (Query(customer=1, field="phone"), "mention_by_customer"),
    "a request": (Query(request="abc"), "event_by_request"),
    "a period": (Query(since=date(2026, 5, 1), until=date(2026, 5, 31)), "event_by_time"),
}


def plans(query: Query, places: Places, after: Place | None = None) -> list[str]:
    """Of every statement of the search, as it is planned where a table is never read from end to end if it need not."""
    with CaptureQueriesContext(
        database,
    ) as asked:
        find(query, places, after=after)
    found = []
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        for each in asked.captured_queries:
            ordered = each["sql"].startswith("SET LOCAL enable_sort = off; ")
            statement = re.sub(r"SET LOCAL enable_sort = \w+", "", each["sql"]).strip("; \n")
            cursor.execute(f"SET LOCAL enable_sort = {'off' if ordered else 'on'}")
            cursor.execute(f"EXPLAIN {statement}")
            found.append("\n".join(row[0] for row in cursor.fetchall()))
    return found


@pytest.mark.parametrize("what", QUERIES)
@pytest.mark.parametrize("further_on", [False, True])
def test_each_filter_walks_its_own_index_in_order_and_reads_no_table_whole(what: str, further_on: bool) -> None:
    happen(3)
    query, index = QUERIES[what]
    for plan in plans(query, EVERYTHING, Place(database_now(), 10**9) if further_on else None):
        assert "Seq Scan" not in plan
        assert "Sort\n" not in plan.replace("Sort  (", "Sort\n")
        assert "Disabled" not in plan
    assert index in plans(query, EVERYTHING)[-1]


def test_combinations_and_another_readers_sight_read_no_table_whole() -> None:
    here = cast.connect("sqril")
    combined = Query(person=1, kind="change", connection=here.pk, field="phone", since=date(2026, 5, 1))
    for query in (combined, Query(), Query(kind="person"), Query(customer=1, request="abc")):
        for plan in plans(query, Places(everywhere=False, ids=[here.pk, here.pk + 1])):
            assert "Seq Scan" not in plan
            assert "Sort  (" not in plan
