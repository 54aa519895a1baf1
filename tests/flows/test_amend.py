"""Its author edits a change that has not left: what is touched is asked anew, what is not keeps its approvals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from console.errors import (
    AlreadySaved,
    AlreadyWaiting,
    ConsoleError,
    NothingChanged,
    NotPermitted,
    ReasonMissing,
    RulesBroken,
    SeenOtherwise,
    StepNotPossible,
    ValuesMoved,
)
from console.flows import review
from console.flows.expire import expire
from console.flows.propose import Proposal, propose, propose_one, withdraw
from console.flows.record import database_now
from console.flows.refresh import take_over
from console.models import (
    About,
    Authorship,
    Change,
    Connection,
    Customer,
    Decision,
    Event,
    Line,
    LineState,
    Notice,
    Status,
    Wait,
)
from providers.sandbox import Sandbox
from tests.cast import SAMPLES, connect, person, sample
from tests.deciding import approve, policy, reject, seen
from tests.flows.helpers import fresh, push, pushes, side_by_side, wish
from tests.flows.test_second_wish import KYC, OTHER, PHONE, asked, held, over, states, told, verbs, waiting
from tests.forcing import force

BOTH = {**KYC, **PHONE}
HELD: dict[str, Any] = SAMPLES["sqril"]


@pytest.fixture
def adi(db: None) -> Customer:
    policy("KYC fields", "occupation", "address")
    return sample(connect("sqril"))


def edit(change: Change, wishes: dict[str, Any], **more: Any) -> Change:
    """Saves the form that edits this change, by its author."""
    return wish(change.customer, change.requester, wishes, amends=change.pk, **more)


def returned(change: Change) -> Change:
    return review.return_to_author(change.pk, by=person("ann"), reason="Which street?")


def digests(change: Change) -> dict[str, bytes]:
    return {line.field: bytes(line.digest) for line in Line.objects.filter(change=change)}


# Line by line.


def test_only_the_line_that_gets_another_value_loses_its_approval(adi: Customer) -> None:
    policy("Two people", "occupation", "address", approvals=2)
    ann, sam = person("ann"), person("sam")
    change = wish(adi, person("ed"), BOTH)
    approve(change, ann, "occupation", "address")
    before, decisions = digests(change), Decision.objects.count()
    edit(change, {**BOTH, **OTHER})
    after = digests(change)
    assert {name for name in after if after[name] != before[name]} == {"address"}
    approve(change, sam)
    assert states(change) == {"occupation": LineState.APPROVED, "address": LineState.OPEN, "phone": LineState.APPROVED}
    assert approve(change, ann, "address").state is Status.APPROVED
    assert Decision.objects.count() == decisions + 3


def test_an_approval_counts_again_when_the_value_is_the_approved_one_again(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    approve(change, person("ann"), "address")
    edit(change, OTHER)
    assert states(change)["address"] is LineState.OPEN
    edit(change, {"address": KYC["address"]})
    assert states(change)["address"] is LineState.APPROVED


def test_saving_without_a_difference_is_refused_and_voids_nothing(adi: Customer) -> None:
    change = wish(adi, person("ed"), BOTH, why="Called.")
    approve(change, person("ann"), "address")
    before, events = digests(change), Event.objects.count()
    for wishes in (BOTH, {}, {"gender": HELD["gender"]}):
        with pytest.raises(NothingChanged):
            edit(change, wishes, why="Called.")
    with pytest.raises(NothingChanged):
        wish(adi, person("ed"), KYC, replacing=over(change))
    assert (digests(change), Event.objects.count()) == (before, events)
    assert states(change)["address"] is LineState.APPROVED


def test_a_field_that_is_new_becomes_the_last_line_with_its_author(adi: Customer) -> None:
    ed = person("ed")
    change = wish(adi, ed, {"occupation": "OCC10"})
    edit(change, {"occupation": "OCC10", **OTHER, **PHONE})
    lines = list(Line.objects.filter(change=change))
    assert [(line.field, line.position) for line in lines] == [("occupation", 0), ("address", 1), ("phone", 2)]
    assert list(Authorship.objects.filter(line=lines[2]).values_list("user", flat=True)) == [ed.pk]
    assert {line.field: line.needs for line in lines} == {"occupation": 1, "address": 1, "phone": 0}
    assert waiting(adi) == dict.fromkeys(["occupation", "address", "phone"], change.pk)


def test_a_field_that_is_put_back_is_asked_for_no_more_and_free_for_others(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    approve(change, person("ann"), "address")
    edit(change, {**KYC, "address": HELD["address"]})
    assert states(change) == {"occupation": LineState.OPEN, "address": LineState.DROPPED}
    assert Decision.objects.get().line.field == "address"
    assert waiting(adi) == {"occupation": change.pk}
    assert wish(adi, person("jo"), OTHER).pk != change.pk


def test_a_field_that_was_put_back_may_be_asked_for_again(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    edit(change, {**KYC, "address": HELD["address"]})
    edit(change, KYC)
    assert (states(change), waiting(adi)) == (dict.fromkeys(KYC, LineState.OPEN), dict.fromkeys(KYC, change.pk))


def test_a_field_that_the_form_did_not_show_stays_as_it_is(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    edit(change, OTHER)
    assert asked(change) == {**KYC, **OTHER}


def test_where_nothing_would_be_left_its_author_is_told_to_withdraw_it(adi: Customer) -> None:
    change, events = wish(adi, person("ed"), BOTH), Event.objects.count()
    reject(change, person("ann"), "occupation")
    with pytest.raises(StepNotPossible, match=f"Nothing would be left of change {change.pk}. Withdraw it instead."):
        edit(change, {name: HELD[name] for name in ("address", "phone")})
    assert (waiting(adi), Event.objects.count()) == ({"address": change.pk, "phone": change.pk}, events + 1)


@pytest.mark.parametrize("address", [KYC["address"], OTHER["address"]])
@pytest.mark.parametrize("way", ["amends", "replacing"])
def test_a_rejected_line_that_is_wished_for_is_open_again(way: str, address: str, adi: Customer) -> None:
    change, ed = wish(adi, person("ed"), KYC), person("ed")
    reject(change, person("ann"), "address")
    about: dict[str, Any] = {"amends": change.pk} if way == "amends" else {"replacing": over(change, "occupation")}
    wish(adi, ed, {"occupation": "OCC2"}, **about)
    assert states(change) == {"occupation": LineState.OPEN, "address": LineState.REJECTED}
    wish(adi, ed, {"occupation": "OCC3", "address": address}, **about)
    assert states(change) == {"occupation": LineState.OPEN, "address": LineState.OPEN}
    assert waiting(adi) == dict.fromkeys(KYC, change.pk)


def test_a_line_whose_field_the_connection_has_no_longer_is_left_out(db: None) -> None:
    policy("All", approvals=1)
    asha = sample(connect("timepay", fields="city:text"))
    change = wish(asha, person("ed"), {"city": "Mumbai", "payment_status": "paid"})
    Connection.objects.filter(pk=asha.connection_id).update(options={})
    edit(fresh(change), {"payment_status": "paid"})
    assert states(change) == {"city": LineState.DROPPED, "payment_status": LineState.OPEN}
    assert Event.objects.get(verb="change.amended").details["dropped"] == ["city"]


def test_the_reason_and_the_ticket_may_be_others_and_approvals_stay(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC, why="Called.")
    approve(change, person("ann"), "address")
    edit(change, KYC, why="Called back.", reference="SUP-2")
    assert (fresh(change).why, fresh(change).reference) == ("Called back.", "SUP-2")
    assert states(change)["address"] is LineState.APPROVED
    edit(change, KYC, reference="SUP-2")
    assert fresh(change).why == ""


def test_a_hidden_value_stays_unless_another_one_is_typed(db: None) -> None:
    policy("All", "ssnLastFour", "firstName")
    change = wish(sample(connect("finosu")), person("ed"), {"ssnLastFour": "9876", "firstName": "Helena"})
    before = digests(change)
    edit(change, {"firstName": "Helene"})
    edit(change, {"firstName": "Helena", "ssnLastFour": "9876"})
    assert digests(change) == before
    edit(change, {"ssnLastFour": SAMPLES["finosu"]["ssnLastFour"]})  # the present one, which nobody may be told
    assert digests(change)["ssnLastFour"] != before["ssnLastFour"]
    assert states(change)["ssnLastFour"] is LineState.OPEN


# What is told of it.


def test_one_event_tells_what_was_asked_and_what_is_asked_now(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    edit(change, {"occupation": HELD["occupation"], **OTHER, **PHONE})
    event = Event.objects.get(verb="change.amended")
    assert (event.change, event.actor) == (change, change.requester)
    assert event.values == {
        "occupation": ["OCC10", HELD["occupation"]],
        "address": [KYC["address"], OTHER["address"]],
        "phone": [HELD["phone"], PHONE["phone"]],
    }
    assert (sorted(event.details["fields"]), event.details["dropped"]) == (["address", "phone"], ["occupation"])
    for secret in (*KYC.values(), *OTHER.values(), *PHONE.values()):
        assert secret not in str(event.details)
    assert verbs(change) == ["change.proposed", "change.amended"]


# It is decided on anew.


def test_it_leaves_at_once_when_what_was_open_is_put_back(db: None, sandbox: Sandbox) -> None:
    policy("KYC fields", "occupation", "address")
    adi = sample(connect("sqril", sandbox), sandbox)
    change = wish(adi, person("ed"), BOTH)
    approve(change, person("ann"), "occupation")
    assert edit(change, {**BOTH, "address": HELD["address"]}).state is Status.APPROVED
    assert (fresh(change).expires_at, fresh(change).claimed_by) == (None, None)
    assert push(adi) == 1
    [sent] = pushes(sandbox, "sqril")
    assert [sent["body"][name] for name in ("occupation", "address", "phone")] == [
        "OCC10",
        HELD["address"],
        PHONE["phone"],
    ]


def test_what_was_amended_and_approved_is_sent_as_it_is_by_then(db: None, sandbox: Sandbox) -> None:
    policy("KYC fields", "occupation", "address")
    adi = sample(connect("sqril", sandbox), sandbox)
    change = wish(adi, person("ed"), KYC)
    edit(change, OTHER)
    approve(change, person("ann"))
    assert push(adi) == 1
    assert (fresh(change).state, fresh(adi).record["address"]) == (Status.APPLIED, OTHER["address"])


def test_what_the_policies_want_of_the_whole_is_asked_for(adi: Customer) -> None:
    policy("Says why", "phone", approvals=0, asks_reason=True, asks_ticket=True)
    change = wish(adi, person("ed"), KYC)
    with pytest.raises(ReasonMissing) as refusal:
        edit(change, BOTH)
    assert sorted(refusal.value.wanted) == ["reference", "why"]
    assert asked(change) == KYC
    edit(change, BOTH, why="Called.", reference="SUP-2")
    assert wish(adi, person("ed"), OTHER, replacing=over(change, "address")).why == "Called."


def test_the_rules_judge_the_change_as_a_whole(db: None) -> None:
    policy("KYC fields", "occupation", "address")
    adi = sample(connect("sqril"), occupation=...)
    change = wish(adi, person("ed"), KYC)
    with pytest.raises(RulesBroken):
        wish(adi, person("ed"), {"address": None}, replacing=over(change, "address"))
    edit(change, OTHER)  # which the provider would not take without the occupation that is asked for already
    assert asked(change) == {**KYC, **OTHER}


def test_the_time_for_deciding_begins_anew_only_with_what_has_to_be_approved(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    Change.objects.filter(pk=change.pk).update(expires_at=F("expires_at") - timedelta(hours=70))
    ends = fresh(change).expires_at
    edit(change, BOTH)
    assert fresh(change).expires_at == ends
    edit(change, OTHER)
    assert fresh(change).expires_at > ends + timedelta(hours=69)


def test_what_is_alike_is_so_by_what_it_asks_for_now(adi: Customer) -> None:
    ed, two = person("ed"), sample(adi.connection, customer_id="cus_2")
    change, alike = wish(adi, ed, {"occupation": "OCC10"}), wish(two, ed, {"occupation": "OCC2"})
    assert fresh(change).shape != fresh(alike).shape
    edit(change, {"occupation": "OCC2"})
    assert fresh(change).shape == fresh(alike).shape


def test_what_was_on_a_page_before_the_edit_is_not_decided(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    page = seen(change)
    edit(change, OTHER)
    with pytest.raises(SeenOtherwise):
        review.approve(change.pk, by=person("ann"), seen=page)
    assert not Decision.objects.exists()


# Returned to its author.


def test_a_returned_change_is_edited_and_proposed_anew(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    approve(change, person("ann"), "occupation")
    Change.objects.filter(pk=returned(change).pk).update(expires_at=F("expires_at") - timedelta(hours=70))
    assert waiting(adi) == {}
    again = edit(change, {**KYC, **OTHER})
    assert (again.state, again.wait, again.note) == (Status.PROPOSED, Wait.DECISION, "")
    assert again.expires_at is not None
    assert again.expires_at > database_now() + timedelta(hours=71)
    assert waiting(adi) == dict.fromkeys(KYC, change.pk)
    assert states(change) == {"occupation": LineState.APPROVED, "address": LineState.OPEN}
    assert verbs(change)[-3:] == ["change.returned", "change.amended", "change.proposed"]
    assert approve(change, person("sam")).state is Status.APPROVED


def test_a_returned_change_may_be_proposed_anew_as_it_is(adi: Customer) -> None:
    change = returned(wish(adi, person("ed"), KYC))
    assert edit(change, KYC).wait == Wait.DECISION
    assert asked(change) == KYC


def test_a_returned_change_that_needs_nobody_any_more_leaves_at_once(adi: Customer) -> None:
    change = returned(wish(adi, person("ed"), BOTH))
    assert (
        edit(change, {**PHONE, "occupation": HELD["occupation"], "address": HELD["address"]}).state is Status.APPROVED
    )
    assert fresh(change).expires_at is None


def test_what_others_wished_for_while_it_was_returned_is_in_its_way(adi: Customer) -> None:
    jo = person("jo")
    change = returned(wish(adi, person("ed"), KYC))
    theirs = wish(adi, jo, OTHER)
    with pytest.raises(AlreadyWaiting) as refusal:
        edit(change, KYC)
    assert refusal.value.changes == {"address": theirs.pk}
    assert (fresh(change).state, waiting(adi)) == (Status.RETURNED, {"address": theirs.pk})
    with pytest.raises(ReasonMissing):
        edit(change, KYC, replacing=over(theirs))
    edit(change, KYC, replacing=over(theirs), why="The customer confirmed mine.")
    assert waiting(adi) == dict.fromkeys(KYC, change.pk)
    assert (fresh(theirs).superseded_by, told(jo)) == (change, [(theirs.pk, About.REPLACED)])


@pytest.mark.parametrize("way", ["waiting", "returned"])
def test_what_waits_or_was_returned_can_be_withdrawn_and_leaves_nothing_behind(way: str, adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    review.claim(change.pk, by=person("ann"))
    if way == "returned":
        returned(change)
    ended = withdraw(change.pk, by=person("ed"))
    assert (ended.state, ended.wait, ended.expires_at) == (Status.WITHDRAWN, Wait.NOTHING, None)
    assert (ended.claimed_by, ended.claimed_at, ended.ended_at is None) == (None, None, False)
    assert waiting(adi) == {}
    assert Change.objects.to_decide().count() == Change.objects.needing_a_person().count() == 0


def test_what_has_ended_cannot_be_withdrawn_and_says_as_what(adi: Customer) -> None:
    change = reject(wish(adi, person("ed"), KYC), person("ann"))
    with pytest.raises(
        StepNotPossible, match=f"Change {change.pk} is “Rejected” now: there is nothing left to withdraw"
    ):
        withdraw(change.pk, by=person("ed"))


# Held for its author, and values that moved.


def test_what_is_held_for_its_author_goes_on_when_they_save_it(adi: Customer) -> None:
    change = held(wish(adi, person("ed"), PHONE))
    assert edit(change, PHONE).state is Status.APPROVED


def test_a_line_that_waits_no_longer_since_it_was_tried_waits_once_more(adi: Customer) -> None:
    change = held(wish(adi, person("ed"), {**PHONE, "email": "adi@example.com"}))
    Line.objects.filter(change=change).update(waiting=False)
    Change.objects.filter(pk=change.pk).update(tries=3, first_sent_at=database_now())
    edit(change, {**PHONE, "email": "adi.w@example.com"})
    assert waiting(adi) == {"phone": change.pk, "email": change.pk}
    assert (fresh(change).tries, fresh(change).first_sent_at) == (0, None)


def test_a_value_that_moved_starts_from_the_present_one_once_its_author_saw_that(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    approve(change, person("ann"), "address")
    shown = {name: adi.shown_digest(name, adi.record[name]) for name in KYC}
    take_over(adi, {"address": "Jl. Mawar 7, Bogor"}, by=None)
    with pytest.raises(ValuesMoved) as refusal:
        edit(change, {**KYC, "occupation": "OCC3"}, shown=shown)
    assert list(refusal.value.moves) == ["address"]
    edit(change, {"occupation": "OCC3"}, shown=shown)  # the other line alone was on that form
    assert Line.objects.get(change=change, field="address").has_moved(fresh(adi).record)
    now = fresh(adi)
    edit(change, {**KYC, "occupation": "OCC3"}, shown={name: now.shown_digest(name, now.record[name]) for name in KYC})
    line = Line.objects.get(change=change, field="address")
    assert (line.before, line.after) == ("Jl. Mawar 7, Bogor", KYC["address"])


# Who, and when not.


def test_nobody_else_edits_a_change(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    for who, problem in (("jo", "Only Ed Kowalski"), ("ann", "may not propose")):
        with pytest.raises(NotPermitted, match=problem):
            wish(adi, person(who), OTHER, amends=change.pk)
    assert asked(change) == KYC


@pytest.mark.parametrize("status", [Status.APPROVED, Status.SENDING, Status.REJECTED, Status.WITHDRAWN, Status.APPLIED])
def test_what_has_left_or_ended_is_not_edited(status: Status, adi: Customer) -> None:
    change = wish(adi, person("ed"), PHONE)
    Change.objects.filter(pk=change.pk).update(lease_until=database_now())
    for step in {Status.REJECTED: (Status.PROPOSED,), Status.APPLIED: (Status.SENDING,)}.get(status, ()):
        force(change, step)
    if status is not Status.APPROVED:
        force(change, status)
    with pytest.raises(StepNotPossible, match=f"is “{status.label}” by now"):
        edit(change, {"phone": "+6281311112222"})
    assert asked(change) == PHONE


def test_a_change_that_may_be_at_the_provider_is_not_edited(adi: Customer) -> None:
    change = held(wish(adi, person("ed"), PHONE))
    Change.objects.filter(pk=change.pk).update(maybe_applied=True)
    with pytest.raises(StepNotPossible):
        edit(change, {"phone": "+6281311112222"})


def test_a_change_of_another_customer_or_none_at_all_is_not_edited(adi: Customer) -> None:
    ed = person("ed")
    elsewhere = wish(sample(adi.connection, customer_id="cus_2"), ed, KYC)
    for number in (elsewhere.pk, elsewhere.pk + 1, 10**30):
        with pytest.raises(StepNotPossible, match="not one of this customer's"):
            wish(adi, ed, OTHER, amends=number)
    assert asked(elsewhere) == KYC


@pytest.mark.parametrize("way", ["amends", "replacing"])
def test_what_is_over_is_neither_edited_nor_let_go_by_an_edit(way: str, adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    approve(change, person("ann"), "occupation")
    Change.objects.filter(pk=change.pk).update(expires_at=database_now())
    put_back = {**KYC, "address": HELD["address"]}
    about: dict[str, Any] = {"amends": change.pk} if way == "amends" else {"replacing": over(change)}
    with pytest.raises(StepNotPossible, match="The time for deciding"):
        wish(adi, person("ed"), put_back if way == "amends" else OTHER, **about)
    assert expire() == 1
    if way == "amends":
        with pytest.raises(StepNotPossible, match="Expired"):
            edit(change, OTHER)
    else:
        assert wish(adi, person("ed"), OTHER, **about).pk != change.pk


# Sent twice, and at once.


def test_the_form_sent_twice_amends_once(adi: Customer) -> None:
    change = wish(adi, person("ed"), KYC)
    first = edit(change, OTHER, key="form-2")
    events = Event.objects.count()
    assert edit(change, OTHER, key="form-2") == first
    assert Event.objects.count() == events
    with pytest.raises(AlreadySaved) as refusal:
        edit(change, PHONE, key="form-2")
    assert refusal.value.change_id == change.pk


@pytest.mark.parametrize("way", ["amends", "replacing"])
def test_the_form_sent_twice_is_the_same_even_if_the_change_left_by_the_first(way: str, adi: Customer) -> None:
    ed, wishes = person("ed"), {"phone": "+6281311112222"}
    change = held(wish(adi, ed, PHONE))
    about: dict[str, Any] = {"amends": change.pk} if way == "amends" else {"replacing": over(change)}
    first = wish(adi, ed, wishes, key="form-2", **about)
    assert (first.pk, first.state) == (change.pk, Status.APPROVED)
    events = Event.objects.count()
    assert wish(adi, ed, wishes, key="form-2", **about) == first
    assert (Event.objects.count(), asked(change)) == (events, wishes)


@pytest.mark.usefixtures("live_db")
@pytest.mark.parametrize("number", range(5))
def test_an_edit_and_an_approval_at_the_same_moment_come_one_after_the_other(number: int) -> None:
    policy("KYC fields", "occupation", "address")
    adi, ed, ann = sample(connect("sqril")), person("ed"), person("ann")
    change = wish(adi, ed, {"address": KYC["address"]})
    page, outcomes = seen(change), list[Change | ConsoleError]()

    def decided() -> None:
        try:
            outcomes.append(review.approve(change.pk, by=ann, seen=page))
        except SeenOtherwise as refusal:
            outcomes.append(refusal)

    item = Proposal(adi.pk, OTHER, "form-2", amends=change.pk)
    side_by_side(decided, lambda: outcomes.extend(propose([item], by=ed)))
    [lost] = [outcome for outcome in outcomes if isinstance(outcome, ConsoleError)]
    if fresh(change).state is Status.APPROVED:
        assert (type(lost), asked(change)) == (StepNotPossible, {"address": KYC["address"]})
    else:
        assert (type(lost), asked(change)) == (SeenOtherwise, OTHER)
        assert not Decision.objects.exists()


@pytest.mark.usefixtures("live_db")
def test_the_form_sent_twice_at_once_amends_once() -> None:
    policy("KYC fields", "occupation", "address")
    adi, ed = sample(connect("sqril")), person("ed")
    change = wish(adi, ed, KYC)
    item, outcomes = Proposal(adi.pk, OTHER, "form-2", amends=change.pk), list[Change]()
    side_by_side(*[lambda: outcomes.append(propose_one(item, by=ed))] * 3)
    assert outcomes == [change] * 3
    assert verbs(change) == ["change.proposed", "change.amended"]
    assert not Notice.objects.exists()
