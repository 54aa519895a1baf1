"""The control address: the same verbs in this process and from another."""

import http.client
import json
from decimal import Decimal
from typing import Any

import pytest

from providers.sandbox import Control, Misuse, Sandbox, Stopped
from tests.sandbox.client import Caller
from tests.sandbox.samples import SAMPLES

FLOWWISE = SAMPLES["flowwise"]


@pytest.fixture(params=["in this process", "over HTTP"])
def control(request: pytest.FixtureRequest, sandbox: Sandbox) -> Sandbox | Control:
    return sandbox if request.param == "in this process" else Control(sandbox.url + "/")


def test_records_are_seeded_read_edited_and_deleted(control: Sandbox | Control) -> None:
    assert control.seed("finosu", [{"id": "f-1", "firstName": "Ada", "doNotCall": True}]) == ["f-1"]
    assert control.record("finosu", "f-1") == {"id": "f-1", "firstName": "Ada", "doNotCall": True}
    control.edit("finosu", "f-1", {"firstName": "Eda", "city": None})
    assert control.record("finosu", "f-1") == {"id": "f-1", "firstName": "Eda", "doNotCall": True, "city": None}
    assert list(control.records("finosu"))[-1] == "f-1"
    control.delete("finosu", "f-1")
    assert control.record("finosu", "f-1") is None


def test_seeding_a_known_record_replaces_it(control: Sandbox | Control) -> None:
    control.seed("finosu", [{"id": "f-1", "firstName": "Ada"}])
    control.seed("finosu", [{"id": "f-1", "lastName": "Byron"}])
    assert control.record("finosu", "f-1") == {"id": "f-1", "lastName": "Byron"}


def test_numbers_are_told_as_text_with_their_digits(control: Sandbox | Control) -> None:
    values = {"campaignId": "c", "loan_id": "L", "loan_amount": Decimal("10.50"), "loan_period": 12}
    [name] = control.seed("timepay", [values])
    assert control.record("timepay", name) == {**values, "loan_amount": "10.50", "loan_period": "12"}


def test_an_edit_by_somebody_else_moves_the_providers_own_moment(control: Sandbox | Control) -> None:
    before = control.record("flowwise", FLOWWISE.external_id) or {}
    control.edit("flowwise", FLOWWISE.external_id, {"name": "P."})
    after = control.record("flowwise", FLOWWISE.external_id) or {}
    assert after["updated_on"] > before["updated_on"]


def test_the_ledger_can_be_asked_by_provider_and_from_an_entry_on(control: Sandbox | Control, caller: Caller) -> None:
    for slug in ("flowwise", "caibo", "flowwise"):
        caller.put(slug, SAMPLES[slug].target, SAMPLES[slug].document)
    everything = control.ledger()
    assert [entry["slug"] for entry in everything] == ["flowwise", "caibo", "flowwise"]
    assert control.ledger("flowwise") == [everything[0], everything[2]]
    assert control.ledger(after=everything[0]["id"]) == everything[1:]


def test_a_fault_set_by_control_is_met_by_the_next_request(control: Sandbox | Control, caller: Caller) -> None:
    control.fault("flowwise", "429", count=3, retry_after="9")
    answer = caller.put("flowwise", FLOWWISE.target, FLOWWISE.document)
    assert (answer.status, answer.headers["retry-after"]) == (429, "9")
    [waiting] = control.faults("flowwise")
    assert (waiting["kind"], waiting["remaining"]) == ("429", 2)


def test_an_entry_can_be_waited_for(control: Sandbox | Control, caller: Caller) -> None:
    caller.put("flowwise", FLOWWISE.target, FLOWWISE.document)
    assert control.await_ledger(lambda entry: entry["applied"], slug="flowwise")["status"] == 200
    with pytest.raises(TimeoutError):
        control.await_ledger(lambda entry: entry["status"] == 500, timeout=0.05)


def test_a_reset_forgets_everything_but_never_gives_a_number_twice(control: Sandbox | Control, caller: Caller) -> None:
    caller.put("flowwise", FLOWWISE.target, FLOWWISE.document)
    [first] = control.ledger()
    control.fault("flowwise", "5xx")
    control.configure("caibo", empty_answers=False)
    control.seed("finosu", [{"id": "f-1"}])
    control.reset(people=2)
    assert (control.ledger(), control.faults(), len(control.records("finosu"))) == ([], [], 2)
    assert caller.put("caibo", SAMPLES["caibo"].target, SAMPLES["caibo"].document).body == b""
    assert control.ledger()[0]["id"] > first["id"]


def test_a_setting_can_be_taken_back(control: Sandbox | Control, caller: Caller) -> None:
    control.configure("caibo", empty_answers=False)
    control.configure("caibo", empty_answers=None)
    assert caller.put("caibo", SAMPLES["caibo"].target, SAMPLES["caibo"].document).body == b""


def test_both_know_addresses_and_credentials(control: Sandbox | Control, sandbox: Sandbox) -> None:
    assert control.base_url("sqril") == f"{sandbox.url}/sqril"
    assert set(control.credentials("sqril")) == {"client_id", "client_secret"}
    assert set(control.credentials("timepay")) == {"token"}
    assert set(control.credentials("finosu")) == {"api_key"}
    assert set(control.credentials("caibo")) == {"api_key"}
    assert set(control.credentials("caibo", auth="bearer")) == {"token"}


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("record", ("nobody", "1")),
        ("base_url", ("nobody",)),
        ("seed", ("finosu", [{"firstName": "No id"}])),
        ("seed", ("finosu", [{"id": "1", "nick": "A"}])),
        ("seed", ("timepay", [{"campaignId": "c", "loan_id": "\ud800"}])),
        ("edit", ("finosu", "nobody", {})),
        ("edit", ("finosu", "cust_12345", {"nick": "A"})),
        ("delete", ("finosu", "nobody")),
        ("ledger", ("nobody",)),
    ],
)
def test_a_verb_that_makes_no_sense_is_refused_with_a_sentence(
    control: Sandbox | Control, verb: str, arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(Misuse, match=r"\.$"):
        getattr(control, verb)(*arguments)


@pytest.mark.parametrize("wanted", [{"colour": "red"}, {"auth": "fingerprint"}, {"task_types": ["a"]}])
def test_a_setting_that_a_provider_lacks_is_refused(control: Sandbox | Control, wanted: dict[str, Any]) -> None:
    with pytest.raises(Misuse):
        control.configure("caibo", **wanted)


def test_secrets_are_hidden_in_the_ledger_and_the_rest_is_kept(caller: Caller) -> None:
    for sample in SAMPLES.values():
        caller.put(sample.slug, sample.target, sample.document)
    ledger = caller.sandbox.ledger()
    assert "sandbox-" not in json.dumps([entry["headers"] for entry in ledger])
    hidden = {entry["slug"]: entry["headers"] for entry in ledger}
    assert hidden["timepay"]["authorization"] == "Bearer ••••••"
    assert hidden["sqril"]["authorization"] == "Basic ••••••"
    assert hidden["finosu"]["x-api-key"] == "••••••"
    assert hidden["flowwise"]["x-client-secret"] == "••••••"
    assert hidden["caibo"]["content-type"] == "application/json"


def test_a_body_that_is_no_json_is_kept_as_text(caller: Caller) -> None:
    caller.put("caibo", "/customers/12345", b"name=Casey")
    [entry] = caller.sandbox.ledger()
    assert entry["body"] == entry["text"] == "name=Casey"


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("GET", "/_sandbox/ledger?slug=caibo&after=0", None, 200),
        ("GET", "/_sandbox/about", None, 200),
        ("GET", "/_sandbox/record?slug=caibo&external_id=12345", None, 200),
        ("GET", "/_sandbox/nonsense", None, 400),
        ("GET", "/_sandbox/record?slug=caibo", None, 400),
        ("POST", "/_sandbox/seed", "[]", 400),
        ("POST", "/_sandbox/seed", "{", 400),
        ("POST", "/_sandbox/seed", '{"slug": "caibo", "records": 5}', 400),
    ],
)
def test_the_address_answers_json_to_anyone(
    sandbox: Sandbox, method: str, target: str, body: str | None, status: int
) -> None:
    assert _ask(sandbox, method, target, body)[0] == status


def test_a_web_page_cannot_use_the_control_address(sandbox: Sandbox) -> None:
    status, answer = _ask(sandbox, "POST", "/_sandbox/reset", "{}", {"Origin": "http://example.com"})
    assert (status, set(answer)) == (403, {"error"})


def test_control_says_when_nothing_answers() -> None:
    with Sandbox(people=1) as sandbox:
        control = Control(sandbox.url)
        assert control.ledger() == []
    with pytest.raises(Stopped):
        control.ledger()


def _ask(
    sandbox: Sandbox, method: str, target: str, body: str | None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(sandbox.url.removeprefix("http://"))
    try:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()
