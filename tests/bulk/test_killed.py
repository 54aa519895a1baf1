"""Imports whose workers are killed: nothing twice, nothing missing, and what was stopped stays stopped."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from django.db import connection as database
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from console.bulk import file, filling, proposing, work_on
from console.flows import bulk as flow
from console.flows import bulk_kept, erase, working
from console.flows.working import Ended, Work
from console.models import (
    BatchStatus,
    Bulk,
    BulkKind,
    BulkPart,
    BulkProblem,
    BulkStatus,
    Change,
    Connection,
    Customer,
    Event,
    Grant,
    Role,
    User,
)
from tests.cast import connect, person
from tests.deciding import no_policies, policy
from tests.importing_files import assigned, carried_out, checked, done_by_a_worker, fresh, many, uploaded
from tests.processes import end, wait_for, worker
from tests.views.pages import text_of

if TYPE_CHECKING:
    from django.test import Client

    from tests.databases import Database

FEW = 20  # rows in a transaction


@pytest.fixture
def caibo(db: None) -> Connection:
    return connect("caibo")


@pytest.fixture
def ed(db: None) -> User:
    return person("ed")


def lose(bulk: Bulk) -> None:
    """Lets its worker have been silent for an hour."""
    Bulk.objects.filter(pk=bulk.pk).update(beat_at=F("beat_at") - timedelta(hours=1))


class _Killed(BaseException):
    """What a worker knows of SIGKILL."""


class _Dying(Work):
    """A worker that is gone right after it kept some rows, or in the middle of keeping them."""

    def __init__(self, bulk: Bulk, *, after: int) -> None:
        super().__init__(bulk)
        self.left = after

    def write(self, **columns: object) -> None:
        super().write(**columns)
        self.left -= 1
        if self.left == 0:
            raise _Killed


def killed_while_carried_out(bulk: Bulk, *, after: int) -> Bulk:
    """Taken up by a worker that is gone in the transaction of that many."""
    claimed = working.claim()
    assert claimed == bulk
    with pytest.raises(_Killed):
        work_on(_Dying(claimed, after=after))
    lose(claimed)
    return fresh(claimed)


@pytest.mark.parametrize("after", [1, 2, 4])
def test_filling_goes_on_behind_the_last_row_that_was_kept(
    caibo: Connection, ed: User, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    monkeypatch.setattr(filling, "AT_ONCE", FEW)
    asked = flow.carry_out(checked(caibo, many(95), by=ed).pk, by=ed)
    dead = killed_while_carried_out(asked, after=after)
    assert dead.done == Customer.objects.count() == (after - 1) * FEW
    done = done_by_a_worker(dead)
    assert (done.status, done.done, done.summary["taken"]["added"]) == (BulkStatus.DONE, 95, 95)
    assert Customer.objects.count() == Event.objects.filter(verb="customer.baseline").count() == 95


def test_whoever_goes_on_is_known_to_be_at_it_before_it_comes_by_the_first_row_to_be_kept(
    caibo: Connection, ed: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a third worker took up a large workbook from the second one, which only passes by what was kept."""
    monkeypatch.setattr(filling, "AT_ONCE", FEW)
    monkeypatch.setattr(file, "BETWEEN_LOOKS", 10)
    dead = killed_while_carried_out(flow.carry_out(checked(caibo, many(95), by=ed).pk, by=ed), after=4)
    claimed, told = working.claim(), list[int]()
    assert claimed == dead
    monkeypatch.setattr(working, "BETWEEN_BEATS", 0.0)
    work_on(Work(claimed, tell=lambda bulk: told.append(bulk.done)))
    assert told[: dead.done // 10] == [dead.done] * (dead.done // 10)
    assert fresh(dead).status == BulkStatus.DONE


def test_a_batch_is_put_together_behind_the_last_row_that_was_kept(
    caibo: Connection, ed: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy("Names", "name")
    carried_out(caibo, many(70), by=ed)
    monkeypatch.setattr(proposing, "AT_ONCE", FEW)
    asked = flow.carry_out(checked(caibo, many(70, name="Other"), by=ed, kind=BulkKind.PROPOSE).pk, by=ed)
    for after in (2, 1, 2):
        asked = killed_while_carried_out(asked, after=after)
    done = done_by_a_worker(asked)
    assert (done.status, done.summary["proposed"]["made"]) == (BulkStatus.DONE, 70)
    places = Change.objects.filter(batch=done.batch).order_by("batch_place").values_list("batch_place", flat=True)
    assert list(places) == list(range(2, 72))


def test_looking_through_begins_anew_and_tells_each_problem_once(caibo: Connection, ed: User) -> None:
    seen = checked(caibo, many(5) + many(5), by=ed)
    assert BulkProblem.objects.count() == 6  # the second header, and five ids that stood there before
    Bulk.objects.filter(pk=seen.pk).update(status=BulkStatus.TO_CHECK)
    again = done_by_a_worker(seen)
    assert (again.status, BulkProblem.objects.count()) == (BulkStatus.CHECKED, 6)


def test_a_worker_that_only_seemed_to_be_gone_keeps_nothing_more(caibo: Connection, ed: User) -> None:
    asked = flow.carry_out(checked(caibo, many(9), by=ed).pk, by=ed)
    frozen = Work(working.claim() or asked)
    lose(asked)
    assert done_by_a_worker(asked).status == BulkStatus.DONE
    with pytest.raises(Ended), frozen.keeping(9):
        pytest.fail("it may not write")
    assert Customer.objects.count() == 9


def test_what_is_stopped_while_it_is_carried_out_keeps_what_was_done_and_says_how_much(
    caibo: Connection, ed: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "AT_ONCE", FEW)
    asked = flow.carry_out(checked(caibo, many(95), by=ed).pk, by=ed)
    dead = killed_while_carried_out(asked, after=3)
    stopped = flow.stop(dead.pk, by=ed)
    assert "40 of 95 rows had been carried out" in stopped.note
    assert done_by_a_worker(stopped).status == BulkStatus.STOPPED
    assert Customer.objects.count() == 40


def test_a_worker_that_is_to_end_gives_the_work_back_and_counts_no_try(caibo: Connection, ed: User) -> None:
    asked = flow.carry_out(checked(caibo, many(9), by=ed).pk, by=ed)
    stopping = threading.Event()
    stopping.set()
    work_on(Work(working.claim() or asked, stopping))
    back = fresh(asked)
    assert (back.status, back.tries, back.done) == (BulkStatus.TO_RUN, 0, 0)


def given_back_halfway(bulk: Bulk) -> Bulk:
    """Taken up by a worker that is told to end once it kept some rows."""
    stopping = threading.Event()
    work_on(Work(working.claim() or bulk, stopping, tell=lambda _: stopping.set()))
    back = fresh(bulk)
    assert (back.status, back.done) == (BulkStatus.TO_RUN, FEW)
    return back


def test_what_is_stopped_while_it_waits_for_its_next_worker_says_how_much_was_taken_in(
    caibo: Connection, ed: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "AT_ONCE", FEW)
    asked, leaves = flow.carry_out(checked(caibo, many(95), by=ed).pk, by=ed), "What was taken in stays."
    client.force_login(ed)
    address = reverse("import", args=[asked.pk])
    assert leaves not in text_of(client.get(address))
    back = given_back_halfway(asked)
    page = text_of(client.get(address))
    assert leaves in page
    assert "Nothing was changed by it." not in page
    assert flow.stop(back.pk, by=ed).note == "You stopped it. 20 of 95 rows had been carried out."
    assert Customer.objects.count() == FEW


def test_what_is_stopped_while_its_batch_is_put_together_says_that_nothing_is_proposed(
    caibo: Connection, ed: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried_out(caibo, many(70), by=ed)
    monkeypatch.setattr(proposing, "AT_ONCE", FEW)
    asked = flow.carry_out(checked(caibo, many(70, name="Other"), by=ed, kind=BulkKind.PROPOSE).pk, by=ed)
    back = given_back_halfway(asked)
    client.force_login(ed)
    assert "Nothing of it is proposed." in text_of(client.get(reverse("import", args=[back.pk])))
    stopped = flow.stop(back.pk, by=ed)
    assert stopped.note == "You stopped it. Nothing of it is proposed."
    batch = fresh(stopped).batch
    assert batch is not None
    assert batch.status == BatchStatus.WITHDRAWN


def test_what_kills_each_worker_that_takes_it_up_is_given_up(caibo: Connection, ed: User) -> None:
    asked = uploaded(caibo, many(9), by=ed)
    for _ in range(working.TRIES):
        assert working.claim() == asked
        lose(asked)
    assert working.claim() is None
    bulk_kept.tidy()
    ended = fresh(asked)
    assert (ended.status, ended.note) == (BulkStatus.FAILED, working.GAVE_UP)


def test_a_batch_of_which_nothing_comes_is_not_left_half_done(caibo: Connection, ed: User) -> None:
    carried_out(caibo, many(3), by=ed)
    asked = flow.carry_out(checked(caibo, many(3, name="Other"), by=ed, kind=BulkKind.PROPOSE).pk, by=ed)
    for _ in range(working.TRIES):
        assert working.claim() == asked
        lose(asked)
    bulk_kept.tidy()
    ended = fresh(asked)
    assert ended.batch is not None
    assert (ended.status, ended.batch.status) == (BulkStatus.FAILED, BatchStatus.FAILED)


def test_files_are_kept_for_some_days_only(caibo: Connection, ed: User) -> None:
    left = checked(caibo, many(2) + b"x,y\n", by=ed)
    Bulk.objects.filter(pk=left.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert bulk_kept.forget_old() == 1
    gone = fresh(left)
    assert (gone.status, gone.sealed_look, gone.sealed_sample) == (BulkStatus.STOPPED, "", "")
    assert not BulkPart.objects.exists()
    assert not BulkProblem.objects.exists()
    assert bulk_kept.forget_old() == 0


def test_erasing_a_customer_deletes_every_file_that_may_hold_them(caibo: Connection, ed: User) -> None:
    carried_out(caibo, many(3), by=ed)
    elsewhere = uploaded(connect("flowwise"), many(2), by=ed)
    there = checked(caibo, many(3, name="Other"), by=ed)
    asker, agreer = person("rae"), person("max")
    for user in (asker, agreer):
        Grant.objects.create(user=user, role=Role.ERASURE)
    customer = Customer.objects.get(external_id="2")
    asked = erase.ask(customer.pk, by=asker, reference="GDPR-7")
    erase.agree(asked.pk, by=agreer)
    assert (fresh(there).status, fresh(there).note) == (BulkStatus.STOPPED, bulk_kept.ERASED)
    assert {part.bulk_id for part in BulkPart.objects.all()} == {elsewhere.pk}
    assert fresh(there).sealed_sample == ""


def test_real_workers_killed_at_random_lose_nothing_and_do_nothing_twice(live_db: Database) -> None:
    no_policies()
    made, ed, chance = connect("caibo"), person("ed"), random.Random(20261122)  # noqa: S311 - repeatable
    count = 5_000
    bulk = uploaded(made, many(count), by=ed)
    _until_killed(live_db, bulk, BulkStatus.MAPPING, chance)
    assigned(fresh(bulk))
    _until_killed(live_db, bulk, BulkStatus.CHECKED, chance)
    flow.carry_out(bulk.pk, by=ed)
    kills = _until_killed(live_db, bulk, BulkStatus.DONE, chance, kill_while=BulkStatus.RUNNING)
    done = fresh(bulk)
    assert kills >= 2
    assert done.summary["taken"] == {"added": count, "updated": 0, "unchanged": 0, "erased": 0}
    assert Customer.objects.count() == Event.objects.filter(verb="customer.baseline").count() == count
    with database.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT external_id) FROM console_customer")
        assert cursor.fetchone() == (count,)


def _is_further(bulk: Bulk, done: int, wanted: BulkStatus) -> bool:
    now = fresh(bulk)
    return now.done > done or now.status == wanted


def _until_killed(
    database: Database, bulk: Bulk, wanted: BulkStatus, chance: random.Random, kill_while: BulkStatus | None = None
) -> int:
    """Lets workers work until it stands there, each of which is killed while it carries out; says how many were."""
    kills = 0
    while fresh(bulk).status != wanted:
        with worker(database) as process:
            if kill_while is None or kills >= 3:
                wait_for(lambda: fresh(bulk).status == wanted, seconds=90)
                end(process)
                return kills
            wait_for(partial(_is_further, bulk, fresh(bulk).done, wanted), seconds=60)
            time.sleep(chance.random() * 0.3)  # no condition: at random is what is wanted
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            kills += fresh(bulk).status == kill_while
    return kills
