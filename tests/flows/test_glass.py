"""Break-glass: what could not wait is sent at once, everybody is told, and a reviewer looks into it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from console.errors import NotPermitted, SeenOtherwise, StepNotPossible
from console.flows import glass, review
from console.flows.decide import confirm
from console.flows.glass import break_glass
from console.flows.record import database_now
from console.flows.resolve import try_again
from console.models import (
    About,
    Change,
    Connection,
    Customer,
    Decision,
    Emergency,
    Event,
    Grant,
    Line,
    LineState,
    Notice,
    PolicyVersion,
    Role,
    Status,
    User,
    Wait,
)
from console.models.judging import APPROVAL_LASTS
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.deciding import approve, policy, reject, reword, seen
from tests.flows.helpers import fresh, push, pushes, wish
from tests.flows.test_review_moves import moves

pytestmark = pytest.mark.django_db

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}
REASON = "Her flight leaves in an hour."


@pytest.fixture
def adi(sandbox: Sandbox) -> Customer:
    policy("KYC fields", "occupation", "address")
    return sample(connect("sqril", sandbox), sandbox)


def holding_the_hammer(username: str) -> User:
    """Somebody of the cast who may also send without approval."""
    user = person(username)
    Grant.objects.get_or_create(user=user, connection=None, role=Role.BREAK_GLASS)
    return user


def test_it_is_sent_at_once_told_to_all_concerned_and_put_on_the_list(adi: Customer, sandbox: Sandbox) -> None:
    ed, ann, sam, rae, ops = (person(name) for name in ("ed", "ann", "sam", "rae", "ops"))
    change = wish(adi, ed, WISHES)
    approve(change, ann, "occupation")
    approved = break_glass(change.pk, by=holding_the_hammer("ops"), reason=REASON, seen=seen(change, *WISHES))
    assert approved.state is Status.APPROVED
    event = Event.objects.get(verb="change.approved")
    assert (event.actor, event.details["emergency"], event.details["without"]) == (ops, True, ["address"])
    assert event.values == {"reason": REASON}
    told = {notice.user for notice in Notice.objects.filter(about=About.EMERGENCY, change=change)}
    assert told == {ed, ann, sam, rae}
    emergency = Emergency.objects.get()
    assert (emergency.by, emergency.reason, emergency.closed_at) == (ops, REASON, None)
    assert push(adi) == 1
    assert fresh(change).state is Status.APPLIED
    assert pushes(sandbox, "sqril")[0]["body"]["address"] == WISHES["address"]


def test_its_author_may_break_the_glass_with_that_right_and_only_with_it(adi: Customer) -> None:
    change = wish(adi, person("ed"), WISHES)
    for name in ("ed", "ann", "max", "ops", "rae"):
        with pytest.raises(NotPermitted, match="send a change at once"):
            break_glass(change.pk, by=person(name), reason=REASON)
    assert not Emergency.objects.exists()
    ed = holding_the_hammer("ed")
    assert break_glass(change.pk, by=ed, reason=REASON).state is Status.APPROVED
    assert not Notice.objects.filter(user=ed).exists()


def test_it_takes_a_reason_and_a_request_that_waits(adi: Customer) -> None:
    change, ops = wish(adi, person("ed"), WISHES), holding_the_hammer("ops")
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(StepNotPossible):
            break_glass(change.pk, by=ops, reason=reason)
    assert not Emergency.objects.exists()
    break_glass(change.pk, by=ops, reason=REASON)
    with pytest.raises(StepNotPossible, match="Olu Peters sent it without its approvals"):
        break_glass(change.pk, by=ops, reason=REASON)
    assert Emergency.objects.count() == 1


def test_a_page_that_shows_something_else_sends_nothing(adi: Customer) -> None:
    change, ops = wish(adi, person("ed"), WISHES), holding_the_hammer("ops")
    shown = seen(change)
    moves(adi, address="Jl. Sudirman 1, Jakarta")
    with pytest.raises(SeenOtherwise, match="Address"):
        break_glass(change.pk, by=ops, reason=REASON, seen=shown)


def test_a_line_that_was_rejected_is_not_sent_by_it(adi: Customer, sandbox: Sandbox) -> None:
    change, ops = wish(adi, person("ed"), WISHES), holding_the_hammer("ops")
    reject(change, person("ann"), "address")
    break_glass(change.pk, by=ops, reason=REASON)
    assert change.lines.get(field="address").state is LineState.REJECTED
    push(adi)
    [sent] = pushes(sandbox, "sqril")
    assert (sent["body"]["occupation"], sent["body"]["address"]) == ("OCC10", adi.record["address"])


def test_what_moved_starts_from_the_present_value(adi: Customer, sandbox: Sandbox) -> None:
    change, ops = wish(adi, person("ed"), WISHES), holding_the_hammer("ops")
    approve(change, person("ann"), "occupation")
    sandbox.seed("sqril", [{**adi.record, "occupation": "OCC7", "phone": "+62811111111"}])
    moves(adi, occupation="OCC7", phone="+62811111111")
    break_glass(change.pk, by=ops, reason=REASON)
    assert Event.objects.get(verb="change.approved").details["without"] == ["occupation", "address"]
    push(adi)
    assert fresh(change).state is Status.APPLIED


def test_what_was_altered_cannot_be_sent_by_it_either(adi: Customer) -> None:
    change, ops = wish(adi, person("ed"), WISHES), holding_the_hammer("ops")
    altered = adi.key.seal("line after", "address", "Jl. Pencuri 1")
    Line.objects.filter(change=change, field="address").update(sealed_after=altered)
    with pytest.raises(StepNotPossible, match="would not be sent as it was saved"):
        break_glass(change.pk, by=ops, reason=REASON)


def test_a_field_that_the_connection_has_no_longer_is_not_sent_by_it() -> None:
    asha, ops = sample(connect("timepay", fields="city:text")), holding_the_hammer("ops")
    policy("All", "city")
    change = wish(asha, person("ed"), {"city": "Pune"})
    Connection.objects.filter(pk=asha.connection_id).update(options={})
    with pytest.raises(StepNotPossible, match="no field city any more"):
        break_glass(change.pk, by=ops, reason=REASON)


def test_what_the_rules_of_the_provider_refuse_by_now_is_not_sent_by_it() -> None:
    asha, ops = sample(connect("timepay", payment_statuses="waived")), holding_the_hammer("ops")
    policy("All", "payment_status")
    change = wish(asha, person("ed"), {"payment_status": "waived"})
    Connection.objects.filter(pk=asha.connection_id).update(options={})
    with pytest.raises(StepNotPossible, match="cannot be sent like this"):
        break_glass(change.pk, by=ops, reason=REASON)


def test_a_reviewer_closes_it_who_neither_sent_nor_asked_for_it(adi: Customer) -> None:
    ed, ops, rae = person("ed"), holding_the_hammer("ops"), person("rae")
    for user in (ed, ops):
        Grant.objects.create(user=user, role=Role.REVIEWER)
    change = wish(adi, ed, WISHES)
    break_glass(change.pk, by=ops, reason=REASON)
    for user in (ed, ops):
        with pytest.raises(NotPermitted, match="another reviewer closes it"):
            glass.close(change.pk, by=User.objects.get(pk=user.pk), finding="Fine")
    with pytest.raises(NotPermitted, match="read the audit"):
        glass.close(change.pk, by=person("ann"), finding="Fine")
    with pytest.raises(StepNotPossible, match="Say what you found"):
        glass.close(change.pk, by=rae, finding=" ")
    closed = glass.close(change.pk, by=rae, finding="She was at the gate.")
    assert (closed.closed_by, fresh(closed).closed_by, fresh(closed).finding) == (rae, rae, "She was at the gate.")
    event = Event.objects.get(verb="emergency.closed")
    assert (event.actor, event.values) == (rae, {"finding": "She was at the gate."})
    with pytest.raises(StepNotPossible, match="Rae Okafor has closed this already"):
        glass.close(change.pk, by=rae, finding="Again")


def test_what_went_the_usual_way_is_on_no_list(adi: Customer) -> None:
    change = wish(adi, person("ed"), WISHES)
    with pytest.raises(StepNotPossible, match="was not sent without its approvals"):
        glass.close(change.pk, by=person("rae"), finding="Fine")


def test_the_database_lets_nobody_close_their_own(adi: Customer) -> None:
    change, ops = wish(adi, person("ed"), WISHES), holding_the_hammer("ops")
    break_glass(change.pk, by=ops, reason=REASON)
    with pytest.raises(IntegrityError, match="nobody_closes_their_own_emergency"), transaction.atomic():
        Emergency.objects.update(closed_by=ops, closed_at=database_now())


def test_what_came_back_asks_for_approvals_and_is_listed_anew_if_it_goes_without_again(adi: Customer) -> None:
    ed, ops, rae = person("ed"), holding_the_hammer("ops"), person("rae")
    change = wish(adi, ed, WISHES)
    break_glass(change.pk, by=ops, reason=REASON)
    glass.close(change.pk, by=rae, finding="Fine")
    Change.objects.filter(pk=change.pk).update(approved_at=database_now() - APPROVAL_LASTS * 2)
    push(adi)
    assert (fresh(change).state, fresh(change).wait) == (Status.PROPOSED, Wait.AUTHOR)
    assert confirm(change.pk, by=ed).wait == Wait.DECISION
    break_glass(change.pk, by=ops, reason="Now it burns again.")
    listed = Emergency.objects.get()
    assert (listed.closed_at, listed.closed_by, listed.finding, listed.reason) == (
        None,
        None,
        "",
        "Now it burns again.",
    )


def test_it_goes_once_more_after_a_refusal_without_being_asked_again(adi: Customer, sandbox: Sandbox) -> None:
    ed, ops = person("ed"), holding_the_hammer("ops")
    change = wish(adi, ed, WISHES)
    break_glass(change.pk, by=ops, reason=REASON)
    sandbox.fault("sqril", "refuse", field="address", message="no")
    push(adi)
    assert fresh(change).state is Status.REFUSED
    assert try_again(change.pk, by=ed).approved_at == Emergency.objects.get().at
    push(adi)
    assert fresh(change).state is Status.APPLIED


def test_what_came_back_since_is_covered_by_its_approvals_alone(adi: Customer, sandbox: Sandbox) -> None:
    ed, ops, ann = person("ed"), holding_the_hammer("ops"), person("ann")
    change = wish(adi, ed, WISHES)
    break_glass(change.pk, by=ops, reason=REASON)
    reword(PolicyVersion.objects.get(name="KYC fields"), approvals=2)
    Line.objects.filter(change=change, field="phone").update(digest=b"")
    push(adi)
    assert confirm(change.pk, by=ed).wait == Wait.DECISION
    approve(change, ann)
    assert approve(change, person("sam")).state is Status.APPROVED
    sandbox.fault("sqril", "refuse", field="address", message="no")
    push(adi)
    assert fresh(change).state is Status.REFUSED
    Grant.objects.filter(user=ann).delete()
    with pytest.raises(StepNotPossible, match="lacks an approval"):
        try_again(change.pk, by=ed)


@pytest.mark.parametrize("why", ["moved", "long ago"])
def test_it_does_not_go_once_more_where_something_else_would_be_sent(adi: Customer, sandbox: Sandbox, why: str) -> None:
    ed, ops = person("ed"), holding_the_hammer("ops")
    change = wish(adi, ed, WISHES)
    break_glass(change.pk, by=ops, reason=REASON)
    sandbox.fault("sqril", "refuse", field="address", message="no")
    push(adi)
    if why == "moved":
        moves(adi, address="Jl. Sudirman 1, Jakarta")
    else:
        Emergency.objects.update(at=database_now() - APPROVAL_LASTS * 2)
    with pytest.raises(StepNotPossible, match="lacks an approval"):
        try_again(change.pk, by=ed)
    assert fresh(change).state is Status.REFUSED


def test_nobody_decides_on_what_was_sent_without_approval(adi: Customer) -> None:
    change, ops = wish(adi, person("ed"), WISHES), holding_the_hammer("ops")
    shown = seen(change)
    break_glass(change.pk, by=ops, reason=REASON)
    with pytest.raises(StepNotPossible, match="Olu Peters sent it without its approvals"):
        review.approve(change.pk, by=person("ann"), seen=shown)
    assert not Decision.objects.exists()
