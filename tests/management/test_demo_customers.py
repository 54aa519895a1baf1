"""The demo makes as many customers as are asked for, at the providers and here."""

from __future__ import annotations

import pytest

from console.management.demo.connections import make_connections
from console.management.demo.customers import take_in_many
from console.models import Connection, Customer
from providers.sandbox import Control, Sandbox
from tests.management.running import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def connections(sandbox: Sandbox) -> dict[str, Connection]:
    return make_connections(Control(sandbox.url))


def test_customers_beyond_the_sample_are_known_to_their_providers(
    sandbox: Sandbox, connections: dict[str, Connection]
) -> None:
    take_in_many(connections, Control(sandbox.url), 1_060)
    assert Customer.objects.count() == 60
    for customer in Customer.objects.select_related("connection"):
        assert sandbox.record(customer.connection.provider_slug, customer.external_id) is not None
        assert not customer.never_read


def test_a_demo_that_was_stopped_goes_on_and_changes_nothing(
    sandbox: Sandbox, connections: dict[str, Connection]
) -> None:
    take_in_many(connections, Control(sandbox.url), 1_010)
    before = dict(Customer.objects.values_list("pk", "chain_length"))
    take_in_many(connections, Control(sandbox.url), 1_010)
    assert dict(Customer.objects.values_list("pk", "chain_length")) == before


def test_the_sample_is_enough_where_no_more_is_asked_for(sandbox: Sandbox, connections: dict[str, Connection]) -> None:
    take_in_many(connections, Control(sandbox.url), 0)
    assert not Customer.objects.exists()


@pytest.mark.parametrize("number", ["-1", "1000001"])
def test_no_more_than_a_million_are_made(number: str) -> None:
    said = run("demo", "--no-browser", "--customers", number)
    assert "--customers takes a number from 0 to 1,000,000." in said.refusal
