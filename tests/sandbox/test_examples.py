"""The sample updates of the five documentation pages, and what all five APIs share."""

import socket
from collections.abc import Mapping

import pytest

from tests.sandbox.client import Caller
from tests.sandbox.samples import SAMPLES, Sample

every_provider = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)


@every_provider
def test_the_documented_update_is_accepted_and_kept(caller: Caller, sample: Sample) -> None:
    before = caller.sandbox.record(sample.slug, sample.external_id)
    answer = caller.put(sample.slug, sample.target, sample.document)
    after = caller.sandbox.record(sample.slug, sample.external_id)
    assert answer.status == 200
    assert before is not None
    assert after is not None
    moved = {name for name in after if after[name] != before.get(name)} - {"updated_on", "updated_at"}
    assert moved <= set(sample.document) | set(sample.changed)
    assert {name: after[name] for name in sample.changed} == sample.changed


@every_provider
def test_an_update_is_noted_in_the_ledger_with_its_body(caller: Caller, sample: Sample) -> None:
    caller.put(sample.slug, sample.target, sample.document)
    [entry] = caller.sandbox.ledger()
    assert (entry["slug"], entry["external_id"], entry["path"]) == (sample.slug, sample.external_id, sample.target)
    assert (entry["method"], entry["status"], entry["applied"], entry["fault"]) == ("PUT", 200, True, None)
    assert entry["body"] == sample.document
    assert entry["at"] <= entry["applied_at"]


@every_provider
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong", "X-API-Key": "wrong", "x-client-id": "wrong", "x-client-secret": "wrong"},
        {"Authorization": "Basic !"},
        {"Authorization": "Basic d3Jvbmc6d3Jvbmc="},
    ],
)
def test_a_stranger_is_refused_and_changes_nothing(caller: Caller, sample: Sample, headers: Mapping[str, str]) -> None:
    before = caller.sandbox.record(sample.slug, sample.external_id)
    answer = caller.put(sample.slug, sample.target, sample.document, headers)
    assert answer.status == 401
    assert answer.json()
    assert caller.sandbox.record(sample.slug, sample.external_id) == before
    assert [entry["applied"] for entry in caller.sandbox.ledger()] == [False]


@every_provider
def test_a_path_that_is_not_the_providers_gets_a_page_not_an_api_answer(caller: Caller, sample: Sample) -> None:
    answer = caller.put(sample.slug, "/v2/nowhere", sample.document)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("text/html")


@every_provider
def test_a_method_that_is_not_offered_is_refused(caller: Caller, sample: Sample) -> None:
    answer = caller.call("PATCH", sample.slug, sample.target, sample.document)
    assert answer.status == 405
    assert "PUT" in answer.headers["allow"]


@every_provider
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 200_000, b'{"id": NaN}'])
def test_a_body_that_is_no_object_is_refused_in_the_providers_words(
    caller: Caller, sample: Sample, body: bytes
) -> None:
    answer = caller.put(sample.slug, sample.target, body)
    assert answer.status == 400
    assert isinstance(answer.json(), dict)
    assert not caller.sandbox.ledger()[0]["applied"]


@every_provider
def test_text_that_cannot_be_stored_is_refused(caller: Caller, sample: Sample) -> None:
    name = {"timepay": "data"}.get(sample.slug, "address" if sample.slug != "finosu" else "city")
    for text in ("a\0b", "\ud800"):
        value = {"first_name": text} if name == "data" else text
        assert caller.put(sample.slug, sample.target, {**sample.document, name: value}).status == 400


@every_provider
def test_a_connection_setting_of_path_or_scheme_can_be_played(caller: Caller, sample: Sample) -> None:
    caller.sandbox.configure(sample.slug, path="/other/{id}", auth="bearer")
    token = caller.sandbox.credentials(sample.slug, "bearer")["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    target = f"/other/{sample.external_id.rpartition('/')[2]}?{sample.target.partition('?')[2]}"
    assert caller.put(sample.slug, target, sample.document, headers).status == 200
    assert caller.put(sample.slug, sample.target, sample.document, headers).status == (
        405 if sample.slug == "finosu" else 404
    )


def test_one_connection_serves_many_requests(caller: Caller) -> None:
    connection = caller.connect()
    sample = SAMPLES["caibo"]
    try:
        for _ in range(3):
            caller.send(connection, "caibo", sample.target, sample.document)
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"")
    finally:
        connection.close()
    assert len(caller.sandbox.ledger("caibo")) == 3


@pytest.mark.parametrize("target", ["/", "/nobody/customers/1", "/timepayy/api"])
def test_an_address_of_no_provider_is_not_found(caller: Caller, target: str) -> None:
    assert caller.call("GET", target[1:].partition("/")[0], "", headers={}).status == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Transfer-Encoding": "chunked"}, 411), ({"Content-Length": "99999999"}, 413), ({"Content-Length": "-1"}, 400)],
)
def test_a_request_whose_length_makes_no_sense_is_turned_away(
    caller: Caller, headers: Mapping[str, str], status: int
) -> None:
    connection = caller.connect()
    try:
        connection.putrequest("PUT", "/caibo/customers/12345")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
    finally:
        connection.close()


def test_a_request_that_breaks_off_is_neither_judged_nor_noted(caller: Caller) -> None:
    connection = caller.connect()
    connection.putrequest("PUT", "/caibo/customers/12345")
    connection.putheader("Content-Length", "1000")
    connection.endheaders(b'{"name": "Half a')
    assert connection.sock
    connection.sock.shutdown(socket.SHUT_WR)
    assert connection.sock.recv(1) == b""
    connection.close()
    assert caller.sandbox.ledger() == []
