"""Verifying: what fits is never called altered, however strange it is and whatever goes on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connection as database
from django.db import transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from console.flows.record import database_now, record
from console.flows.seal import ring, seal
from console.models import Checkpoint, Customer, Event, Installation, Leaf, Line, Origin
from console.verifying import Finding, Report, Wanted, kept_here, verify
from console.verifying.hashes import EVENTS, fits
from console.verifying.snapshot import Snapshot
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.databases import Database
from tests.flows.erasing import erased
from tests.flows.helpers import WISH, fresh, push, wish
from tests.flows.sealing import happen
from tests.lived import live, sign_in


def verified(**more: Any) -> Report:
    anchors = kept_here()
    return verify(Wanted([key.fingerprint for key in ring()], anchors, **more))


def places(findings: list[Finding]) -> list[str]:
    return [finding.place for finding in findings]


def test_a_history_of_real_flows_fits_down_to_every_row_beside_it(live_db: Database, sandbox: Sandbox) -> None:
    live(sandbox)
    report = verified()
    assert report.findings == []
    assert report.events == report.leaves == Event.objects.count() == Leaf.objects.count()
    assert report.checkpoints == Checkpoint.objects.count() == 4


# What a text in details may be: whatever a database keeps.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def test_whatever_details_and_texts_say_the_hash_is_recomputed_as_it_was_made(live_db: Database) -> None:
    @hypothesis_settings(max_examples=60, derandomize=True)
    @given(st.dictionaries(TEXTS, VALUES, max_size=4), TEXTS)
    def remember(details: dict[str, Any], request: str) -> None:
        number = Event.objects.filter(subject="installation:9").count() + 1
        event = Event(subject="installation:9", number=number, at=database_now(), verb='a\\b"c', origin=Origin.COMMAND)
        event.request_id, event.details, event.previous = request[:64], details, b""
        event.hash = event.computed_hash()
        event.save()

    remember()
    with Snapshot() as snapshot:
        rows = list(snapshot.copied(EVENTS))
    assert len(rows) >= 60
    assert [row for row in rows if not fits(row)] == []


def test_what_should_be_sealed_by_now_and_is_not_is_found(live_db: Database) -> None:
    happen(2)
    seal()
    event = happen(1)
    assert verified().findings == []
    report = verified(sealed_within=0)
    assert places(report.findings) == [f"event {event.subject}/{event.number}"]
    assert "was never sealed" in report.findings[0].sentence


def test_what_was_sealed_stays_proven_once_a_customer_was_erased(live_db: Database, sandbox: Sandbox) -> None:
    adi = sample(connect("sqril", sandbox), sandbox)
    wish(adi, person("ed"))
    push(adi)
    seal()
    erased(adi)
    seal()
    assert verified().findings == []


def test_a_value_of_our_copy_that_history_does_not_tell_of_is_found_where_it_is_asked_for(
    live_db: Database, sandbox: Sandbox
) -> None:
    customers = live(sandbox, rounds=2, sign_ins=4)
    erased(customers[0])
    seal()
    assert verified(values=True).findings == []
    adi = fresh(customers[-1])
    adi.values["address"] = "Somewhere else"
    adi.save(update_fields=["values"])
    assert verified().findings == []
    [finding] = verified(values=True).findings
    assert str(finding) == f"customer {adi.pk}: Our copy holds another address than its history tells of."
    Line.objects.filter(field="address", change__customer=adi).update(sealed_after=b"not what was asked")
    assert "Not everything of it can be opened." in str(verified(values=True).findings)


def test_it_cannot_write(live_db: Database) -> None:
    with Snapshot() as snapshot, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        list(snapshot.rows("SELECT nextval('console_event_id_seq')"))


def test_connections_of_one_snapshot_see_the_same_moment(live_db: Database) -> None:
    happen(1)
    with Snapshot() as snapshot:
        happen(1)
        with snapshot.beside() as other:
            [[count]] = other.rows("SELECT count(*) FROM console_event")
            [[seen]] = snapshot.rows("SELECT count(*) FROM console_event")
    assert (count, seen) == (Event.objects.count() - 1, Event.objects.count() - 1)


def test_an_event_that_is_still_being_written_is_no_gap(live_db: Database) -> None:
    happen(1)
    seal()
    with transaction.atomic():
        record(Installation.objects.get(), "audit.verified", by=None, origin=Origin.COMMAND)
        assert verified(sealed_within=0).findings == []
    seal()
    assert verified().findings == []


def test_no_false_alarm_while_people_work_workers_send_and_history_is_sealed(
    live_db: Database, sandbox: Sandbox
) -> None:
    customers = [sample(connect(slug, sandbox), sandbox) for slug in SLUGS]
    ended, reports = threading.Event(), list[Report]()

    def keep_sealing() -> None:
        while not ended.is_set():
            seal()

    with ThreadPoolExecutor(2) as threads:
        working = threads.submit(closing, lambda: work(customers))
        sealing = threads.submit(closing, keep_sealing)
        try:
            while not working.done():
                reports.append(verified())
        finally:
            ended.set()
        working.result()
        sealing.result()
    assert [report.findings for report in reports if report.findings] == []
    assert len(reports) > 5
    assert reports[-1].events > reports[0].events


def work(customers: list[Customer]) -> None:
    """Wishes that are sent, each of them back and forth, and people who sign in."""
    ed, ann = person("ed"), person("ann")
    for number in range(6):
        for customer in customers:
            [(field, value)] = WISH[customer.connection.provider_slug].items()
            wish(customer, ed, {field: customer.record[field] if number % 2 else value})
            push(customer)
        sign_in(10, ed, ann)


def closing(what: Callable[[], None]) -> None:
    """In a thread of its own, whose connection ends with it."""
    try:
        what()
    finally:
        database.close()
