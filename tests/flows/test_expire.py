"""Requests that nobody decided on in time end, and never as approved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from console.flows import expire as expiring
from console.flows import review
from console.flows.expire import expire
from console.flows.propose import withdraw
from console.flows.record import database_now
from console.flows.sweep import sweep
from console.models import About, Change, Customer, Event, Notice, Origin, Status, Wait
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.deciding import approve, policy, seen
from tests.flows.helpers import fresh, push, side_by_side, wish

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"}


@pytest.fixture
def adi(db: None) -> Customer:
    policy("KYC fields", "occupation", "address")
    return sample(connect("sqril"))


def time_passes(change: Change) -> None:
    """Lets its last moment to decide be over."""
    Change.objects.filter(pk=change.pk).update(expires_at=database_now())


def test_invariant_20_a_request_that_nobody_decided_on_ends_and_its_author_is_told(adi: Customer) -> None:
    ed, ann = person("ed"), person("ann")
    change = wish(adi, ed, WISHES)
    review.claim(change.pk, by=ann)
    approve(change, ann, "occupation")
    time_passes(change)
    assert expire() == 1
    ended = fresh(change)
    assert (ended.state, ended.wait, ended.expires_at, ended.claimed_by) == (Status.EXPIRED, Wait.NOTHING, None, None)
    assert ended.approved_place is None
    event = Event.objects.get(verb="change.expired")
    assert (event.actor, event.origin) == (None, Origin.WORKER)
    assert [(notice.user, notice.about, notice.by) for notice in Notice.objects.all()] == [(ed, About.EXPIRED, None)]
    assert push(adi) == 0
    assert wish(adi, ed, WISHES).wait == Wait.DECISION


def test_a_request_lasts_as_long_as_the_shortest_policy_says(adi: Customer) -> None:
    policy("Quick ones", "address", hours=2)
    change = wish(adi, person("ed"), WISHES)
    assert change.expires_at
    assert timedelta(hours=1.9) < change.expires_at - database_now() <= timedelta(hours=2)
    assert expire() == 0


def test_a_returned_request_ends_as_well_and_gave_its_author_time(adi: Customer) -> None:
    change = wish(adi, person("ed"), WISHES)
    Change.objects.filter(pk=change.pk).update(expires_at=F("expires_at") - timedelta(hours=71, minutes=59))
    review.return_to_author(change.pk, by=person("ann"), reason="Which Thamrin?")
    assert expire() == 0
    Change.objects.filter(pk=change.pk).update(expires_at=database_now())
    assert expire() == 1
    assert fresh(change).state is Status.EXPIRED


def test_what_may_have_been_applied_does_not_expire_but_waits_for_its_author(adi: Customer) -> None:
    change = wish(adi, person("ed"), WISHES)
    Change.objects.filter(pk=change.pk).update(expires_at=database_now(), maybe_applied=True)
    assert (expire(), expire()) == (1, 0)
    after = fresh(change)
    assert (after.state, after.wait, after.expires_at) == (Status.PROPOSED, Wait.AUTHOR, None)
    assert Notice.objects.filter(user=change.requester, about=About.EXPIRED).exists()


def test_what_was_decided_meanwhile_does_not_expire(adi: Customer) -> None:
    """It was found over, then somebody else was faster."""
    change, other = wish(adi, person("ed"), {"occupation": "OCC10"}), wish(adi, person("jo"), {"address": "Jl. A 1"})
    time_passes(change)
    time_passes(other)
    [first, second] = expiring._over()
    withdraw(first, by=change.requester)
    Change.objects.filter(pk=second).update(expires_at=database_now() + timedelta(hours=1))
    assert (expiring._end(first), expiring._end(second)) == (False, False)
    assert [fresh(change).state, fresh(other).state] == [Status.WITHDRAWN, Status.PROPOSED]


def test_what_does_not_wait_for_a_decision_never_expires(adi: Customer) -> None:
    change = wish(adi, person("ed"), {"phone": "+6281299887766"})
    assert (change.state, change.expires_at) == (Status.APPROVED, None)
    approved = approve(wish(adi, person("ed"), WISHES), person("ann"))
    assert (approved.state, approved.expires_at) == (Status.APPROVED, None)
    assert expire() == 0


def test_the_sweep_ends_what_is_over(live_db: Database) -> None:
    policy("KYC fields", "occupation", "address")
    change = wish(sample(connect("sqril")), person("ed"), WISHES)
    time_passes(change)
    sweep()
    assert fresh(change).state is Status.EXPIRED


def test_two_sweeps_at_once_end_it_once(live_db: Database) -> None:
    policy("KYC fields", "occupation", "address")
    change = wish(sample(connect("sqril")), person("ed"), WISHES)
    time_passes(change)
    ended: list[int] = []
    side_by_side(*[lambda: ended.append(expire())] * 4)
    assert sum(ended) == 1
    assert Event.objects.filter(verb="change.expired").count() == 1
    assert Notice.objects.count() == 1


def test_an_approval_that_came_in_time_stands(adi: Customer) -> None:
    change, ann = wish(adi, person("ed"), WISHES), person("ann")
    shown = seen(change)
    Change.objects.filter(pk=change.pk).update(expires_at=database_now() + timedelta(minutes=1))
    assert review.approve(change.pk, by=ann, seen=shown).state is Status.APPROVED
    assert expire() == 0
