"""How the database goes about a page of the list: along an index and no further than the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from console.listing import Criteria, Flawed, Order, Question, Start, count, lacking, per_state, walk, walking
from console.models import Connection, Customer, Sort, Standing
from tests import cast
from tests.databases import Database

MANY = 20_000
INDEXES = {
    Sort.NAME: "listed_by_name",
    Sort.CONNECTION: "listed_by_name",
    Sort.STATE: "listed_by_name",
    Sort.NUMBER: "listed_by_external_id",
    Sort.EMAIL: "listed_by_email",
    Sort.KNOWN: "listed_by_known",
    Sort.TOUCHED: "listed_by_touched",
}
_FILL = """
    INSERT INTO console_customer (connection_id, identity, external_id, values, sealed, known, version, key_id, name,
        sort_name, email, phone, known_at, places, chain_length, chain_head, drift)
    SELECT (%s::bigint[])[n %% 2 + 1], '{}', n::text, '{}', '{}', '{"name": {"how": "read"}}', 1, 'k', 'N',
        md5(n::text), md5((n * 7)::text), '', now() - n * interval '1 minute', 0, 0, '',
        CASE WHEN n %% 1000 = 0 THEN '{"phone": 1}' ELSE '{}' END::jsonb
    FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def places(live_db: Database) -> Iterator[list[Connection]]:
    """Two connections with so many customers that no plan for few would do, and of which no figures are known yet."""
    with transaction.atomic():
        found = [cast.connect("caibo"), cast.connect("flowwise")]
        with database.cursor() as cursor:
            cursor.execute(_FILL, [[each.pk for each in found], MANY])
        yield found
        transaction.set_rollback(True)


def plans(asked: CaptureQueriesContext) -> list[str]:
    """Of every statement, as it is really planned."""
    found = []
    with database.cursor() as cursor:
        for each in asked.captured_queries:
            statement = re.sub(r"SET LOCAL enable_sort = \w+", "", each["sql"]).strip("; \n")
            if statement.startswith(("SELECT", "WITH")):
                cursor.execute(f"SET LOCAL enable_sort = {'off' if 'enable_sort' in each['sql'] else 'on'}")
                cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}")
                found.append("\n".join(row[0] for row in cursor.fetchall()))
    return found


def most_rows(plan: str) -> int:
    """The most that any part of a plan gave, over all its loops."""
    pairs = re.findall(r"actual rows=([\d.]+) loops=(\d+)", plan)
    removed = [int(number) for number in re.findall(r"Rows Removed by \w+: (\d+)", plan)]
    return max([*(round(float(rows) * int(loops)) for rows, loops in pairs), *removed])


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("is_descending", [False, True])
def test_each_order_walks_its_own_index_from_any_place(
    places: list[Connection], sort: Sort, is_descending: bool
) -> None:
    [middle] = Customer.objects.order_by("sort_name")[MANY // 2 : MANY // 2 + 1]
    for start in (Start(), Start(after=middle.pk), Start(before=middle.pk)):
        with CaptureQueriesContext(database) as asked:
            walk(Question(Criteria(), places, "UTC"), Order(sort, is_descending), start, 50)
        for plan in plans(asked):
            assert "Seq Scan" not in plan
            assert most_rows(plan) <= 51 * 2 * len(Standing)
        assert INDEXES[sort] in plans(asked)[-1]


@pytest.mark.parametrize(
    "criteria",
    [
        Criteria(state=Standing.MOVED),
        Criteria(state=Standing.IN_STEP),
        Criteria(state=Standing.GONE),
        Criteria(provider="caibo"),
        Criteria(missing=Flawed.MISSING),
        Criteria(by=1),
        Criteria(known_from=date(2026, 1, 1)),
        Criteria(changed_from=date(2026, 1, 1)),
        Criteria(missing=Flawed.MISSING, known_from=date(2026, 1, 1)),
        Criteria(missing=Flawed.MISSING, changed_from=date(2026, 1, 1)),
        Criteria(missing=Flawed.MISSING, by=1),
        Criteria(by=1, known_from=date(2026, 1, 1)),
        Criteria(known_from=date(2026, 1, 1), changed_from=date(2026, 1, 1)),
    ],
)
def test_what_narrows_it_reads_no_table_whole(
    places: list[Connection], criteria: Criteria, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "FEW_OF_DAYS", 1000)
    question = Question(criteria, places, "UTC")
    with CaptureQueriesContext(database) as asked:
        walk(question, Order(), Start(), 50)
        count(question)
        per_state([Standing.MOVED, Standing.IN_STEP], question)
        lacking(question)
    for plan in plans(asked):
        assert "Seq Scan" not in plan
        assert most_rows(plan) <= 2 * 2 * 1001


def test_of_many_who_changed_together_nobody_else_is_passed_by(
    places: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "FEW_OF_DAYS", 1000)
    with database.cursor() as cursor:  # one in sixteen, all of them at the end of the list
        cursor.execute("UPDATE console_customer SET touched_at = now() WHERE sort_name >= 'f'")
    with CaptureQueriesContext(database) as asked:
        stretch = walk(Question(Criteria(changed_from=date(2026, 1, 1)), places, "UTC"), Order(), Start(), 50)
    assert len(stretch.keys) == 50
    assert stretch.more
    for plan in plans(asked):
        assert "Seq Scan" not in plan
        assert most_rows(plan) <= MANY // 8


def test_counts_go_along_an_index_however_dear_it_is_taken_for(places: list[Connection]) -> None:
    days = [Criteria(known_from=date(2026, 1, 1)), Criteria(changed_from=date(2026, 1, 1))]
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL random_page_cost = 400")
    with CaptureQueriesContext(database) as asked:
        for criteria in (Criteria(), Criteria(state=Standing.GONE), *days):
            count(Question(criteria, places, "UTC"))
        per_state([Standing.GONE], Question(Criteria(), places, "UTC"))
        lacking(Question(Criteria(), places, "UTC"))
    found = plans(asked)
    assert len(found) == 6
    assert not any("Seq Scan" in plan for plan in found)
