"""The last gate: what was altered past the flows, or lacks an approval by then, is not sent and goes to its author."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from procrastinate.contrib.django.utils import connector_params

from console.errors import StepNotPossible
from console.flows.claims import Claim
from console.flows.decide import confirm
from console.flows.deliver import claim
from console.flows.glass import break_glass
from console.flows.held import release
from console.flows.propose import withdraw
from console.flows.record import database_now
from console.flows.resolve import try_again
from console.flows.send import send
from console.flows.settle import settle
from console.models import About, Change, Connection, Customer, Event, Grant, Line, Notice, PolicyVersion, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.deciding import approve, policy, reject, reword
from tests.flows.helpers import fresh, make_due, push, pushes, wish
from tests.flows.test_glass import holding_the_hammer
from tests.flows.test_review_moves import moves
from tests.forcing import force

pytestmark = pytest.mark.usefixtures("live_db", "quick")

WISHES = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}


@pytest.fixture
def adi(live_db: object, sandbox: Sandbox) -> Customer:
    policy("KYC fields", "occupation", "address")
    return sample(connect("sqril", sandbox), sandbox)


@pytest.fixture
def approved(adi: Customer) -> Change:
    change = wish(adi, person("ed"), WISHES)
    return approve(change, person("ann"))


def by_the_owner(*statements: str, **values: object) -> None:
    """Past the application and its role: by whoever owns the tables, with their triggers off where they can be."""
    with psycopg.connect(**connector_params("owner")) as session:
        for statement in statements:
            session.execute(statement.encode(), values)


def without_triggers(table: str, *statements: str, **values: object) -> None:
    """What only somebody can do who takes the guards of the database away first."""
    off, on = f"ALTER TABLE {table} DISABLE TRIGGER USER", f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER"
    names = ("decision_is_fit", "decision_is_not_altered", "decisions_are_not_truncated")
    by_the_owner(off, *statements, *(f"{on} {name}" for name in names), **values)


def assert_not_sent(change: Change, sandbox: Sandbox, note: str) -> None:
    """It went back to its author, who is told why."""
    push(change.customer)
    held = fresh(change)
    assert (held.state, held.wait, held.approved_place) == (Status.PROPOSED, Wait.AUTHOR, None)
    assert note in held.note
    assert pushes(sandbox, change.connection.provider_slug) == []
    notice = Notice.objects.filter(change=change).latest("pk")
    assert (notice.user, notice.about, notice.by) == (change.requester, About.VOID, None)
    assert Event.objects.filter(change=change).latest("pk").details["void"] is True


def line_of(change: Change, field: str) -> Line:
    return Line.objects.select_related("change__customer__connection").get(change=change, field=field)


class TestInvariant16:
    """An approval covers exactly what was asked, at the claim, too."""

    def test_a_value_of_another_change_for_the_same_field(self, adi: Customer, sandbox: Sandbox) -> None:
        ed = person("ed")
        other = withdraw(wish(adi, ed, {"occupation": "OCC1"}).pk, by=ed)
        change = approve(wish(adi, ed, WISHES), person("ann"))
        by_the_owner(
            """UPDATE console_line SET sealed_after = other.sealed_after FROM console_line other
            WHERE console_line.change_id = %(change)s AND console_line.field = 'occupation'
            AND other.change_id = %(other)s""",
            change=change.pk,
            other=other.pk,
        )
        assert_not_sent(change, sandbox, "no longer what was saved")

    def test_a_sealed_value_of_another_line(self, approved: Change, sandbox: Sandbox) -> None:
        """It was sealed for another field, so that it cannot even be opened."""
        by_the_owner(
            """UPDATE console_line SET sealed_after = other.sealed_after FROM console_line other
            WHERE console_line.change_id = %(change)s AND console_line.field = 'occupation'
            AND other.change_id = %(change)s AND other.field = 'address'""",
            change=approved.pk,
        )
        push(approved.customer)
        assert pushes(sandbox, "sqril") == []
        assert "altered, moved" in fresh(approved).note

    @pytest.mark.parametrize("column", ["sealed_before", "sealed_after"])
    def test_what_it_starts_from_and_what_it_asks_for(self, approved: Change, sandbox: Sandbox, column: str) -> None:
        key, name = approved.customer.key, column.replace("sealed_", "line ")
        Line.objects.filter(change=approved, field="address").update(
            **{column: key.seal(name, "address", "Jl. Pencuri 1")}
        )
        assert_not_sent(approved, sandbox, "no longer what was saved")

    def test_another_record_that_it_would_go_to(self, approved: Change, sandbox: Sandbox) -> None:
        by_the_owner(
            """UPDATE console_customer SET identity = '{"customer_id": "cus_somebody_else"}' WHERE id = %(customer)s""",
            customer=approved.customer_id,
        )
        assert_not_sent(approved, sandbox, "What would be sent is no longer what was saved")

    def test_a_digest_that_was_altered(self, approved: Change, sandbox: Sandbox) -> None:
        Line.objects.filter(change=approved, field="address").update(digest=b"\0" * 32)
        assert_not_sent(approved, sandbox, "no longer what was saved")

    def test_a_value_altered_with_the_digest_that_belongs_to_it(self, approved: Change, sandbox: Sandbox) -> None:
        """By somebody who has the keys, too: nobody approved that."""
        line = line_of(approved, "address")
        line.seal(line.before, "Jl. Pencuri 1")
        line.digest = line.current_digest()
        line.save()
        assert_not_sent(approved, sandbox, "lacks an approval")

    def test_a_line_that_nobody_was_asked_about(self, approved: Change, sandbox: Sandbox) -> None:
        key = approved.customer.key
        Line.objects.filter(change=approved, field="phone").update(
            sealed_after=key.seal("line after", "phone", "+62800000")
        )
        assert_not_sent(approved, sandbox, "no longer what was saved")

    def test_a_rejected_line_put_back(self, adi: Customer, sandbox: Sandbox) -> None:

        change, ann = wish(adi, person("ed"), WISHES), person("ann")
        reject(change, ann, "address")
        approve(change, ann, "occupation")
        Line.objects.filter(change=change, field="address").update(decision="approved")
        assert_not_sent(change, sandbox, "lacks an approval")


class TestInvariant19:
    """No step is skipped, not by SQL either."""

    def test_decisions_that_are_gone(self, approved: Change, sandbox: Sandbox) -> None:
        without_triggers("console_decision", "DELETE FROM console_decision")
        assert_not_sent(approved, sandbox, "lacks an approval")

    def test_decisions_about_something_else(self, approved: Change, sandbox: Sandbox) -> None:
        without_triggers("console_decision", "UPDATE console_decision SET digest = sha256('other')")
        assert_not_sent(approved, sandbox, "lacks an approval")

    def test_decisions_that_were_rejections(self, approved: Change, sandbox: Sandbox) -> None:
        without_triggers("console_decision", "UPDATE console_decision SET act = 'reject'")
        assert_not_sent(approved, sandbox, "lacks an approval")

    def test_needs_that_were_raised(self, approved: Change, sandbox: Sandbox) -> None:
        Line.objects.filter(change=approved, field="address").update(needs=2)
        assert_not_sent(approved, sandbox, "lacks an approval")

    def test_needs_that_were_lowered_to_get_by_without_approval(self, adi: Customer, sandbox: Sandbox) -> None:
        change = wish(adi, person("ed"), WISHES)
        Line.objects.filter(change=change).update(needs=0, decision="approved")
        now = database_now()
        force(change, Status.APPROVED, wait=Wait.TURN, approved_place=1, approved_at=now, next_attempt_at=now)
        assert_not_sent(change, sandbox, "lacks an approval")

    def test_a_change_without_lines_to_send(self, approved: Change, sandbox: Sandbox) -> None:
        Line.objects.filter(change=approved).update(decision="rejected")
        assert_not_sent(approved, sandbox, "lacks an approval")

    def test_what_was_never_approved_is_not_claimed(self, adi: Customer, sandbox: Sandbox) -> None:
        wish(adi, person("ed"), WISHES)
        assert push(adi) == 0
        assert pushes(sandbox, "sqril") == []


def test_what_a_stricter_policy_asks_for_by_then_is_lacking(approved: Change, sandbox: Sandbox) -> None:
    policy("Where they live", "address", approvals=2)
    assert_not_sent(approved, sandbox, "lacks an approval")
    assert confirm(approved.pk, by=person("ed")).wait == Wait.DECISION
    approve(approved, person("sam"), "address")
    push(approved.customer)
    assert fresh(approved).state is Status.APPLIED


def test_a_person_who_lost_the_role_after_it_was_let_go_had_it_when_they_approved(
    approved: Change, sandbox: Sandbox
) -> None:
    Grant.objects.filter(user=person("ann")).delete()
    push(approved.customer)
    assert fresh(approved).state is Status.APPLIED


def test_what_was_sent_without_approval_lacks_none(adi: Customer, sandbox: Sandbox) -> None:
    change = wish(adi, person("ed"), WISHES)
    break_glass(change.pk, by=holding_the_hammer("ops"), reason="It burns")
    policy("Where they live", "address", approvals=2)
    push(adi)
    assert fresh(change).state is Status.APPLIED


def test_what_was_sent_without_approval_is_sent_as_it_was_then(adi: Customer, sandbox: Sandbox) -> None:
    change = wish(adi, person("ed"), WISHES)
    break_glass(change.pk, by=holding_the_hammer("ops"), reason="It burns")
    altered = adi.key.seal("line after", "address", "Jl. Pencuri 1")
    Line.objects.filter(change=change, field="address").update(sealed_after=altered)
    assert_not_sent(change, sandbox, "no longer what was saved")


def test_invariant_20_an_approval_waits_seven_days_and_then_counts_no_longer(
    approved: Change, sandbox: Sandbox
) -> None:
    eight_days_ago = database_now() - timedelta(days=8)
    Change.objects.filter(pk=approved.pk).update(approved_at=eight_days_ago)
    without_triggers("console_decision", "UPDATE console_decision SET at = %(then)s", then=eight_days_ago)
    assert_not_sent(approved, sandbox, "older than 7 days")
    again = confirm(approved.pk, by=person("ed"))
    assert (again.wait, {line.decision for line in again.lines.filter(needs=1)}) == (Wait.DECISION, {"open"})
    assert approve(approved, person("sam")).state is Status.APPROVED
    push(approved.customer)
    assert fresh(approved).state is Status.APPLIED


def test_what_came_back_for_another_reason_leaves_with_the_approvals_it_has(approved: Change, sandbox: Sandbox) -> None:
    Line.objects.filter(change=approved, field="address").update(needs=2)
    assert_not_sent(approved, sandbox, "lacks an approval")
    assert confirm(approved.pk, by=person("ed")).state is Status.APPROVED
    push(approved.customer)
    assert fresh(approved).state is Status.APPLIED


def test_a_field_that_the_connection_has_no_longer_is_not_sent(sandbox: Sandbox) -> None:
    asha = sample(connect("timepay", sandbox, fields="city:text"), sandbox)
    change = wish(asha, person("ed"), {"city": "Pune"})
    Connection.objects.filter(pk=asha.connection_id).update(options={})
    assert_not_sent(change, sandbox, "no field city any more")


def test_what_waits_for_a_field_that_is_gone_is_not_confirmed_either(sandbox: Sandbox) -> None:
    asha, ed = sample(connect("timepay", sandbox, fields="city:text"), sandbox), person("ed")
    change = wish(asha, ed, {"city": "Pune"})
    Connection.objects.filter(pk=asha.connection_id).update(options={})
    push(asha)
    with pytest.raises(StepNotPossible, match="no field city any more"):
        confirm(change.pk, by=ed)
    assert withdraw(change.pk, by=ed).state is Status.WITHDRAWN


def test_the_author_is_told_when_an_earlier_change_of_the_same_field_was_not_applied(
    adi: Customer, sandbox: Sandbox
) -> None:
    ed, jo = person("ed"), person("jo")
    first = wish(adi, ed, {"phone": WISHES["phone"]})
    claimed = claim(adi.connection_id)
    assert isinstance(claimed, Claim)
    second = wish(adi, jo, {"phone": "+6281200000000"})
    sandbox.fault("sqril", "refuse", field="phone", message="no")
    settle(claimed, send(claimed))
    assert (fresh(first).state, fresh(second).wait) == (Status.REFUSED, Wait.AUTHOR)
    assert [notice.about for notice in Notice.objects.filter(user=jo)] == [About.VOID]


def hold(change: Change) -> None:
    """What is done with it when a restored backup was noticed."""
    nothing = {"approved_place": None, "approved_at": None, "next_attempt_at": None}
    force(change, Status.PROPOSED, wait=Wait.RESTORED, **nothing)


def test_what_a_restored_backup_held_is_released_with_the_approvals_it_has(approved: Change, sandbox: Sandbox) -> None:
    hold(approved)
    release(approved.pk, by=person("ops"), reason="It is not there yet.")
    push(approved.customer)
    assert fresh(approved).state is Status.APPLIED


def test_what_a_restored_backup_held_is_not_released_without_approvals(approved: Change, sandbox: Sandbox) -> None:
    hold(approved)
    _moved(approved)
    with pytest.raises(StepNotPossible, match="lacks an approval"):
        release(approved.pk, by=person("ops"), reason="It is not there yet.")


def _moved(change: Change) -> None:
    moves(change.customer, address="Jl. Sudirman 1, Jakarta")


def _stricter(_: Change) -> None:
    policy("Where they live", "address", approvals=2)


def _left(_: Change) -> None:
    Grant.objects.filter(user=person("ann")).delete()


def test_what_was_refused_is_sent_again_with_the_approvals_it_has(approved: Change, sandbox: Sandbox) -> None:
    sandbox.fault("sqril", "refuse", field="address", message="no")
    push(approved.customer)
    assert fresh(approved).state is Status.REFUSED
    try_again(approved.pk, by=person("ed"))
    push(approved.customer)
    assert fresh(approved).state is Status.APPLIED


def _moved_and_asked_for_no_more(change: Change) -> None:
    reword(PolicyVersion.objects.get(name="KYC fields"), approvals=0)
    _moved(change)


@pytest.mark.parametrize("meanwhile", [_moved, _stricter, _left, _moved_and_asked_for_no_more])
def test_what_was_refused_is_not_sent_again_where_an_approval_does_not_cover_it_any_more(
    approved: Change, sandbox: Sandbox, meanwhile: Callable[[Change], None]
) -> None:
    sandbox.fault("sqril", "refuse", field="address", message="no")
    push(approved.customer)
    meanwhile(approved)
    with pytest.raises(StepNotPossible, match="lacks an approval"):
        try_again(approved.pk, by=person("ed"))
    assert fresh(approved).state is Status.REFUSED


def test_what_needs_no_approval_starts_from_now_when_it_is_sent_again(adi: Customer, sandbox: Sandbox) -> None:
    ed = person("ed")
    change = wish(adi, ed, {"phone": WISHES["phone"]})
    sandbox.fault("sqril", "refuse", field="phone", message="no")
    push(adi)
    sandbox.seed("sqril", [{**adi.record, "phone": "+62811111111"}])
    moves(adi, phone="+62811111111")
    try_again(change.pk, by=ed)
    make_due(change)
    push(adi)
    assert fresh(change).state is Status.APPLIED
