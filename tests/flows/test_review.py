"""Deciding: who may, on what exactly, and what becomes of the change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from console.errors import AlreadyWaiting, DecidedAlready, NotPermitted, StepNotPossible
from console.flows import review
from console.flows.propose import withdraw
from console.flows.record import database_now
from console.flows.said import LONGEST_REASON
from console.models import About, Change, Customer, Decision, Event, Grant, LineState, Notice, Role, Status, User, Wait
from providers.sandbox import Sandbox
from tests.cast import SAMPLES, connect, person, sample
from tests.deciding import approve, policy, reject, seen
from tests.flows.helpers import fresh, push, pushes, wish

pytestmark = pytest.mark.django_db

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}

type Step = Callable[[], object]


@pytest.fixture
def adi() -> Customer:
    return sample(connect("sqril"))


@pytest.fixture
def kyc() -> None:
    policy("KYC fields", "occupation", "address")


def states(change: Change) -> dict[str, LineState]:
    return {line.field: line.state for line in change.lines.all()}


def told(user: User) -> list[str]:
    """What somebody was told of, in order."""
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("about", flat=True))


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
    assert told(ed) == [About.PARTLY]
    assert Event.objects.get(verb="change.approved").details["left out"] == ["address"]

    assert push(adi) == 1
    assert fresh(change).status == Status.APPLIED
    [sent] = pushes(sandbox, "sqril")
    assert (sent["body"]["occupation"], sent["body"]["address"]) == ("OCC10", SAMPLES["sqril"]["address"])
    assert sent["body"]["phone"] == WISHES["phone"]
    assert states(change)["address"] is LineState.REJECTED


def test_what_is_approved_as_a_whole_is_told_so(adi: Customer, kyc: None) -> None:
    ed, ann = person("ed"), person("ann")
    change = wish(adi, ed, WISHES)
    assert approve(change, ann).state is Status.APPROVED
    assert (told(ed), told(ann)) == ([About.APPROVED], [])
    assert {(each.by.username, each.line.field) for each in Decision.objects.all()} == {
        ("ann", "occupation"),
        ("ann", "address"),
    }


def test_a_decision_and_its_event_name_the_policies_that_asked_and_hold_no_value(adi: Customer, kyc: None) -> None:
    change = wish(adi, person("ed"), WISHES)
    reject(change, person("ann"), "address", reason="Her call-back said Jl. Thamrin 8.")
    decision, event = Decision.objects.get(), Event.objects.get(verb="decision.rejected")
    asking = [{"name": "KYC fields", "version": 1, "approvals": 1}]
    for policies in (decision.policies, event.details["policies"]):
        assert [{name: each[name] for name in asking[0]} for each in policies if each["approvals"]] == asking
    assert (decision.reason, event.values) == ("Her call-back said Jl. Thamrin 8.", {"reason": decision.reason})
    assert "Thamrin" not in str(event.details)
    assert event.actor == person("ann")


@pytest.mark.parametrize("who", ["ed", "max", "ops", "rae", "jo", "vic"])
def test_only_somebody_else_who_may_decide_there_does(adi: Customer, kyc: None, who: str) -> None:
    change = wish(adi, person("ed"), WISHES)
    shown, somebody = seen(change), person(who)
    steps: list[Step] = [
        lambda: review.approve(change.pk, by=somebody, seen=shown),
        lambda: review.reject(change.pk, by=somebody, seen=shown, reason="No"),
        lambda: review.return_to_author(change.pk, by=somebody, reason="No"),
        lambda: review.claim(change.pk, by=somebody),
        lambda: review.release(change.pk, by=somebody),
    ]
    for step in steps:
        with pytest.raises(NotPermitted):
            step()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("flag", ["is_superuser", "is_staff"])
def test_invariant_18_an_author_who_may_decide_and_is_superuser_does_not_decide_on_their_own(
    adi: Customer, kyc: None, flag: str
) -> None:
    ed = person("ed")
    for role in Role:
        Grant.objects.get_or_create(user=ed, connection=None, role=role)
    setattr(ed, flag, True)
    ed.save()
    change = wish(adi, ed, WISHES)
    with pytest.raises(NotPermitted, match="You asked for this change yourself"):
        approve(change, User.objects.get(pk=ed.pk))
    assert not Decision.objects.exists()


def test_a_superuser_without_the_role_decides_on_nothing(adi: Customer, kyc: None) -> None:
    change = wish(adi, person("ed"), WISHES)
    root = User.objects.create_superuser("root", password="a long pass phrase of the cast")
    with pytest.raises(NotPermitted):
        approve(change, root)


def test_who_edited_a_line_of_it_is_no_judge_of_it(adi: Customer, kyc: None) -> None:
    change, ann = wish(adi, person("ed"), WISHES), person("ann")
    change.lines.get(field="phone").authorships.create(user=ann)
    with pytest.raises(NotPermitted, match="somebody else decides"):
        approve(change, ann, "occupation")


def test_who_edits_a_line_after_they_approved_has_not_approved_it_any_more(adi: Customer) -> None:
    policy("KYC fields", "occupation", approvals=2)
    change, ann, sam = wish(adi, person("ed"), {"occupation": "OCC10"}), person("ann"), person("sam")
    approve(change, ann)
    change.lines.get().authorships.create(user=ann)
    assert approve(change, sam).state is Status.PROPOSED


def test_an_approver_of_another_connection_decides_nothing_here(adi: Customer, kyc: None) -> None:
    change = wish(adi, person("ed"), WISHES)
    with pytest.raises(NotPermitted):
        approve(change, person("ann", connect("caibo")))


def test_two_approvals_take_two_people(adi: Customer) -> None:
    policy("KYC fields", "occupation", approvals=2)
    change, ann = wish(adi, person("ed"), {"occupation": "OCC10"}), person("ann")
    approve(change, ann)
    with pytest.raises(DecidedAlready, match="You have approved this already"):
        approve(change, ann)
    assert Decision.objects.count() == 1
    assert approve(change, person("sam")).status == Status.APPROVED


def test_of_lines_that_need_one_and_two_the_rest_waits_for_a_second_person(adi: Customer) -> None:
    policy("Anything", "occupation", "address")
    policy("Where they live", "address", approvals=2)
    change, ann, sam = wish(adi, person("ed"), WISHES), person("ann"), person("sam")
    approve(change, ann)
    assert states(change) == {
        "occupation": LineState.APPROVED,
        "address": LineState.OPEN,
        "phone": LineState.APPROVED,
    }
    with pytest.raises(DecidedAlready, match="Ann Mwangi approved Occupation already"):
        approve(change, sam, "occupation")
    assert approve(change, sam).state is Status.APPROVED
    assert Decision.objects.filter(by=sam).count() == 1


def test_what_needs_no_approval_is_not_approved_by_anybody(adi: Customer, kyc: None) -> None:
    change, ann = wish(adi, person("ed"), WISHES), person("ann")
    with pytest.raises(DecidedAlready, match=r"Phone\b.* needs no approval"):
        approve(change, ann, "phone")
    approve(change, ann, "occupation", "phone")
    assert [each.line.field for each in Decision.objects.all()] == ["occupation"]


def test_a_line_that_was_rejected_is_not_approved_and_who_rejected_it_is_said(adi: Customer, kyc: None) -> None:
    change = wish(adi, person("ed"), WISHES)
    shown = seen(change)
    reject(change, person("ann"), "address")
    steps: list[Step] = [
        lambda: review.approve(change.pk, by=person("sam"), seen=shown),
        lambda: review.reject(change.pk, by=person("sam"), seen=shown, reason="No"),
    ]
    for step in steps:
        with pytest.raises(DecidedAlready, match="Ann Mwangi rejected Address already"):
            step()


def test_when_every_line_is_rejected_the_change_is_and_its_author_is_told(adi: Customer, kyc: None) -> None:
    ed, ann = person("ed"), person("ann")
    change = wish(adi, ed, {"occupation": "OCC10", "address": WISHES["address"]})
    reject(change, ann, "occupation")
    assert fresh(change).state is Status.PROPOSED
    reject(change, person("sam"), "address")
    ended = fresh(change)
    assert (ended.state, ended.wait, ended.expires_at, ended.claimed_by) == (Status.REJECTED, Wait.NOTHING, None, None)
    assert ended.ended_at
    assert told(ed) == [About.REJECTED]
    assert not change.lines.filter(waiting=True).exists()


def test_a_line_that_somebody_approved_can_still_be_rejected_while_another_is_open(adi: Customer, kyc: None) -> None:
    change = wish(adi, person("ed"), WISHES)
    approve(change, person("ann"), "occupation")
    reject(change, person("sam"), "occupation")
    assert approve(change, person("ann"), "address").state is Status.APPROVED
    assert states(change)["occupation"] is LineState.REJECTED


def test_a_rejected_field_is_free_for_another_wish_while_the_rest_still_waits(adi: Customer, kyc: None) -> None:
    change, jo = wish(adi, person("ed"), WISHES), person("jo")
    with pytest.raises(AlreadyWaiting):
        wish(adi, jo, {"address": "Jl. Sudirman 1, Jakarta"})
    reject(change, person("ann"), "address")
    assert wish(adi, jo, {"address": "Jl. Sudirman 1, Jakarta"}).wait == Wait.DECISION


def test_what_is_left_goes_back_to_its_author_where_it_cannot_be_sent_without_the_rest(sandbox: Sandbox) -> None:
    """A record of SQRIL that has no phone number yet can be changed only together with one."""
    bare = sample(connect("sqril", sandbox), sandbox, phone=...)
    ed = person("ed")
    policy("Numbers", "phone")
    change = wish(bare, ed, {"phone": WISHES["phone"], "address": WISHES["address"]})
    returned = reject(change, person("ann"), "phone")
    assert (returned.state, returned.wait) == (Status.RETURNED, Wait.AUTHOR)
    assert "cannot be sent by itself" in returned.note
    assert "Phone" in returned.note
    assert told(ed) == [About.RETURNED]
    assert push(bare) == 0


def test_a_returned_change_waits_for_its_author_as_long_as_others_had_to_decide(adi: Customer, kyc: None) -> None:
    ed = person("ed")
    change = wish(adi, ed, WISHES)
    Change.objects.filter(pk=change.pk).update(expires_at=database_now().replace(year=2199))
    returned = review.return_to_author(change.pk, by=person("ann"), reason="Which Thamrin?")
    assert (returned.state, returned.wait, returned.note) == (Status.RETURNED, Wait.AUTHOR, "")
    assert returned.expires_at
    assert 71 < (returned.expires_at - database_now()).total_seconds() / 3600 <= 72
    assert told(ed) == [About.RETURNED]
    event = Event.objects.get(verb="decision.returned")
    assert event.values == {"reason": "Which Thamrin?"}


def test_a_returned_change_is_decided_by_nobody_and_can_be_withdrawn(adi: Customer, kyc: None) -> None:
    ed, ann = person("ed"), person("ann")
    change = wish(adi, ed, WISHES)
    review.return_to_author(change.pk, by=ann, reason="Which Thamrin?")
    with pytest.raises(StepNotPossible, match="Ann Mwangi returned it to its author"):
        approve(change, person("sam"))
    assert withdraw(change.pk, by=ed).state is Status.WITHDRAWN
    assert not change.lines.filter(waiting=True).exists()


@pytest.mark.parametrize("text", ["", "  \n", "x" * (LONGEST_REASON + 1)])
def test_a_reason_is_a_sentence_and_no_novel(adi: Customer, kyc: None, text: str) -> None:
    change, ann = wish(adi, person("ed"), WISHES), person("ann")
    events = Event.objects.count()
    steps: list[Step] = [
        lambda: review.reject(change.pk, by=ann, seen=seen(change), reason=text),
        lambda: review.return_to_author(change.pk, by=ann, reason=text),
        lambda: review.comment(change.pk, by=ann, text=text),
    ]
    for step in steps:
        with pytest.raises(StepNotPossible):
            step()
    assert (Event.objects.count(), fresh(change).state) == (events, Status.PROPOSED)


def test_a_comment_is_told_to_the_author_and_the_answer_to_who_asked(adi: Customer, kyc: None) -> None:
    ed, ann, sam = person("ed"), person("ann"), person("sam")
    change = wish(adi, ed, WISHES)
    review.comment(change.pk, by=ann, text="Is that her new job?", field="occupation")
    review.comment(change.pk, by=ed, text="Since May.", field="occupation")
    assert (told(ed), told(ann), told(sam)) == ([About.COMMENTED], [About.COMMENTED], [])
    first = Event.objects.filter(verb="change.commented").earliest("pk")
    assert (first.details, first.values) == ({"fields": ["occupation"]}, {"comment": "Is that her new job?"})


def test_a_comment_is_about_a_line_that_there_is_by_somebody_who_sees_it(adi: Customer, kyc: None) -> None:
    change = wish(adi, person("ed"), WISHES)
    with pytest.raises(StepNotPossible, match="does not ask for that field"):
        review.comment(change.pk, by=person("ann"), text="Hm", field="email")
    with pytest.raises(NotPermitted):
        review.comment(change.pk, by=person("vic"), text="Hm")


def test_whoever_takes_a_request_keeps_others_from_taking_it_for_half_an_hour(adi: Customer, kyc: None) -> None:
    change, ann, sam = wish(adi, person("ed"), WISHES), person("ann"), person("sam")
    review.claim(change.pk, by=ann)
    with pytest.raises(StepNotPossible, match="Ann Mwangi has taken it"):
        review.claim(change.pk, by=sam)
    assert review.claim(change.pk, by=ann).claimed_by == ann
    Change.objects.filter(pk=change.pk).update(claimed_at=database_now() - review.CLAIM_LASTS)
    assert review.holder_of(fresh(change)) is None
    assert review.holder_of(review.claim(change.pk, by=sam)) == sam


def test_what_was_taken_can_be_let_go_and_decided_by_others_meanwhile(adi: Customer, kyc: None) -> None:
    change, ann, sam = wish(adi, person("ed"), WISHES), person("ann"), person("sam")
    review.claim(change.pk, by=ann)
    review.release(change.pk, by=sam)
    assert review.holder_of(fresh(change)) is None
    review.claim(change.pk, by=ann)
    approved = approve(change, sam)
    assert (approved.state, approved.claimed_by, approved.claimed_at) == (Status.APPROVED, None, None)


def test_a_claim_of_what_is_decided_is_refused(adi: Customer, kyc: None) -> None:
    change, ann = wish(adi, person("ed"), WISHES), person("ann")
    approve(change, ann)
    for step in (review.claim, review.release):
        with pytest.raises(StepNotPossible, match="Ann Mwangi approved it"):
            step(change.pk, by=person("sam"))


def test_choosing_nothing_decides_nothing(adi: Customer, kyc: None) -> None:
    change, ann = wish(adi, person("ed"), WISHES), person("ann")
    with pytest.raises(StepNotPossible, match="at least one line"):
        review.approve(change.pk, by=ann, seen={})
    with pytest.raises(StepNotPossible, match="at least one line"):
        review.reject(change.pk, by=ann, seen={}, reason="No")
