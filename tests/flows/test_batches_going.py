"""Batches under way: the first few, the others, and what a person does about them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.errors import NotPermitted, StepNotPossible
from console.flows import batches, resolve
from console.flows.batches import deciding, feeding
from console.flows.batches.feeding import feed
from console.flows.batches.looking import held_up
from console.flows.erase import agree, ask
from console.flows.pausing import pause as pause_connection
from console.flows.record import database_now
from console.models import (
    CANARY,
    About,
    Authorship,
    Batch,
    BatchStatus,
    Change,
    Confirmation,
    Connection,
    Decision,
    Event,
    Grant,
    Notice,
    Origin,
    Role,
    Status,
    User,
    Verdict,
    Wait,
)
from providers.sandbox import Sandbox
from tests.cast import connect, person
from tests.deciding import approve as approve_change
from tests.deciding import policy, reword
from tests.flows.batching import (
    PHONE,
    approve,
    asked,
    at_caibo,
    fresh,
    go,
    left_unknown,
    members,
    people,
    reject,
    states,
)
from tests.flows.helpers import push, pushes, wish

pytestmark = pytest.mark.django_db

NEW = {"phone": "+6281299887766"}


@pytest.fixture
def kyc() -> None:
    policy("Everything")


@pytest.fixture
def sqril(sandbox: Sandbox, kyc: None) -> Connection:
    return connect("sqril", sandbox)


def under_way(connection: Connection, sandbox: Sandbox, count: int, **more: str) -> Batch:
    """Approved, and nothing of it has left yet."""
    batch = asked(people(connection, count, sandbox, **more), person("ed"), NEW)
    return approve(batch, person("ann"))


def verbs(batch: Batch) -> list[str]:
    return list(Event.objects.filter(subject=f"batch:{batch.pk}").order_by("number").values_list("verb", flat=True))


def test_what_waits_behind_an_earlier_change_takes_nobodys_place(
    sandbox: Sandbox, sqril: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "AT_LEAST", 1)
    monkeypatch.setattr(feeding, "SECONDS_AHEAD", 0)
    customers = people(sqril, 9, sandbox)
    older = left_unknown(customers[6])
    batch = approve(asked(customers, person("ed"), NEW), person("ann"))
    go(sqril)
    assert states(batch) == [Status.APPLIED] * 6 + [Status.APPROVED] + [Status.APPLIED] * 2
    assert (fresh(batch).state, held_up(batch)) == (BatchStatus.GOING, 1)
    resolve.close(older.pk, by=person("ops"), verdict=Verdict.NOT_APPLIED, reason="They say so.")
    go(sqril)
    assert fresh(batch).state is BatchStatus.DONE


def test_among_the_first_it_keeps_the_others_back(sandbox: Sandbox, sqril: Connection) -> None:
    customers = people(sqril, 9, sandbox)
    left_unknown(customers[2])
    batch = approve(asked(customers, person("ed"), NEW), person("ann"))
    go(sqril)
    assert [fresh(batch).state, held_up(batch)] == [BatchStatus.CANARY, 1]
    assert states(batch)[5:] == [Status.PROPOSED] * 4


def test_five_go_first_and_the_others_once_these_are_read_back(sandbox: Sandbox, sqril: Connection) -> None:
    batch = under_way(sqril, sandbox, 9)
    assert feed(sqril.pk) == CANARY
    assert states(batch) == [Status.APPROVED] * 5 + [Status.PROPOSED] * 4
    assert feed(sqril.pk) == 0
    go(sqril)
    over = fresh(batch)
    assert (over.state, over.released) == (BatchStatus.DONE, 9)
    assert over.canary_passed_at
    assert over.ended_at
    assert states(batch) == [Status.APPLIED] * 9
    assert len(pushes(sandbox, "sqril")) == 9
    assert {change.confirmation for change in members(batch)} <= {Confirmation.ECHOED, Confirmation.READ}
    assert verbs(batch) == [
        *("batch.building", "batch.waiting", "batch.decided", "batch.canary", "batch.going", "batch.done"),
    ]
    counts = batches.standing(batch)
    assert (counts.applied, counts.ended, counts.waiting, counts.on_their_way) == (9, 9, 0, 0)
    assert Notice.objects.filter(batch=batch, about=About.ENDED).get().user == person("ed")


def test_the_others_wait_until_all_of_the_first_five_have_arrived(sandbox: Sandbox, sqril: Connection) -> None:
    batch = under_way(sqril, sandbox, 9)
    feed(sqril.pk)
    late = Change.objects.filter(pk=members(batch)[4].pk)
    late.update(next_attempt_at=database_now() + timedelta(hours=1))
    assert push(members(batch)[0].customer) == 4
    assert feed(sqril.pk) == 0
    assert fresh(batch).state is BatchStatus.CANARY
    late.update(next_attempt_at=database_now())
    go(sqril)
    assert fresh(batch).state is BatchStatus.DONE


def test_each_member_carries_the_word_of_who_approved_the_batch_at_their_moment(
    sandbox: Sandbox, sqril: Connection
) -> None:
    batch = under_way(sqril, sandbox, 1)
    feed(sqril.pk)
    word, said = batch.decisions.get(), Decision.objects.get()
    assert (said.by, said.at, bytes(said.digest)) == (person("ann"), word.at, bytes(said.line.digest))
    event = Event.objects.get(verb="decision.approved")
    assert (event.actor, event.details["batch"], event.details["fields"]) == (person("ann"), batch.pk, ["phone"])
    approved = Event.objects.get(verb="change.approved")
    assert (approved.actor, approved.behalf, approved.origin) == (None, person("ed"), Origin.WORKER)


def test_what_is_accepted_and_not_confirmed_waits_for_somebody_who_looked(sandbox: Sandbox, kyc: None) -> None:
    caibo = connect("caibo", sandbox)
    batch = asked(people(caibo, 7, sandbox), person("ed"))
    approve(batch, person("ann"))
    go(caibo)
    assert fresh(batch).state is BatchStatus.CHECKING
    assert states(batch) == [Status.APPLIED] * 5 + [Status.PROPOSED] * 2
    told = Notice.objects.filter(batch=batch, about=About.LOOK).values_list("user__username", flat=True)
    assert set(told) == {"ed", "ann"}
    with pytest.raises(NotPermitted):
        batches.go_on(batch.pk, by=person("jo"))
    assert batches.go_on(batch.pk, by=person("ann")).state is BatchStatus.GOING
    go(caibo)
    assert fresh(batch).state is BatchStatus.DONE
    assert states(batch) == [Status.APPLIED] * 7


def test_one_of_the_first_that_does_not_arrive_pauses_it(sandbox: Sandbox, sqril: Connection) -> None:
    customers = people(sqril, 12, sandbox)
    batch = approve(asked(customers, person("ed"), NEW), person("ann"))
    sandbox.edit("sqril", "cus_3", {"phone": "+6281200000000"})
    go(sqril)
    paused = fresh(batch)
    assert (paused.state, paused.note[:1]) == (BatchStatus.PAUSED, "1")
    assert "did not arrive" in paused.note
    assert states(batch).count(Status.CONFLICT) == 1
    assert states(batch)[5:] == [Status.PROPOSED] * 7
    assert Notice.objects.filter(batch=batch, about=About.PAUSED).count() == 2
    # Whoever lets it go on has looked: another five go first.
    assert batches.go_on(batch.pk, by=person("ops")).state is BatchStatus.CANARY
    assert feed(sqril.pk) == CANARY
    go(sqril)
    assert fresh(batch).state is BatchStatus.DONE
    counts = batches.standing(batch)
    assert (counts.applied, counts.not_applied) == (11, 1)


def test_when_too_many_of_the_last_fifty_do_not_arrive_it_is_paused(sandbox: Sandbox, sqril: Connection) -> None:
    Connection.objects.filter(pk=sqril.pk).update(rate=12)
    batch = under_way(sqril, sandbox, 40)
    feed(sqril.pk)
    push(members(batch)[0].customer)
    for number in range(6, 41):
        sandbox.edit("sqril", f"cus_{number}", {"phone": "+6281200000000"})
    go(sqril)
    assert fresh(batch).state is BatchStatus.PAUSED
    counts = batches.standing(batch)
    assert counts.applied == 5
    assert counts.not_applied > 10
    assert counts.waiting > 0
    assert counts.waiting + counts.not_applied == 35


def test_no_more_than_two_seconds_of_the_rate_are_let_go_at_once(sandbox: Sandbox, sqril: Connection) -> None:
    Connection.objects.filter(pk=sqril.pk).update(rate=11)
    batch = under_way(sqril, sandbox, 40)
    feed(sqril.pk)
    push(members(batch)[0].customer)
    assert feed(sqril.pk) == 1 + 22
    assert states(batch).count(Status.APPROVED) == 22


def test_paused_nothing_of_it_leaves_and_on_it_goes_where_it_was(sandbox: Sandbox, sqril: Connection) -> None:
    batch, ed = under_way(sqril, sandbox, 9), person("ed")
    feed(sqril.pk)
    with pytest.raises(NotPermitted):
        batches.pause(batch.pk, by=person("jo"))
    batches.pause(batch.pk, by=ed, reason="A wrong list?")
    assert states(batch) == [Status.PROPOSED] * 9
    assert {change.wait for change in members(batch)} == {Wait.BATCH}
    assert (fresh(batch).released, fresh(batch).note) == (0, "A wrong list?")
    go(sqril)
    assert pushes(sandbox, "sqril") == []
    with pytest.raises(StepNotPossible):
        batches.pause(batch.pk, by=ed)
    batches.go_on(batch.pk, by=ed)
    go(sqril)
    assert states(batch) == [Status.APPLIED] * 9
    assert Decision.objects.count() == 9  # nobody's word was written down twice
    assert len(pushes(sandbox, "sqril")) == 9


def test_stopped_half_way_what_arrived_stays_and_the_rest_is_taken_back(sandbox: Sandbox, sqril: Connection) -> None:
    batch = under_way(sqril, sandbox, 9)
    feed(sqril.pk)
    assert push(members(batch)[0].customer) == 5
    assert feed(sqril.pk) == 1 + 4
    batches.stop(batch.pk, by=person("ann"))
    assert states(batch) == [Status.APPLIED] * 5 + [Status.WITHDRAWN] * 4
    go(sqril)
    assert (fresh(batch).state, fresh(batch).released) == (BatchStatus.STOPPED, 5)
    assert fresh(batch).ended_at
    assert len(pushes(sandbox, "sqril")) == 5


def test_stopped_before_the_others_were_let_go_these_are_taken_back_by_and_by(
    sandbox: Sandbox, sqril: Connection
) -> None:
    batch = under_way(sqril, sandbox, 9)
    feed(sqril.pk)
    batches.stop(batch.pk, by=person("ops"), reason="Wrong list.")
    assert states(batch) == [Status.WITHDRAWN] * 5 + [Status.PROPOSED] * 4
    assert fresh(batch).ended_at is None
    assert feed(sqril.pk) == 4
    assert states(batch) == [Status.WITHDRAWN] * 9
    assert fresh(batch).ended_at
    assert fresh(batch).reached == 9
    for change in members(batch):
        assert not change.lines.filter(waiting=True).exists()
    with pytest.raises(StepNotPossible):
        batches.go_on(batch.pk, by=person("ann"))


def test_what_may_have_left_already_is_not_called_back(sandbox: Sandbox, sqril: Connection) -> None:
    batch = under_way(sqril, sandbox, 3)
    feed(sqril.pk)
    Change.objects.filter(pk=members(batch)[1].pk).update(maybe_applied=True)
    batches.stop(batch.pk, by=person("ann"))
    assert states(batch) == [Status.WITHDRAWN, Status.APPROVED, Status.WITHDRAWN]
    assert feed(sqril.pk) == 0
    assert fresh(batch).ended_at is None  # until that one has ended by itself


def test_nothing_is_let_go_at_a_connection_that_is_paused(sandbox: Sandbox, sqril: Connection) -> None:
    under_way(sqril, sandbox, 3)
    pause_connection(sqril, by=person("ops"), reason="Maintenance.")
    assert feed(sqril.pk) == 0


def test_a_member_whose_value_moved_meanwhile_leaves_the_batch_and_waits_for_its_author(
    sandbox: Sandbox, sqril: Connection
) -> None:
    customers, ed = people(sqril, 7, sandbox), person("ed")
    batch = approve(asked(customers, ed, NEW), person("ann"))
    later = customers[1]
    wish_of_before = Change.objects.get(batch=batch, customer=later)
    later.refresh_from_db()
    later.values["phone"] = "+6281300000001"
    later.save(update_fields=["values"])
    go(sqril)
    wish_of_before.refresh_from_db()
    assert (wish_of_before.status, wish_of_before.wait) == (Status.PROPOSED, Wait.AUTHOR)
    assert "Another value than when this was asked" in wish_of_before.note
    assert states(batch).count(Status.APPLIED) == 6
    assert (batches.standing(batch).left, fresh(batch).state) == (1, BatchStatus.DONE)


def test_a_stricter_policy_since_has_it_asked_about_again(sandbox: Sandbox, sqril: Connection) -> None:
    ann, sam = person("ann"), person("sam")
    batch = under_way(sqril, sandbox, 9)
    feed(sqril.pk)
    push(members(batch)[0].customer)
    policy("Two from now on", approvals=2)
    go(sqril)
    waits = fresh(batch)
    assert (waits.state, waits.needs) == (BatchStatus.WAITING, {"phone": 2})
    assert states(batch).count(Status.APPLIED) == 5
    assert set(Notice.objects.filter(batch=batch, about=About.ASKED).values_list("user", flat=True)) == {ann.pk, sam.pk}
    assert approve(batch, sam).state is BatchStatus.GOING
    go(sqril)
    assert states(batch) == [Status.APPLIED] * 9
    assert set(Decision.objects.values_list("by", flat=True)) == {ann.pk, sam.pk}


def test_where_who_approved_it_may_no_longer_decide_it_is_asked_about_again(
    sandbox: Sandbox, sqril: Connection
) -> None:
    batch = under_way(sqril, sandbox, 2)
    User.objects.get(username="ann").grants.all().delete()
    assert feed(sqril.pk) == 0
    assert fresh(batch).state is BatchStatus.WAITING
    assert "no longer holds" in fresh(batch).note


def test_rejected_when_asked_again_it_is_stopped_since_some_of_it_has_left(sandbox: Sandbox, sqril: Connection) -> None:
    batch = under_way(sqril, sandbox, 7)
    feed(sqril.pk)
    push(members(batch)[0].customer)
    policy("Two from now on", approvals=2)
    go(sqril)
    with pytest.raises(StepNotPossible, match="stop it instead"):
        batches.withdraw(batch.pk, by=person("ed"))
    assert reject(batch, person("sam")).state is BatchStatus.STOPPED
    go(sqril)
    assert states(batch) == [Status.APPLIED] * 5 + [Status.WITHDRAWN] * 2


def test_a_policy_that_asks_for_less_lets_what_was_approved_leave(sandbox: Sandbox, sqril: Connection) -> None:
    more = policy("Two", approvals=2)
    person("sam")
    batch = asked(people(sqril, 2, sandbox), person("ed"), NEW)
    assert approve(batch, person("ann")).state is BatchStatus.WAITING
    reword(more, approvals=1)
    assert batches.still_needed(fresh(batch)) == 0
    deciding.rejudge()
    go(sqril)
    assert (fresh(batch).state, states(batch)) == (BatchStatus.DONE, [Status.APPLIED] * 2)


def test_who_approved_it_may_decide_again_so_that_it_goes_on(sandbox: Sandbox, sqril: Connection) -> None:
    batch, ann = under_way(sqril, sandbox, 2), User.objects.get(username="ann")
    ann.grants.update(role=Role.VIEWER)
    feed(sqril.pk)
    deciding.rejudge()
    assert fresh(batch).state is BatchStatus.WAITING
    ann.grants.update(role=Role.APPROVER)
    deciding.rejudge()
    go(sqril)
    assert fresh(batch).state is BatchStatus.DONE


def test_what_nobody_decided_on_in_time_does_not_go_though_a_policy_asks_for_less(
    sandbox: Sandbox, sqril: Connection
) -> None:
    more = policy("Two", approvals=2)
    person("sam")
    batch = asked(people(sqril, 2, sandbox), person("ed"), NEW)
    approve(batch, person("ann"))
    reword(more, approvals=1)
    Batch.objects.filter(pk=batch.pk).update(expires_at=database_now())
    deciding.rejudge()
    assert fresh(batch).state is BatchStatus.WAITING
    assert deciding.expire() == 1
    assert fresh(batch).state is BatchStatus.EXPIRED


def test_who_edited_a_member_has_no_say_on_it_and_that_one_waits_for_somebody_else(
    sandbox: Sandbox, sqril: Connection
) -> None:
    batch = asked(people(sqril, 3, sandbox), person("ed"), NEW)
    [line] = members(batch)[1].lines.all()
    Authorship.objects.create(line=line, user=person("ann"))
    approve(batch, person("ann"))
    go(sqril)
    assert states(batch) == [Status.APPLIED, Status.PROPOSED, Status.APPLIED]
    assert members(batch)[1].wait == Wait.DECISION
    assert members(batch)[1].expires_at
    assert Decision.objects.filter(line=line).count() == 0


def test_an_erased_customer_is_taken_out_and_nobody_waits_for_them(sandbox: Sandbox, sqril: Connection) -> None:
    customers = people(sqril, 3, sandbox)
    batch = approve(asked(customers, person("ed"), NEW), person("ann"))
    for name in ("max", "ida"):
        Grant.objects.create(user=person(name), role=Role.ERASURE)
    asked_for = ask(customers[1].pk, by=person("max"), reference="GDPR-1")
    agree(asked_for.pk, by=person("ida"))
    go(sqril)
    assert states(batch) == [Status.APPLIED, Status.WITHDRAWN, Status.APPLIED]
    assert fresh(batch).state is BatchStatus.DONE


def test_a_single_change_passes_a_batch(sandbox: Sandbox, sqril: Connection) -> None:
    Connection.objects.filter(pk=sqril.pk).update(rate=10)
    batch = under_way(sqril, sandbox, 40)
    feed(sqril.pk)
    push(members(batch)[0].customer)
    feed(sqril.pk)
    single = approve_change(wish(members(batch)[30].customer, person("ed"), {"occupation": "OCC10"}), person("ann"))
    push(single.customer)  # what a worker sends before it lets more of the batch go
    single.refresh_from_db()
    assert single.state is Status.APPLIED
    assert (states(batch).count(Status.APPLIED), states(batch).count(Status.PROPOSED)) == (25, 15)


def test_a_batch_of_caibo_asks_for_what_its_items_say(kyc: None) -> None:
    batch = asked(people(at_caibo(), 2), person("ed"), {"phone": PHONE, "address": "2 Low Road, Leeds"})
    assert set(batch.fields) == {"phone", "address"}
    assert {len(change.lines.all()) for change in members(batch)} == {2}
