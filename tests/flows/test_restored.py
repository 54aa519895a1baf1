"""A backup that is put back knows nothing of what was sent since: all that it would send is held for a person."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings
from django.db import connection as database

from console.errors import NotPermitted
from console.flows import held, restored
from console.flows.deliver import claim
from console.flows.marks import Mark, Marks
from console.flows.pausing import resume
from console.flows.record import database_now
from console.flows.settle import Claim, Result, settle
from console.flows.sweep import sweep
from console.models import Attempt, Change, Connection, Event, Installation, Line, Outcome, Pause, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import SLUGS, connect, person, sample
from tests.databases import connected_to
from tests.flows.conftest import PutBack
from tests.flows.helpers import fresh, make_due, push, pushes, wish
from tests.processes import wait_for, worker

if TYPE_CHECKING:
    from tests.databases import Database, Databases


def test_invariant_14_a_restored_backup_pushes_nothing_blindly(
    live_db: Database,
    sandbox: Sandbox,
    put_back: PutBack,
    marks: Path,
) -> None:
    ed = person("ed")
    connections = [connect(slug, sandbox) for slug in SLUGS]
    changes = [wish(sample(connection, sandbox), ed) for connection in connections]
    backup = put_back()
    with worker(live_db, STEWARD_MARKS=str(marks)):
        wait_for(lambda: all(fresh(change).state is Status.APPLIED for change in changes))
    sent = len(sandbox.ledger())
    with backup as older, worker(older, STEWARD_MARKS=str(marks)):
        wait_for(lambda: Installation.objects.get().life == 1)
        assert [fresh(change).state for change in changes] == [Status.PROPOSED] * 5
        assert {(change.wait, change.maybe_applied) for change in Change.objects.all()} == {(Wait.RESTORED, True)}
        assert {connection.pause for connection in Connection.objects.all()} == {Pause.RESTORED}
        for connection in connections:
            resume(fresh(connection), by=person("ops"))
        late = wish(sample(connections[2], sandbox, id="77"), ed)
        wait_for(lambda: fresh(late).state is Status.APPLIED)
        assert [fresh(change).state for change in changes] == [Status.PROPOSED] * 5
    assert [entry["external_id"] for entry in sandbox.ledger()[sent:]] == ["77"]


def test_what_was_being_sent_or_unknown_waits_for_a_person_and_an_earlier_pause_is_told(
    sandbox: Sandbox, put_back: PutBack
) -> None:
    ed, caibo = person("ed"), connect("caibo", sandbox)
    sending, unknown, later = (wish(sample(caibo, sandbox, id=number), ed) for number in ("1", "2", "3"))
    sandbox.fault("caibo", "drop", external_id="2")
    Change.objects.exclude(pk=unknown.pk).update(next_attempt_at=database_now().replace(year=2099))
    push(unknown.customer)
    assert fresh(unknown).wait == Wait.TRY_AGAIN
    make_due(sending)
    Change.objects.filter(pk=unknown.pk).update(next_attempt_at=database_now().replace(year=2099))
    assert isinstance(claim(caibo.pk), Claim)
    Connection.objects.update(paused_at=database_now(), pause=Pause.FORBIDDEN, pause_reason="Five in a row")
    backup = put_back()
    restored.mark(Attempt.objects.latest("pk").pk + 1)
    with backup:
        sweep()
        states = [(fresh(change).state, fresh(change).wait) for change in (sending, unknown, later)]
        assert states == [
            (Status.UNKNOWN, Wait.PERSON),
            (Status.UNKNOWN, Wait.PERSON),
            (Status.PROPOSED, Wait.RESTORED),
        ]
        assert not Change.objects.filter(next_attempt_at__isnull=False).exists()
        told = Event.objects.get(verb="installation.restored")
        assert told.details["was"] == Pause.FORBIDDEN
        assert told.details["held"] == {"approved": 1, "sending": 1, "unknown": 1}
        assert fresh(caibo).pause == Pause.RESTORED


def test_two_workers_notice_once_and_a_still_older_backup_is_noticed_again(sandbox: Sandbox, put_back: PutBack) -> None:
    ed, caibo = person("ed"), connect("caibo", sandbox)
    sample_of = [sample(caibo, sandbox, id=number) for number in ("1", "2")]
    oldest_change = wish(sample_of[0], ed)
    oldest = put_back()
    push(sample_of[0])
    wish(sample_of[1], ed)
    backup = put_back()
    push(sample_of[1])
    with backup:
        assert sorted(_at_once(restored.notice)) == [False, True]
        assert Installation.objects.get().life == 1
        assert Event.objects.filter(verb="installation.restored").count() == 1
        assert not restored.notice()
    with oldest:
        assert restored.notice()
        assert Installation.objects.get().life == 2
        assert fresh(oldest_change).wait == Wait.RESTORED
    assert len(pushes(sandbox, "caibo")) == 2


def test_the_same_backup_put_back_a_second_time_is_noticed_a_second_time(sandbox: Sandbox, put_back: PutBack) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    wish(customer, person("ed"))
    once, again = put_back(), put_back()
    push(customer)
    with once:
        assert restored.notice()
    with again:
        assert restored.notice()


def test_a_fresh_database_and_one_that_went_on_are_not_taken_for_restored(
    live_db: Database, databases: Databases, sandbox: Sandbox, settings: LazySettings
) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    push(customer)
    assert [restored.notice(), restored.notice()] == [False, False]
    fresh_one = databases.clone()
    with connected_to(fresh_one):
        Installation.objects.update(name="00000000-0000-4000-8000-000000000001")
        assert not restored.notice()
    databases.drop(fresh_one)
    assert not restored.notice()
    assert fresh(change).state is Status.APPLIED


def test_what_an_outage_may_still_take_back_is_not_taken_down(
    live_db: Database, sandbox: Sandbox, marks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim is seen before it is on the disk: marked by then and lost with the server, it would hold everything."""
    customer = sample(connect("caibo", sandbox), sandbox)
    wish(customer, person("ed"))
    assert not restored.notice()
    kept: list[Mark] = []
    [folder] = marks.iterdir()
    monkeypatch.setattr("console.flows.deliver.keep", lambda: None)
    monkeypatch.setattr("console.models.claiming.keep", lambda: kept.append(Marks(folder).highest()))
    assert isinstance(claim(customer.connection_id), Claim)
    assert not restored.notice()
    assert kept == [(0, 0)]
    assert Marks(folder).highest() == (0, Attempt.objects.get().pk)
    assert not restored.notice()
    assert len(kept) == 1  # nothing new, so nothing to wait for


def test_an_answer_from_before_is_not_kept_with_the_attempt_that_has_its_number_by_now(
    live_db: Database, sandbox: Sandbox
) -> None:
    """A database that is set back under a running worker gives the numbers of attempts a second time."""
    ed, caibo = person("ed"), connect("caibo", sandbox)
    wish(sample(caibo, sandbox, id="1"), ed)
    claimed = claim(caibo.pk)
    assert isinstance(claimed, Claim)
    other = wish(sample(caibo, sandbox, id="2"), ed)
    from_before = replace(claimed, change_id=other.pk, customer_id=other.customer_id)
    with pytest.raises(Attempt.DoesNotExist):
        settle(from_before, Result(Outcome.CONFIRMED))
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.late) == (Outcome.INTENT, False)


def test_the_highest_mark_of_all_workers_holds_those_that_ended_included(tmp_path: Path) -> None:
    ended, ending = Marks(tmp_path), Marks(tmp_path)
    ended.reach(Mark(1, 70))
    ended.close()
    ending.reach(Mark(1, 9))
    ending.reach(Mark(0, 500))
    assert Marks(tmp_path).highest() == (1, 70)


def test_files_of_ended_workers_are_taken_over_and_those_of_living_ones_are_not(tmp_path: Path) -> None:
    ended, living = Marks(tmp_path), Marks(tmp_path)
    ended.reach(Mark(0, 70))
    living.reach(Mark(0, 60))
    ended.close()
    for path in tmp_path.iterdir():
        os.utime(path, (0, 0))
    newest = Marks(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2
    assert newest.highest() == (0, 70)
    living.reach(Mark(0, 80))
    assert newest.highest() == (0, 80)


def test_a_folder_that_was_taken_away_is_an_error_and_not_an_empty_memory(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "marks")
    shutil.rmtree(tmp_path / "marks")
    with pytest.raises(FileNotFoundError):
        marks.highest()


def test_marks_of_threads_that_overtake_each_other_never_go_back_and_a_torn_line_counts_for_nothing(
    tmp_path: Path,
) -> None:
    marks = Marks(tmp_path)

    def climb(first: int) -> None:
        for number in range(first, 2000, 8):
            marks.reach(Mark(0, number))

    threads = [threading.Thread(target=climb, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marks.highest() == (0, 1999)
    (tmp_path / "torn").write_bytes(Mark(9, 9999).line[:-4] + b"000\n")
    assert marks.highest() == (0, 1999)


def _at_once[T](what: Callable[[], T]) -> list[T]:
    start, outcomes = threading.Barrier(2), list[T]()

    def do() -> None:
        start.wait()
        try:
            outcomes.append(what())
        finally:
            database.close()

    threads = [threading.Thread(target=do) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_person_with_the_right_releases_what_is_held_or_drops_it(sandbox: Sandbox, put_back: PutBack) -> None:
    ed, ops, sqril = person("ed"), person("ops"), connect("sqril", sandbox)
    first, second = (sample(sqril, sandbox, customer_id=number) for number in ("cus_1", "cus_2"))
    changes = [wish(first, ed), wish(second, ed)]
    backup = put_back()
    push(first)
    with backup:
        assert restored.notice()
        resume(fresh(sqril), by=ops)
        with pytest.raises(NotPermitted):
            held.release(changes[0].pk, by=ed, reason="It is mine.")
        held.release(changes[0].pk, by=ops, reason="Looked at the record: send it again.")
        held.withdraw(changes[1].pk, by=ops, reason="It arrived.")
        push(first)
        assert [fresh(change).state for change in changes] == [Status.APPLIED, Status.WITHDRAWN]
        assert not Line.objects.filter(waiting=True).exists()
    assert len(pushes(sandbox, "sqril")) == 2  # the reading showed that nothing was left to do
