"""Attacks on approvals at the level of the flows: side doors to one's own approval, stale pages, what gets stuck."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from console.errors import ConsoleError, NotPermitted, SeenOtherwise, StepNotPossible
from console.flows import glass, held, review
from console.flows.decide import confirm
from console.flows.expire import expire
from console.flows.record import database_now
from console.flows.resolve import try_again
from console.models import (
    Change,
    Customer,
    Decision,
    Emergency,
    Event,
    Grant,
    Line,
    Policy,
    PolicyStatus,
    PolicyVersion,
    Role,
    Status,
    User,
    Wait,
)
from console.models.judging import APPROVAL_LASTS
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.deciding import approve, policy, seen
from tests.flows.helpers import fresh, push, pushes, wish
from tests.forcing import force

pytestmark = pytest.mark.django_db

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"}
REASON = "Her flight leaves in an hour."


def with_every_role(username: str) -> User:
    user = person(username)
    for role in Role:
        Grant.objects.get_or_create(user=user, connection=None, role=role)
    User.objects.filter(pk=user.pk).update(is_superuser=True, is_staff=True)
    return User.objects.get(pk=user.pk)


@pytest.fixture
def adi(sandbox: Sandbox) -> Customer:
    policy("KYC fields", "occupation", "address")
    return sample(connect("sqril", sandbox), sandbox)


def test_without_approval_goes_only_what_was_on_the_page(adi: Customer) -> None:
    ed, sam = person("ed"), with_every_role("sam")
    change = wish(adi, ed, WISHES)
    shown = seen(change)
    wish(adi, ed, {**WISHES, "phone": "+6281299887766"}, amends=change.pk)
    for forged in (shown, {}):
        with pytest.raises(SeenOtherwise, match="look again"):
            glass.break_glass(change.pk, by=sam, reason=REASON, seen=forged)
    assert not Emergency.objects.exists()
    assert fresh(change).state is Status.PROPOSED
    lines = {line.field: line.digest.hex() for line in Line.objects.filter(change=change)}
    assert glass.break_glass(change.pk, by=sam, reason=REASON, seen=lines).state is Status.APPROVED


def test_who_rejects_all_of_it_is_told_of_what_was_added_meanwhile(adi: Customer) -> None:
    """The page said that none of it is sent: what needs no approval must not leave instead."""
    ed, ann = person("ed"), person("ann")
    change = wish(adi, ed, WISHES)
    shown = seen(change, *WISHES)
    wish(adi, ed, {**WISHES, "phone": "+6281299887766"}, amends=change.pk)
    with pytest.raises(SeenOtherwise, match="Phone"):
        review.reject(change.pk, by=ann, seen=shown, reason=REASON, whole=True)
    assert fresh(change).state is Status.PROPOSED
    every = seen(change, *WISHES, "phone")
    assert review.reject(change.pk, by=ann, seen=every, reason=REASON, whole=True).state is Status.REJECTED


class TestWhatMayHaveBeenApplied:
    """Something of it may be at the provider already, and it waits for a decision once more: it never gets stuck."""

    @pytest.fixture
    def change(self, sandbox: Sandbox) -> Change:
        policy("All of it")
        customer = sample(connect("caibo", sandbox), sandbox)
        change = approve(wish(customer, person("ed"), {"phone": "+441632960961"}), person("ann"))
        Change.objects.filter(pk=change.pk).update(maybe_applied=True, approved_at=database_now() - APPROVAL_LASTS * 2)
        push(customer)
        change = fresh(change)
        assert (change.state, change.wait, change.maybe_applied) == (Status.PROPOSED, Wait.AUTHOR, True)
        policy("Two people", approvals=2)
        return confirm(change.pk, by=person("ed"))

    def test_when_nobody_decides_it_waits_for_its_author_again(self, change: Change) -> None:
        assert change.wait == Wait.DECISION
        Change.objects.filter(pk=change.pk).update(expires_at=database_now())
        expire()
        after = fresh(change)
        assert (after.state, after.wait, after.expires_at) == (Status.PROPOSED, Wait.AUTHOR, None)
        assert held.withdraw(change.pk, by=person("ops"), reason="It was found there.").state is Status.WITHDRAWN

    def test_what_is_returned_can_be_confirmed_or_ended(self, change: Change) -> None:
        review.return_to_author(change.pk, by=person("ann"), reason="Which phone?")
        after = fresh(change)
        assert (after.state, after.wait) == (Status.PROPOSED, Wait.AUTHOR)
        assert held.withdraw(change.pk, by=person("ops"), reason="It was found there.").state is Status.WITHDRAWN


class TestOneself:
    """Nobody lets their own wish go, by no door."""

    @pytest.fixture
    def sam(self) -> User:
        return with_every_role("sam")

    def test_with_every_role_and_as_superuser(self, adi: Customer, sam: User) -> None:
        change = wish(adi, sam, WISHES)
        steps: list[Callable[[], object]] = [
            lambda: approve(change, sam),
            lambda: review.reject(change.pk, by=sam, seen=seen(change), reason=REASON),
            lambda: review.return_to_author(change.pk, by=sam, reason=REASON),
            lambda: review.claim(change.pk, by=sam),
            lambda: review.release(change.pk, by=sam),
            lambda: confirm(change.pk, by=sam),
            lambda: held.release(change.pk, by=sam, reason=REASON),
            lambda: held.withdraw(change.pk, by=sam, reason=REASON),
            lambda: try_again(change.pk, by=sam, reason=REASON),
        ]
        for step in steps:
            with pytest.raises(ConsoleError):
                step()
        assert fresh(change).state is Status.PROPOSED
        assert push(adi) == 0

    def test_by_taking_the_line_of_a_request_that_one_approved(self, adi: Customer, sam: User) -> None:
        """Their approval was of the other's line; what they ask for themselves is another request."""
        change = wish(adi, person("ed"), {"address": WISHES["address"]})
        approve(change, sam)
        own = wish(adi, sam, {"address": "Jl. Sam 1, Jakarta"}, replacing={"address": change.pk}, why="Wrong street")
        assert fresh(change).state is Status.SUPERSEDED
        assert (own.state, own.wait) == (Status.PROPOSED, Wait.DECISION)
        with pytest.raises(NotPermitted):
            approve(own, sam)
        assert push(adi) == 0

    def test_by_replacing_part_of_a_request_and_approving_the_rest(
        self, adi: Customer, sam: User, sandbox: Sandbox
    ) -> None:
        change = wish(adi, person("ed"), WISHES)
        own = wish(adi, sam, {"address": "Jl. Sam 1, Jakarta"}, replacing={"address": change.pk}, why="Wrong street")
        approve(change, sam)
        push(adi)
        [sent] = pushes(sandbox, "sqril")
        assert (sent["body"]["occupation"], sent["body"]["address"]) == ("OCC10", adi.record["address"])
        assert fresh(own).wait == Wait.DECISION

    def test_by_trying_again_what_was_refused_once_more_is_asked(self, adi: Customer, sam: User) -> None:
        change = approve(wish(adi, sam, WISHES), person("ann"))
        policy("Two people", "address", approvals=2)
        force(change, Status.SENDING, lease_until=database_now())
        force(change, Status.REFUSED, wait=Wait.PERSON, lease_until=None)
        with pytest.raises(StepNotPossible, match="lacks an approval"):
            try_again(change.pk, by=sam, reason=REASON)

    def test_by_correcting_ones_refused_change_with_its_approvals(self, adi: Customer, sam: User) -> None:
        change = approve(wish(adi, sam, WISHES), person("ann"))
        force(change, Status.SENDING, lease_until=database_now())
        force(change, Status.REFUSED, wait=Wait.PERSON, lease_until=None)
        Line.objects.filter(change=change).update(waiting=False)
        own = wish(adi, sam, WISHES, corrects=change.pk)
        assert (fresh(change).state, own.wait) == (Status.SUPERSEDED, Wait.DECISION)

    def test_the_one_who_broke_the_glass_does_not_close_it_and_neither_does_the_author(
        self, adi: Customer, sam: User
    ) -> None:
        change = wish(adi, with_every_role("ed"), WISHES)
        glass.break_glass(change.pk, by=sam, reason=REASON)
        for name in ("sam", "ed"):
            with pytest.raises(NotPermitted):
                glass.close(change.pk, by=User.objects.get(username=name), finding="All well.")
        for name in ("ann", "max", "ops", "jo"):
            with pytest.raises(NotPermitted):
                glass.close(change.pk, by=person(name), finding="All well.")

    def test_by_a_policy_that_its_proposer_puts_in_force_by_sql(self, sam: User) -> None:
        proposed = PolicyVersion.objects.create(
            policy=Policy.objects.create(), number=1, name="N", approvals=0, proposed_by=sam
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicyVersion.objects.filter(pk=proposed.pk).update(status=PolicyStatus.IN_FORCE, decided_by=sam)

    @pytest.mark.parametrize("alone", [False, True])
    def test_by_a_policy_that_nobody_decided_on_and_that_is_in_force_by_sql(self, sam: User, alone: bool) -> None:
        proposed = PolicyVersion.objects.create(
            policy=Policy.objects.create(), number=1, name="N", approvals=0, proposed_by=sam
        )
        person("max")  # with nobody else, it would take effect
        decided = {"decided_by": sam, "alone": True} if alone else {"decided_by": None}
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicyVersion.objects.filter(pk=proposed.pk).update(status=PolicyStatus.IN_FORCE, **decided)

    def test_by_a_policy_in_force_that_says_something_else_by_sql(self) -> None:
        version = policy("KYC fields")
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicyVersion.objects.filter(pk=version.pk).update(approvals=0)


def test_the_reason_that_somebody_approved_by_stays_in_history_when_another_is_given(adi: Customer) -> None:
    policy("Two people", "address", approvals=2)
    change = wish(adi, person("ed"), WISHES, why="Verified by call-back", reference="SUP-1")
    approve(change, person("ann"), "address")
    wish(adi, person("ed"), WISHES, why="She asked for it", reference="SUP-1", amends=change.pk)
    event = Event.objects.get(verb="change.amended")
    assert event.values == {"the reason": ["Verified by call-back", "She asked for it"]}
    assert event.details["said anew"] == ["the reason"]
    assert "call-back" not in json.dumps(event.details)


class TestEvents:
    """One for each transition, without anybody's values in what is not sealed."""

    def test_no_value_stands_in_details_notes_or_shapes(self, adi: Customer) -> None:
        ed, ann, jo = person("ed"), person("ann"), person("jo")
        secrets = ["Thamrin", "OCC10", "81299887766", "call-back did not", "Which street", "Sudirman", "wrong one"]
        change = wish(adi, ed, {**WISHES, "phone": "+6281299887766"}, why="Which street indeed")
        review.comment(change.pk, by=ann, text="Which street is it?", field="address")
        wish(adi, ed, {**WISHES, "address": "Jl. Sudirman 1", "phone": "+6281299887766"}, amends=change.pk)
        review.return_to_author(change.pk, by=ann, reason="Which street is it?")
        wish(adi, ed, {**WISHES, "phone": "+6281299887766"}, amends=change.pk)
        review.reject(change.pk, by=ann, seen=seen(change, "occupation"), reason="The call-back did not confirm it.")
        wish(adi, jo, {"address": "Jl. Sudirman 2"}, replacing={"address": change.pk}, why="wrong one")
        told = json.dumps([event.details for event in Event.objects.all()])
        kept = [[row.note, row.reference] for row in Change.objects.all()] + [told]
        kept += [[decision.policies] for decision in Decision.objects.all()]
        assert not [secret for secret in secrets if secret in json.dumps(kept)]

    def test_there_is_exactly_one_for_each_transition(self, adi: Customer) -> None:
        ed, ann = person("ed"), person("ann")
        change = wish(adi, ed, WISHES)
        approve(change, ann, "occupation")
        review.return_to_author(change.pk, by=ann, reason="Which street is it?")
        wish(adi, ed, {**WISHES, "address": "Jl. Sudirman 1"}, amends=change.pk)
        approve(change, ann, "address")
        verbs = list(Event.objects.filter(change=change).order_by("pk").values_list("verb", flat=True))
        assert verbs == [
            "change.proposed",
            "decision.approved",
            "decision.returned",
            "change.returned",
            "change.amended",
            "change.proposed",
            "decision.approved",
            "change.approved",
        ]
