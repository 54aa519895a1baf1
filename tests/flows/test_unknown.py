"""What nobody knows is resolved as far as the provider allows, within bounds, and otherwise by a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.db.models import F

from console.errors import StepNotPossible
from console.flows.claims import Claim
from console.flows.deliver import claim
from console.flows.import_customers import Row, import_customers
from console.flows.record import database_now
from console.flows.resolve import close, resume, try_again
from console.flows.send import send
from console.flows.settle import settle
from console.flows.sweep import sweep
from console.models import Change, Connection, Customer, Kind, Outcome, Status, Verdict, Wait
from providers.base import BadOptions
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import WISH, fresh, make_due, push, pushes, settle_time_passes, wish

pytestmark = pytest.mark.usefixtures("live_db")


@pytest.fixture(autouse=True)
def quick(settings: LazySettings) -> None:
    """Calls end within a second, so that a hanging provider doesn't hold up the tests."""
    settings.STEWARD_CALL_SECONDS = 1.0
    settings.STEWARD_LEASE_SECONDS = 5.0


def test_a_provider_that_never_answers_well_is_not_asked_for_ever(sandbox: Sandbox) -> None:
    customer = sample(connect("sqril", sandbox), sandbox)
    sandbox.fault("sqril", "5xx", count=100, status=500, applied=False, method="PUT")
    change = wish(customer, person("ed"))
    for _ in range(30):
        push(customer)
        if fresh(change).next_attempt_at:
            make_due(change)
    assert len(pushes(sandbox, "sqril")) <= 6
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)


def test_what_was_first_sent_long_ago_is_not_sent_again_by_itself(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = _unknown(customer, sandbox)
    _minutes_pass(change, 11)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)
    assert len(pushes(sandbox, "caibo")) == 1


def test_a_long_retry_after_does_not_stretch_the_ten_minutes(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = _unknown(customer, sandbox)
    sandbox.fault("caibo", "429", retry_after="900")
    make_due(change)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)


def test_a_short_retry_after_is_obeyed_while_nobody_knows(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = _unknown(customer, sandbox)
    sandbox.fault("caibo", "429", retry_after="120")
    make_due(change)
    push(customer)
    due = fresh(change).next_attempt_at
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.TRY_AGAIN)
    assert due - database_now() > timedelta(seconds=100)


def test_a_pause_does_not_stretch_the_ten_minutes(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = _unknown(customer, sandbox)
    sandbox.fault("caibo", "401")
    make_due(change)
    push(customer)
    assert fresh(customer.connection).is_paused
    _minutes_pass(change, 11)
    resume(customer.connection, by=person("ops"))
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)
    assert len(pushes(sandbox, "caibo")) == 2


def test_once_reading_is_switched_off_an_unknown_at_finosu_is_not_sent_again_by_itself(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    change = _unknown(customer, sandbox)
    Connection.objects.filter(pk=customer.connection_id).update(options={"loan_ids": "none", "read": "off"})
    make_due(change)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)
    assert len(pushes(sandbox, "finosu")) == 1


def test_an_unknown_whose_carried_values_are_others_by_now_stays_unknown(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox, send="held"), sandbox, address=...)
    change = _unknown(customer, sandbox)
    _learn_the_address(customer.connection)
    make_due(change)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)
    assert len(pushes(sandbox, "caibo")) == 1


def test_a_refusal_after_an_unknown_try_is_not_tried_again(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = _unknown(customer, sandbox)
    sandbox.fault("caibo", "refuse", field="phone", message="no")
    make_due(change)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)


def test_a_reading_back_obeys_retry_after(sandbox: Sandbox) -> None:
    customer = sample(connect("sqril", sandbox), sandbox)
    change = _unknown(customer, sandbox)
    sandbox.fault("sqril", "429", method="GET", retry_after="600")
    make_due(change)
    push(customer)
    due = fresh(change).next_attempt_at
    assert fresh(change).state is Status.UNKNOWN
    assert due - database_now() > timedelta(seconds=500)


def test_looks_that_reached_nobody_do_not_count(sandbox: Sandbox) -> None:
    customer = sample(connect("sqril", sandbox), sandbox)
    change = _unknown(customer, sandbox)
    for _ in range(8):
        _look(change, base_url="http://127.0.0.1:1")
        assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.READ_BACK)
    assert change.attempts.filter(kind=Kind.CHECK, outcome=Outcome.NOT_SENT).count() == 8
    _look(change, base_url=customer.connection.base_url)
    assert change.attempts.filter(kind=Kind.CHECK).latest("pk").outcome == Outcome.STILL_OLD
    assert fresh(change).state is Status.APPLIED  # sent again, since that does no harm here


def _look(change: Change, base_url: str) -> None:
    """Reads back at this address, whatever the circuit breaker thinks of it."""
    connection = Connection.objects.get(pk=change.connection_id)
    connection.base_url, connection.failures = base_url, 0
    connection.interrupted_at = connection.probe_at = None
    connection.save()
    make_due(change)
    push(change.customer)


def test_sending_again_after_an_unknown_takes_a_reason(sandbox: Sandbox) -> None:
    change = _unknown(sample(connect("caibo", sandbox), sandbox), sandbox)
    for reason in ("", "  "):
        with pytest.raises(StepNotPossible, match="how you know"):
            try_again(change.pk, by=person("ops"), reason=reason)
    assert fresh(change).state is Status.UNKNOWN


def test_what_a_worker_left_is_a_persons_when_the_settings_do_not_fit_any_more(sandbox: Sandbox) -> None:
    change = wish(sample(connect("finosu", sandbox), sandbox), person("ed"))
    claimed = claim(change.connection_id)
    assert isinstance(claimed, Claim)
    result = send(claimed)
    Connection.objects.filter(pk=change.connection_id).update(options={"loan_ids": "of another time"})
    with pytest.raises(BadOptions):
        settle(claimed, result)
    Change.objects.filter(pk=change.pk).update(lease_until=database_now() - timedelta(minutes=1))
    sweep()
    left = fresh(change)
    assert (left.state, left.wait, left.maybe_applied) == (Status.UNKNOWN, Wait.PERSON, True)
    assert "do not fit" in left.note


def test_what_a_reading_showed_as_not_applied_can_be_refused_when_a_person_sends_it_again(sandbox: Sandbox) -> None:
    customer, ops = sample(connect("finosu", sandbox), sandbox), person("ops")
    change = _unknown(customer, sandbox)
    make_due(change)
    push(customer)
    assert fresh(change).wait == Wait.PERSON
    try_again(change.pk, by=ops, reason="Their support saw nothing arrive")
    sandbox.fault("finosu", "refuse", field="firstName", message="no")
    push(customer)
    assert fresh(change).state is Status.REFUSED


@pytest.mark.parametrize("verdict", [Verdict.NOT_APPLIED, Verdict.NOT_KNOWN])
def test_when_a_person_finds_that_one_was_not_applied_the_next_wish_for_its_field_waits(
    verdict: Verdict, sandbox: Sandbox
) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    change = _unknown(customer, sandbox)
    later = wish(customer, person("jo"), {"firstName": "Marlene"})
    close(change.pk, by=person("ops"), verdict=verdict, reason="Finosu's support looked it up")
    assert (fresh(later).state, fresh(later).wait) == (Status.PROPOSED, Wait.AUTHOR)
    push(customer)
    assert len(pushes(sandbox, "finosu")) == 1


def test_when_a_person_finds_that_one_was_applied_the_next_wish_leaves_after_the_settle_time(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    change = _unknown(customer, sandbox, "apply-drop")
    later = wish(customer, person("jo"), {"firstName": "Marlene"})
    close(change.pk, by=person("ops"), verdict=Verdict.APPLIED, reason="Finosu's support looked it up")
    push(customer)
    assert (fresh(later).state, fresh(later).wait) == (Status.APPROVED, Wait.PROVIDER)
    settle_time_passes(change)
    make_due(later)
    push(customer)
    assert fresh(later).state is Status.APPLIED


def _unknown(customer: Customer, sandbox: Sandbox, kind: str = "drop") -> Change:
    """A change that was sent, with an answer that broke off."""
    slug = customer.connection.provider_slug
    sandbox.fault(slug, kind)
    change = wish(customer, person("ed"), WISH[slug])
    push(customer)
    assert fresh(change).state is Status.UNKNOWN
    return change


def _minutes_pass(change: Change, minutes: int) -> None:
    first = F("first_sent_at") - timedelta(minutes=minutes)
    Change.objects.filter(pk=change.pk).update(first_sent_at=first, next_attempt_at=database_now())


def _learn_the_address(connection: Connection) -> None:
    row = Row(2, {"external_id": "12345", "address": "1 High Street, London"})
    assert import_customers(connection, [row], as_of=database_now()).updated == 1
