"""The page on which an auditor sees how far history is signed, and takes a checkpoint home."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db import connection as database
from django.test import Client

from console.flows.record import database_now
from console.flows.seal import ring, seal
from console.models import Checkpoint, Event
from console.proof.notes import opened
from tests.cast import connect, person, sample
from tests.flows.sealing import forget, happen
from tests.views.pages import text_of

pytestmark = pytest.mark.django_db

PROOF, CHECKPOINT = "/audit/proof/", "/audit/proof/checkpoint/"


@pytest.fixture
def rae() -> Client:
    """Rae, signed in, before anything was sealed."""
    forget()
    client = Client()
    client.force_login(person("rae"))
    return client


def read(client: Client) -> str:
    answer = client.get(PROOF)
    assert answer.status_code == 200
    return text_of(answer)


def test_before_anything_is_sealed_the_page_says_what_to_do(rae: Client) -> None:
    assert "Nothing is sealed yet" in read(rae)
    assert rae.get(CHECKPOINT).status_code == 404


def test_rae_sees_what_was_signed_last_by_which_key_and_what_is_not_sealed_yet(rae: Client) -> None:
    sample(connect("caibo"))
    happen(1)
    count = seal()
    happen(2)
    text, last = read(rae), Checkpoint.objects.get()
    key = ring().first
    assert key
    for told in (f"{count} events", bytes(last.root).hex(), key.fingerprint[:4], "2 , the oldest for 0 s"):
        assert told in text
    assert "Late" not in text


def test_rae_takes_the_checkpoint_home_as_it_was_signed(rae: Client) -> None:
    happen(2)
    seal()
    happen(2)
    seal()
    first, last = Checkpoint.objects.order_by("size")
    answer = rae.get(CHECKPOINT)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="steward-checkpoint-{last.size}.txt"'
    assert opened(answer.text, ring()).size == last.size
    assert f"{CHECKPOINT}?size={first.size}" in rae.get(PROOF).text
    assert rae.get(CHECKPOINT, {"size": first.size}).text == first.note


@pytest.mark.parametrize("size", ["9", "-1", "x", "²", "9" * 40])
def test_a_checkpoint_that_there_is_not_is_not_found(rae: Client, size: str) -> None:
    happen(1)
    seal()
    assert rae.get(CHECKPOINT, {"size": size}).status_code == 404


def test_an_event_that_waits_for_more_than_a_minute_is_told(rae: Client) -> None:
    seal()
    ago = database_now() - timedelta(seconds=200)
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO console_event (subject, number, at, verb, origin, request_id, details, previous, hash)"
            " VALUES ('elsewhere:1', 1, %s, 'audit.verified', 'command', '', '{}', '', '')",
            [ago],
        )
    text = read(rae)
    assert "Sealing is late. An event has waited for 3 min 20 s" in text


def test_a_refusal_is_told_with_its_reason_and_the_host(rae: Client, settings: LazySettings) -> None:
    happen(3)
    seal()
    details = {"why": "behind", "kept": 1200, "found": 3, "host": "worker-1"}
    event = happen(1)
    Event.objects.bulk_create(
        [
            Event(
                subject="installation:1",
                number=event.number + 1,
                at=event.at,
                verb="installation.seal_refused",
                origin="worker",
                details=details,
                previous=b"",
                hash=b"",
            )
        ]
    )
    text = read(rae)
    assert "Nothing is sealed any more." in text
    assert "The database holds 3 sealed events, though 1,200 were signed before" in text
    assert "worker-1" in text


def test_whoever_does_not_read_the_audit_is_told_why_and_whom_to_ask() -> None:
    person("max")
    client = Client()
    client.force_login(person("ed"))
    for url in (PROOF, CHECKPOINT):
        answer = client.get(url)
        assert answer.status_code == 403
        assert "Reviewer" in answer.text or "reviewer" in answer.text


def test_the_page_takes_as_many_queries_with_one_checkpoint_as_with_twenty(rae: Client) -> None:
    from tests.views.counting import queries

    happen(1)
    seal()
    few = queries(rae, PROOF)
    for _ in range(20):
        happen(1)
        seal()
    assert queries(rae, PROOF) == few
