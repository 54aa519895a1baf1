"""Caibo's closed schema and problem documents."""

from typing import Any

import pytest

from tests.sandbox.client import Caller, authorization

PATH = "/customers/12345"
LEAST: dict[str, Any] = {"name": "Casey Morgan", "email": "casey.morgan@example.com"}


def test_the_answer_is_empty_unless_the_setting_says_otherwise(caller: Caller) -> None:
    assert caller.put("caibo", PATH, LEAST).body == b""
    caller.sandbox.configure("caibo", empty_answers=False)
    answer = caller.put("caibo", PATH, LEAST).json()
    assert (answer["id"], answer["ownerId"], answer["totalDeposits"]) == (12345, 70, 2739.36)


def test_an_id_beyond_a_double_stays_exact(caller: Caller) -> None:
    caller.sandbox.seed("caibo", [{"id": 9007199254740993, **LEAST}])
    caller.sandbox.configure("caibo", empty_answers=False)
    answer = caller.put("caibo", "/customers/9007199254740993", {**LEAST, "id": 9007199254740993})
    assert (answer.status, answer.json()["id"]) == (200, 9007199254740993)


def test_the_pages_own_bearer_token_is_taken_too(caller: Caller) -> None:
    token = caller.sandbox.credentials("caibo", "bearer")["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    assert caller.put("caibo", PATH, LEAST, headers).status == 200


@pytest.mark.parametrize(
    ("values", "member"),
    [
        ({"name": ""}, "Name"),
        ({"name": " "}, "Name"),
        ({"name": "n" * 101}, "Name"),
        ({"email": None}, "Email"),
        ({"email": "somewhere"}, "Email"),
        ({"email": f"{'a' * 92}@ex.invalid"}, "Email"),
        ({"phone": "1" * 21}, "Phone"),
        ({"memberId": "m" * 51}, "MemberId"),
        ({"address": "a" * 256}, "Address"),
        ({"address": "🌹" * 128}, "Address"),
        ({"address": {"street": "456 New Street", "city": "San Francisco"}}, "Address"),
        ({"preferences": {"currency": "EUR"}}, "Preferences"),
        ({"id": 1}, "Id"),
        ({"ownerName": "Somebody else"}, "OwnerName"),
        ({"totalDeposits": 1.5}, "TotalDeposits"),
    ],
)
def test_what_breaks_a_rule_is_told_in_a_problem_document(caller: Caller, values: dict[str, Any], member: str) -> None:
    answer = caller.put("caibo", PATH, {**LEAST, **values})
    problem = answer.json()
    assert answer.status == problem["status"] == 400
    assert {"type", "title", "status", "detail", "instance", "errors"} == set(problem)
    assert list(problem["errors"]) == [member]
    assert isinstance(problem["errors"][member][0], str)


@pytest.mark.parametrize("missing", ["name", "email"])
def test_name_and_email_are_required_in_every_update(caller: Caller, missing: str) -> None:
    body = {name: value for name, value in LEAST.items() if name != missing}
    assert list(caller.put("caibo", PATH, body).json()["errors"]) == [missing.title()]


def test_lengths_at_their_limit_and_nulls_are_taken(caller: Caller) -> None:
    values = {"name": "n" * 100, "address": "🌹" * 127 + "a", "phone": None, "memberId": None}
    assert caller.put("caibo", PATH, {**LEAST, **values}).status == 200
    record = caller.sandbox.record("caibo", "12345")
    assert record is not None
    assert {name: record[name] for name in values} == values


def test_what_the_service_owns_may_be_repeated_but_not_changed(caller: Caller) -> None:
    owned = {"id": 12345, "ownerId": 70, "ownerName": "Harbour Pay", "totalDeposits": 2739.36}
    assert caller.put("caibo", PATH, {**LEAST, **owned}).status == 200


@pytest.mark.parametrize(("identity", "status"), [("99", 404), ("abc", 400), ("9223372036854775808", 400)])
def test_an_id_that_does_not_exist_or_is_no_int64_is_a_problem(caller: Caller, identity: str, status: int) -> None:
    answer = caller.put("caibo", f"/customers/{identity}", LEAST)
    assert answer.status == answer.json()["status"] == status


@pytest.mark.parametrize(
    ("media_type", "status"),
    [("application/json; charset=utf-8", 200), ("text/json", 200), ("application/x+json", 200), ("text/plain", 415)],
)
def test_only_json_media_types_are_taken(caller: Caller, media_type: str, status: int) -> None:
    headers = {**authorization("caibo", caller.sandbox.credentials("caibo")), "Content-Type": media_type}
    assert caller.put("caibo", PATH, LEAST, headers).status == status
