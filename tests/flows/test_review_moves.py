"""Deciding while the ground moves: values at the provider, policies, roles, fields and keys."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from console.errors import DecidedAlready, KeyMissing, NotPermitted, SeenOtherwise, StepNotPossible
from console.flows import review
from console.flows.decide import confirm, decide
from console.flows.expire import expire
from console.flows.record import database_now
from console.models import (
    About,
    Change,
    Connection,
    Customer,
    Decision,
    Event,
    Grant,
    Known,
    Line,
    LineState,
    Notice,
    Origin,
    Status,
    Wait,
)
from console.models.judging import APPROVAL_LASTS
from tests.cast import connect, person, sample
from tests.deciding import approve, no_policies, policy, reject, reword, seen
from tests.flows.helpers import fresh, wish
from tests.forcing import force

pytestmark = pytest.mark.django_db

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}


@pytest.fixture
def adi() -> Customer:
    return sample(connect("sqril"))


def moves(customer: Customer, **values: Any) -> None:
    """Lets the provider be found to hold something else."""
    with transaction.atomic():
        [locked] = Customer.objects.locked([customer.pk])
        locked.learn(values, how=Known.READ, at=database_now())
        locked.save_learnt()


def judge_again(change: Change) -> Change:
    """What a change of the policies leads to."""
    with transaction.atomic():
        return decide(change.locked(), by=person("max"), origin=Origin.PAGE)


def states(change: Change) -> dict[str, LineState]:
    return {line.field: line.state for line in change.lines.all()}


def test_a_value_that_moved_before_it_was_approved_is_approved_as_it_is_now(adi: Customer) -> None:
    policy("KYC fields", "occupation")
    change, ann = wish(adi, person("ed"), {"occupation": "OCC10"}), person("ann")
    shown_before = seen(change)
    moves(adi, occupation="OCC7")
    with pytest.raises(SeenOtherwise, match="Occupation is not what was on your page"):
        review.approve(change.pk, by=ann, seen=shown_before)
    assert approve(change, ann).state is Status.APPROVED
    assert Event.objects.get(verb="decision.approved").details["kept though moved"] == ["occupation"]
    line = Line.objects.select_related("change__customer__connection").get()
    assert (line.before, line.after) == ("OCC7", "OCC10")


def test_a_value_that_moved_between_two_approvals_asks_the_first_person_anew_about_that_line_alone(
    adi: Customer,
) -> None:
    policy("KYC fields", "occupation", "address", approvals=2)
    change = wish(adi, person("ed"), {"occupation": "OCC10", "address": WISHES["address"]})
    ann, sam = person("ann"), person("sam")
    approve(change, ann)
    moves(adi, occupation="OCC7")
    approve(change, sam)
    assert states(change) == {"occupation": LineState.OPEN, "address": LineState.APPROVED}
    with pytest.raises(DecidedAlready):
        approve(change, sam)
    assert approve(change, ann).state is Status.APPROVED
    assert Decision.objects.filter(by=ann, line__field="address").count() == 1


def test_who_approved_before_it_moved_may_approve_it_as_it_is_now(adi: Customer) -> None:
    policy("KYC fields", "occupation", approvals=2)
    change, ann = wish(adi, person("ed"), {"occupation": "OCC10"}), person("ann")
    approve(change, ann)
    moves(adi, occupation="OCC7")
    approve(change, ann)
    assert approve(change, person("sam")).state is Status.APPROVED


def test_a_value_that_is_written_otherwise_but_the_same_asks_nobody_anew() -> None:
    ann_whitfield = sample(connect("caibo"))
    policy("Numbers", "phone", approvals=2)
    change = wish(ann_whitfield, person("ed"), {"phone": "+441632960961"})
    approve(change, person("ann"))
    moves(ann_whitfield, phone="+44 20 7946 0958")
    assert approve(change, person("sam")).state is Status.APPROVED


def test_a_value_that_moved_and_needs_nobodys_approval_sends_the_change_to_its_author(adi: Customer) -> None:
    policy("KYC fields", "occupation")
    ed, ann = person("ed"), person("ann")
    change = wish(adi, ed, {"occupation": "OCC10", "phone": WISHES["phone"]})
    review.claim(change.pk, by=ann)
    moves(adi, phone="+62811111111")
    held = approve(change, ann)
    assert (held.state, held.wait, held.expires_at, held.claimed_by) == (Status.PROPOSED, Wait.AUTHOR, None, None)
    assert held.note.startswith("Another value than when this was asked: Phone.")
    assert Notice.objects.get(user=ed).about == About.MOVED
    with pytest.raises(StepNotPossible, match="waits for its author"):
        approve(change, person("sam"))
    assert confirm(change.pk, by=ed).state is Status.APPROVED


def test_who_approves_all_does_not_answer_for_the_author_about_what_moved(adi: Customer) -> None:
    policy("KYC fields", "occupation")
    change = wish(adi, person("ed"), {"occupation": "OCC10", "phone": WISHES["phone"]})
    moves(adi, phone="+62811111111")
    assert approve(change, person("ann"), "occupation", "phone").wait == Wait.AUTHOR


def test_a_value_that_moved_is_rejected_as_it_was_seen(adi: Customer) -> None:
    policy("KYC fields", "occupation", "address")
    change = wish(adi, person("ed"), WISHES)
    moves(adi, address="Jl. Sudirman 1, Jakarta")
    reject(change, person("ann"), "address")
    decision = Decision.objects.select_related("line").get()
    assert bytes(decision.digest) == bytes(decision.line.digest)
    assert states(change)["address"] is LineState.REJECTED


def test_what_the_author_confirms_is_asked_anew_where_it_moved_and_only_there(adi: Customer) -> None:
    policy("KYC fields", "occupation", "address")
    ed, ann = person("ed"), person("ann")
    change = wish(adi, ed, WISHES)
    approve(change, ann, "occupation", "address")
    nothing = dict.fromkeys(("approved_place", "approved_at", "next_attempt_at"))
    force(change, Status.PROPOSED, wait=Wait.AUTHOR, **nothing)
    moves(adi, address="Jl. Sudirman 1, Jakarta")
    again = confirm(change.pk, by=ed)
    assert (again.state, again.wait) == (Status.PROPOSED, Wait.DECISION)
    assert again.expires_at
    assert states(change) == {
        "occupation": LineState.APPROVED,
        "address": LineState.OPEN,
        "phone": LineState.APPROVED,
    }
    assert approve(change, ann).state is Status.APPROVED


def test_an_approval_that_is_too_old_counts_no_longer(adi: Customer) -> None:
    policy("KYC fields", "occupation", approvals=2, hours=24 * 30)
    change = wish(adi, person("ed"), {"occupation": "OCC10"})
    line = change.lines.get()
    Decision.objects.create(
        change=change,
        line=line,
        by=person("ann"),
        act="approve",
        digest=line.digest,
        at=database_now() - APPROVAL_LASTS - timedelta(minutes=1),
    )
    assert approve(change, person("sam")).state is Status.PROPOSED


def test_who_approved_too_long_ago_approves_once_more(adi: Customer) -> None:
    policy("KYC fields", "occupation", hours=24 * 30)
    change = wish(adi, person("ed"), {"occupation": "OCC10"})
    line, ann = change.lines.get(), person("ann")
    then = database_now() - APPROVAL_LASTS - timedelta(minutes=1)
    Decision.objects.create(change=change, line=line, by=ann, act="approve", digest=line.digest, at=then)
    assert approve(change, ann).state is Status.APPROVED


def test_a_value_that_moved_away_and_back_is_approved_by_the_same_person(adi: Customer) -> None:
    policy("KYC fields", "occupation", approvals=2)
    change = wish(adi, person("ed"), {"occupation": "OCC10"})
    ann, sam = person("ann"), person("sam")
    approve(change, ann)
    moves(adi, occupation="OCC7")
    approve(change, sam)
    moves(adi, occupation="OCC4")
    approve(change, ann)
    assert approve(change, sam).state is Status.APPROVED


def test_a_policy_that_asks_for_more_meanwhile_takes_a_second_person(adi: Customer) -> None:
    policy("KYC fields", "occupation", "address")
    change, ann = wish(adi, person("ed"), {"occupation": "OCC10", "address": WISHES["address"]}), person("ann")
    approve(change, ann, "occupation")
    policy("Where they work", "occupation", approvals=2)
    assert approve(change, ann, "address").state is Status.PROPOSED
    assert states(change) == {"occupation": LineState.OPEN, "address": LineState.APPROVED}
    assert approve(change, person("sam"), "occupation").state is Status.APPROVED


def test_a_policy_that_asks_for_less_lets_it_go_and_its_author_is_told(adi: Customer) -> None:
    twice = policy("KYC fields", "occupation", approvals=2)
    ed = person("ed")
    change = wish(adi, ed, {"occupation": "OCC10"})
    approve(change, person("ann"))
    reword(twice, approvals=1)
    assert judge_again(change).state is Status.APPROVED
    assert [notice.about for notice in Notice.objects.filter(user=ed)] == [About.APPROVED]


def test_without_any_policy_one_approval_is_needed(adi: Customer) -> None:
    no_policies()
    change = wish(adi, person("ed"), {"phone": WISHES["phone"]})
    assert change.wait == Wait.DECISION
    assert approve(change, person("ann")).state is Status.APPROVED


@pytest.mark.parametrize("how", ["role", "account"])
def test_who_may_decide_no_longer_has_not_approved_while_it_is_open(adi: Customer, how: str) -> None:
    policy("KYC fields", "occupation", approvals=2)
    change, ann, sam = wish(adi, person("ed"), {"occupation": "OCC10"}), person("ann"), person("sam")
    shown = seen(change)
    approve(change, ann)
    if how == "role":
        Grant.objects.filter(user=ann).delete()
    else:
        type(ann).objects.filter(pk=ann.pk).update(is_active=False)
    assert approve(change, sam).state is Status.PROPOSED
    with pytest.raises(NotPermitted):
        review.approve(change.pk, by=fresh(ann), seen=shown)


def test_a_field_that_the_connection_has_no_longer_is_rejected_or_returned_but_not_approved() -> None:
    asha = sample(connect("timepay", fields="city:text"))
    policy("All", "city", "payment_status")
    change, ann = wish(asha, person("ed"), {"city": "Pune", "payment_status": "paid"}), person("ann")
    Connection.objects.filter(pk=asha.connection_id).update(options={})
    city = {"city": bytes(change.lines.get(field="city").digest).hex()}
    with pytest.raises(StepNotPossible, match="no field city any more"):
        review.approve(change.pk, by=ann, seen=city)
    approve(change, ann, "payment_status")
    assert review.reject(change.pk, by=ann, seen=city, reason="No such field").state is Status.APPROVED


def test_a_field_that_the_connection_has_no_longer_goes_back_to_its_author() -> None:
    asha = sample(connect("timepay", fields="city:text"))
    policy("All", "city")
    change = wish(asha, person("ed"), {"city": "Pune"})
    Connection.objects.filter(pk=asha.connection_id).update(options={})
    assert review.return_to_author(change.pk, by=person("ann"), reason="No such field").state is Status.RETURNED


def test_what_cannot_be_opened_is_decided_by_nobody_and_expires(adi: Customer) -> None:
    policy("KYC fields", "occupation")
    change, ann = wish(adi, person("ed"), {"occupation": "OCC10"}), person("ann")
    shown = seen(change)
    Customer.objects.filter(pk=adi.pk).update(wrapped_key=None)
    with pytest.raises(KeyMissing):
        review.approve(change.pk, by=ann, seen=shown)
    with pytest.raises(KeyMissing):
        review.reject(change.pk, by=ann, seen=shown, reason="No")
    Change.objects.filter(pk=change.pk).update(expires_at=database_now())
    assert expire() == 1


def test_a_line_that_was_altered_before_it_was_approved_is_approved_by_nobody(adi: Customer) -> None:
    policy("KYC fields", "occupation")
    change, ann = wish(adi, person("ed"), {"occupation": "OCC10"}), person("ann")
    Line.objects.filter(change=change).update(sealed_after=adi.key.seal("line after", "occupation", "OCC1"))
    with pytest.raises(StepNotPossible, match="would not be sent as it was saved"):
        approve(change, ann)
    moves(adi, occupation="OCC7")
    with pytest.raises(StepNotPossible, match="would not be sent as it was saved"):
        approve(change, ann)
    assert not Decision.objects.exists()
    assert reject(change, ann).state is Status.REJECTED
