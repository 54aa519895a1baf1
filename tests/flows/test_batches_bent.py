"""Batches bent: rights taken away meanwhile, words too long, nothing left to hold back, and counts that stay short."""

from __future__ import annotations

import threading

import pytest

from console.errors import NotFit, NotPermitted, ReasonMissing, SeenOtherwise, StepNotPossible
from console.flows import batches
from console.flows.batches import feeding
from console.flows.batches.feeding import feed
from console.flows.batches.undoing import build_all
from console.flows.deliver import drain
from console.flows.propose import withdraw
from console.models import (
    About,
    Batch,
    BatchStatus,
    BatchTally,
    Connection,
    Event,
    Grant,
    Notice,
    Role,
    Status,
)
from providers.sandbox import Sandbox
from tests.cast import connect, person
from tests.deciding import policy
from tests.flows.batching import (
    approve,
    asked,
    at_caibo,
    begun,
    build,
    fresh,
    go,
    members,
    people,
    sent,
    states,
    watched,
)

pytestmark = pytest.mark.django_db

NEW = {"phone": "+6281299887766"}


def verbs(batch: Batch) -> list[str]:
    return list(Event.objects.filter(subject=f"batch:{batch.pk}").order_by("number").values_list("verb", flat=True))


@pytest.fixture
def sqril(sandbox: Sandbox) -> Connection:
    return watched(sandbox)


class TestRightsTakenAwayMeanwhile:
    def test_what_its_author_may_ask_for_no_longer_does_not_leave_for_want_of_a_policy(self) -> None:
        ed = person("ed")
        batch, _ = build(people(at_caibo(), 2), ed)
        Grant.objects.filter(user=ed).delete()
        batch = batches.close(fresh(batch))
        assert (batch.state, batch.approved_at) == (BatchStatus.FAILED, None)
        assert "Ed Kowalski may not ask for changes at Caibo any more" in batch.note
        feed(batch.connection_id)
        assert states(batch) == [Status.WITHDRAWN] * 2

    def test_an_approver_who_lost_the_role_since_the_page_was_loaded_approves_nothing(self, sqril: Connection) -> None:
        ann, batch = person("ann"), asked(people(sqril, 2), person("ed"), NEW)
        seen = bytes(fresh(batch).digest).hex()
        Grant.objects.filter(user=ann).delete()
        with pytest.raises(NotPermitted):
            batches.approve(batch.pk, by=ann, digest=seen)
        assert (fresh(batch).state, batch.decisions.count()) == (BatchStatus.WAITING, 0)

    def test_who_asked_for_a_batch_does_not_decide_on_it_by_asking_for_its_undoing(
        self, sandbox: Sandbox, sqril: Connection
    ) -> None:
        batch, ann = sent(people(sqril, 2, sandbox), NEW), person("ann")
        Grant.objects.create(user=ann, role=Role.EDITOR)
        undoing = batches.undo(batch.pk, by=ann, key="undo", why="Wrong list.")
        build_all(threading.Event())
        with pytest.raises(NotPermitted, match="yourself"):
            approve(undoing, ann)


class TestWhatWasSaid:
    def test_what_is_too_long_is_refused_at_its_place_and_nothing_of_it_cut_off(self, sqril: Connection) -> None:
        ed = person("ed")
        with pytest.raises(NotFit) as refused:
            begun(sqril, ed, why="y" * 2001, reference="r" * 121)
        assert refused.value.wanted == {
            "why": "Shorten the reason: it may have 2,000 characters, not 2,001.",
            "reference": "Shorten the ticket: it may have 120 characters, not 121.",
        }
        batch = begun(sqril, ed, why=f" {'y' * 2000}\0 ", reference="r" * 120)
        assert (len(batch.why), len(batch.reference)) == (2000, 120)

    @pytest.mark.parametrize("key", ["", "k" * 65, "a\0b"])
    def test_a_key_that_no_form_has_makes_no_batch(self, sqril: Connection, key: str) -> None:
        with pytest.raises(NotFit, match="from no form of this page"):
            begun(sqril, person("ed"), key=key)
        assert not Batch.objects.exists()

    def test_whoever_undoes_is_told_at_once_what_a_policy_wants(self, sandbox: Sandbox, sqril: Connection) -> None:
        batch = sent(people(sqril, 2, sandbox), NEW)
        policy("Say why", asks_ticket=True, from_size=2)
        with pytest.raises(ReasonMissing) as refused:
            batches.undo(batch.pk, by=person("ed"), key="undo", why="Wrong list.")
        assert list(refused.value.wanted) == ["reference"]
        assert not Batch.objects.filter(undoes=batch).exists()

    def test_a_stale_page_is_told_that_the_batch_is_another_one(self, sqril: Connection) -> None:
        batch = asked(people(sqril, 1), person("ed"), NEW)
        with pytest.raises(SeenOtherwise, match="This batch is not what was on your page"):
            batches.approve(batch.pk, by=person("ann"), digest="00" * 32)


class TestNothingLeftToHoldBack:
    @pytest.mark.parametrize("count", [1, 3, 5])
    def test_where_all_go_first_nobody_is_asked_to_look_before_others_leave(self, sandbox: Sandbox, count: int) -> None:
        policy("Everything")
        caibo = connect("caibo", sandbox)
        batch = approve(asked(people(caibo, count, sandbox), person("ed")), person("ann"))
        go(caibo)
        assert fresh(batch).state is BatchStatus.DONE
        assert fresh(batch).canary_passed_at
        assert not {"batch.checking", "batch.going"} & set(verbs(batch))
        assert not Notice.objects.filter(batch=batch, about=About.LOOK).exists()

    def test_a_batch_of_which_all_ended_ends_though_its_connection_is_paused(
        self, sandbox: Sandbox, sqril: Connection
    ) -> None:
        batch = approve(asked(people(sqril, 2, sandbox), person("ed"), NEW), person("ann"))
        feed(sqril.pk)
        for change in members(batch):
            taken_back(change.pk)
        Connection.objects.filter(pk=sqril.pk).update(pause="person", paused_at="2026-11-01T00:00Z")
        feed(sqril.pk)
        assert fresh(batch).state is BatchStatus.DONE


def taken_back(change_id: int) -> None:
    """Its author takes one of the changes back that were let go."""
    withdraw(change_id, by=person("ed"))


class TestGoingAndEnding:
    def test_what_was_stopped_does_not_go_on_nor_is_it_stopped_twice(self, sandbox: Sandbox, sqril: Connection) -> None:
        batch = approve(asked(people(sqril, 7, sandbox), person("ed"), NEW), person("ann"))
        feed(sqril.pk)
        batches.stop(batch.pk, by=person("ops"))
        for step in (batches.go_on, batches.pause, batches.stop):
            with pytest.raises(StepNotPossible):
                step(batch.pk, by=person("ann"))
        go(sqril)
        assert states(batch) == [Status.WITHDRAWN] * 7

    def test_undone_twice_the_second_one_finds_nothing_to_take_back(self, sandbox: Sandbox, sqril: Connection) -> None:
        batch, ed = sent(people(sqril, 3, sandbox), NEW), person("ed")
        undoing = batch
        for key in ("first", "second"):
            undoing = batches.undo(batch.pk, by=ed, key=key, why="Wrong list.")
            build_all(threading.Event())
            if fresh(undoing).state is BatchStatus.WAITING:
                approve(undoing, person("ann"))
            go(sqril)
        assert (fresh(undoing).state, fresh(undoing).size) == (BatchStatus.FAILED, 0)
        assert batches.standing(undoing).refused_rows == 3


def test_rows_that_count_stay_few_while_a_large_batch_moves(
    sandbox: Sandbox, sqril: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeding, "SUMMED_UP_EVERY", 10)
    batch = approve(asked(people(sqril, 60, sandbox), person("ed"), NEW), person("ann"))
    rows = list[int]()
    while fresh(batch).state is not BatchStatus.DONE:
        feed(sqril.pk)
        rows.append(BatchTally.objects.filter(batch=batch).count())
        drain(sqril.pk, stopping=threading.Event())
    assert batches.standing(batch).by_state == {"applied": 60}
    # Twenty at a time are let go: of these and no others each row tells, however many went before.
    assert max(rows) <= 2 * 20 + len(BatchStatus)
