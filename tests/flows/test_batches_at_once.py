"""Batches with several at once, with workers that are killed, and with a real one."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from django.db.models import Count

from console.errors import ConsoleError
from console.flows import batches
from console.flows.batches.feeding import feed
from console.flows.batches.undoing import build_all
from console.flows.pausing import resume
from console.flows.seal import ring, seal
from console.models import Batch, BatchStatus, Change, Connection, Decision, Event, Status
from console.verifying import Wanted, kept_here, verify
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.deciding import policy
from tests.flows.batching import approve, asked, begun, fresh, go, members, people, states
from tests.flows.conftest import PutBack
from tests.flows.helpers import drain_at_once, pushes, side_by_side
from tests.processes import wait_for, worker

NEW = {"phone": "+6281299887766"}

# Runs a step of the flow in a process of its own, which kills itself when it comes to the n-th call of a function.
KILLED = """
import os, signal, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
import django
django.setup()
from importlib import import_module
module, name, count = import_module(sys.argv[1]), sys.argv[2], int(sys.argv[3])
real = getattr(module, name)
def counted(*given, **named):
    global count
    count -= 1
    if not count:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)
setattr(module, name, counted)
"""
FEEDING = "from console.flows.batches.feeding import feed; feed(int(sys.argv[4]))"
ADDING = """
from console.flows import batches
from console.models import Batch, Customer
batch = Batch.objects.get(pk=int(sys.argv[4]))
ids = Customer.objects.order_by("pk").values_list("pk", flat=True)
batches.add(batch, [batches.Item(n, pk, {"phone": "+6281299887766"}) for n, pk in enumerate(ids, 1)])
batches.close(batch)
"""


def killed(script: str, environment: Mapping[str, str], *arguments: object) -> None:
    """Runs it to its death."""
    command = [sys.executable, "-c", KILLED + script, *map(str, arguments)]
    assert subprocess.run(command, env=dict(environment), check=False).returncode == -9


def only_once() -> None:
    """No member was let go, nor anybody's word on it written down, more than once."""
    steps = Event.objects.filter(verb="change.approved").values("change").annotate(times=Count("pk"))
    assert {one["times"] for one in steps} <= {1}
    words = Decision.objects.values("line").annotate(times=Count("pk"))
    assert {one["times"] for one in words} <= {1}


def test_two_feeders_at_once_let_each_member_go_once(live_db: Database, sandbox: Sandbox) -> None:
    policy("Everything")
    sqril = connect("sqril", sandbox)
    batch = approve(asked(people(sqril, 12, sandbox), person("ed"), NEW), person("ann"))
    side_by_side(*[lambda: feed(sqril.pk)] * 4)
    assert states(batch).count(Status.APPROVED) == 5
    for _ in range(4):
        drain_at_once(sqril, 3)
        side_by_side(*[lambda: feed(sqril.pk)] * 3)
    go(sqril)
    assert fresh(batch).state is BatchStatus.DONE
    assert states(batch) == [Status.APPLIED] * 12
    assert len(pushes(sandbox, "sqril")) == 12
    only_once()


def test_of_two_who_decide_at_once_each_counts_once(live_db: Database) -> None:
    policy("Two", approvals=2)
    batch = asked(people(connect("sqril"), 1), person("ed"), NEW)
    ann, sam = person("ann"), person("sam")
    side_by_side(lambda: approve(batch, ann), lambda: approve(batch, sam))
    assert fresh(batch).state is BatchStatus.CANARY
    assert batch.decisions.count() == 2


def attempted(step: Callable[[], object], lost: list[str]) -> None:
    """Takes it, or keeps why not."""
    try:
        step()
    except ConsoleError as problem:
        lost.append(str(problem))


def test_of_a_decision_and_a_withdrawal_at_the_same_moment_one_wins(live_db: Database) -> None:
    policy("Everything")
    ed, ann, [adi] = person("ed"), person("ann"), people(connect("sqril"), 1)
    for number in range(4):
        batch = asked([adi], ed, {"phone": f"+628129988770{number}"})
        lost = list[str]()
        steps = (partial(approve, batch, ann), partial(batches.withdraw, batch.pk, by=ed))
        side_by_side(*[partial(attempted, step, lost) for step in steps])
        assert len(lost) == 1
        if fresh(batch).state is BatchStatus.CANARY:
            batches.stop(batch.pk, by=ed)
        feed(adi.connection_id)


def test_stopped_and_let_go_on_at_the_same_moment_it_is_stopped(live_db: Database, sandbox: Sandbox) -> None:
    policy("Everything")
    sqril, ed, ann = connect("sqril", sandbox), person("ed"), person("ann")
    customers = people(sqril, 7, sandbox)
    for number in range(4):
        batch = approve(asked(customers, ed, {"phone": f"+628129988770{number}"}), ann)
        batches.pause(batch.pk, by=ed)
        lost = list[str]()
        steps = [partial(batches.go_on, batch.pk, by=ann), partial(batches.stop, batch.pk, by=ed)]
        side_by_side(*[partial(attempted, step, lost) for step in steps], lambda: feed(sqril.pk))
        go(sqril)
        assert (fresh(batch).state, len(lost) <= 1) == (BatchStatus.STOPPED, True)
        assert states(batch) == [Status.WITHDRAWN] * 7
    assert pushes(sandbox, "sqril") == []


def test_of_two_who_undo_it_at_the_same_moment_one_does(live_db: Database, sandbox: Sandbox) -> None:
    policy("Everything")
    sqril, ed, jo = connect("sqril", sandbox), person("ed"), person("jo")
    batch = approve(asked(people(sqril, 2, sandbox), ed, NEW), person("ann"))
    go(sqril)
    lost = list[str]()
    steps = [partial(batches.undo, batch.pk, by=by, key=by.username, why="Wrong list.") for by in (ed, jo)]
    side_by_side(*[partial(attempted, step, lost) for step in steps])
    assert Batch.objects.filter(undoes=batch).count() == 1
    [problem] = lost
    assert "undoes it already" in problem


def test_a_feeder_that_is_killed_leaves_nothing_half_done(live_db: Database, sandbox: Sandbox) -> None:
    policy("Everything")
    sqril = connect("sqril", sandbox)
    batch = approve(asked(people(sqril, 9, sandbox), person("ed"), NEW), person("ann"))
    for name, count in (("approve", 3), ("write_events", 1)):
        killed(FEEDING, live_db.environment, "console.flows.batches.releasing", name, count, sqril.pk)
        assert states(batch) == [Status.PROPOSED] * 9
        assert (fresh(batch).released, fresh(batch).reached, Decision.objects.count()) == (0, 0, 0)
    go(sqril)
    assert states(batch) == [Status.APPLIED] * 9
    assert len(pushes(sandbox, "sqril")) == 9
    only_once()


def test_whoever_puts_it_together_may_be_killed_and_goes_on(live_db: Database) -> None:
    policy("Everything")
    customers, ed = people(connect("sqril"), 6), person("ed")
    batch = begun(customers[0].connection, ed, expected=6)
    batches.add(batch, [batches.Item(1, customers[0].pk, NEW), batches.Item(2, customers[1].pk, NEW)])
    for module, name, count in (("rows", "copy_in", 3), ("building", "take", 1)):  # the third writes the events
        killed(ADDING, live_db.environment, f"console.flows.batches.{module}", name, count, batch.pk)
        assert fresh(batch).state is BatchStatus.BUILDING
    assert Change.objects.filter(batch=batch).count() == 6  # whole, since only its close was cut off the second time
    assert batches.close(batch).size == 6
    assert [change.batch_place for change in members(batch)] == [1, 2, 3, 4, 5, 6]
    assert set(Change.objects.values_list("steps", flat=True)) == {1}


def test_what_history_tells_of_batches_fits_down_to_every_row_beside_it(live_db: Database, sandbox: Sandbox) -> None:
    policy("Everything")
    sqril, ed, ann = connect("sqril", sandbox), person("ed"), person("ann")
    batch = approve(asked(people(sqril, 8, sandbox), ed, NEW), ann)
    feed(sqril.pk)
    batches.pause(batch.pk, by=ed)
    batches.go_on(batch.pk, by=ann)
    go(sqril)
    batches.undo(batch.pk, by=ed, key="undo")
    build_all(threading.Event())
    second = Batch.objects.get(undoes=batch)
    approve(second, ann)
    feed(sqril.pk)
    batches.stop(second.pk, by=ann)
    go(sqril)
    seal()
    anchors = kept_here()
    assert verify(Wanted([key.fingerprint for key in ring()], anchors, values=True)).findings == []


def test_a_real_worker_feeds_stops_and_undoes_a_batch(live_db: Database, sandbox: Sandbox) -> None:
    policy("Everything")
    sqril, ed, ann = connect("sqril", sandbox), person("ed"), person("ann")
    with worker(live_db):
        batch = approve(asked(people(sqril, 12, sandbox), ed, NEW), ann)
        wait_for(lambda: fresh(batch).state is BatchStatus.DONE, seconds=60)
        assert states(batch) == [Status.APPLIED] * 12
        undoing = batches.undo(batch.pk, by=ed, key="undo")
        wait_for(lambda: fresh(undoing).state is BatchStatus.WAITING, seconds=60)
        approve(undoing, ann)
        wait_for(lambda: fresh(undoing).state is BatchStatus.DONE, seconds=60)
    assert states(undoing) == [Status.APPLIED] * 12
    customers = [change.customer for change in members(batch)]
    rejected = asked(customers, ed, {"occupation": "OCC10"})
    batches.reject(rejected.pk, by=ann, digest=bytes(rejected.digest).hex(), reason="No.")
    with worker(live_db):
        wait_for(lambda: Batch.objects.get(pk=rejected.pk).ended_at, seconds=60)
    assert states(rejected) == [Status.REJECTED] * 12


def test_a_restored_backup_lets_no_batch_go_on_by_itself(
    live_db: Database, sandbox: Sandbox, put_back: PutBack, marks: Path
) -> None:
    policy("Everything")
    sqril = connect("sqril", sandbox)
    ed, ann = person("ed"), person("ann")
    batch = approve(asked(people(sqril, 8, sandbox), ed, NEW), ann)
    resting = batches.pause(approve(asked([sample(sqril, sandbox, customer_id="late")], ed, NEW), ann).pk, by=ann)
    backup = put_back()
    batches.go_on(resting.pk, by=ann)
    with worker(live_db, STEWARD_MARKS=str(marks)):
        wait_for(lambda: {fresh(one).state for one in (batch, resting)} == {BatchStatus.DONE}, seconds=60)
    sent = len(pushes(sandbox, "sqril"))
    with backup as older, worker(older, STEWARD_MARKS=str(marks)):
        wait_for(lambda: fresh(batch).state is BatchStatus.PAUSED)
        resume(Connection.objects.get(pk=sqril.pk), by=person("ops"))
        wait_for(lambda: not feed(sqril.pk))
        assert states(batch) == [Status.PROPOSED] * 8
        assert all("restored" in fresh(one).note and fresh(one).set_back_at for one in (batch, resting))
    assert len(pushes(sandbox, "sqril")) == sent
