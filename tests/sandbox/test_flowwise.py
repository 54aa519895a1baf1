"""Flowwise's rules and error bodies."""

from typing import Any

import pytest

from tests.sandbox.client import Caller

PATH = "/customer/cust_priya_sharma_2024"
LEAST: dict[str, Any] = {"customer_id": "cust_priya_sharma_2024", "scope": "PROJECT"}


def test_the_answer_is_the_record_with_what_the_server_owns(caller: Caller) -> None:
    answer = caller.put("flowwise", PATH, {**LEAST, "address": "1 New Street"}).json()
    assert (answer["id"], answer["project_id"], answer["status"]) == (
        "cust_rec_67890",
        "proj_fashion_store_2024",
        "ACTIVE",
    )
    assert (answer["name"], answer["address"]) == ("Priya Sharma", "1 New Street")
    assert answer["added_on"] == "2024-12-01T10:30:00Z"


def test_every_update_moves_the_moment_of_the_last_change(caller: Caller) -> None:
    moments = [caller.put("flowwise", PATH, LEAST).json()["updated_on"] for _ in range(3)]
    assert moments == sorted(set(moments))
    assert moments[0] > "2024-12-03T14:15:30Z"


@pytest.mark.parametrize(
    "values",
    [
        {"customer_id": "cust_other"},
        {"customer_id": None},
        {"scope": None},
        {"scope": "project"},
        {"scope": "GLOBAL"},
        {"email": "nowhere"},
        {"phone": "unlisted"},
        {"name": 5},
        {"status": "INACTIVE"},
        {"nickname": "Pri"},
    ],
)
def test_what_breaks_a_rule_is_refused_without_naming_a_field(caller: Caller, values: dict[str, Any]) -> None:
    answer = caller.put("flowwise", PATH, {**LEAST, **values})
    assert answer.status == 400
    assert set(answer.json()) == {"message", "code", "type"}
    assert (answer.json()["code"], answer.json()["type"]) == ("invalid_customer_data", "validation_error")


def test_the_documented_codes_of_the_other_errors(caller: Caller) -> None:
    stranger = caller.put("flowwise", PATH, LEAST, {"x-client-id": "sandbox-flowwise-client-id"})
    missing = caller.put("flowwise", "/customer/nobody", {**LEAST, "customer_id": "nobody"})
    caller.sandbox.fault("flowwise", "5xx")
    broken = caller.put("flowwise", PATH, LEAST)
    codes = [(answer.status, answer.json()["code"]) for answer in (stranger, missing, broken)]
    assert codes == [(401, "unauthorized"), (404, "customer_not_found"), (500, "update_failed")]


def test_a_percent_encoded_id_is_one_part_of_the_path(caller: Caller) -> None:
    caller.sandbox.seed("flowwise", [{"customer_id": "a/b ü", "scope": "GLOBAL", "name": "A"}])
    body = {"customer_id": "a/b ü", "scope": "GLOBAL", "name": "B"}
    assert caller.put("flowwise", "/customer/a%2Fb%20%C3%BC", body).status == 200
    record = caller.sandbox.record("flowwise", "a/b ü")
    assert record is not None
    assert record["name"] == "B"


def test_an_emptied_value_is_gone(caller: Caller) -> None:
    assert caller.put("flowwise", PATH, {**LEAST, "phone": ""}).json()["phone"] is None
