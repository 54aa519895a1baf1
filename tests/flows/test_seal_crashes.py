"""A sealer that is killed at any point, stopped, or in others' way leaves one tree, whole, and a file that fits."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings

from console.flows.leaves import standing
from console.flows.seal import seal
from console.models import Checkpoint, Event, Leaf, Status
from console.proof.verify import read_note
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.flows.helpers import fresh, wish
from tests.flows.sealing import Elsewhere, forget, happen, kept_note, tree_fits
from tests.processes import wait_for, worker
from tests.sealing_crash import SealPoint, killed_at
from tests.wrong_clock import worker_off_by

if TYPE_CHECKING:
    from pathlib import Path

COMMITTED = {SealPoint.COMMITTED: 100, SealPoint.KEPT: 100, SealPoint.SECOND_LOT: 200}


@pytest.mark.parametrize("point", SealPoint, ids=str)
def test_invariant_23_a_sealer_that_is_killed_at_any_point_leaves_a_tree_that_goes_on(
    live_db: Database, settings: LazySettings, point: SealPoint
) -> None:
    settings.STEWARD_SEALS = live_db.seals
    happen(250)
    count = Event.objects.count()
    assert killed_at(live_db, point) == -signal.SIGKILL
    assert Leaf.objects.count() == COMMITTED.get(point, 0)
    assert Checkpoint.objects.count() == COMMITTED.get(point, 0) // 100
    assert tree_fits()
    assert seal() == count - COMMITTED.get(point, 0)
    assert tree_fits()
    assert read_note(kept_note(live_db.seals)).size == count
    [folder] = live_db.seals.iterdir()
    assert {path.name for path in folder.iterdir()} == {"checkpoint.txt", "lock"}


def test_killed_again_and_again_it_gets_there(live_db: Database, settings: LazySettings) -> None:
    settings.STEWARD_SEALS = live_db.seals
    for point in (SealPoint.COMMITTED, SealPoint.PREPARED, SealPoint.KEPT):
        happen(30)
        killed_at(live_db, point)
    seal()
    assert Leaf.objects.count() == Event.objects.count()
    assert tree_fits()


def test_a_worker_seals_what_happens_by_itself_also_while_its_sweeper_is_held_up(live_db: Database) -> None:
    happen(1)
    with worker(live_db), Elsewhere() as other:
        wait_for(Checkpoint.objects.exists)
        other.run("BEGIN")
        other.run("LOCK TABLE console_draft IN ACCESS EXCLUSIVE MODE")  # which every sweep looks at
        wait_for(lambda: other.run("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")[0][0])
        for _ in range(2):
            happen(3)
            wait_for(lambda: standing().unsealed == 0)
        other.run("ROLLBACK")
    assert tree_fits()


def test_a_worker_that_cannot_seal_sweeps_and_sends_all_the_same(
    live_db: Database, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "seals").write_text("a file, where the folder would be")
    change = wish(sample(connect("caibo", sandbox), sandbox), person("ed"))
    with worker(live_db, STEWARD_SEALS=str(tmp_path / "seals")):
        wait_for(lambda: fresh(change).state is Status.APPLIED)
    assert not Leaf.objects.exists()


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_clock_of_a_worker_changes_nothing(live_db: Database, settings: LazySettings, hours: int) -> None:
    """A worker whose host's clock is wrong by an hour, and one whose is right, in turn."""
    settings.STEWARD_SEALS = live_db.seals
    for turn in range(2):
        happen(2)
        with worker_off_by(live_db, hours if turn == 0 else 0):
            wait_for(lambda: standing().unsealed == 0 and Leaf.objects.exists())
    forget()
    happen(1)
    assert seal() == 1
    times = list(Checkpoint.objects.order_by("size").values_list("at", flat=True))
    assert times == sorted(times)
    assert (times[-1] - times[0]).total_seconds() < 120
    assert tree_fits()
