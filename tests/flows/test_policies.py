"""Policies: who may change what needs approval, and what becomes of what is open then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from console.errors import ConsoleError, DecidedAlready, NotFit, NothingChanged, NotPermitted, StepNotPossible
from console.flows.leave import deactivate
from console.flows.policies import Draft, approve_policy, propose_policy, reject_policy, withdraw_policy
from console.flows.rejudge import is_behind, rejudge
from console.flows.sweep import sweep
from console.models import (
    Chain,
    Change,
    Customer,
    Event,
    Grant,
    LineState,
    Origin,
    Policy,
    PolicyVersion,
    Role,
    Status,
    Wait,
)
from console.models.judging import Scope
from console.models.policies import rules_in_force
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.deciding import approve, no_policies, policy, reword
from tests.flows.helpers import fresh, side_by_side, wish

every_test_rolls_back = pytest.mark.django_db

KYC = Draft("KYC fields", scope=Scope.NAMED, fields=["occupation"], why="The regulator asks for it.")


STEPS: dict[str, Callable[[int, Any], object]] = {
    "approved": lambda number, by: approve_policy(number, by=by),
    "rejected": lambda number, by: reject_policy(number, by=by, reason="Not like this."),
}


@every_test_rolls_back
def test_nobody_gets_rid_of_the_second_administrator_to_set_a_policy_alone() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    deactivate(ida.pk, by=max_, why="She left.")
    with pytest.raises(StepNotPossible, match=r"You deactivated an administrator within 30 days"):
        propose_policy(KYC, by=max_)
    assert KYC.name not in names()
    propose_policy(KYC, by=None, origin=Origin.COMMAND)
    assert KYC.name in names()


def names() -> list[str]:
    return [rule.name for rule in rules_in_force()]


def verbs(of: Policy) -> list[str]:
    return list(Event.objects.filter(subject=f"policy:{of.pk}").order_by("number").values_list("verb", flat=True))


@every_test_rolls_back
def test_a_policy_holds_once_a_second_administrator_approves_it() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    proposed = propose_policy(KYC, by=max_)
    assert (proposed.status, proposed.number, names()) == ("proposed", 1, ["No approval needed"])
    approved = approve_policy(proposed.pk, by=ida)
    assert (approved.status, approved.decided_by, approved.alone) == ("in force", ida, False)
    assert names() == ["KYC fields", "No approval needed"]


@every_test_rolls_back
def test_its_next_version_takes_the_place_of_the_one_before_and_the_last_ends_it() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    first = approve_policy(propose_policy(KYC, by=max_).pk, by=ida)
    second = propose_policy(Draft.of(first, approvals=2), by=ida, policy=first.policy)
    assert [rule.approvals for rule in rules_in_force()] == [1, 0]
    approve_policy(second.pk, by=max_)
    assert [rule.approvals for rule in rules_in_force()] == [2, 0]
    assert fresh(first).status == "replaced"
    ending = propose_policy(Draft("", retires=True, why="The law was changed."), by=max_, policy=first.policy)
    assert (ending.name, ending.approvals, ending.fields) == ("KYC fields", 2, ["occupation"])
    approve_policy(ending.pk, by=ida)
    assert names() == ["No approval needed"]


@every_test_rolls_back
def test_nobody_approves_or_rejects_what_they_proposed_and_is_told_who_could() -> None:
    connect("sqril")
    max_, _ = person("max"), person("ida")
    proposed = propose_policy(KYC, by=max_)
    for step in STEPS.values():
        with pytest.raises(NotPermitted, match=r"second administrator decides\. Ask Ida Novak\."):
            step(proposed.pk, max_)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyVersion.objects.filter(pk=proposed.pk).update(decided_by=max_)
    assert fresh(proposed).status == "proposed"


@every_test_rolls_back
def test_where_there_is_no_second_administrator_it_takes_effect_at_once_and_says_so() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    ida.is_active = False
    ida.save()
    set_alone = propose_policy(KYC, by=max_)
    assert (set_alone.status, set_alone.alone, set_alone.decided_by) == ("in force", True, max_)
    assert "KYC fields" in names()
    [event] = Event.objects.filter(subject=f"policy:{set_alone.policy_id}")
    assert (event.verb, event.actor, event.details["alone"]) == ("policy.set", max_, True)


@every_test_rolls_back
def test_from_the_command_line_it_takes_effect_at_once() -> None:
    connect("sqril")
    person("max"), person("ida")
    made = propose_policy(KYC, by=None, origin=Origin.COMMAND)
    assert (made.status, made.alone, made.decided_by) == ("in force", True, None)


@every_test_rolls_back
@pytest.mark.parametrize("who", ["ed", "ann", "ops", "rae", "vic"])
def test_nobody_but_an_administrator_proposes_or_decides(who: str) -> None:
    connect("sqril")
    max_, _ = person("max"), person("ida")
    proposed = propose_policy(KYC, by=max_)
    told = "You may not change policies at all connections: it takes the role Administrator there. Ask Ida Novak or Max"
    with pytest.raises(NotPermitted, match=told):
        propose_policy(Draft("Mine"), by=person(who))
    with pytest.raises(NotPermitted, match=told):
        approve_policy(proposed.pk, by=person(who))
    with pytest.raises(NotPermitted, match=told):
        reject_policy(proposed.pk, by=person(who), reason="No.")
    with pytest.raises(NotPermitted, match="Only who proposed it, Max Brandt"):
        withdraw_policy(proposed.pk, by=person(who))
    assert Policy.objects.count() == 2


@every_test_rolls_back
def test_who_administers_one_connection_decides_on_policies_about_that_one_alone() -> None:
    sqril, caibo = connect("sqril"), connect("caibo")
    max_, ida = person("max"), person("ida", sqril)
    here = Draft("Here", connections=[sqril.pk])
    for elsewhere in (Draft("All"), Draft("There", connections=[caibo.pk]), Draft("Both", [sqril.pk, caibo.pk])):
        with pytest.raises(NotPermitted):
            propose_policy(elsewhere, by=ida)
    proposed = approve_policy(propose_policy(here, by=ida).pk, by=max_)
    wider = propose_policy(Draft.of(proposed, connections=[sqril.pk, caibo.pk]), by=max_, policy=proposed.policy)
    assert wider.status == "in force"  # nobody else administers both
    narrower = Draft.of(proposed, connections=[sqril.pk])
    with pytest.raises(NotPermitted, match="at Sqril and 1 other"):
        propose_policy(narrower, by=ida, policy=proposed.policy)


@every_test_rolls_back
def test_who_lost_the_role_meanwhile_approves_nothing() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    proposed = propose_policy(KYC, by=max_)
    Grant.objects.filter(user=ida).delete()
    with pytest.raises(NotPermitted):
        approve_policy(proposed.pk, by=ida)
    Grant.objects.create(user=ida, role=Role.ADMINISTRATOR)
    type(ida).objects.filter(pk=ida.pk).update(is_active=False)
    with pytest.raises(NotPermitted):
        approve_policy(proposed.pk, by=fresh(ida))


@every_test_rolls_back
def test_what_was_rejected_says_why_and_another_version_may_follow() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    proposed = propose_policy(KYC, by=max_)
    with pytest.raises(StepNotPossible, match="Say why"):
        reject_policy(proposed.pk, by=ida, reason="  ")
    rejected = reject_policy(proposed.pk, by=ida, reason="Address belongs in it, too.")
    assert (rejected.status, rejected.answer) == ("rejected", "Address belongs in it, too.")
    again = propose_policy(Draft("KYC fields", scope=Scope.SENSITIVE), by=max_, policy=proposed.policy)
    assert again.number == 2
    assert withdraw_policy(again.pk, by=max_).status == "withdrawn"
    assert names() == ["No approval needed"]


@every_test_rolls_back
def test_one_proposal_at_a_time() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    proposed = propose_policy(KYC, by=max_)
    for somebody in (max_, ida):
        with pytest.raises(StepNotPossible, match="proposed already"):
            propose_policy(Draft("Other"), by=somebody, policy=proposed.policy)


@every_test_rolls_back
@pytest.mark.parametrize("first", STEPS)
@pytest.mark.parametrize("second", STEPS)
def test_what_was_decided_is_not_decided_again(first: str, second: str) -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    proposed = propose_policy(KYC, by=max_)
    STEPS[first](proposed.pk, ida)
    with pytest.raises(DecidedAlready, match=f"Ida Novak {first} version 1 already"):
        STEPS[second](proposed.pk, ida)
    with pytest.raises(DecidedAlready):
        withdraw_policy(proposed.pk, by=max_)


@every_test_rolls_back
def test_what_was_withdrawn_is_not_approved() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    proposed = propose_policy(KYC, by=max_)
    withdraw_policy(proposed.pk, by=max_)
    with pytest.raises(DecidedAlready, match="Max Brandt withdrew version 1 already"):
        approve_policy(proposed.pk, by=ida)
    assert "KYC fields" not in names()


@every_test_rolls_back
@pytest.mark.parametrize(
    ("draft", "part", "sentence"),
    [
        (Draft("  "), "name", "Give it a name"),
        (Draft("x" * 81), "name", "80 characters, not 81"),
        (Draft("no APPROVAL  needed"), "name", "is called “no APPROVAL needed” already"),
        (Draft("A", approvals=6), "approvals", "from 0 to 5"),
        (Draft("A", approvals=-1), "approvals", "from 0 to 5"),
        (Draft("A", hours=0), "hours", "from 1 to 720"),
        (Draft("A", hours=721), "hours", "from 1 to 720"),
        (Draft("A", from_size=0), "from_size", "from 1 to 100,000"),
        (Draft("A", connections=[987654321]), "connections", "from the list"),
        (Draft("A", scope=Scope.NAMED), "fields", "Name at least one field"),
        (Draft("A", scope=Scope.NAMED, fields=["occupation", "shoe"]), "fields", "no field “shoe” at any connection"),
        (Draft("A", why="x" * 501), "why", "500 characters"),
        (Draft("A", retires=True), "name", "no such policy in force"),
    ],
)
def test_what_does_not_fit_is_told_at_its_place_and_nothing_is_made(draft: Draft, part: str, sentence: str) -> None:
    connect("sqril")
    with pytest.raises(NotFit) as refused:
        propose_policy(draft, by=person("max"))
    assert sentence in refused.value.wanted[part]
    assert Policy.objects.count() == 1
    assert not Chain.objects.exists()


@every_test_rolls_back
def test_a_field_has_to_be_one_of_the_named_connections() -> None:
    sqril, caibo = connect("sqril"), connect("caibo")
    there, both = [Draft("A", places, Scope.NAMED, ["occupation"]) for places in ([caibo.pk], [caibo.pk, sqril.pk])]
    with pytest.raises(NotFit, match="no field “occupation” at Caibo"):
        propose_policy(there, by=person("max"))
    assert propose_policy(both, by=person("max")).status == "in force"


@every_test_rolls_back
def test_a_version_without_a_difference_is_none() -> None:
    connect("sqril")
    made = propose_policy(KYC, by=person("max"))
    for same in (KYC, Draft.of(made, why="Once more."), Draft.of(made, fields=["occupation", "occupation"])):
        with pytest.raises(NothingChanged, match="Nothing is different from what holds now"):
            propose_policy(same, by=person("max"), policy=made.policy)


@every_test_rolls_back
def test_a_name_that_was_taken_meanwhile_is_not_approved() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    proposed = propose_policy(KYC, by=max_)
    policy("KYC fields")
    with pytest.raises(StepNotPossible, match="is called “KYC fields” already"):
        approve_policy(proposed.pk, by=ida)


@every_test_rolls_back
def test_its_own_history_tells_what_differs() -> None:
    connect("sqril")
    max_, ida = person("max"), person("ida")
    first = approve_policy(propose_policy(KYC, by=max_).pk, by=ida)
    second = propose_policy(Draft.of(first, approvals=2, hours=24, why="More eyes."), by=max_, policy=first.policy)
    reject_policy(second.pk, by=ida, reason="One is enough.")
    third = propose_policy(Draft.of(first, approvals=3), by=max_, policy=first.policy)
    withdraw_policy(third.pk, by=max_)
    assert verbs(first.policy) == [
        "policy.proposed",
        "policy.approved",
        "policy.proposed",
        "policy.rejected",
        "policy.proposed",
        "policy.withdrawn",
    ]
    about = Event.objects.get(subject=f"policy:{first.policy_id}", number=3)
    assert about.details == {
        "name": "KYC fields",
        "version": 2,
        "differs": {"approvals": [1, 2], "hours": [72, 24]},
        "why": "More eyes.",
    }
    events = list(Event.objects.filter(subject=f"policy:{first.policy_id}").order_by("number"))
    assert all(event.hash == event.computed_hash() for event in events)
    assert [bytes(event.previous) for event in events[1:]] == [bytes(event.hash) for event in events[:-1]]


def test_of_those_who_approve_reject_and_withdraw_at_once_one_wins(live_db: Database) -> None:
    connect("sqril")
    max_, ida, third = person("max"), person("ida"), person("rae")
    Grant.objects.create(user=third, role=Role.ADMINISTRATOR)
    for turn in range(8):
        proposed, told = propose_policy(Draft(f"Turn {turn}"), by=max_), list[str]()
        side_by_side(
            partial(_tries, told, partial(approve_policy, proposed.pk, by=ida)),
            partial(_tries, told, partial(reject_policy, proposed.pk, by=third, reason="No.")),
            partial(_tries, told, partial(withdraw_policy, proposed.pk, by=max_)),
        )
        assert len(told) == 2
        assert len(verbs(proposed.policy)) == 2


def _tries(told: list[str], step: Callable[[], object]) -> None:
    try:
        step()
    except DecidedAlready as problem:
        told.append(str(problem))


def test_of_two_who_propose_under_one_name_at_once_one_is_told(live_db: Database) -> None:
    connect("sqril")
    max_ = person("max")
    refused: list[ConsoleError] = []

    def work() -> None:
        try:
            propose_policy(Draft("Twice"), by=max_)
        except NotFit as problem:
            refused.append(problem)

    side_by_side(work, work, work)
    assert len(refused) == 2
    assert names().count("Twice") == 1


def _waiting(live: Customer) -> Any:
    return wish(live, person("ed"), {"occupation": "OCC10"})


@every_test_rolls_back
def test_what_is_open_leaves_once_no_policy_asks_for_an_approval_any_more() -> None:
    adi = sample(connect("sqril"))
    asking = policy("KYC fields", "occupation")
    change = _waiting(adi)
    assert change.wait == Wait.DECISION
    assert rejudge() == 0
    propose_policy(Draft("", retires=True), by=person("max"), policy=asking.policy)
    assert fresh(change).status == Status.PROPOSED  # not in the administrator's request
    assert rejudge() == 1
    assert fresh(change).status == Status.APPROVED
    [event] = Event.objects.filter(change=change, verb="change.approved")
    assert (event.actor, event.origin) == (None, Origin.WORKER)
    assert rejudge() == 0


@every_test_rolls_back
def test_what_is_open_needs_more_once_a_policy_asks_for_more() -> None:
    adi, ann = sample(connect("sqril")), person("ann")
    asking = policy("KYC fields", "occupation", "address", approvals=2)
    change = wish(adi, person("ed"), {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"})
    approve(change, ann)
    made = propose_policy(Draft.of(asking, approvals=3), by=person("max"), policy=asking.policy)
    sweep()
    assert [line.needs for line in change.lines.all()] == [3, 3]
    assert fresh(change).status == Status.PROPOSED
    propose_policy(Draft.of(made, approvals=1), by=person("max"), policy=asking.policy)
    sweep()
    assert fresh(change).status == Status.APPROVED  # Ann's approval was enough then
    assert {line.state for line in change.lines.all()} == {LineState.APPROVED}


@every_test_rolls_back
def test_a_line_that_nobody_was_asked_about_is_asked_about_once_a_policy_says_so() -> None:
    adi = sample(connect("sqril"))
    policy("KYC fields", "occupation")
    change = wish(adi, person("ed"), {"occupation": "OCC10", "phone": "+6281299887766"})
    assert {line.field: line.state for line in change.lines.all()} == {"occupation": "open", "phone": "approved"}
    propose_policy(Draft("Phones", scope=Scope.NAMED, fields=["phone"]), by=person("max"))
    assert rejudge() == 1
    assert {line.field: line.state for line in change.lines.all()} == {"occupation": "open", "phone": "open"}


@every_test_rolls_back
def test_without_any_policy_everything_open_needs_one() -> None:
    adi = sample(connect("sqril"))
    policy("KYC fields", "occupation", approvals=2)
    change = _waiting(adi)
    no_policies()
    assert rejudge() == 1
    assert [line.needs for line in change.lines.all()] == [1]


@every_test_rolls_back
def test_what_is_over_is_not_let_go_by_a_policy_that_asks_for_less() -> None:
    adi = sample(connect("sqril"))
    asking = policy("KYC fields", "occupation")
    change = _waiting(adi)
    Change.objects.filter(pk=change.pk).update(expires_at=timezone.now())
    propose_policy(Draft("", retires=True), by=person("max"), policy=asking.policy)
    assert rejudge() == 0
    sweep()
    assert fresh(change).status == Status.EXPIRED


@every_test_rolls_back
def test_one_that_cannot_be_judged_keeps_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    sqril = connect("sqril")
    asking = policy("KYC fields", "occupation")
    people = [sample(sqril, customer_id=f"cus_{number}") for number in range(5)]
    changes = [_waiting(customer) for customer in people]
    Customer.objects.filter(pk=people[0].pk).update(wrapped_key=None)
    monkeypatch.setattr("console.flows.rejudge.AT_ONCE", 2)
    propose_policy(Draft("", retires=True), by=person("max"), policy=asking.policy)
    assert rejudge() == 4
    assert [fresh(change).status for change in changes] == [Status.PROPOSED] + [Status.APPROVED] * 4


@every_test_rolls_back
def test_a_round_ends_in_time_and_the_next_one_takes_up_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    sqril = connect("sqril")
    asking = policy("KYC fields", "occupation")
    changes = [_waiting(sample(sqril, customer_id=f"cus_{number}")) for number in range(3)]
    propose_policy(Draft("", retires=True), by=person("max"), policy=asking.policy)
    monkeypatch.setattr("console.flows.rejudge.LONGEST", -1.0)
    assert rejudge() == 0
    monkeypatch.undo()
    assert rejudge() == 3
    assert {fresh(change).status for change in changes} == {Status.APPROVED}


@every_test_rolls_back
def test_where_nothing_has_moved_nothing_is_looked_through(django_assert_num_queries: Any) -> None:
    adi = sample(connect("sqril"))
    policy("KYC fields", "occupation")
    change = _waiting(adi)
    long_ago = timezone.now() - timedelta(minutes=3)
    PolicyVersion.objects.update(decided_at=long_ago)
    rejudge()
    with django_assert_num_queries(2):
        assert rejudge() == 0
    policy("More", "occupation", approvals=2)
    assert rejudge() == 1
    assert [line.needs for line in change.lines.all()] == [2]


@every_test_rolls_back
def test_what_goes_on_waiting_anyway_is_written_down_at_once(django_assert_max_num_queries: Any) -> None:
    sqril = connect("sqril")
    asking = policy("KYC fields", "occupation", "address", approvals=2)
    wanted = {"occupation": "OCC10", "phone": "+6281299887766"}
    people = [sample(sqril, customer_id=f"cus_{number}") for number in range(6)]
    changes = [wish(customer, person("ed"), wanted) for customer in people]
    Change.objects.filter(pk=changes[0].pk).update(expires_at=timezone.now())
    policy("Phones", "phone")
    reword(asking, approvals=3)
    with django_assert_max_num_queries(18):
        assert rejudge() == 5
    found = [{line.field: (line.needs, line.state) for line in change.lines.all()} for change in changes]
    assert found[0] == {"occupation": (2, "open"), "phone": (0, "approved")}  # it is over, and to be ended
    assert found[1:] == [{"occupation": (3, "open"), "phone": (1, "open")}] * 5
    assert {fresh(change).wait for change in changes} == {Wait.DECISION}


@every_test_rolls_back
def test_of_a_change_that_needs_less_only_the_lines_that_nobody_is_asked_about_any_more_are_approved() -> None:
    adi = sample(connect("sqril"))
    asking, other = policy("KYC fields", "occupation", approvals=2), policy("Addresses", "address", approvals=2)
    change = wish(adi, person("ed"), {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"})
    reword(asking, approvals=0)
    reword(other, approvals=1)
    assert rejudge() == 1
    found = {line.field: (line.needs, line.state) for line in change.lines.all()}
    assert found == {"occupation": (0, "approved"), "address": (1, "open")}
    assert fresh(change).status == Status.PROPOSED


def test_an_approval_given_while_many_are_written_down_counts(live_db: Database) -> None:
    sqril, ann = connect("sqril"), person("ann")
    asking = policy("KYC fields", "occupation", approvals=2)
    for number in range(6):
        changes = [_waiting(sample(sqril, customer_id=f"cus_{number}_{more}")) for more in range(3)]
        asking = reword(asking, approvals=1)
        side_by_side(partial(approve, changes[1], ann), rejudge)
        assert [fresh(change).status for change in changes] == [Status.PROPOSED, Status.APPROVED, Status.PROPOSED]
        assert [line.needs for change in changes for line in change.lines.all()] == [1, 1, 1]
        asking = reword(asking, approvals=2)
        rejudge()


@every_test_rolls_back
def test_a_round_says_whether_anything_is_left_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = policy("KYC fields", "occupation")
    _waiting(sample(connect("sqril")))
    propose_policy(Draft("", retires=True), by=person("max"), policy=asking.policy)
    monkeypatch.setattr("console.flows.rejudge.LONGEST", -1.0)
    rejudge()
    assert is_behind()
    monkeypatch.undo()
    rejudge()
    assert not is_behind()


def test_a_decision_and_a_judging_anew_at_once_end_in_one_approval(live_db: Database) -> None:
    sqril, ann, max_ = connect("sqril"), person("ann"), person("max")
    for number in range(6):
        asking = policy(f"KYC {number}", "occupation")
        change = _waiting(sample(sqril, customer_id=f"cus_{number}"))
        propose_policy(Draft("", retires=True), by=max_, policy=asking.policy)

        def decide(change: Any = change) -> None:
            try:
                approve(change, ann)
            except StepNotPossible:
                return

        side_by_side(decide, rejudge, rejudge)
        assert fresh(change).status == Status.APPROVED
        assert Event.objects.filter(change=change, verb="change.approved").count() == 1
