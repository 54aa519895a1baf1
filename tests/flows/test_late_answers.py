"""A provider that applies late, or that somebody else wrote to: nothing is silently overwritten, nothing misjudged."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings

from console.flows.claims import Claim
from console.flows.deliver import claim
from console.flows.record import database_now
from console.flows.refresh import refresh
from console.flows.resolve import close, try_again
from console.flows.send import send
from console.flows.settle import lose, settle
from console.models import Attempt, Change, Confirmation, Connection, Customer, Outcome, Status, Verdict, Wait
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import WISH, fresh, make_due, push, pushes, settle_time_passes, wish
from tests.processes import wait_for

pytestmark = pytest.mark.usefixtures("live_db", "quick")

LATE = 0.8
STAMP = "2026-01-31T08:00:00.000Z"


@pytest.mark.parametrize("slug", ["caibo", "flowwise", "sqril", "timepay"])
def test_a_provider_that_applies_late_does_not_overwrite_what_was_wished_after(
    slug: str, sandbox: Sandbox, settings: LazySettings
) -> None:
    settings.STEWARD_SETTLE_SECONDS = 2.0
    settings.STEWARD_CALL_SECONDS = 0.5
    [field] = WISH[slug]
    customer = sample(connect(slug, sandbox), sandbox, **({"payment_status": "pending"} if slug == "timepay" else {}))
    sandbox.fault(slug, "late-apply", seconds=LATE, method="PUT")
    first = wish(customer, person("ed"))
    push(customer)
    assert fresh(first).state is Status.UNKNOWN
    newer = {"timepay": "partial", "caibo": "+441632960000"}.get(slug, "The very latest")
    second = wish(customer, person("jo"), {field: newer})
    wait_for(lambda: _goes_on(customer) and fresh(second).state.is_final)
    assert (fresh(first).state, fresh(second).state) == (Status.APPLIED, Status.APPLIED)
    sandbox.await_ledger(lambda entry: entry["fault"] == "late-apply" and entry["applied"])
    assert (sandbox.record(slug, customer.external_id) or {})[field] == newer
    assert fresh(customer).record[field] == newer


def test_at_finosu_a_late_success_is_found_by_the_look_after_it(sandbox: Sandbox, settings: LazySettings) -> None:
    settings.STEWARD_SETTLE_SECONDS = 3.0
    customer = sample(connect("finosu", sandbox), sandbox)
    sandbox.fault("finosu", "late-apply", seconds=LATE, method="PUT")
    change = wish(customer, person("ed"))
    push(customer)
    wait_for(lambda: _goes_on(customer) and fresh(change).state.is_final)
    assert (fresh(change).state, fresh(change).confirmation) == (Status.APPLIED, Confirmation.READ)
    assert len(pushes(sandbox, "finosu")) == 1


@pytest.mark.parametrize("slug", ["finosu", "sqril"])
def test_an_early_look_that_finds_the_old_values_proves_nothing(slug: str, sandbox: Sandbox) -> None:
    change = _unknown(sample(connect(slug, sandbox), sandbox), sandbox, "drop")
    _come_due(change)
    push(change.customer)
    looked = fresh(change)
    assert looked.attempts.last().outcome == Outcome.STILL_OLD
    assert (looked.state, looked.wait, looked.maybe_applied) == (Status.UNKNOWN, Wait.READ_BACK, True)
    assert database_now() < looked.next_attempt_at <= _settled(change)
    assert len(pushes(sandbox, slug)) == 1


def test_an_early_look_that_finds_our_values_confirms_at_once(sandbox: Sandbox) -> None:
    change = _unknown(sample(connect("finosu", sandbox), sandbox), sandbox, "apply-drop")
    _come_due(change)
    push(change.customer)
    assert (fresh(change).state, fresh(change).confirmation) == (Status.APPLIED, Confirmation.READ)


def test_an_early_look_that_finds_something_else_is_not_yet_a_conflict(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    change = _unknown(customer, sandbox, "drop")
    sandbox.edit("finosu", customer.external_id, {"firstName": "Somebody else's"})
    _come_due(change)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.READ_BACK)
    make_due(change)
    push(customer)
    assert fresh(change).state is Status.CONFLICT


@pytest.mark.parametrize("slug", ["timepay", "caibo", "flowwise"])
def test_what_cannot_be_read_is_not_sent_again_before_the_settle_time(slug: str, sandbox: Sandbox) -> None:
    change = _unknown(sample(connect(slug, sandbox), sandbox), sandbox, "drop")
    assert fresh(change).next_attempt_at >= _settled(change)
    _come_due(change)
    push(change.customer)
    assert fresh(change).state is Status.UNKNOWN
    assert fresh(change).next_attempt_at == _settled(change)
    assert len(pushes(sandbox, slug)) == 1


def test_what_a_person_sends_again_waits_for_the_settle_time_too(sandbox: Sandbox) -> None:
    change = _unknown(sample(connect("caibo", sandbox), sandbox), sandbox, "drop")
    try_again(change.pk, by=person("ops"), reason="Their support saw nothing arrive")
    push(change.customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.APPROVED, Wait.PROVIDER)
    assert len(pushes(sandbox, "caibo")) == 1
    make_due(change)
    push(change.customer)
    assert fresh(change).state is Status.APPLIED


def test_what_is_saved_after_a_person_closed_an_unknown_waits_for_the_settle_time_too(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = _unknown(customer, sandbox, "drop")
    close(change.pk, by=person("ops"), verdict=Verdict.NOT_APPLIED, reason="Their support saw nothing arrive")
    later = wish(customer, person("jo"), {"phone": "+441632960000"})
    push(customer)
    assert (fresh(later).state, fresh(later).wait) == (Status.APPROVED, Wait.PROVIDER)
    settle_time_passes(change)
    make_due(later)
    push(customer)
    assert fresh(later).state is Status.APPLIED


def test_old_values_with_another_stamp_go_to_a_person(sandbox: Sandbox) -> None:
    customer = sample(connect("sqril", sandbox), sandbox, updated_at=STAMP)
    change = _unknown(customer, sandbox, "apply-drop")
    sandbox.edit("sqril", customer.external_id, {"address": customer.record["address"]})
    make_due(change)
    push(customer)
    left = fresh(change)
    assert (left.state, left.wait, left.maybe_applied) == (Status.UNKNOWN, Wait.PERSON, True)
    assert "somebody wrote to the record" in left.note
    assert len(pushes(sandbox, "sqril")) == 1


def test_old_values_with_another_stamp_go_to_a_person_also_when_somebody_looked_before(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("sqril", sandbox), sandbox, updated_at=STAMP), person("ed")
    change = _unknown(customer, sandbox, "apply-drop")
    sandbox.edit("sqril", customer.external_id, {"address": customer.record["address"]})
    refresh(fresh(customer), by=ed)
    make_due(change)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)
    assert len(pushes(sandbox, "sqril")) == 1


def test_old_values_with_the_same_stamp_were_not_applied(sandbox: Sandbox) -> None:
    change = _unknown(sample(connect("sqril", sandbox), sandbox, updated_at=STAMP), sandbox, "drop")
    make_due(change)
    push(change.customer)
    assert fresh(change).state is Status.APPLIED
    assert [entry["applied"] for entry in pushes(sandbox, "sqril")] == [False, True]


def test_invariant_8_a_reading_by_a_worker_that_was_away_changes_nothing(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    change = _unknown(customer, sandbox, "drop")
    make_due(change)
    old = _claimed(customer)
    what_it_saw = send(old)
    sandbox.edit("finosu", customer.external_id, WISH["finosu"])
    make_due(change)
    newer = _claimed(customer)
    assert settle(old, what_it_saw) is None
    assert Attempt.objects.get(pk=old.attempt_id).late
    assert fresh(change).wait == Wait.READ_BACK
    settle(newer, send(newer))
    assert fresh(change).state is Status.APPLIED


def test_invariant_7_a_lost_worker_leaves_an_unknown_that_waits_for_the_settle_time(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    _claimed(customer)
    Change.objects.filter(pk=change.pk).update(lease_until=database_now() - timedelta(seconds=2))
    assert lose(change.pk)
    assert fresh(change).state is Status.UNKNOWN
    assert fresh(change).next_attempt_at >= _settled(change)


@pytest.mark.parametrize("slug", ["finosu", "sqril"])
def test_a_customer_that_is_gone_at_the_look_is_marked_and_left_to_a_person(slug: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    change = _unknown(customer, sandbox, "drop")
    sandbox.delete(slug, customer.external_id)
    _come_due(change)
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)
    assert fresh(customer).is_gone
    assert [event.verb for event in fresh(customer).events.filter(verb="customer.gone")] == ["customer.gone"]


def test_invariant_11_a_look_takes_a_slot_as_long_as_it_is_out(sandbox: Sandbox) -> None:
    connection = connect("sqril", sandbox)
    Connection.objects.filter(pk=connection.pk).update(slots=1)
    first, second = (sample(connection, sandbox, customer_id=name) for name in ("cus_1", "cus_2"))
    change = _unknown(first, sandbox, "drop")
    make_due(change)
    looking = _claimed(first)
    assert fresh(change).lease_until > database_now()
    waiting = wish(second, person("jo"))
    assert claim(connection.pk) is None
    settle(looking, send(looking))
    assert fresh(change).lease_until is None
    push(second)
    assert fresh(waiting).state is Status.APPLIED


def test_a_look_whose_lease_is_over_takes_no_slot(sandbox: Sandbox) -> None:
    connection = connect("sqril", sandbox)
    Connection.objects.filter(pk=connection.pk).update(slots=1)
    first, second = (sample(connection, sandbox, customer_id=name) for name in ("cus_1", "cus_2"))
    change = _unknown(first, sandbox, "drop")
    make_due(change)
    _claimed(first)
    Change.objects.filter(pk=change.pk).update(lease_until=database_now() - timedelta(seconds=1))
    wish(second, person("jo"))
    assert _claimed(second).customer_id == second.pk


def _unknown(customer: Customer, sandbox: Sandbox, kind: str) -> Change:
    slug = customer.connection.provider_slug
    sandbox.fault(slug, kind, method="PUT")
    change = wish(customer, person("ed"), WISH[slug])
    push(customer)
    assert fresh(change).state is Status.UNKNOWN
    return change


def _claimed(customer: Customer) -> Claim:
    claimed = claim(customer.connection_id)
    assert isinstance(claimed, Claim)
    return claimed


def _come_due(change: Change) -> None:
    """The next moment comes, the settle time does not pass."""
    Change.objects.filter(pk=change.pk).update(next_attempt_at=database_now())


def _settled(change: Change) -> datetime:
    attempt = change.attempts.filter(kind="push").latest("pk")
    return (attempt.ended_at or attempt.started_at + timedelta(seconds=5)) + timedelta(seconds=30)


def _goes_on(customer: Customer) -> bool:
    push(customer)
    return True
