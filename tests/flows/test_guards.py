"""What keeps two workers, or a worker and a person, out of each other's way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from console.flows.decide import confirm
from console.flows.deliver import NotNow, claim
from console.flows.record import database_now, record
from console.flows.send import send
from console.flows.settle import Claim, lose, settle
from console.flows.sweep import sweep
from console.models import Change, Customer, Event, Origin, Status
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, make_due, push, side_by_side, wish
from tests.forcing import force

pytestmark = pytest.mark.usefixtures("live_db")


def test_the_answer_to_an_older_try_does_not_end_a_newer_one(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    older = claim(customer.connection_id)
    assert isinstance(older, Claim)
    Change.objects.filter(pk=change.pk).update(lease_until=database_now() - timedelta(seconds=60))
    sweep()
    make_due(change)
    newer = claim(customer.connection_id)
    assert isinstance(newer, Claim)
    assert settle(older, send(older)) is None
    assert (fresh(change).state, fresh(change).epoch) == (Status.SENDING, newer.epoch)


def test_a_request_whose_lease_lasts_is_not_given_up(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    assert isinstance(claim(customer.connection_id), Claim)
    assert lose(change.pk) is None
    assert fresh(change).state is Status.SENDING


def test_a_customer_that_somebody_holds_is_passed_over_and_looked_at_again(sandbox: Sandbox) -> None:
    caibo, ed = connect("caibo", sandbox), person("ed")
    held, free = (wish(sample(caibo, sandbox, id=number), ed) for number in ("1", "2"))
    outcomes: list[Claim | NotNow | None] = []
    with transaction.atomic():
        Customer.objects.locked([held.customer_id])
        for _ in range(2):
            side_by_side(lambda: outcomes.append(claim(caibo.pk)))
    first, second = outcomes
    assert isinstance(first, Claim)
    assert first.change_id == free.pk
    assert isinstance(second, NotNow)
    assert isinstance(claim(caibo.pk), Claim)


def test_two_events_of_one_connection_at_once_are_two_links_of_its_chain() -> None:
    caibo = connect("caibo")

    def look() -> None:
        for _ in range(20):
            with transaction.atomic():
                record(caibo, "connection.looked_at", by=None, origin=Origin.COMMAND)

    side_by_side(look, look)
    assert sorted(Event.objects.values_list("number", flat=True)) == list(range(1, 41))


def test_a_confirmed_change_goes_to_the_end_of_the_line(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    held = wish(customer, ed)
    Change.objects.filter(pk=held.pk).update(approved_at=database_now() - timedelta(days=8))
    push(customer)
    later = wish(customer, ed, {"address": "2 Low Street"})
    confirm(held.pk, by=ed)
    assert (fresh(held).approved_place or 0) > (fresh(later).approved_place or 0)


def test_a_confirmed_change_is_tried_anew_as_often_as_any_other(sandbox: Sandbox) -> None:
    customer, ed = sample(connect("caibo", sandbox), sandbox), person("ed")
    held = wish(customer, ed)
    Change.objects.filter(pk=held.pk).update(approved_at=database_now() - timedelta(days=8), tries=6)
    push(customer)
    confirm(held.pk, by=ed)
    sandbox.fault("caibo", "429", retry_after="60")
    push(customer)
    assert (fresh(held).state, fresh(held).tries) == (Status.APPROVED, 1)


def test_what_is_closed_carries_a_verdict_in_the_database_too(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    sandbox.fault("caibo", "409")
    push(customer)
    assert fresh(change).state is Status.CONFLICT
    with pytest.raises(IntegrityError, match="closed_carries_a_verdict"), transaction.atomic():
        force(change, Status.CLOSED)
