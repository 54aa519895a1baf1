"""Large batches, and many: what their page counts is found out once, when they are put together, and kept without a
value; a sweep walks none that has ended.
"""

from __future__ import annotations

import json

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from console.flows.batches.deciding import expire, rejudge
from console.flows.batches.outlining import kept, outline
from console.models import Batch, Connection
from tests.cast import person
from tests.flows.batching import asked, at_caibo, fresh, people

pytestmark = pytest.mark.django_db

SECRET = "14 Hidden Lane, Leeds"


@pytest.fixture
def caibo() -> Connection:
    return at_caibo()


def of(connection: Connection, count: int) -> Batch:
    return fresh(asked(people(connection, count), person("ed"), {"address": SECRET}))


def test_what_was_found_when_it_was_put_together_is_what_would_be_found_now(caibo: Connection) -> None:
    batch = of(caibo, 7)
    found = kept(batch)
    assert found == outline(batch)
    assert found is not None
    assert (found.looked_at, found.unreadable, found.summary.fields[0].sentence) == (7, 0, "7 change")


def test_what_is_kept_of_it_holds_no_value(caibo: Connection) -> None:
    told = json.dumps(of(caibo, 3).outline)
    assert "Hidden Lane" not in told
    assert "High Street" not in told
    assert "address" in told


def test_by_other_rules_or_of_other_changes_it_counts_no_longer(caibo: Connection) -> None:
    batch = of(caibo, 3)
    batch.digest = bytes(32)
    assert kept(batch) is None
    batch = fresh(batch)
    batch.outline["rules"] = "of last year"
    assert kept(batch) is None


def test_a_sweep_finds_those_that_wait_among_the_unfinished_alone() -> None:
    with CaptureQueriesContext(database) as asked:
        expire()
        rejudge()
    statements = [each["sql"] for each in asked.captured_queries if 'FROM "console_batch"' in each["sql"]]
    assert len(statements) == 2
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")
            assert "batch_unfinished" in str(cursor.fetchall())
