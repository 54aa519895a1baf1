"""Every fault: what the client gets to see, and what the ledger and the record say truly happened."""

import gzip
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from providers.sandbox import Misuse, Sandbox
from providers.sandbox.faults import KINDS
from tests.sandbox.client import Caller, Told, told
from tests.sandbox.samples import SAMPLES, Sample

FLOWWISE = SAMPLES["flowwise"]
every_provider = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


@pytest.fixture
def connection(caller: Caller) -> Iterator[http.client.HTTPConnection]:
    connection = caller.connect()
    yield connection
    connection.close()


def put(caller: Caller, sample: Sample = FLOWWISE) -> Told:
    return caller.put(sample.slug, sample.target, sample.document)


def is_changed(sandbox: Sandbox, sample: Sample = FLOWWISE) -> bool:
    record = sandbox.record(sample.slug, sample.external_id) or {}
    return all(record[name] == value for name, value in sample.changed.items())


def assert_truth(sandbox: Sandbox, kind: str, *, status: int | None, applied: bool, sample: Sample = FLOWWISE) -> None:
    """The ledger's last entry says so, and the record agrees with it."""
    entry = sandbox.ledger(sample.slug)[-1]
    assert (entry["fault"], entry["status"], entry["applied"]) == (kind, status, applied)
    assert (entry["applied_at"] is not None) is applied
    assert is_changed(sandbox, sample) is applied


# Statuses


@every_provider
@pytest.mark.parametrize(
    ("kind", "status"),
    [("429", 429), ("425", 425), ("5xx", 500), ("408", 408), ("409", 409), ("401", 401), ("403", 403)],
)
def test_an_error_status_comes_in_the_providers_own_shape_and_applies_nothing(
    caller: Caller, sample: Sample, kind: str, status: int
) -> None:
    caller.sandbox.fault(sample.slug, kind)
    answer = put(caller, sample)
    assert answer.status == status
    assert isinstance(answer.json(), dict)
    assert_truth(caller.sandbox, kind, status=status, applied=False, sample=sample)


@every_provider
@pytest.mark.parametrize(("kind", "status"), [("5xx", 502), ("5xx", 503), ("408", 408), ("409", 409)])
def test_an_ambiguous_status_can_hide_that_the_change_was_applied(
    caller: Caller, sample: Sample, kind: str, status: int
) -> None:
    caller.sandbox.fault(sample.slug, kind, status=status, applied=True)
    assert put(caller, sample).status == status
    assert_truth(caller.sandbox, kind, status=status, applied=True, sample=sample)


def test_a_fault_cannot_apply_what_the_provider_would_refuse(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "5xx", applied=True)
    answer = caller.put("flowwise", FLOWWISE.target, {**FLOWWISE.document, "email": "nowhere"})
    assert answer.status == 500
    assert_truth(caller.sandbox, "5xx", status=500, applied=False)


@pytest.mark.parametrize("text", ["7", "Wed, 21 Oct 2026 07:28:00 GMT", "soon", "-1"])
def test_retry_after_leaves_as_it_was_given(caller: Caller, text: str) -> None:
    caller.sandbox.fault("flowwise", "429", retry_after=text)
    assert put(caller).headers["retry-after"] == text
    caller.sandbox.fault("flowwise", "429")
    assert "retry-after" not in put(caller).headers


def test_any_other_status_can_be_played_with_a_message(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "status", status=422, message="Not today")
    answer = put(caller)
    assert (answer.status, answer.json()["message"]) == (422, "Not today")
    assert_truth(caller.sandbox, "status", status=422, applied=False)


def test_a_refusal_names_the_field_as_each_provider_does(caller: Caller) -> None:
    told_by = {}
    for slug, sample in SAMPLES.items():
        caller.sandbox.fault(slug, "refuse", field="email", message="is on our block list")
        answer = put(caller, sample)
        assert answer.status == 400
        told_by[slug] = answer.json()
        assert_truth(caller.sandbox, "refuse", status=400, applied=False, sample=sample)
    assert told_by["timepay"]["errors"] == ["email is on our block list"]
    assert told_by["finosu"]["errors"] == {"email": ["is on our block list"]}
    assert told_by["caibo"]["errors"] == {"Email": ["is on our block list"]}
    assert told_by["flowwise"]["message"] == "is on our block list"
    assert told_by["sqril"]["details"] == {"immutable_fields": ["email"]}


# Answers that are not what they should be


@every_provider
@pytest.mark.parametrize("status", [404, 502])
@pytest.mark.parametrize("applied", [True, False])
def test_a_proxys_page(caller: Caller, sample: Sample, status: int, applied: bool) -> None:
    caller.sandbox.fault(sample.slug, "html", status=status, applied=applied)
    answer = put(caller, sample)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!doctype html>")
    assert_truth(caller.sandbox, "html", status=status, applied=applied, sample=sample)


def test_a_redirect(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "redirect", status=307, location="http://example.com/")
    answer = put(caller)
    assert (answer.status, answer.headers["location"]) == (307, "http://example.com/")
    assert_truth(caller.sandbox, "redirect", status=307, applied=False)


@every_provider
@pytest.mark.parametrize("applied", [True, False])
def test_malformed_json(caller: Caller, sample: Sample, applied: bool) -> None:
    caller.sandbox.fault(sample.slug, "malformed", applied=applied)
    answer = put(caller, sample)
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert_truth(caller.sandbox, "malformed", status=200, applied=applied, sample=sample)


@every_provider
def test_an_empty_body(caller: Caller, sample: Sample) -> None:
    caller.sandbox.fault(sample.slug, "empty")
    answer = put(caller, sample)
    assert (answer.status, answer.body) == (200, b"")
    assert_truth(caller.sandbox, "empty", status=200, applied=True, sample=sample)


def test_json_that_is_no_object(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "not-object", document=None)
    caller.sandbox.fault("flowwise", "not-object")
    assert put(caller).body == b"null"
    assert put(caller).json() == ["ok"]
    assert_truth(caller.sandbox, "not-object", status=200, applied=True)


def test_a_body_that_seems_never_to_end(caller: Caller, connection: http.client.HTTPConnection) -> None:
    caller.sandbox.fault("flowwise", "huge", size=3_000_000)
    caller.send(connection, "flowwise", FLOWWISE.target, FLOWWISE.document)
    response = connection.getresponse()
    assert response.getheader("content-length") is None
    assert len(response.read()) > 3_000_000
    assert_truth(caller.sandbox, "huge", status=200, applied=True)


def test_a_client_may_leave_a_huge_body_unread(caller: Caller, connection: http.client.HTTPConnection) -> None:
    caller.sandbox.fault("flowwise", "huge")
    caller.send(connection, "flowwise", FLOWWISE.target, FLOWWISE.document)
    connection.getresponse().close()
    connection.close()
    assert put(caller).status == 200


def test_a_compressed_answer(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "gzip")
    answer = put(caller)
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body))["customer_id"] == FLOWWISE.external_id
    assert_truth(caller.sandbox, "gzip", status=200, applied=True)


def test_a_body_that_inflates_to_many_times_its_length(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "gzip", padding=64 << 20)
    body = put(caller).body
    assert len(body) < 128 << 10
    inflated = gzip.decompress(body)
    assert len(inflated) > 64 << 20
    assert json.loads(inflated)["customer_id"] == FLOWWISE.external_id


def test_json_nested_deeper_than_a_reader_may_follow(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "deep")
    answer = put(caller)
    with pytest.raises(RecursionError):
        answer.json()
    assert_truth(caller.sandbox, "deep", status=200, applied=True)


@every_provider
def test_text_that_no_database_takes(caller: Caller, sample: Sample) -> None:
    caller.sandbox.fault(sample.slug, "nul")
    assert put(caller, sample).json()["remark"] == "\0\ud800"
    assert_truth(caller.sandbox, "nul", status=200, applied=True, sample=sample)


def test_nul_can_stand_in_a_chosen_field(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "nul", field="name")
    assert put(caller).json()["name"] == "Priya Sharma\0\ud800"


def test_an_echo_of_the_record_as_it_was(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "wrong-echo")
    assert put(caller).json()["email"] == "priya.sharma@example.com"
    assert_truth(caller.sandbox, "wrong-echo", status=200, applied=True)


def test_an_echo_of_another_value_that_may_also_be_the_one_kept(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "wrong-echo", values={"name": "PRIYA SHARMA"})
    caller.sandbox.fault("flowwise", "wrong-echo", values={"name": "PRIYA S."}, kept=True)
    assert put(caller).json()["name"] == "PRIYA SHARMA"
    assert (caller.sandbox.record("flowwise", FLOWWISE.external_id) or {})["name"] == "Priya Sharma"
    assert put(caller).json()["name"] == "PRIYA S."
    assert (caller.sandbox.record("flowwise", FLOWWISE.external_id) or {})["name"] == "PRIYA S."


def test_a_wrong_echo_has_nothing_to_say_to_a_refused_update(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "wrong-echo")
    assert caller.put("flowwise", FLOWWISE.target, {}).status == 400


# Answers that come late, in part, or never


def test_a_slow_answer_is_applied_long_before_it_comes(caller: Caller, connection: http.client.HTTPConnection) -> None:
    caller.sandbox.fault("flowwise", "slow", seconds=0.3)
    start = time.monotonic()
    caller.send(connection, "flowwise", FLOWWISE.target, FLOWWISE.document)
    caller.sandbox.await_ledger(lambda entry: entry["applied"])
    assert told(connection).status == 200
    assert time.monotonic() - start >= 0.3
    assert_truth(caller.sandbox, "slow", status=200, applied=True)


@pytest.mark.parametrize("part", ["all", "body"])
def test_a_dripping_answer_is_right_in_the_end(
    caller: Caller, connection: http.client.HTTPConnection, part: str
) -> None:
    caller.sandbox.fault("flowwise", "drip", interval=0.01, size=100, part=part)
    start = time.monotonic()
    caller.send(connection, "flowwise", FLOWWISE.target, FLOWWISE.document)
    assert told(connection).json()["customer_id"] == FLOWWISE.external_id
    assert time.monotonic() - start > 0.03
    assert_truth(caller.sandbox, "drip", status=200, applied=True)


@every_provider
@pytest.mark.parametrize(("kind", "applied"), [("hang-before", False), ("apply-hang", True)])
def test_a_hanging_provider_says_nothing_and_the_ledger_knows_what_it_did(
    caller: Caller, sample: Sample, kind: str, applied: bool
) -> None:
    caller.sandbox.fault(sample.slug, kind)
    connection = caller.connect(timeout=0.05)
    caller.send(connection, sample.slug, sample.target, sample.document)
    caller.sandbox.await_ledger(lambda entry: entry["fault"] == kind)
    with pytest.raises(TimeoutError):
        connection.getresponse()
    connection.close()
    assert_truth(caller.sandbox, kind, status=None, applied=applied, sample=sample)


def test_a_hang_ends_when_the_client_leaves(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "hang-before")
    before = set(threading.enumerate())
    connection = caller.connect()
    caller.send(connection, "flowwise", FLOWWISE.target, FLOWWISE.document)
    caller.sandbox.await_ledger(lambda entry: entry["fault"] == "hang-before")
    hanging = set(threading.enumerate()) - before
    connection.close()
    assert hanging
    for thread in hanging:
        thread.join(timeout=5)
        assert not thread.is_alive()


def test_a_hang_can_have_an_end_without_an_answer(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "apply-hang", seconds=0.05)
    with pytest.raises(http.client.RemoteDisconnected):
        put(caller)


@every_provider
@pytest.mark.parametrize(("kind", "applied"), [("drop", False), ("apply-drop", True)])
@pytest.mark.parametrize("reset", [False, True])
def test_a_dropped_connection(caller: Caller, sample: Sample, kind: str, applied: bool, reset: bool) -> None:
    caller.sandbox.fault(sample.slug, kind, reset=reset)
    with pytest.raises(ConnectionResetError) as raised:
        put(caller, sample)
    assert isinstance(raised.value, http.client.RemoteDisconnected) is not reset
    assert_truth(caller.sandbox, kind, status=None, applied=applied, sample=sample)


def test_an_answer_that_breaks_off_in_the_middle(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "apply-drop", sent=200)
    with pytest.raises(http.client.IncompleteRead):
        put(caller)
    assert_truth(caller.sandbox, "apply-drop", status=None, applied=True)


def test_a_change_can_be_applied_after_its_sender_gave_up(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "late-apply", seconds=0.5)
    connection = caller.connect()
    caller.send(connection, "flowwise", FLOWWISE.target, FLOWWISE.document)
    caller.sandbox.await_ledger(lambda entry: entry["fault"] == "late-apply")
    connection.close()
    assert_truth(caller.sandbox, "late-apply", status=None, applied=False)
    caller.sandbox.await_ledger(lambda entry: entry["applied"])
    assert_truth(caller.sandbox, "late-apply", status=None, applied=True)


def test_a_late_change_keeps_what_was_written_meanwhile(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "late-apply", seconds=0.3)
    connection = caller.connect()
    caller.send(
        connection, "flowwise", FLOWWISE.target, {"customer_id": FLOWWISE.external_id, "scope": "PROJECT", "name": "P"}
    )
    caller.sandbox.await_ledger(lambda entry: entry["fault"] == "late-apply")
    caller.sandbox.edit("flowwise", FLOWWISE.external_id, {"address": "Elsewhere"})
    caller.sandbox.await_ledger(lambda entry: entry["applied"])
    connection.close()
    record = caller.sandbox.record("flowwise", FLOWWISE.external_id) or {}
    assert (record["name"], record["address"]) == ("P", "Elsewhere")


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("hang-before", {}),
        ("apply-hang", {}),
        ("slow", {"seconds": 60}),
        ("drip", {"interval": 60}),
        ("late-apply", {"seconds": 60}),
        ("huge", {"size": 1 << 40}),
    ],
)
def test_stopping_ends_what_hangs_at_once(kind: str, parameters: dict[str, Any]) -> None:
    with Sandbox(people=1) as sandbox:
        caller = Caller(sandbox)
        sandbox.fault("flowwise", kind, **parameters)
        connection = caller.connect()
        caller.send(connection, "flowwise", FLOWWISE.target, FLOWWISE.document)
        sandbox.await_ledger(lambda entry: entry["fault"] == kind)
        start = time.monotonic()
    assert time.monotonic() - start < 5
    connection.close()


# Somebody else


@every_provider
def test_somebody_else_edits_just_before_the_update(caller: Caller, sample: Sample) -> None:
    name = {"timepay": "first_name", "finosu": "lastName", "sqril": "name_last", "caibo": "memberId"}.get(
        sample.slug, "status"
    )
    caller.sandbox.fault(sample.slug, "edit-between", values={name: "Meanwhile"})
    assert put(caller, sample).status == 200
    assert (caller.sandbox.record(sample.slug, sample.external_id) or {})[name] == "Meanwhile"
    assert_truth(caller.sandbox, "edit-between", status=200, applied=True, sample=sample)


def test_somebody_else_edits_just_after_a_read(caller: Caller) -> None:
    caller.sandbox.fault("sqril", "edit-between", method="GET", values={"address": "Meanwhile"})
    target = "/checkCustomer?customer_id=CUS-ID-40000"
    assert caller.get("sqril", target).json()["address"] != "Meanwhile"
    assert caller.get("sqril", target).json()["address"] == "Meanwhile"


# Which requests are spoilt


def test_a_fault_spoils_as_many_requests_as_told_and_then_is_over(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "5xx", count=2)
    assert [put(caller).status for _ in range(3)] == [500, 500, 200]
    assert caller.sandbox.faults() == []


def test_faults_come_in_the_order_they_were_set(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "5xx")
    caller.sandbox.fault("flowwise", "409")
    assert [put(caller).status for _ in range(3)] == [500, 409, 200]


def test_a_fault_can_let_requests_pass_first(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "5xx", skip=2)
    assert [put(caller).status for _ in range(4)] == [200, 200, 500, 200]


def test_a_fault_meets_one_provider_one_method_and_if_told_one_record(caller: Caller) -> None:
    caller.sandbox.fault("sqril", "5xx", method="GET")
    caller.sandbox.fault("finosu", "5xx", method="*")
    caller.sandbox.fault("flowwise", "5xx", external_id="somebody-else")
    assert put(caller, SAMPLES["sqril"]).status == 200
    assert caller.get("sqril", "/checkCustomer?customer_id=CUS-ID-40000").status == 500
    assert caller.get("finosu", SAMPLES["finosu"].target).status == 500
    assert put(caller).status == 200
    assert [fault["slug"] for fault in caller.sandbox.faults()] == ["flowwise"]


def test_faults_can_be_taken_back(caller: Caller) -> None:
    caller.sandbox.fault("flowwise", "5xx")
    caller.sandbox.fault("sqril", "5xx")
    caller.sandbox.clear_faults("flowwise")
    assert [fault["slug"] for fault in caller.sandbox.faults()] == ["sqril"]
    caller.sandbox.clear_faults()
    assert caller.sandbox.faults() == []


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("nonsense", {}),
        ("slow", {"colour": "red"}),
        ("slow", {"seconds": "long"}),
        ("slow", {"skip": -1}),
        ("5xx", {"count": 0}),
        ("refuse", {}),
        ("status", {}),
        ("edit-between", {"values": {"no_such_field": 1}}),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_when_it_is_set(
    sandbox: Sandbox, kind: str, parameters: dict[str, Any]
) -> None:
    with pytest.raises(Misuse):
        sandbox.fault("flowwise", kind, **parameters)
    assert sandbox.faults() == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_fault_brings_the_sandbox_down(caller: Caller, kind: str) -> None:
    needed: dict[str, dict[str, Any]] = {
        "status": {"status": 418},
        "refuse": {"field": "", "message": "No"},
        "edit-between": {"values": {}},
    }
    parameters = needed.get(kind, {}) | ({"interval": 0.0, "size": 500} if kind == "drip" else {})
    for slug, sample in SAMPLES.items():
        caller.sandbox.fault(slug, kind, **parameters)
        connection = caller.connect(timeout=0.5)
        caller.send(connection, slug, "/nowhere" if kind == "huge" else sample.target, {"any": "thing"})
        caller.sandbox.await_ledger(bool, slug=slug)
        _hang_up(connection)
        assert put(caller, sample).status == 200


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock:
        connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
