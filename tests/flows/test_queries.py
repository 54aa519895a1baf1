"""How many statements the steps of a change cost: pinned, so that growth is a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.flows.deliver import claim
from console.flows.send import send
from console.flows.settle import Claim, settle
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.deciding import policy
from tests.flows.helpers import wish

if TYPE_CHECKING:
    from tests.databases import Database


@pytest.mark.parametrize("slug", SLUGS)
def test_saving_claiming_and_settling_cost_a_bounded_number_of_statements(
    slug: str, live_db: Database, sandbox: Sandbox
) -> None:
    customer, ed = sample(connect(slug, sandbox), sandbox), person("ed")
    with CaptureQueriesContext(connection) as saving:
        wish(customer, ed)
    with CaptureQueriesContext(connection) as claiming:
        claimed = claim(customer.connection_id)
    assert isinstance(claimed, Claim)
    with CaptureQueriesContext(connection) as sending:
        result = send(claimed)
    with CaptureQueriesContext(connection) as settling:
        settle(claimed, result)
    reads = customer.provider.capabilities.reads  # then what we ourselves put there meanwhile is asked for
    assert (len(saving), len(claiming), len(sending)) == (17, 7 + reads, 0)
    assert len(settling) <= 6  # of each transaction its beginning and its end are two


def test_only_a_save_for_a_field_for_which_a_line_waits_costs_more(live_db: Database) -> None:
    customer, ed, jo = sample(connect("sqril")), person("ed"), person("jo")
    policy("KYC fields", "address", "occupation")
    with CaptureQueriesContext(connection) as plain:
        first = wish(customer, ed, {"address": "Jl. Melati 5", "occupation": "OCC10"})
    with CaptureQueriesContext(connection) as amended:
        wish(customer, ed, {"address": "Jl. Melati 6"}, replacing={"address": first.pk})
    with CaptureQueriesContext(connection) as replaced:
        wish(customer, jo, {"address": "Jl. Melati 7"}, replacing={"address": first.pk}, why="Called again.")
    assert (len(plain), len(amended), len(replaced)) == (12, 19, 20)


def test_a_claim_is_safe_on_the_disk_before_it_is_given(live_db: Database, sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    wish(customer, person("ed"))
    with CaptureQueriesContext(connection) as claiming:
        assert isinstance(claim(customer.connection_id), Claim)
    *_, commit, kept = [query["sql"] for query in claiming]
    assert (commit, kept) == ("COMMIT", "SELECT pg_logical_emit_message(true, 'steward', 'claimed')")
