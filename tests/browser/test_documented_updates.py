"""The updates printed on the documentation pages, made in the browser, arrive as those pages write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from console.models import Connection
from tests.browser import steps
from tests.browser.stage import Stage
from tests.cast import connect, person, sample

pytestmark = pytest.mark.browser

DEFENCE_COLONY = "456 Defence Colony, New Delhi, Delhi 110024, India"
THAMRIN = "Jl. Thamrin No. 88, Jakarta"


@dataclass(frozen=True, slots=True)
class Documented:
    """Whom Ed looks for, what he types, and the body that must arrive. `before` differs from the sample customer."""

    slug: str
    search: str
    name: str
    typed: dict[str, str]
    body: dict[str, Any]
    path: str
    ends: str = "Applied"
    who: str = "ed"
    before: dict[str, Any] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)


UPDATES = {
    "a new address for Priya Sharma at Flowwise": Documented(
        slug="flowwise",
        search="priya sharma",
        name="Priya Sharma",
        typed={"address": DEFENCE_COLONY},
        body={"customer_id": "cust_priya_sharma_2024", "scope": "PROJECT", "address": DEFENCE_COLONY},
        path="/customer/cust_priya_sharma_2024",
    ),
    "the same, at a connection that sends every value it holds": Documented(
        slug="flowwise",
        search="cust_priya",
        name="Priya Sharma",
        typed={"address": DEFENCE_COLONY},
        body={
            "customer_id": "cust_priya_sharma_2024",
            "scope": "PROJECT",
            "name": "Priya Sharma",
            "phone": "+919876543210",
            "email": "priya.sharma@gmail.com",
            "address": DEFENCE_COLONY,
        },
        path="/customer/cust_priya_sharma_2024",
        options={"send": "held"},
        who="jo",
    ),
    "an address in Jakarta and an occupation at SQRIL": Documented(
        slug="sqril",
        search="wijaya",
        name="Adi Wijaya",
        typed={
            "email": "john.updated@example.com",
            "phone": "+62812345679",
            "occupation": "OCC10",
            "address": THAMRIN,
        },
        body={
            "email": "john.updated@example.com",
            "phone": "+62812345679",
            "occupation": "OCC10",
            "address": THAMRIN,
        },
        path="/updateCustomer?customer_id=cus_8f31c2",
        before={"phone": "+628120000001"},
    ),
    "a new e-mail, phone and address at Caibo": Documented(
        slug="caibo",
        search="ann.whitfield@example.com",
        name="Ann Whitfield",
        typed={
            "email": "newemail@example.com",
            "phone": "+1234567890",
            "address": "456 New Street, San Francisco, CA 94105, US",
        },
        body={
            "name": "Ann Whitfield",
            "email": "newemail@example.com",
            "phone": "+1234567890",
            "address": "456 New Street, San Francisco, CA 94105, US",
        },
        path="/customers/12345",
        ends="Accepted, not confirmed",
    ),
    "a payment status at TimePay": Documented(
        slug="timepay",
        search="LOAN-2025-00123",
        name="Asha Rao",
        typed={"payment_status": "paid"},
        body={"campaignId": "camp_abc123", "loan_id": "LOAN-2025-00123", "data": {"payment_status": "paid"}},
        path="/api/v1/customers/update",
        ends="Accepted, not confirmed",
    ),
    "a first name alone at Finosu": Documented(
        slug="finosu",
        search="5550132",
        name="Lena Okafor",
        typed={"firstName": "Helena"},
        body={"id": "FN-20418", "taskType": "collections", "doNotCall": True, "firstName": "Helena"},
        path="/customers/FN-20418",
        options={"loan_ids": "omit"},
    ),
}


@pytest.mark.parametrize("update", UPDATES.values(), ids=UPDATES)
def test_a_documented_update_made_in_the_browser_arrives_as_documented(
    update: Documented, page: Page, bare: Stage
) -> None:
    Connection.objects.filter(name=update.slug.title()).update(name="The one of the test before")
    connection = connect(update.slug, bare.sandbox, **update.options)
    person(update.who, connection)
    sample(connection, bare.sandbox, **update.before)
    earlier = len(bare.arrived(update.slug))

    steps.sign_in(page, bare.url, update.who)
    steps.find(page, update.search, update.name)
    steps.open_form(page)
    steps.fill(page, update.typed)
    shown = steps.will_be_sent(page)
    steps.save(page)
    expect(steps.badge(page)).to_have_text(update.ends)

    assert shown.body == update.body
    assert shown.url == f"{connection.base_url}{update.path}"
    [arrived] = bare.arrived(update.slug)[earlier:]
    assert (arrived["method"], arrived["path"]) == ("PUT", update.path)
    assert arrived["body"] == update.body
    assert arrived["applied"]
