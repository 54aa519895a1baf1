"""Finosu's rules and error bodies, and what an update sets off there."""

from typing import Any

import pytest

from tests.sandbox.client import Caller

PATH = "/customers/cust_12345"
LEAST: dict[str, Any] = {"id": "cust_12345", "taskType": "collections", "doNotCall": True, "loanIds": []}


def test_the_answer_is_the_flat_record(caller: Caller) -> None:
    answer = caller.put("finosu", PATH, {**LEAST, "firstName": "Ana"}).json()
    assert (answer["id"], answer["firstName"], answer["lastName"]) == ("cust_12345", "Ana", "Avery")
    assert (answer["birthday"], answer["ssnLastFour"], answer["taskType"]) == ("1985-06-15", "1234", "collections")


def test_a_customer_can_be_read(caller: Caller) -> None:
    answer = caller.get("finosu", PATH)
    assert (answer.status, answer.json()["city"]) == (200, "San Francisco")
    assert caller.get("finosu", "/customers/nobody").status == 404
    assert [entry["applied"] for entry in caller.sandbox.ledger("finosu")] == [False, False]


@pytest.mark.parametrize("task_type", ["Collections", "other", "", None, 7])
def test_an_unknown_task_type_is_answered_with_the_valid_ones(caller: Caller, task_type: object) -> None:
    caller.sandbox.configure("finosu", task_types=["collections", "welcome"])
    answer = caller.put("finosu", PATH, {**LEAST, "taskType": task_type})
    assert answer.status == 400
    assert answer.json()["validTaskTypes"] == ["collections", "welcome"]
    assert "collections" in answer.json()["message"]
    assert caller.put("finosu", PATH, {**LEAST, "taskType": "welcome"}).status == 200


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"id": "cust_other"}, "id"),
        ({"email": "not an address"}, "email"),
        ({"email": ""}, "email"),
        ({"zipCode": None}, "zipCode"),
        ({"zipCode": "9410"}, "zipCode"),
        ({"state": "XX"}, "state"),
        ({"birthday": "15.06.1985"}, "birthday"),
        ({"ssnLastFour": "12"}, "ssnLastFour"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"doNotCall": "yes"}, "doNotCall"),
        ({"externalMetadata": "x"}, "externalMetadata"),
        ({"loanIds": ["1"]}, "loanIds"),
        ({"nickname": "Jo"}, "nickname"),
    ],
)
def test_what_breaks_a_rule_is_named(caller: Caller, values: dict[str, Any], field: str) -> None:
    answer = caller.put("finosu", PATH, {**LEAST, **values})
    assert answer.status == 400
    assert field in answer.json()["errors"]
    assert field in answer.json()["message"]


@pytest.mark.parametrize("missing", ["id", "taskType"])
def test_id_and_task_type_are_required(caller: Caller, missing: str) -> None:
    body = {name: value for name, value in LEAST.items() if name != missing}
    answer = caller.put("finosu", PATH, body)
    assert answer.status == 400
    assert missing in answer.json()["message"]


def test_a_customer_that_does_not_exist_is_not_found(caller: Caller) -> None:
    answer = caller.put("finosu", "/customers/nobody", {**LEAST, "id": "nobody"})
    assert (answer.status, set(answer.json())) == (404, {"message"})


def test_every_update_makes_call_tasks_again(caller: Caller) -> None:
    for _ in range(2):
        caller.put("finosu", PATH, LEAST)
    effects = [entry["effects"] for entry in caller.sandbox.ledger("finosu")]
    assert effects == [[{"effect": "call task made", "taskType": "collections"}]] * 2


@pytest.mark.parametrize(("values", "loans"), [({}, "all"), ({"loanIds": [1, 2]}, [1, 2])])
def test_loans_are_imported_unless_an_empty_list_says_no(caller: Caller, values: dict[str, Any], loans: object) -> None:
    body = {name: value for name, value in LEAST.items() if name != "loanIds"}
    caller.put("finosu", PATH, {**body, **values})
    assert {"effect": "loans imported", "loans": loans} in caller.sandbox.ledger("finosu")[0]["effects"]


def test_an_omitted_opt_out_is_lifted_and_the_ledger_says_so(caller: Caller) -> None:
    caller.put("finosu", PATH, {"id": "cust_12345", "taskType": "collections"})
    record = caller.sandbox.record("finosu", "cust_12345")
    assert record is not None
    assert record["doNotCall"] is False
    assert {"effect": "opt-out lifted"} in caller.sandbox.ledger("finosu")[0]["effects"]


def test_a_refused_update_sets_nothing_off(caller: Caller) -> None:
    caller.put("finosu", PATH, {**LEAST, "email": "x"})
    assert caller.sandbox.ledger("finosu")[0]["effects"] == []


def test_optional_values_can_be_emptied_and_the_older_twin_marks_a_test(caller: Caller) -> None:
    answer = caller.put("finosu", PATH, {**LEAST, "streetAddress2": "", "test": True, "sync": True}).json()
    assert (answer["streetAddress2"], answer["isTest"]) == (None, True)
    assert {"effect": "missing data fetched"} in caller.sandbox.ledger("finosu")[0]["effects"]
