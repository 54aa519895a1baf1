"""Batches: put together out of many wishes, and decided on by one word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.errors import DecidedAlready, NotPermitted, ReasonMissing, SeenOtherwise, StepNotPossible
from console.flows import batches, review
from console.flows.batches.deciding import expire
from console.flows.batches.feeding import feed
from console.flows.batches.members import sum_up
from console.flows.propose import Proposal, propose_one
from console.flows.propose import withdraw as withdraw_change
from console.models import (
    About,
    Authorship,
    Batch,
    BatchRefusal,
    BatchStatus,
    BatchTally,
    Change,
    Connection,
    Event,
    Grant,
    Notice,
    Role,
    Status,
    Wait,
)
from tests.cast import connect, person, sample
from tests.deciding import policy
from tests.flows.batching import PHONE, approve, asked, at_caibo, begun, build, fresh, members, people, reject, states
from tests.flows.helpers import wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def caibo() -> Connection:
    policy("Everything")
    return at_caibo()


def test_each_row_becomes_a_change_with_lines_authorship_and_history(caibo: Connection) -> None:
    ed, customers = person("ed"), people(caibo, 3)
    batch, added = build(customers, ed)
    assert (sorted(added.made), added.refused, added.known) == ([1, 2, 3], {}, 0)
    for place, (change, customer) in enumerate(zip(members(batch), customers, strict=True), 1):
        assert (change.status, change.wait, change.batch_place) == (Status.PROPOSED, Wait.BATCH, place)
        assert (change.expires_at, change.next_attempt_at, change.requester) == (None, None, ed)
        [line] = change.lines.all()
        assert (line.field, line.before, line.after) == ("phone", customer.record["phone"], PHONE)
        assert bytes(line.digest) == line.current_digest()
        assert list(Authorship.objects.filter(line=line).values_list("user", flat=True)) == [ed.pk]
        event = Event.objects.get(change=change)
        assert (event.verb, event.actor, event.details["batch"]) == ("change.proposed", ed, batch.pk)
        assert event.values["phone"] == [line.before, PHONE]
        change.customer.refresh_from_db()
        assert bytes(change.customer.chain_head) == bytes(event.hash) == event.computed_hash()
        assert change.customer.chain_length == event.number
        assert (change.why, change.customer.places) == ("They moved.", 1)


def test_what_cannot_become_a_change_is_kept_with_its_reason_and_without_a_value(caibo: Connection) -> None:
    ed = person("ed")
    waits, same, wrong, moved, fine, elsewhere = [*people(caibo, 5), sample(connect("sqril"))]
    wish(waits, ed, {"phone": "+441632960999"})
    batch = begun(caibo, ed, expected=9)
    items = [
        batches.Item(1, waits.pk, {"phone": PHONE}),
        batches.Item(2, same.pk, {"phone": same.record["phone"]}),
        batches.Item(3, wrong.pk, {"email": "no-address-of-anybody"}),
        batches.Item(4, moved.pk, {"phone": PHONE}, shown={"phone": "another value than it holds"}),
        batches.Item(5, same.pk, {"a private word of the row": "x"}),
        batches.Item(6, fine.pk, {"phone": PHONE}),
        batches.Item(7, fine.pk, {"phone": "+441632960111"}),
        batches.Item(8, elsewhere.pk, {"phone": PHONE}),
    ]
    added = batches.add(batch, items, [batches.Unfit(9, "unknown_customer", "Nobody has this id.")])
    assert list(added.made) == [6]
    codes = dict(BatchRefusal.objects.filter(batch=batch).values_list("place", "code"))
    assert [codes[place] for place in (1, 2, 3, 4, 5)] == ["waiting", "nothing", "rules", "moved", "rules"]
    assert [codes[place] for place in (7, 8, 9)] == ["twice", "no customer", "unknown_customer"]
    said = " ".join(BatchRefusal.objects.filter(batch=batch).values_list("problem", flat=True))
    assert PHONE not in said
    assert "no-address-of-anybody" not in said
    assert "private word" not in said
    counts = batches.standing(batch)
    assert (counts.size, counts.waiting, counts.refused_rows) == (1, 1, 8)


def test_the_same_places_again_change_nothing(caibo: Connection) -> None:
    ed, customers = person("ed"), people(caibo, 3)
    batch, _ = build(customers[:2], ed)
    items = [batches.Item(place, one.pk, {"phone": PHONE}) for place, one in enumerate(customers, 1)]
    added = batches.add(batch, items)
    assert (list(added.made), added.known) == ([3], 2)
    assert Change.objects.filter(batch=batch).count() == 3
    assert batches.standing(batch).size == 3


def test_the_same_key_is_the_same_batch_and_another_connection_is_refused(caibo: Connection) -> None:
    ed = person("ed")
    batch = begun(caibo, ed, key="of one form")
    assert begun(caibo, ed, key="of one form").pk == batch.pk
    with pytest.raises(StepNotPossible, match="already saved as batch"):
        begun(connect("sqril"), ed, key="of one form")


def test_only_who_may_propose_there_begins_one_and_goes_on_with_it(caibo: Connection) -> None:
    with pytest.raises(NotPermitted):
        begun(caibo, person("ann"))
    ed, [lena] = person("ed"), people(caibo, 1)
    batch = begun(caibo, ed)
    Grant.objects.filter(user=ed).delete()
    with pytest.raises(NotPermitted):
        batches.add(batch, [batches.Item(1, lena.pk, {"phone": PHONE})])


def test_closed_it_waits_for_one_decision_about_all_of_it(caibo: Connection) -> None:
    ed, ann = person("ed"), person("ann")
    batch = asked(people(caibo, 3), ed, expected=7)
    assert (batch.state, batch.size, batch.fields, batch.needs) == (BatchStatus.WAITING, 3, ["phone"], {"phone": 1})
    assert batch.expires_at
    assert {change.size for change in members(batch)} == {3}
    assert list(Notice.objects.filter(batch=batch).values_list("user", "about")) == [(ann.pk, About.ASKED)]
    assert batches.close(batch).state is BatchStatus.WAITING  # once more changes nothing
    assert not Change.objects.to_decide().filter(batch=batch).exists()
    assert not Change.objects.needing_a_person().filter(batch=batch).exists()
    with pytest.raises(StepNotPossible, match="nothing more can be put into it"):
        batches.add(batch, [])


def test_the_size_says_which_policies_apply(caibo: Connection) -> None:
    policy("Large ones", from_size=3, approvals=2)
    ed = person("ed")
    assert asked(people(caibo, 2), ed).needs == {"phone": 1}
    large = asked(people(connect("sqril"), 3), ed, {"phone": "+6281299887766"})
    assert large.needs == {"phone": 2}
    approve(large, person("ann"))
    assert fresh(large).state is BatchStatus.WAITING
    assert batches.still_needed(fresh(large)) == 1
    assert approve(large, person("sam")).state is BatchStatus.CANARY


def test_where_nothing_needs_approval_it_goes_ahead_at_once() -> None:
    assert asked(people(at_caibo(), 2), person("ed")).state is BatchStatus.CANARY


def test_a_reason_that_a_policy_wants_is_asked_for_before_and_ends_a_batch_without_one(caibo: Connection) -> None:
    policy("Say why", asks_reason=True, asks_ticket=True, from_size=2)
    ed = person("ed")
    with pytest.raises(ReasonMissing):
        batches.require_said(caibo, ["phone"], 2, by=ed, why="", reference="T-1")
    batches.require_said(caibo, ["phone"], 1, by=ed, why="", reference="")
    batch = asked(people(caibo, 2), ed, why="Because.")
    assert batch.state is BatchStatus.FAILED
    assert "wants one" in batch.note


def test_a_batch_of_nothing_has_failed_and_says_so(caibo: Connection) -> None:
    [same] = people(caibo, 1)
    batch = asked([same], person("ed"), {"phone": same.record["phone"]})
    assert (batch.state, batch.size) == (BatchStatus.FAILED, 0)
    assert Notice.objects.get(batch=batch).about == About.FAILED


def test_only_somebody_else_who_may_decide_approves_what_was_on_their_page(caibo: Connection) -> None:
    ed, ann = person("ed"), person("ann")
    Grant.objects.create(user=ed, role=Role.APPROVER)
    batch = asked(people(caibo, 2), ed)
    with pytest.raises(NotPermitted, match="yourself"):
        approve(batch, ed)
    with pytest.raises(NotPermitted):
        approve(batch, person("jo"))
    with pytest.raises(SeenOtherwise):
        batches.approve(batch.pk, by=ann, digest="00" * 32)
    assert approve(batch, ann).state is BatchStatus.CANARY
    with pytest.raises(DecidedAlready):
        approve(batch, person("sam"))
    assert list(batch.decisions.values_list("user", "act")) == [(ann.pk, "approve")]


def test_whoever_approved_it_waits_for_the_second_one(caibo: Connection) -> None:
    policy("Two", approvals=2)
    ann = person("ann")
    batch = asked(people(caibo, 1), person("ed"))
    approve(batch, ann)
    with pytest.raises(DecidedAlready, match="You have approved"):
        approve(batch, ann)


def test_rejected_for_a_reason_nothing_of_it_leaves(caibo: Connection) -> None:
    batch = asked(people(caibo, 3), person("ed"))
    with pytest.raises(StepNotPossible, match="Say why"):
        reject(batch, person("ann"), reason=" ")
    reject(batch, person("ann"))
    assert feed(caibo.pk) == 3
    assert feed(caibo.pk) == 0
    assert states(batch) == [Status.REJECTED] * 3
    assert fresh(batch).ended_at
    assert not any(line.waiting for change in members(batch) for line in change.lines.all())
    assert batch.decisions.get().reason == "The list is last year's."


def test_its_author_withdraws_it_while_it_is_put_together_or_waits(caibo: Connection) -> None:
    ed = person("ed")
    building, _ = build(people(caibo, 2), ed)
    with pytest.raises(NotPermitted):
        batches.withdraw(building.pk, by=person("jo"))
    assert batches.withdraw(building.pk, by=ed).state is BatchStatus.WITHDRAWN
    with pytest.raises(StepNotPossible):
        batches.close(building)
    with pytest.raises(StepNotPossible, match="nothing more"):
        batches.add(building, [])


def test_what_nobody_decided_on_in_time_ends_and_is_approved_by_nobody(caibo: Connection) -> None:
    batch = asked(people(caibo, 1), person("ed"))
    assert expire() == 0
    over = fresh(batch)
    Batch.objects.filter(pk=batch.pk).update(expires_at=over.created_at)
    with pytest.raises(StepNotPossible, match="is over"):
        approve(batch, person("ann"))
    assert expire() == 1
    assert fresh(batch).state is BatchStatus.EXPIRED


def test_a_member_is_decided_on_with_its_batch_alone(caibo: Connection) -> None:
    batch = asked(people(caibo, 1), person("ed"))
    [change] = members(batch)
    [line] = change.lines.all()
    with pytest.raises(StepNotPossible, match="its batch"):
        review.approve(change.pk, by=person("ann"), seen={"phone": bytes(line.digest).hex()})


def test_an_edited_or_withdrawn_member_leaves_the_batch(caibo: Connection) -> None:
    ed, [one, two] = person("ed"), people(caibo, 2)
    batch = asked([one, two], ed)
    first, second = members(batch)
    item = Proposal(one.pk, {"phone": "+441632960222"}, "an edit", replacing={"phone": first.pk}, why="typo")
    assert propose_one(item, by=ed).pk == first.pk
    withdraw_change(second.pk, by=ed)
    first.refresh_from_db()
    assert (first.wait, first.status) == (Wait.DECISION, Status.PROPOSED)
    counts = batches.standing(batch)
    assert (counts.waiting, counts.left, counts.taken_back) == (0, 1, 1)


def test_an_edited_member_that_needs_nobody_leaves_by_itself() -> None:
    caibo = at_caibo()
    ed, [one] = person("ed"), people(caibo, 1)
    batch, _ = build([one], ed)
    [change] = members(batch)
    propose_one(replace(Proposal(one.pk, {"phone": "+441632960222"}, "k"), replacing={"phone": change.pk}), by=ed)
    assert states(batch) == [Status.APPROVED]


def test_counts_are_exact_and_kept_short(caibo: Connection) -> None:
    batch = asked(people(caibo, 3), person("ed"))
    withdraw_change(members(batch)[0].pk, by=person("ed"))
    before = batches.standing(batch)
    sum_up(batch)
    assert batches.standing(batch).by_state == before.by_state == {"waiting": 2, "withdrawn": 1}
    assert BatchTally.objects.filter(batch=batch).count() == 2
