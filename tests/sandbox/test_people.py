"""The sample customers."""

import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from providers.sandbox import people
from providers.sandbox.catalogue import APIS
from tests.sandbox.client import Caller

every_slug = pytest.mark.parametrize("slug", APIS)


@every_slug
def test_there_are_200_customers_each_with_an_id_of_its_own(slug: str) -> None:
    customers = people.customers(slug)
    assert len(customers) == 200
    assert len({APIS[slug].external_id(customer) for customer in customers}) == 200
    assert all(set(customer) <= APIS[slug].fields for customer in customers)


def test_they_are_the_same_in_every_process() -> None:
    script = "from providers.sandbox import people; print([people.customers(s) for s in ('caibo', 'sqril')])"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, encoding="utf-8")
    assert told.stdout.strip() == str([people.customers(slug) for slug in ("caibo", "sqril")])


def test_the_customers_of_the_documentation_are_among_them() -> None:
    names = {slug: {APIS[slug].external_id(each) for each in people.customers(slug)} for slug in APIS}
    assert {"camp_abc123/loan:LOAN-2025-00123", "camp_abc123/loan:loan_12345"} <= names["timepay"]
    assert "cust_12345" in names["finosu"]
    assert "12345" in names["caibo"]
    assert "cust_priya_sharma_2024" in names["flowwise"]
    assert people.customers("sqril")[0]["name_first"] == "John"


@every_slug
def test_a_sample_customers_values_pass_the_providers_own_rules(caller: Caller, slug: str) -> None:
    caller.sandbox.reset()
    for name, record in caller.sandbox.records(slug).items():
        target, document = _as_sent(slug, record)
        answer = caller.put(slug, target, document)
        assert (name, answer.status, answer.body if answer.status != 200 else b"") == (name, 200, b"")


def test_names_are_varied_and_optional_values_sometimes_missing() -> None:
    names = [customer["name"] for customer in people.customers("caibo")]
    assert sum(any("\u0590" <= letter <= "\u06ff" for letter in name) for name in names) >= 10
    assert sum(not name.isascii() for name in names) >= 60
    assert max(map(len, names)) > 90
    assert Counter(customer["phone"] is None for customer in people.customers("caibo"))[True] >= 20
    assert any("email" not in customer for customer in people.customers("flowwise"))


def test_some_people_are_customers_of_two_providers() -> None:
    emails = {customer["email"] for customer in people.customers("flowwise") if "email" in customer}
    phones = {customer["phone_number"] for customer in people.customers("timepay")}
    assert len(phones & {customer.get("phone") for customer in people.customers("flowwise")}) >= 20
    assert emails & {customer["email"] for customer in people.customers("caibo")}


def _as_sent(slug: str, record: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    held = {name: value for name, value in APIS[slug].wire(record).items() if value is not None}
    numbers = {name: value for name, value in held.items() if name in APIS[slug].numbers}
    held |= {name: int(str(value)) if name == "loan_period" else float(str(value)) for name, value in numbers.items()}
    if slug == "timepay":
        names = {"campaignId", "loan_id", "lead_id"}
        identity = {name: value for name, value in held.items() if name in names}
        data = {name: value for name, value in held.items() if name not in names}
        return "/api/v1/customers/update", {**identity, "data": data}
    if slug == "finosu":
        return f"/customers/{held['id']}", held
    if slug == "caibo":
        sent = {
            name: value for name, value in held.items() if name in {"name", "email", "address", "phone", "memberId"}
        }
        return f"/customers/{record['id']}", sent
    if slug == "flowwise":
        names = {"customer_id", "scope", "name", "email", "phone", "address"}
        return f"/customer/{held['customer_id']}", {name: value for name, value in held.items() if name in names}
    four = {name: held[name] for name in ("email", "phone", "occupation", "address")}
    return f"/updateCustomer?customer_id={held['customer_id']}", four
