"""SQRIL's rules and error bodies."""

from typing import Any

import pytest

from tests.sandbox.client import Caller
from tests.sandbox.samples import SAMPLES

PATH = "/updateCustomer?customer_id=CUS-ID-40000"
ALL_FOUR = SAMPLES["sqril"].document


def test_the_answer_is_the_whole_profile_with_a_moved_moment(caller: Caller) -> None:
    before = caller.get("sqril", "/checkCustomer?customer_id=CUS-ID-40000").json()
    answer = caller.put("sqril", PATH, ALL_FOUR).json()
    assert len(answer) == 17
    assert answer == {**before, **ALL_FOUR, "updated_at": answer["updated_at"]}
    assert answer["updated_at"] > before["updated_at"]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"name_first": "Jon"}, ["name_first"]),
        ({"name_first": "Jon", "name_last": "S"}, ["name_first", "name_last"]),
        ({"customer_id": "other"}, ["customer_id"]),
        ({"updated_at": "2025-01-01T00:00:00Z"}, ["updated_at"]),
        ({"gender": "FEMALE"}, ["gender"]),
        ({"ic_type": "PP", "dob": "1990-01-01"}, ["ic_type", "dob"]),
    ],
)
def test_what_cannot_change_is_named(caller: Caller, values: dict[str, Any], named: list[str]) -> None:
    answer = caller.put("sqril", PATH, {**ALL_FOUR, **values})
    assert answer.status == 400
    assert set(answer.json()) == {"error_code", "error_message", "details"}
    assert answer.json()["details"] == {"immutable_fields": named}


@pytest.mark.parametrize("missing", ["email", "phone", "occupation", "address"])
@pytest.mark.parametrize("how", ["absent", None, "", " "])
def test_all_four_values_are_required(caller: Caller, missing: str, how: str | None) -> None:
    body = {name: value for name, value in ALL_FOUR.items() if name != missing}
    answer = caller.put("sqril", PATH, body if how == "absent" else {**body, missing: how})
    assert answer.status == 400
    assert missing in answer.json()["error_message"]
    assert "details" not in answer.json()


@pytest.mark.parametrize("values", [{"occupation": "OCC12"}, {"email": "x"}, {"phone": "12"}, {"hobby": "chess"}])
def test_a_value_that_is_not_valid_is_refused(caller: Caller, values: dict[str, Any]) -> None:
    answer = caller.put("sqril", PATH, {**ALL_FOUR, **values})
    assert (answer.status, answer.json()["error_code"]) == (400, "VALIDATION_ERROR")


def test_gender_can_change_in_peru_and_what_is_configured_elsewhere(caller: Caller) -> None:
    caller.sandbox.edit("sqril", "CUS-ID-40000", {"country_of_residence": "PE"})
    assert caller.put("sqril", PATH, {**ALL_FOUR, "gender": "FEMALE"}).json()["gender"] == "FEMALE"
    caller.sandbox.configure("sqril", editable=["ic_type"])
    assert caller.put("sqril", PATH, {**ALL_FOUR, "ic_type": "XX"}).status == 400
    assert caller.put("sqril", PATH, {**ALL_FOUR, "ic_type": "WEP"}).json()["ic_type"] == "WEP"


def test_without_credentials_authentication_is_required(caller: Caller) -> None:
    answer = caller.put("sqril", PATH, ALL_FOUR, {})
    assert (answer.status, answer.json()["error_code"]) == (401, "AUTHENTICATION_REQUIRED")


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?customer_id=", 400), ("?customer_id=nobody", 404)])
def test_the_customer_id_must_be_in_the_query_and_exist(caller: Caller, query: str, status: int) -> None:
    answer = caller.put("sqril", f"/updateCustomer{query}", ALL_FOUR)
    assert answer.status == status
    assert {"error_code", "error_message"} <= set(answer.json())
