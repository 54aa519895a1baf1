"""Deciding: who may, on what exactly, and what becomes of the change."""

from __future__ import annotations

import pytest

from console.errors import DecidedAlready, NotPermitted, SeenOtherwise, StepNotPossible
from console.flows import review
from console.models import Decision, LineState, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import SAMPLES, connect, person, sample
from tests.deciding import approve, policy, reject, seen
from tests.flows.helpers import fresh, push, pushes, wish

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}


@pytest.mark.django_db
def test_what_was_approved_is_sent_with_what_needs_no_approval_and_what_was_rejected_is_not(sandbox: Sandbox) -> None:
    adi = sample(connect("sqril", sandbox), sandbox)
    ed, ann = person("ed"), person("ann")
    policy("KYC fields", "occupation", "address")
    change = wish(adi, ed, WISHES)
    assert (change.status, change.wait) == (Status.PROPOSED, Wait.DECISION)

    approve(change, ann, "occupation")
    assert fresh(change).status == Status.PROPOSED
    reject(change, ann, "address")
    assert fresh(change).status == Status.APPROVED

    assert push(adi) == 1
    assert fresh(change).status == Status.APPLIED
    [sent] = pushes(sandbox, "sqril")
    assert (sent["body"]["occupation"], sent["body"]["address"]) == ("OCC10", SAMPLES["sqril"]["address"])
    assert {line.field: line.state for line in change.lines.all()}["address"] is LineState.REJECTED


@pytest.mark.django_db
def test_nobody_decides_on_their_own(sandbox: Sandbox) -> None:
    adi, ed, max_ = sample(connect("sqril", sandbox), sandbox), person("ed"), person("max")
    policy("KYC fields", "occupation")
    change = wish(adi, ed, {"occupation": "OCC10"})
    for somebody in (ed, max_):
        with pytest.raises(NotPermitted):
            approve(change, somebody)
    assert not Decision.objects.exists()


@pytest.mark.django_db
def test_a_line_that_was_edited_is_not_approved_by_who_saw_it_before(sandbox: Sandbox) -> None:
    adi, ann = sample(connect("sqril", sandbox), sandbox), person("ann")
    policy("KYC fields", "occupation")
    change = wish(adi, person("ed"), {"occupation": "OCC10"})
    with pytest.raises(SeenOtherwise):
        review.approve(change.pk, by=ann, seen={"occupation": "00" * 32})
    good = seen(change)
    review.approve(change.pk, by=ann, seen=good)
    with pytest.raises(StepNotPossible):
        review.approve(change.pk, by=ann, seen=good)


@pytest.mark.django_db
def test_two_approvals_take_two_people(sandbox: Sandbox) -> None:
    adi, ann, sam = sample(connect("sqril", sandbox), sandbox), person("ann"), person("sam")
    policy("KYC fields", "occupation", approvals=2)
    change = wish(adi, person("ed"), {"occupation": "OCC10"})
    approve(change, ann)
    with pytest.raises(DecidedAlready):
        approve(change, ann)
    assert approve(change, sam).status == Status.APPROVED
