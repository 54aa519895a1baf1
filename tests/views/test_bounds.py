"""What a page asks of the database has an end, however much there is: no OFFSET, and no count that goes on for ever."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from console.models import Status
from tests import cast
from tests.views.counting import queries
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

SEARCHES = ("", "a", "%", "_", "\\", "ann whitfield", "+44 20", " ".join(map(str, range(200))), "x" * 5000)


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_reads_one_page_and_counts_no_further_than_it_says(client: Client, text: str) -> None:
    client.force_login(cast.person("ed"))
    cast.sample(cast.connect("caibo"))
    with CaptureQueriesContext(connection) as captured:
        client.post("/customers/", {"q": text}, headers={"HX-Request": "true"})
    said = [query["sql"].replace('"', "") for query in captured.captured_queries]
    queries = [sql for sql in said if re.search("FROM console_(customer|searchterm|searchtext)", sql)]
    assert 1 <= len(queries) <= 6
    assert all(re.search(r"LIMIT|\bid (= ANY|IN) ?\(", sql) for sql in queries)  # a range that ends, or keys from one
    assert not any("OFFSET" in sql for sql in queries)
    assert all(sql.count("console_searchterm") <= 6 and sql.count("LIKE") <= 6 for sql in queries)


@pytest.mark.parametrize("query", ["", "?after=1", "?before=1", "?after=999999", "?before=999999&from=999999"])
@pytest.mark.parametrize("name", ["customers", "changes", "work"])
def test_a_list_reads_one_page_wherever_it_begins(client: Client, name: str, query: str) -> None:
    ed = cast.person("ed")
    client.force_login(ed)
    standing(cast.sample(cast.connect("caibo")), ed, Status.APPROVED)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"{reverse(name)}{query}").status_code == 200
    queries = [query["sql"] for query in captured.captured_queries]
    assert not any("OFFSET" in sql for sql in queries)
    assert all("LIMIT" in sql for sql in queries if "COUNT(" in sql)


@pytest.mark.parametrize(("query", "most"), [("", 14), ("?sort=known&down=1", 12), ("?after={pk}&from=51", 13)])
def test_the_list_asks_the_database_no_more_often_than_this(client: Client, query: str, most: int) -> None:
    client.force_login(cast.person("ed"))
    caibo = cast.connect("caibo")
    customer = cast.sample(caibo)
    cast.sample(caibo, id="2")
    assert queries(client, f"{reverse('customers')}{query.format(pk=customer.pk)}") <= most


def test_neither_does_what_is_found_while_somebody_types(client: Client) -> None:
    client.force_login(cast.person("ed"))
    cast.sample(cast.connect("caibo"))
    asked = []
    for text in ("whit", "whitf"):
        with CaptureQueriesContext(connection) as captured:
            assert "Ann" in client.post("/customers/", {"q": text}, headers={"HX-Request": "true"}).text
        asked.append(len(captured))
    assert asked[-1] <= 14
