"""Guards that the way of a change leans on without asking, each looked at by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from console.flows.circuit import halt
from console.flows.claims import Claim
from console.flows.deliver import NotNow, _claim_of, claim
from console.flows.pausing import pause
from console.flows.record import database_now
from console.flows.sweep import sweep
from console.models import Attempt, Change, Connection, Customer, Kind, Pause, Status, Wait
from providers.http import clock
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, make_due, push, pushes, wish
from tests.forcing import force

pytestmark = pytest.mark.usefixtures("live_db", "quick")


@pytest.mark.parametrize("other", [Status.SENDING, Status.UNKNOWN])
def test_the_database_lets_one_request_of_a_customer_be_in_flight(other: Status) -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    first, second = wish(customer, ed), wish(customer, ed, {"address": "2 Low Street"})
    for status in dict.fromkeys([Status.SENDING, other]):
        _put(first, status)
    with pytest.raises(IntegrityError, match="one_request_in_flight_per_customer"), transaction.atomic():
        _put(second, Status.SENDING)


@pytest.mark.parametrize("status", [Status.FAILED, Status.REFUSED])
def test_the_database_calls_nothing_failed_or_refused_that_may_have_been_applied(status: Status) -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    _put(change, Status.SENDING, maybe_applied=True)
    with pytest.raises(IntegrityError, match="failed_and_refused_were_not_applied"), transaction.atomic():
        _put(change, status)


@pytest.mark.parametrize("status", [Status.APPLIED, Status.FAILED, Status.UNKNOWN, Status.CLOSED])
def test_the_database_lets_no_step_be_skipped(status: Status) -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    with pytest.raises(IntegrityError, match="cannot go from approved"), transaction.atomic():
        _put(change, status)


def test_the_database_lets_no_epoch_come_again() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    Change.objects.filter(pk=change.pk).update(epoch=3)
    with pytest.raises(IntegrityError, match="past epochs"), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(epoch=2)


def test_the_database_lets_an_epoch_be_sent_once() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    about = {"change": change, "customer": change.customer, "connection": change.connection, "worker": "a"}
    Attempt.objects.create(**about, kind=Kind.PUSH, epoch=1)
    with pytest.raises(IntegrityError, match="one_push_per_epoch"), transaction.atomic():
        Attempt.objects.create(**about, kind=Kind.PUSH, epoch=1)


def test_nothing_is_sent_again_by_itself_once_something_else_was_written_in_between(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    sandbox.fault("caibo", "drop")
    change = wish(customer, ed)
    push(customer)
    other = wish(customer, ed, {"address": "2 Low Street"})
    Attempt.objects.create(change=other, customer=customer, connection=customer.connection, epoch=1, worker="a")
    make_due(change)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)
    assert len(pushes(sandbox, "caibo")) == 1


def test_what_was_put_off_since_it_was_found_due_is_not_claimed(sandbox: Sandbox) -> None:
    change = wish(sample(connect("caibo", sandbox), sandbox), person("ed"))
    Change.objects.filter(pk=change.pk).update(next_attempt_at=database_now() + timedelta(hours=1))
    with transaction.atomic():
        [customer] = Customer.objects.locked([change.customer_id])
        assert isinstance(_claim_of(customer, clock()), NotNow)
    assert fresh(change).state is Status.APPROVED


@pytest.mark.parametrize("slug", ["finosu", "sqril"])
def test_used_up_tries_of_what_a_person_sent_again_end_unknown_where_a_reading_could_tell(slug: str) -> None:
    connection = connect(slug)
    connection.base_url = "http://127.0.0.1:1"
    connection.save()
    change = wish(sample(connection), person("ed"))
    Change.objects.filter(pk=change.pk).update(maybe_applied=True, tries=5)
    push(change.customer)
    assert (fresh(change).state, fresh(change).maybe_applied) == (Status.UNKNOWN, True)


def test_a_call_that_may_still_be_on_its_way_is_not_given_up(sandbox: Sandbox) -> None:
    change = wish(sample(connect("caibo", sandbox), sandbox), person("ed"))
    assert isinstance(claim(change.connection_id), Claim)
    Change.objects.filter(pk=change.pk).update(lease_until=database_now() - timedelta(milliseconds=1))
    sweep()
    assert fresh(change).state is Status.SENDING


def test_a_connection_that_a_person_paused_keeps_its_pause() -> None:
    paused = pause(connect("caibo"), by=person("ops"), reason="Their maintenance")
    halt(paused, Pause.FORBIDDEN)
    assert (fresh(paused).pause, fresh(paused).pause_reason) == (Pause.BY_A_PERSON, "Their maintenance")


def test_interruptions_that_began_together_do_not_end_together() -> None:
    connection, began, pauses = connect("caibo"), database_now(), set[float]()
    for _ in range(12):
        Connection.objects.filter(pk=connection.pk).update(failures=4, interrupted_at=None, probe_at=None)
        Connection.objects.failed(connection.pk, began=began)
        pauses.add(round(Connection.objects.seconds_to_probe(connection.pk)))
    assert len(pauses) > 2


def _put(change: Change, status: Status, **more: object) -> None:
    force(change, status, lease_until=database_now(), verdict="not known", **more)
