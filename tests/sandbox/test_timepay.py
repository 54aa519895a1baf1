"""TimePay's rules and error bodies."""

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.client import Caller

PATH = "/api/v1/customers/update"
LOAN = {"campaignId": "camp_abc123", "loan_id": "LOAN-2025-00123"}
NAME = "camp_abc123/loan:LOAN-2025-00123"


def test_the_answer_names_the_record_and_carries_no_values(caller: Caller) -> None:
    body = {"campaignId": "camp_abc123", "loan_id": "loan_12345", "data": {"first_name": "Asha"}}
    answer = caller.put("timepay", PATH, body).json()
    assert answer["success"] is True
    assert answer["message"]
    assert answer["data"] == {"id": "loan_12345", "result": "updated"}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({**LOAN}, "data"),
        ({**LOAN, "data": {}}, "data"),
        ({**LOAN, "data": ["paid"]}, "data"),
        ({"loan_id": "LOAN-2025-00123", "data": {"first_name": "A"}}, "campaignId"),
        ({"campaignId": "camp_abc123", "data": {"first_name": "A"}}, "loan_id and lead_id"),
        ({"campaignId": "camp_abc123", "loan_id": 123, "data": {"first_name": "A"}}, "loan_id"),
        ({**LOAN, "data": {"loan_id": "LOAN-1"}}, "loan_id"),
        ({**LOAN, "first_name": "A", "data": {"first_name": "A"}}, "first_name"),
        ({**LOAN, "data": {"first_name": " "}}, "first_name"),
        ({**LOAN, "data": {"last_name": None}}, "last_name"),
        ({**LOAN, "data": {"phone_number": "call me"}}, "phone_number"),
        ({**LOAN, "data": {"language": "klingon"}}, "language"),
        ({**LOAN, "data": {"language": None}}, "language"),
        ({**LOAN, "data": {"loan_amount": "1500.50"}}, "loan_amount"),
        ({**LOAN, "data": {"loan_period": 12.5}}, "loan_period"),
        ({**LOAN, "data": {"loan_period": True}}, "loan_period"),
        ({**LOAN, "data": {"emi_due_date": "31/12/2025"}}, "emi_due_date"),
        ({**LOAN, "data": {"emi_due_date": "2025-02-30"}}, "emi_due_date"),
        ({**LOAN, "data": {"branch": {"name": "Pune"}}}, "branch"),
    ],
)
def test_what_breaks_a_rule_is_told_in_a_list_of_errors(caller: Caller, document: dict[str, Any], words: str) -> None:
    answer = caller.put("timepay", PATH, document)
    assert answer.status == 400
    assert answer.json()["success"] is False
    assert answer.json()["message"]
    assert words in " ".join(answer.json()["errors"])


def test_a_foreign_campaign_is_forbidden(caller: Caller) -> None:
    answer = caller.put("timepay", PATH, {**LOAN, "campaignId": "camp_theirs", "data": {"first_name": "A"}})
    assert answer.status == 403
    assert set(answer.json()) == {"success", "message"}


@pytest.mark.parametrize("loan_id", ["LOAN-9", "\ud800"])
def test_a_record_that_the_campaign_lacks_is_not_found(caller: Caller, loan_id: str) -> None:
    answer = caller.put("timepay", PATH, {**LOAN, "loan_id": loan_id, "data": {"first_name": "A"}})
    assert answer.status == 404
    assert answer.json()["success"] is False


def test_the_last_record_of_a_campaign_can_go_and_the_campaign_stays_known(caller: Caller) -> None:
    [name] = caller.sandbox.seed("timepay", [{"campaignId": "camp/one", "lead_id": "L 1", "first_name": "A"}])
    assert name == "camp%2Fone/lead:L%201"
    caller.sandbox.delete("timepay", name)
    body = {"campaignId": "camp/one", "lead_id": "L 1", "data": {"first_name": "B"}}
    assert caller.put("timepay", PATH, body).status == 404


def test_a_record_with_both_ids_is_found_by_either_but_not_by_a_wrong_pair(caller: Caller) -> None:
    [name] = caller.sandbox.seed("timepay", [{"campaignId": "c", "loan_id": "A", "lead_id": "B", "first_name": "A"}])
    data = {"data": {"first_name": "Found"}}
    assert caller.put("timepay", PATH, {"campaignId": "c", "lead_id": "B", **data}).status == 200
    assert caller.put("timepay", PATH, {"campaignId": "c", "loan_id": "A", "lead_id": "B", **data}).status == 200
    assert caller.put("timepay", PATH, {"campaignId": "c", "loan_id": "A", "lead_id": "X", **data}).status == 404
    assert [entry["external_id"] for entry in caller.sandbox.ledger()] == [name] * 3


@pytest.mark.parametrize("digits", ["1500.50", "0.10", "99999999999999999.99", "7"])
def test_money_keeps_the_digits_it_was_sent_with(caller: Caller, digits: str) -> None:
    body = f'{{"campaignId":"camp_abc123","loan_id":"LOAN-2025-00123","data":{{"emi_amount":{digits}}}}}'
    assert caller.put("timepay", PATH, body.encode()).status == 200
    record = caller.sandbox.record("timepay", NAME)
    assert record is not None
    assert record["emi_amount"] == digits
    [entry] = caller.sandbox.ledger()
    assert entry["text"] == body
    assert str(entry["body"]["data"]["emi_amount"]) == str(Decimal(digits))


def test_keys_that_are_not_sent_stay_and_an_optional_one_can_be_emptied(caller: Caller) -> None:
    before = caller.sandbox.record("timepay", NAME)
    data = {"language": "", "branch": "Pune", "score": 7}
    assert caller.put("timepay", PATH, {**LOAN, "data": data}).status == 200
    assert caller.sandbox.record("timepay", NAME) == {**(before or {}), "language": None, "branch": "Pune", "score": 7}
