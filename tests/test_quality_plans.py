"""How the database goes about the queue of flaws at size: along its indexes, never through a table from end to end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from console import flaws
from console.flows.assign import next_one
from console.models import Connection, Customer, Flaw, User
from console.models.quality import Rule
from tests.cast import connect, person, sample
from tests.databases import Database

MANY = 20_000

type Asking = Callable[[Connection, User], object]


@pytest.fixture(autouse=True)
def of_a_fresh_database(live_db: Database) -> Iterator[None]:
    """Its planner knows no figures but those of the rows that are made here."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def rule(connection: Connection) -> Rule:
    return Rule(connection.pk, "phone", "required")


ASKED: dict[str, tuple[Asking, set[str]]] = {
    "the tallies": (lambda at, ed: Flaw.objects.tallies([at.pk], ed), {"flaw_by_rule", "flaw_by_who_sees_to_it"}),
    "a page": (lambda at, _: list(Flaw.objects.of(rule(at)).filter(pk__gt=900)[:51]), {"flaw_by_rule"}),
    "the next one": (lambda at, ed: next_one(rule(at), by=ed, after=900), {"flaw_by_rule"}),
    "who lacks something at a connection": (
        lambda at, _: list(
            flaws.with_flaws(Customer.objects.filter(connection=at).order_by("sort_name", "pk"), missing=True)[:51]
        ),
        {"missing_by_connection_name"},
    ),
    "who lacks something anywhere": (
        lambda _at, _ed: list(flaws.with_flaws(Customer.objects.order_by("sort_name", "pk"), missing=True)[:51]),
        {"missing_by_name"},
    ),
}


def many(connection: Connection) -> None:
    """Customers made by SQL: one in ten lacks a phone, one in ten has an e-mail address that is none."""
    sample(connection, phone=None)
    with database.cursor() as cursor:
        cursor.execute(_MADE, [MANY])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ANALYZE console_customer, console_flaw, console_flawday")


def plans(asking: Callable[[], object]) -> str:
    with CaptureQueriesContext(database) as asked:
        asking()
    found = []
    with database.cursor() as cursor:
        for each in asked.captured_queries:
            cursor.execute(f"EXPLAIN {each['sql']}")
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


@pytest.mark.parametrize("name", ASKED)
def test_it_walks_an_index(name: str) -> None:
    connection, ed = connect("sqril"), person("ed")
    many(connection)
    asking, wanted = ASKED[name]
    told = plans(lambda: asking(connection, ed))
    assert not re.findall(r"Seq Scan on (?!console_(?:connection|flawday))\w+", told), told
    assert {index for index in wanted if index in told} == wanted, told
    assert "Sort" not in told, told


_MADE = """
    INSERT INTO console_customer (
        connection_id, identity, external_id, values, sealed, known, version, key_id, wrapped_key, name, sort_name,
        email, phone, places, chain_length, chain_head, drift, flaws)
    SELECT connection_id, identity, 'made-' || number, values, sealed, known, version, key_id, wrapped_key,
        name, md5(number::text), email, phone, 0, 0, chain_head, drift, CASE mod(number, 10)
            WHEN 0 THEN '{"phone": "required"}'::jsonb WHEN 1 THEN '{"email": "invalid_email"}'::jsonb ELSE '{}' END
    FROM console_customer, generate_series(1, %s) AS number
"""
