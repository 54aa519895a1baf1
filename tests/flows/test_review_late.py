"""Whoever comes too late, or from an old page, is told what happened and by whom; and nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core import serializers

from console.errors import ConsoleError, DecidedAlready, NotPermitted, SeenOtherwise, StepNotPossible
from console.flows import glass, review
from console.flows.decide import give_back
from console.flows.expire import expire
from console.flows.propose import Proposal, propose_one, withdraw
from console.flows.record import database_now
from console.models import (
    Change,
    Customer,
    Decision,
    Emergency,
    Event,
    Grant,
    Line,
    Notice,
    Origin,
    Role,
    Status,
    User,
)
from tests.cast import connect, person, sample
from tests.deciding import approve, policy, reject, seen
from tests.flows.helpers import fresh, wish

pytestmark = pytest.mark.django_db

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"}

type Step = Callable[[], object]


@pytest.fixture
def change() -> Change:
    policy("KYC fields", "occupation", "address")
    return wish(sample(connect("sqril")), person("ed"), WISHES)


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Nothing of what is kept about changes is another afterwards."""
    before = _all()
    yield
    assert _all() == before


def refused(kind: type[ConsoleError], sentence: str, *steps: Step) -> None:
    """Each of the steps is refused with this sentence, and leaves nothing behind."""
    for step in steps:
        with nothing_changes(), pytest.raises(kind, match=re.escape(sentence)):
            step()


def every_step(change: Change, by: User, shown: dict[str, str]) -> list[Step]:
    """All that one can do with a request that waits for a decision."""
    Grant.objects.get_or_create(user=by, connection=None, role=Role.BREAK_GLASS)
    return [
        lambda: review.approve(change.pk, by=by, seen=shown),
        lambda: review.reject(change.pk, by=by, seen=shown, reason="No"),
        lambda: review.return_to_author(change.pk, by=by, reason="No"),
        lambda: review.claim(change.pk, by=by),
        lambda: review.release(change.pk, by=by),
        lambda: glass.break_glass(change.pk, by=by, reason="It burns"),
    ]


def test_after_it_was_approved(change: Change) -> None:
    steps = every_step(change, person("sam"), seen(change))
    approve(change, person("ann"))
    refused(StepNotPossible, "“On its way” now: Ann Mwangi approved it.", *steps)


def test_after_its_author_left_nothing_to_approve(change: Change) -> None:
    policy("Nobody is asked about phones", "phone", approvals=0)
    steps = every_step(change, person("sam"), seen(change))
    phone, record = {"phone": "+6281200000000"}, change.customer.record
    others = {line.field: record[line.field] for line in change.lines.all() if line.field not in phone}
    propose_one(Proposal(change.customer_id, {**others, **phone}, "form-2", amends=change.pk), by=person("ed"))
    refused(StepNotPossible, "“On its way” now: as Ed Kowalski saved it last, it needs no approval.", *steps)


def test_after_it_was_rejected(change: Change) -> None:
    steps = every_step(change, person("sam"), seen(change))
    reject(change, person("ann"))
    refused(StepNotPossible, "“Rejected” now: Ann Mwangi rejected it.", *steps)


def test_after_it_was_returned(change: Change) -> None:
    steps = every_step(change, person("sam"), seen(change))
    review.return_to_author(change.pk, by=person("ann"), reason="Which?")
    refused(StepNotPossible, "“Returned to the author” now: Ann Mwangi returned it to its author.", *steps)


def test_after_it_was_withdrawn(change: Change) -> None:
    steps = every_step(change, person("sam"), seen(change))
    withdraw(change.pk, by=person("ed"))
    refused(StepNotPossible, "“Withdrawn” now: Ed Kowalski withdrew it.", *steps)


def test_after_its_time_was_over_and_before_that_was_noticed(change: Change) -> None:
    steps = every_step(change, person("sam"), seen(change))
    Change.objects.filter(pk=change.pk).update(expires_at=database_now())
    refused(StepNotPossible, "The time for deciding on this change is over", *steps)
    expire()
    refused(StepNotPossible, "“Expired” now. There is nothing to decide any more.", *steps)


def test_after_a_role_was_taken_away(change: Change) -> None:
    ann = person("ann")
    shown = seen(change)
    ann.grants.all().delete()
    ann = User.objects.get(pk=ann.pk)
    refused(
        NotPermitted,
        "You may not decide on others' changes at Sqril",
        lambda: review.approve(change.pk, by=ann, seen=shown),
        lambda: review.reject(change.pk, by=ann, seen=shown, reason="No"),
    )


def test_a_second_click_is_told_of_the_first(change: Change) -> None:
    ann = person("ann")
    shown = {"occupation": seen(change)["occupation"]}
    review.approve(change.pk, by=ann, seen=shown)
    refused(
        DecidedAlready, "Ann Mwangi approved Occupation already", lambda: review.approve(change.pk, by=ann, seen=shown)
    )


def test_of_two_tabs_the_second_is_told_of_the_first(change: Change) -> None:
    ann, shown = person("ann"), seen(change)
    review.reject(change.pk, by=ann, seen={"address": shown["address"]}, reason="No")
    refused(
        DecidedAlready, "Ann Mwangi rejected Address already", lambda: review.approve(change.pk, by=ann, seen=shown)
    )


@pytest.mark.parametrize(
    "forged",
    [
        {"occupation": "00" * 32},
        {"occupation": ""},
        {"occupation": "é\0\ud800"},
        {"occupation": "OCC10"},
        {"email": "00" * 32},
        {"x" * 500: "y" * 500},
        {"address": "of another line"},
    ],
)
def test_a_forged_digest_decides_nothing(change: Change, forged: dict[str, str]) -> None:
    ann, shown = person("ann"), seen(change)
    if "address" in forged:
        forged = {"address": shown["occupation"]}
    refused(
        SeenOtherwise,
        "Nothing was decided: look again",
        lambda: review.approve(change.pk, by=ann, seen=shown | forged),
        lambda: review.reject(change.pk, by=ann, seen=forged, reason="No"),
    )


def test_the_digest_of_the_same_wish_in_another_change_is_none_of_this_one(change: Change) -> None:
    ann, shown = person("ann"), seen(change)
    withdraw(change.pk, by=person("ed"))
    again = wish(change.customer, person("ed"), WISHES)
    refused(SeenOtherwise, "is not what was on your page", lambda: review.approve(again.pk, by=ann, seen=shown))


def test_one_line_that_is_another_by_now_keeps_all_from_being_decided(change: Change) -> None:
    ann, shown = person("ann"), seen(change)
    line = Line.objects.select_related("change__customer__connection").get(change=change, field="address")
    line.seal(line.before, "Jl. Sudirman 1, Jakarta")
    line.digest = line.current_digest()
    line.save()
    refused(SeenOtherwise, "Address is not what", lambda: review.approve(change.pk, by=ann, seen=shown))


def test_a_change_that_waits_for_its_author_is_said_to(change: Change) -> None:
    Change.objects.filter(pk=change.pk).update(wait="author")
    shown = seen(change)
    refused(
        StepNotPossible, "waits for its author now", lambda: review.approve(change.pk, by=person("ann"), seen=shown)
    )


def test_a_change_that_its_rules_sent_back_is_said_to_be_returned(change: Change) -> None:
    give_back(change.locked(), "", by=None, origin=Origin.WORKER)
    shown = seen(change)
    refused(
        StepNotPossible,
        "“Returned to the author” now.",
        lambda: review.approve(change.pk, by=person("ann"), seen=shown),
    )
    assert fresh(change).state is Status.RETURNED


def _all() -> list[dict[str, Any]]:
    kinds = (Customer, Change, Line, Decision, Emergency, Event, Notice)
    return [row for kind in kinds for row in serializers.serialize("python", kind.objects.order_by("pk"))]
