"""A second wish for a field that a change waits for already: it amends, replaces, waits for its turn, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from console.errors import AlreadyWaiting, ConsoleError, NotPermitted, ReasonMissing, RulesBroken, StepNotPossible
from console.flows import review
from console.flows.deliver import claim
from console.flows.expire import expire
from console.flows.propose import Proposal, propose, propose_one, propose_whole, split, withdraw
from console.flows.record import database_now, take_step
from console.flows.replace import seconds
from console.flows.resolve import try_again
from console.models import (
    About,
    Change,
    Connection,
    Customer,
    Event,
    Grant,
    Line,
    LineState,
    Notice,
    Origin,
    Role,
    Status,
    Wait,
)
from console.models.changes import Second
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.deciding import approve, policy, reject
from tests.flows.helpers import fresh, push, pushes, side_by_side, wish
from tests.views.standing import standing

if TYPE_CHECKING:
    from console.models import User

KYC = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta"}
PHONE = {"phone": "+6281299887766"}
OTHER = {"address": "Jl. Melati 5, Bandung"}


@pytest.fixture
def adi(db: None) -> Customer:
    policy("KYC fields", "occupation", "address")
    return sample(connect("sqril"))


def states(change: Change) -> dict[str, LineState]:
    return {line.field: line.state for line in Line.objects.filter(change=change)}


def asked(change: Change) -> dict[str, Any]:
    return dict(fresh(change).wishes)


def waiting(customer: Customer) -> dict[str, int]:
    """Which change waits for each field."""
    return dict(Line.objects.filter(customer=customer, waiting=True).values_list("field", "change"))


def over(change: Change, *fields: str) -> dict[str, int]:
    """What a form posts whose person saw that this change waits for these fields."""
    return dict.fromkeys(fields or [line.field for line in change.lines.all()], change.pk)


def told(who: User) -> list[tuple[int, str]]:
    return list(Notice.objects.filter(user=who).order_by("pk").values_list("change", "about"))


def held(change: Change) -> Change:
    """As if the one before it had not been applied: its author is to confirm it."""
    with transaction.atomic():
        one = change.locked()
        about: dict[str, Any] = {"approved_place": None, "approved_at": None, "next_attempt_at": None}
        take_step(one, Status.PROPOSED, by=None, origin=Origin.WORKER, wait=Wait.AUTHOR, note="Look again.", **about)
    return one


def verbs(change: Change) -> list[str]:
    return list(Event.objects.filter(change=change).order_by("pk").values_list("verb", flat=True))


# Nobody agreed to it.


def test_a_wish_whose_person_did_not_see_the_other_one_changes_nothing(adi: Customer) -> None:
    first, events = wish(adi, person("ed"), KYC), Event.objects.count()
    for agreed in ({}, {"address": first.pk + 1}, {"phone": first.pk}):
        with pytest.raises(AlreadyWaiting) as refusal:
            wish(adi, person("jo"), OTHER, replacing=agreed, why="Called.")
        assert refusal.value.changes == {"address": first.pk}
    assert (asked(first), Event.objects.count(), Notice.objects.count()) == (KYC, events, 0)


# Own, still proposed: amended.


def test_ones_own_wish_that_nobody_approved_yet_is_amended_by_the_whole_form(adi: Customer) -> None:
    ed = person("ed")
    first = wish(adi, ed, KYC, why="Called.", reference="SUP-1")
    second = wish(adi, ed, {**OTHER, **PHONE}, replacing=over(first, "address"))
    assert second.pk == first.pk
    assert asked(first) == {"occupation": "OCC10", **OTHER, **PHONE}
    assert (fresh(first).why, fresh(first).reference) == ("Called.", "SUP-1")
    assert Change.objects.count() == 1
    assert not Notice.objects.exists()


# Another's, still proposed: replaced.


def test_anothers_wish_is_replaced_for_a_reason_and_its_author_is_told(adi: Customer) -> None:
    ed, jo = person("ed"), person("jo")
    first = wish(adi, ed, KYC)
    second = wish(adi, jo, OTHER, replacing=over(first), why="The customer called again.")
    assert states(first) == {"occupation": LineState.OPEN, "address": LineState.DROPPED}
    assert waiting(adi) == {"occupation": first.pk, "address": second.pk}
    assert told(ed) == [(first.pk, About.REPLACED)]
    assert told(jo) == []
    event = Event.objects.get(verb="change.line_replaced")
    assert (event.change, event.actor) == (first, jo)
    assert event.details == {"fields": ["address"], "because of": second.pk}
    assert event.values == {"reason": "The customer called again."}


def test_what_is_replaced_as_a_whole_ends(adi: Customer) -> None:
    ed, jo = person("ed"), person("jo")
    first = wish(adi, ed, KYC)
    review.claim(first.pk, by=person("ann"))
    second = wish(adi, jo, {**OTHER, "occupation": "OCC2"}, replacing=over(first), why="The customer called again.")
    first = fresh(first)
    assert (first.state, first.superseded_by) == (Status.SUPERSEDED, second)
    assert (first.wait, first.expires_at, first.claimed_by, first.next_attempt_at) == (Wait.NOTHING, None, None, None)
    assert first.ended_at is not None
    assert verbs(first)[-1] == "change.superseded"
    assert told(ed) == [(first.pk, About.REPLACED)]


def test_replacing_anothers_wish_wants_a_reason_and_ones_own_does_not(adi: Customer) -> None:
    ed, jo = person("ed"), person("jo")
    first = wish(adi, ed, PHONE)
    with pytest.raises(ReasonMissing) as refusal:
        wish(adi, jo, {"phone": "+6281311112222"}, replacing=over(first), why="  ")
    assert refusal.value.wanted == {
        "why": f"Say why: this takes the place of what Ed Kowalski asked for in change {first.pk}."
    }
    assert fresh(first).state is Status.APPROVED
    second = wish(adi, ed, {"phone": "+6281311112222"}, replacing=over(first))
    assert fresh(first).superseded_by == second
    assert told(ed) == []


def test_what_is_left_of_a_replaced_change_keeps_its_approvals_and_leaves_once_nothing_is_open(adi: Customer) -> None:
    ed, ann = person("ed"), person("ann")
    first = wish(adi, ed, KYC)
    approve(first, ann, "occupation")
    until = fresh(first).expires_at
    wish(adi, person("jo"), OTHER, replacing=over(first, "address"), why="The customer called again.")
    first = fresh(first)
    assert (first.state, states(first)["occupation"]) == (Status.APPROVED, LineState.APPROVED)
    assert until is not None
    assert first.expires_at is None
    assert Event.objects.filter(change=first, verb="change.approved").get().actor is None


def test_what_is_left_and_still_open_waits_as_long_as_it_did(adi: Customer) -> None:
    first = wish(adi, person("ed"), KYC)
    shape = bytes(first.shape or b"")
    wish(adi, person("jo"), OTHER, replacing=over(first, "address"), why="The customer called again.")
    now = fresh(first)
    assert (now.state, now.wait, now.expires_at) == (Status.PROPOSED, Wait.DECISION, first.expires_at)
    assert bytes(now.shape) != shape
    alike = wish(sample(adi.connection, customer_id="cus_2"), person("ed"), {"occupation": "OCC10"})
    assert bytes(now.shape) == bytes(alike.shape or b"")


def test_what_is_over_is_not_let_go_because_another_took_a_line_of_it(adi: Customer) -> None:
    first = wish(adi, person("ed"), KYC)
    approve(first, person("ann"), "occupation")
    Change.objects.filter(pk=first.pk).update(expires_at=database_now())
    wish(adi, person("jo"), OTHER, replacing=over(first, "address"), why="Called again.")
    assert fresh(first).state is Status.PROPOSED
    assert expire() == 1


def test_what_is_left_may_have_a_field_that_the_connection_has_no_longer(db: None) -> None:
    policy("All")
    asha = sample(connect("timepay", fields="city:text"))
    first = wish(asha, person("ed"), {"city": "Mumbai", "payment_status": "paid"})
    Connection.objects.filter(pk=asha.connection_id).update(options={})
    wish(fresh(asha), person("jo"), {"payment_status": "paid"}, replacing=over(first, "payment_status"), why="Called.")
    assert states(first) == {"city": LineState.OPEN, "payment_status": LineState.DROPPED}
    assert (fresh(first).state, fresh(first).shape) == (Status.PROPOSED, None)


def test_a_line_that_was_rejected_is_nothing_that_is_left(adi: Customer) -> None:
    first = wish(adi, person("ed"), KYC)
    reject(first, person("ann"), "occupation")
    second = wish(adi, person("jo"), OTHER, replacing=over(first, "address"), why="The customer called again.")
    assert (fresh(first).state, fresh(first).superseded_by) == (Status.SUPERSEDED, second)


def test_what_waits_for_its_author_is_not_sent_because_another_took_a_line_of_it(adi: Customer) -> None:
    first = held(wish(adi, person("ed"), {**PHONE, "email": "adi@example.com"}))
    wish(adi, person("jo"), {"phone": "+6281311112222"}, replacing=over(first, "phone"), why="Called again.")
    assert (fresh(first).state, fresh(first).wait) == (Status.PROPOSED, Wait.AUTHOR)
    assert waiting(adi)["email"] == first.pk


# Approved, not sent: replaced, or withdrawn.


@pytest.mark.parametrize("who", ["ed", "jo"])
def test_of_what_is_on_its_way_the_line_is_taken_off_and_the_rest_is_sent(who: str, db: None, sandbox: Sandbox) -> None:
    adi = sample(connect("sqril", sandbox), sandbox)
    first = wish(adi, person("ed"), {**PHONE, **OTHER})
    second = wish(adi, person(who), {"phone": "+6281311112222"}, replacing=over(first, "phone"), why="Called again.")
    assert second.pk != first.pk
    assert (fresh(first).state, waiting(adi)) == (Status.APPROVED, {"address": first.pk, "phone": second.pk})
    assert push(adi) == 2
    sent = [(body["address"], body["phone"]) for body in (one["body"] for one in pushes(sandbox, "sqril"))]
    assert sent == [(OTHER["address"], "+62812345679"), (OTHER["address"], "+6281311112222")]
    assert told(person("ed")) == ([] if who == "ed" else [(first.pk, About.REPLACED)])


def test_what_is_replaced_as_a_whole_while_on_its_way_is_never_sent(db: None, sandbox: Sandbox) -> None:
    adi = sample(connect("sqril", sandbox), sandbox)
    first = wish(adi, person("ed"), PHONE)
    second = wish(adi, person("jo"), {"phone": "+6281311112222"}, replacing=over(first), why="Called again.")
    assert push(adi) == 1
    [sent] = pushes(sandbox, "sqril")
    assert sent["body"]["phone"] == "+6281311112222"
    assert (fresh(first).state, fresh(second).state) == (Status.SUPERSEDED, Status.APPLIED)


def test_a_rest_that_the_provider_would_refuse_goes_back_to_its_author(db: None) -> None:
    adi = sample(connect("sqril"), occupation=...)
    first = wish(adi, person("ed"), KYC)
    assert first.state is Status.APPROVED
    wish(adi, person("jo"), {"occupation": "OCC2"}, replacing=over(first, "occupation"), why="Called again.")
    first = fresh(first)
    assert (first.state, first.wait, first.approved_place, first.next_attempt_at) == (
        Status.PROPOSED,
        Wait.AUTHOR,
        None,
        None,
    )
    assert "Occupation" in first.note
    assert told(person("ed")) == [(first.pk, About.VOID), (first.pk, About.REPLACED)]


def test_ones_own_that_is_on_its_way_can_be_withdrawn_instead(adi: Customer) -> None:
    ed = person("ed")
    first = withdraw(wish(adi, ed, PHONE).pk, by=ed)
    assert first.state is Status.WITHDRAWN
    assert wish(adi, ed, {"phone": "+6281311112222"}).state is Status.APPROVED


# Sending, unknown, ended: saved as the next one.


@pytest.mark.parametrize("who", ["ed", "jo"])
@pytest.mark.parametrize("status", [Status.SENDING, Status.UNKNOWN])
@pytest.mark.parametrize("wished", [{"phone": "+6281311112222"}, {**OTHER, "phone": "+6281311112222"}])
def test_what_may_be_at_the_provider_lets_the_next_one_be_saved_behind_it(
    status: Status, who: str, wished: dict[str, str], adi: Customer
) -> None:
    first = standing(adi, person("ed"), status, wishes=PHONE)
    second = wish(adi, person(who), wished)
    assert second.state is (Status.PROPOSED if "address" in wished else Status.APPROVED)
    assert (fresh(first).state, asked(first)) == (status, PHONE)
    if second.state is Status.PROPOSED:
        approve(second, person("ann"))
    assert fresh(second).state is Status.APPROVED
    assert claim(adi.connection_id) is None


@pytest.mark.parametrize("who", ["ed", "jo"])
@pytest.mark.parametrize("status", [Status.RETURNED, Status.REFUSED, Status.CONFLICT, Status.FAILED])
def test_what_its_author_or_an_operator_has_to_look_at_keeps_nobody_from_wishing(
    status: Status, who: str, adi: Customer
) -> None:
    first = standing(adi, person("ed"), status, wishes=PHONE)
    assert seconds(adi, PHONE, by=person(who)) == {}
    assert wish(adi, person(who), {"phone": "+6281311112222"}).pk != first.pk
    assert fresh(first).state is status


# Held for somebody: it has to end first.


@pytest.mark.parametrize("who", ["ed", "jo"])
def test_what_was_held_by_a_restored_backup_has_to_be_released_first(who: str, adi: Customer) -> None:
    first = standing(adi, person("ed"), Status.PROPOSED, wishes=PHONE, wait=Wait.RESTORED)
    with pytest.raises(AlreadyWaiting, match="since a backup was restored: somebody has to release or end it"):
        wish(adi, person(who), {"phone": "+6281311112222"}, replacing=over(first), why="Called again.")
    assert states(first) == {"phone": LineState.APPROVED}


@pytest.mark.parametrize("who", ["ed", "jo"])
def test_what_is_sent_once_more_after_an_unknown_has_to_end_first(who: str, adi: Customer) -> None:
    first = standing(adi, person("ed"), Status.UNKNOWN, wishes=PHONE)
    try_again(first.pk, by=person("ops"), reason="Their support says that nothing arrived.")
    with pytest.raises(AlreadyWaiting, match="may be at the provider already"):
        wish(adi, person(who), {"phone": "+6281311112222"}, replacing=over(first), why="Called again.")
    assert fresh(first).state is Status.APPROVED


# Told beforehand.


def test_a_form_is_told_with_one_query_what_a_wish_would_do(
    adi: Customer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ed, jo = person("ed"), person("jo")
    own, on_its_way, theirs = wish(adi, ed, OTHER), wish(adi, ed, PHONE), wish(adi, jo, {"email": "adi@example.com"})
    restored = wish(adi, jo, {"occupation": "OCC10"})
    Change.objects.filter(pk=restored.pk).update(wait=Wait.RESTORED)
    with django_assert_num_queries(1):
        found = seconds(adi, ["address", "phone", "email", "occupation", "dob"], by=ed)
        assert found["email"][0].requester.name == "Jo Lindqvist"
    assert {name: (change.pk, second) for name, (change, second) in found.items()} == {
        "address": (own.pk, Second.AMEND),
        "phone": (on_its_way.pk, Second.REPLACE),
        "email": (theirs.pk, Second.REPLACE),
        "occupation": (restored.pk, Second.WAIT),
    }
    assert seconds(adi, ["address"], by=jo)["address"][1] is Second.REPLACE


# Several at once.


def test_one_form_amends_ones_own_and_replaces_what_others_asked_for(adi: Customer) -> None:
    ed, jo = person("ed"), person("jo")
    own, theirs = wish(adi, ed, {"address": KYC["address"]}), wish(adi, jo, PHONE)
    agreed = {"address": own.pk, "phone": theirs.pk}
    wanted = {**OTHER, "phone": "+6281311112222"}
    with pytest.raises(ReasonMissing):
        wish(adi, ed, wanted, replacing=agreed)
    assert wish(adi, ed, wanted, replacing=agreed, why="Called again.").pk == own.pk
    assert (asked(own), fresh(own).state) == (wanted, Status.PROPOSED)
    assert (fresh(theirs).superseded_by, told(jo)) == (own, [(theirs.pk, About.REPLACED)])


def test_of_two_of_ones_own_the_first_is_amended_and_takes_the_line_of_the_other(adi: Customer) -> None:
    ed = person("ed")
    first, other = wish(adi, ed, {"address": KYC["address"]}), wish(adi, ed, {"occupation": "OCC10"})
    agreed = {"address": first.pk, "occupation": other.pk}
    assert wish(adi, ed, {**OTHER, "occupation": "OCC2"}, replacing=agreed).pk == first.pk
    assert asked(first) == {**OTHER, "occupation": "OCC2"}
    assert (fresh(other).state, fresh(other).superseded_by) == (Status.SUPERSEDED, first)


def test_a_refused_second_wish_leaves_the_first_one_whole(adi: Customer) -> None:
    first, events = wish(adi, person("ed"), KYC), Event.objects.count()
    with pytest.raises(RulesBroken):
        wish(adi, person("jo"), {"address": None}, replacing=over(first), why="Called again.")
    with pytest.raises(NotPermitted):
        wish(adi, person("ann"), OTHER, replacing=over(first), why="Called again.")
    assert (states(first), Event.objects.count()) == (dict.fromkeys(KYC, LineState.OPEN), events)


def test_a_form_that_replaces_and_is_sent_twice_replaces_once(adi: Customer) -> None:
    first, jo = wish(adi, person("ed"), KYC), person("jo")
    again = {"replacing": over(first, "address"), "why": "Called again.", "key": "form-1"}
    second = wish(adi, jo, OTHER, **again)
    events = Event.objects.count()
    assert wish(adi, jo, OTHER, **again) == second
    assert (Event.objects.count(), Notice.objects.count()) == (events, 1)


@pytest.mark.usefixtures("live_db")
def test_of_two_people_who_replace_the_same_line_at_once_one_does() -> None:
    policy("KYC fields", "occupation", "address")
    customer, ed = sample(connect("sqril")), person("ed")
    first = wish(customer, ed, KYC)
    outcomes: list[Change | ConsoleError] = []

    def replacing(who: User, address: str) -> None:
        item = Proposal(customer.pk, {"address": address}, address, why="Called.", replacing={"address": first.pk})
        outcomes.extend(propose([item], by=who))

    jo, kim = person("jo"), person("ops")
    Grant.objects.create(user=kim, role=Role.EDITOR)
    side_by_side(lambda: replacing(jo, "Jl. Melati 5, Bandung"), lambda: replacing(kim, "Jl. Mawar 7, Bogor"))
    [won] = [outcome for outcome in outcomes if isinstance(outcome, Change)]
    [lost] = [outcome for outcome in outcomes if isinstance(outcome, ConsoleError)]
    assert isinstance(lost, AlreadyWaiting)
    assert lost.changes == {"address": won.pk}
    assert waiting(customer) == {"occupation": first.pk, "address": won.pk}
    assert told(ed) == [(first.pk, About.REPLACED)]


@pytest.mark.usefixtures("live_db")
@pytest.mark.parametrize("number", range(5))
def test_a_wish_that_replaces_what_the_worker_claims_at_the_same_moment_comes_before_or_after_it(number: int) -> None:
    customer, ed = sample(connect("sqril")), person("ed")
    first = wish(customer, ed, PHONE)
    item = Proposal(customer.pk, {"phone": "+6281311112222"}, "form-1", replacing=over(first))
    saved: list[Change] = []
    side_by_side(lambda: saved.append(propose_one(item, by=ed)), lambda: claim(customer.connection_id))
    [second] = saved
    if fresh(first).state is Status.SENDING:
        assert (fresh(second).state, states(first)) == (Status.APPROVED, {"phone": LineState.APPROVED})
    else:
        assert (fresh(first).superseded_by, states(first)) == (second, {"phone": LineState.DROPPED})
        assert fresh(second).state in {Status.APPROVED, Status.SENDING}


# A change that failed, corrected by a new one.


@pytest.mark.parametrize("status", [Status.REFUSED, Status.CONFLICT, Status.FAILED])
@pytest.mark.parametrize("who", ["ed", "jo with the right"])
def test_what_failed_is_replaced_by_its_correction(status: Status, who: str, adi: Customer) -> None:
    ed, jo = person("ed"), person("jo")
    Grant.objects.create(user=jo, role=Role.OPERATOR)
    first = standing(adi, ed, status, wishes=PHONE)
    second = wish(adi, ed if who == "ed" else jo, {"phone": "+6281311112222"}, corrects=first.pk)
    first = fresh(first)
    assert (first.state, first.superseded_by, first.wait) == (Status.SUPERSEDED, second, Wait.NOTHING)
    assert verbs(first).count("change.superseded") == 1
    assert told(ed) == ([] if who == "ed" else [(first.pk, About.REPLACED)])
    assert waiting(adi) == {"phone": second.pk}


def test_only_what_failed_is_corrected_and_only_by_who_may(adi: Customer) -> None:
    ed, jo = person("ed"), person("jo")
    refused, unknown = (
        standing(adi, ed, Status.REFUSED, wishes=PHONE),
        standing(adi, ed, Status.UNKNOWN, wishes={"email": "adi@example.com"}),
    )
    elsewhere = standing(sample(adi.connection, customer_id="cus_2"), ed, Status.REFUSED, wishes=PHONE)
    with pytest.raises(NotPermitted, match="Ed Kowalski, or an operator"):
        wish(adi, jo, OTHER, corrects=refused.pk)
    with pytest.raises(StepNotPossible, match="nothing to correct"):
        wish(adi, ed, OTHER, corrects=unknown.pk)
    for number in (elsewhere.pk, 10**30):
        with pytest.raises(StepNotPossible, match="not one of this customer"):
            wish(adi, ed, OTHER, corrects=number)
    assert not Change.objects.filter(status=Status.SUPERSEDED).exists()


def test_a_correction_sent_twice_is_one(adi: Customer) -> None:
    ed = person("ed")
    first = standing(adi, ed, Status.REFUSED, wishes=PHONE)
    again = {"corrects": first.pk, "key": "form-1"}
    assert wish(adi, ed, {"phone": "+6281311112222"}, **again) == wish(adi, ed, {"phone": "+6281311112222"}, **again)


# Two changes instead of one, so that what needs no approval leaves now.


def test_what_needs_no_approval_leaves_now_and_the_rest_waits(adi: Customer) -> None:
    ed = person("ed")
    item = Proposal(adi.pk, {**KYC, **PHONE}, "form-1", why="Called.")
    pair = split(item, adi, by=ed)
    assert pair is not None
    now, later = propose_whole(pair, by=ed)
    assert (now.state, asked(now)) == (Status.APPROVED, PHONE)
    assert (later.state, asked(later)) == (Status.PROPOSED, KYC)
    assert (now.why, later.why, now.size, later.size) == ("Called.", "Called.", 1, 1)


def test_a_form_that_is_split_and_sent_twice_gives_the_same_two(db: None, sandbox: Sandbox) -> None:
    policy("KYC fields", "occupation", "address")
    adi, ed = sample(connect("sqril", sandbox), sandbox), person("ed")
    item = Proposal(adi.pk, {**KYC, **PHONE}, "k" * 64)
    pair = split(item, adi, by=ed)
    assert pair is not None
    assert all(len(each.key) <= 64 for each in pair)
    first = propose_whole(pair, by=ed)
    push(adi)
    again = split(item, fresh(adi), by=ed)
    assert again is not None
    assert propose_whole(again, by=ed) == first
    assert Change.objects.count() == 2


def test_of_two_halves_none_is_saved_when_one_is_refused(adi: Customer) -> None:
    policy("Says why", "address", asks_reason=True)
    ed, jobs = person("ed"), Event.objects.count()
    pair = split(Proposal(adi.pk, {**KYC, **PHONE}, "form-1"), adi, by=ed)
    assert pair is not None
    with pytest.raises(ReasonMissing):
        propose_whole(pair, by=ed)
    assert (Change.objects.count(), Event.objects.count()) == (0, jobs)


@pytest.mark.parametrize("wishes", [KYC, PHONE, {**KYC, "phone": "+62812345679"}, {}])
def test_what_is_of_one_kind_alone_is_not_split(wishes: dict[str, str], adi: Customer) -> None:
    assert split(Proposal(adi.pk, wishes, "form-1"), adi, by=person("ed")) is None


def test_what_amends_ones_own_request_is_not_split(adi: Customer) -> None:
    ed = person("ed")
    first = wish(adi, ed, KYC)
    item = Proposal(adi.pk, {**OTHER, **PHONE}, "form-1", replacing=over(first, "address"))
    assert split(item, adi, by=ed) is None
    on_its_way = wish(adi, ed, PHONE)
    item = Proposal(adi.pk, {"phone": "+6281311112222", **OTHER}, "form-2", replacing=over(on_its_way), why="Called.")
    withdraw(first.pk, by=ed)
    pair = split(item, adi, by=ed)
    assert pair is not None
    now, later = propose_whole(pair, by=ed)
    assert (fresh(on_its_way).superseded_by, later.state) == (now, Status.PROPOSED)


def test_halves_that_the_provider_takes_only_together_are_not_split(db: None) -> None:
    policy("KYC fields", "occupation", "address")
    adi = sample(connect("sqril"), occupation=...)
    assert split(Proposal(adi.pk, {**KYC, **PHONE}, "form-1"), adi, by=person("ed")) is None


# How many are proposed together.


def test_a_batch_is_as_large_as_its_customers_are_many(db: None) -> None:
    sqril, ed = connect("sqril"), person("ed")
    policy("Batches", approvals=1, from_size=2)
    one, two = sample(sqril), sample(sqril, customer_id="cus_2")
    together = propose([Proposal(one.pk, PHONE, "a"), Proposal(two.pk, PHONE, "b")], by=ed)
    assert [(change.size, change.state) for change in together if isinstance(change, Change)] == [
        (2, Status.PROPOSED)
    ] * 2
    apart = propose([Proposal(one.pk, OTHER, "c"), Proposal(one.pk, {"email": "adi@example.com"}, "d")], by=ed)
    assert [(change.size, change.state) for change in apart if isinstance(change, Change)] == [(1, Status.APPROVED)] * 2
