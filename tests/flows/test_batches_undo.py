"""Undoing a batch: as a batch of its own, judged line by line."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from console.errors import NotPermitted, StepNotPossible
from console.flows import batches
from console.flows.batches import undoing as at_undoing
from console.flows.batches.claiming import TRIES, are_to_build, claim
from console.flows.batches.feeding import feed
from console.flows.batches.undoing import build, build_all
from console.models import Batch, BatchRefusal, BatchStatus, Change, Connection, Grant, Origin, Status
from providers.sandbox import Sandbox
from tests.cast import SAMPLES, person
from tests.deciding import approve as approve_change
from tests.flows.batching import approve, asked, fresh, go, members, people, sent, states, watched
from tests.flows.helpers import push, wish

pytestmark = pytest.mark.django_db

A_DAY_AGO = timezone.now() - timedelta(days=1)
NEW = {"phone": "+6281299887766", "occupation": "OCC10"}


@pytest.fixture
def sqril(sandbox: Sandbox) -> Connection:
    return watched(sandbox)


def undone(batch: Batch, key: str = "undo") -> Batch:
    """Asked for, and put together as a worker does."""
    undoing = batches.undo(batch.pk, by=person("ed"), key=key, why="Wrong list.")
    build_all(threading.Event())
    return fresh(undoing)


def test_what_arrived_goes_back_as_a_batch_that_is_decided_on_and_sent_like_any_other(
    sandbox: Sandbox, sqril: Connection
) -> None:
    batch = sent(people(sqril, 7, sandbox), NEW)
    undoing = undone(batch)
    assert (undoing.state, undoing.size, undoing.undoes_id) == (BatchStatus.WAITING, 7, batch.pk)
    assert (undoing.origin, undoing.why) == (Origin.UNDO, "Wrong list.")
    assert [change.undoes_id for change in members(undoing)] == [change.pk for change in members(batch)]
    approve(undoing, person("ann"))
    go(sqril)
    assert fresh(undoing).state is BatchStatus.DONE
    record = sandbox.record("sqril", "cus_3")
    assert record
    assert record["phone"] == SAMPLES["sqril"]["phone"]
    assert record["occupation"] == SAMPLES["sqril"]["occupation"]
    assert states(batch) == [Status.APPLIED] * 7


def test_stopped_half_way_only_what_arrived_goes_back(sandbox: Sandbox, sqril: Connection) -> None:
    batch = approve(asked(people(sqril, 8, sandbox), person("ed"), NEW), person("ann"))
    feed(sqril.pk)
    push(members(batch)[0].customer)
    batches.stop(batch.pk, by=person("ann"))
    go(sqril)
    assert [change.batch_place for change in members(undone(batch))] == [1, 2, 3, 4, 5]


def test_what_somebody_set_since_stays_and_the_reason_is_kept(sandbox: Sandbox, sqril: Connection) -> None:
    batch = sent(people(sqril, 3, sandbox), NEW)
    later = approve_single(members(batch)[1], {"phone": "+6281355555555"})
    push(later.customer)
    undoing = undone(batch)
    [refusal] = BatchRefusal.objects.filter(batch=undoing)
    assert (refusal.place, refusal.code) == (2, "in part")
    assert f"by change {later.pk}" in refusal.problem
    assert "6281355555555" not in refusal.problem
    lines = {change.batch_place: {line.field for line in change.lines.all()} for change in members(undoing)}
    assert lines == {1: {"phone", "occupation"}, 2: {"occupation"}, 3: {"phone", "occupation"}}
    assert batches.standing(undoing).by_state == {"waiting": 3, "in part": 1}
    assert undoing.size == 3


def test_what_goes_back_neither_as_a_whole_nor_in_part_became_no_change(sandbox: Sandbox, sqril: Connection) -> None:
    batch = sent(people(sqril, 3, sandbox), NEW)
    later = approve_single(members(batch)[1], {"phone": "+6281355555555", "occupation": "OCC11"})
    push(later.customer)
    undoing = undone(batch)
    [refusal] = BatchRefusal.objects.filter(batch=undoing)
    assert (refusal.place, refusal.code) == (2, "not undone")
    assert batches.standing(undoing).by_state == {"waiting": 2, "no change": 1}


def approve_single(change: Change, wishes: dict[str, str]) -> Change:
    """Somebody's own wish for a customer of the batch, approved."""
    single = wish(change.customer, person("jo"), wishes)
    return approve_change(single, person("ann"))


def test_it_is_undone_once_it_has_ended_and_by_one_batch_at_a_time(sandbox: Sandbox, sqril: Connection) -> None:
    batch = approve(asked(people(sqril, 2, sandbox), person("ed"), NEW), person("ann"))
    with pytest.raises(StepNotPossible, match="stop it, or wait"):
        batches.undo(batch.pk, by=person("ed"), key="k")
    go(sqril)
    with pytest.raises(NotPermitted):
        batches.undo(batch.pk, by=person("ann"), key="k")
    undoing = batches.undo(batch.pk, by=person("ed"), key="k")
    assert batches.undo(batch.pk, by=person("ed"), key="k").pk == undoing.pk
    with pytest.raises(StepNotPossible, match="undoes it already"):
        batches.undo(batch.pk, by=person("jo"), key="another")
    assert batches.why_not_undo(fresh(batch))


def test_whoever_takes_it_up_again_goes_on_behind_what_is_there(
    sandbox: Sandbox, sqril: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = sent(people(sqril, 5, sandbox), NEW)
    undoing = batches.undo(batch.pk, by=person("ed"), key="k")
    monkeypatch.setattr(at_undoing, "AT_ONCE", 2)
    claimed = claim()
    assert claimed
    at_undoing._add(claimed, at_undoing._piece(claimed))  # and then its worker was gone
    assert claim() is None
    Batch.objects.filter(pk=undoing.pk).update(beat_at=A_DAY_AGO)
    assert are_to_build()
    build_all(threading.Event())
    assert [change.batch_place for change in members(undoing)] == [1, 2, 3, 4, 5]
    assert fresh(undoing).state is BatchStatus.WAITING


def test_a_worker_that_is_to_end_gives_it_back(sandbox: Sandbox, sqril: Connection) -> None:
    batch = sent(people(sqril, 1, sandbox), NEW)
    batches.undo(batch.pk, by=person("ed"), key="k")
    claimed, stopping = claim(), threading.Event()
    stopping.set()
    assert claimed
    build(claimed, stopping)
    assert are_to_build()


def test_what_no_worker_brings_to_its_end_has_failed(sandbox: Sandbox, sqril: Connection) -> None:
    batch = sent(people(sqril, 1, sandbox), NEW)
    undoing = batches.undo(batch.pk, by=person("ed"), key="k")
    Batch.objects.filter(pk=undoing.pk).update(tries=TRIES, beat_at=A_DAY_AGO)
    build_all(threading.Event())
    assert fresh(undoing).state is BatchStatus.FAILED


def test_who_may_propose_no_longer_has_it_put_together_by_nobody(sandbox: Sandbox, sqril: Connection) -> None:
    batch = sent(people(sqril, 1, sandbox), NEW)
    undoing = batches.undo(batch.pk, by=person("ed"), key="k")
    Grant.objects.filter(user=person("ed")).delete()
    build_all(threading.Event())
    assert fresh(undoing).state in {BatchStatus.FAILED, BatchStatus.WAITING}
