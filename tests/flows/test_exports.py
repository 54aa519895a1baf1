"""Exports: asked for within limits, made once whatever happens to workers, kept for their owner and for some days."""

from __future__ import annotations

import hashlib
import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings
from django.db import connection as database
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from console import exporting
from console.auditing import Query
from console.errors import ConsoleError, KeyMissing, NotFit, NotPermitted, StepNotPossible
from console.exporting import progress
from console.flows import making
from console.flows.exports import ask, download, forget_with, one, own, stop, tidy
from console.flows.making import Ended, beat, claim, give_back, keep, piece
from console.flows.reap import reap
from console.models import Chain, Customer, Event, Export, ExportPart, ExportStatus, Format, Grant, Role, User
from console.models.sealing import key_ring
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, side_by_side, wish
from tests.processes import end, wait_for, worker

if TYPE_CHECKING:
    from tests.databases import Database


@pytest.fixture
def rae(db: None) -> User:
    """Rae, who reviews everywhere, and a customer whose phone Ed changed."""
    wish(sample(connect("caibo")), person("ed"))
    return person("rae")


def made(by: User, query: Query | None = None, kind: Format = Format.JSONL) -> Export:
    """One that was asked for and made, in this thread."""
    export = ask(query or Query(), kind, by=by)
    exporting.make_all(threading.Event())
    return Export.objects.get(pk=export.pk)


def content(export: Export) -> bytes:
    """The whole file."""
    return b"".join(piece(export, number) for number in range(export.parts.count()))


def told(by: User) -> list[str]:
    """What stands in this person's own history."""
    return list(Event.objects.filter(subject=f"person:{by.pk}").order_by("number").values_list("verb", flat=True))


def lose(export: Export) -> None:
    """Lets its worker have been silent for an hour."""
    Export.objects.filter(pk=export.pk).update(beat_at=F("beat_at") - timedelta(hours=1))


# Asking.


def test_what_is_asked_for_is_made_and_both_stand_in_the_history_of_who_asked(rae: User) -> None:
    export = made(rae)
    assert (export.status, export.done, export.total) == (ExportStatus.DONE, 3, 3)
    whole = content(export)
    assert (len(whole), hashlib.sha256(whole).hexdigest()) == (export.size, export.digest)
    assert export.filename.startswith("steward-audit-")
    assert export.filename.endswith(".jsonl")
    download(export, by=rae)
    assert told(rae) == ["audit.exported", "audit.downloaded"]
    details = Event.objects.get(verb="audit.exported").details
    wanted = {"query": {}, "format": "jsonl", "count": 3, "digest": export.digest, "export": export.pk}
    assert details == wanted


def test_whoever_may_not_read_the_audit_is_refused_with_whom_to_ask(rae: User) -> None:
    with pytest.raises(NotPermitted, match="it takes the role Reviewer"):
        ask(Query(), Format.CSV, by=person("ed"))
    assert not Export.objects.exists()


def test_a_reviewer_of_another_connection_is_refused_what_happened_here(rae: User) -> None:
    customer = Customer.objects.get()
    rae.grants.all().delete()
    rae = person("rae", connect("sqril"))
    for query in (Query(connection=customer.connection_id), Query(customer=customer.pk), Query(change=1 + 10**9)):
        with pytest.raises(ConsoleError):
            ask(query, Format.CSV, by=rae)
    assert not Export.objects.exists()


def test_over_the_limit_it_says_how_much_may_be_and_how_to_narrow_it(rae: User, settings: LazySettings) -> None:
    settings.STEWARD_EXPORT_LIMIT = 2
    with pytest.raises(
        NotFit, match=r"More than 2 events are found, and an export holds 2 at most\. Narrow the search"
    ):
        ask(Query(), Format.CSV, by=rae)
    assert ask(Query(kind="customer"), Format.CSV, by=rae).total == 1


def test_of_nothing_there_is_no_file(rae: User) -> None:
    with pytest.raises(NotFit, match="Nothing is found"):
        ask(Query(person=rae.pk), Format.CSV, by=rae)


def test_a_person_has_three_made_at_a_time(rae: User) -> None:
    first, *_ = [ask(Query(), Format.CSV, by=rae) for _ in range(3)]
    with pytest.raises(StepNotPossible, match="3 of your exports are being made already"):
        ask(Query(), Format.CSV, by=rae)
    stop(first, by=rae)
    ask(Query(), Format.CSV, by=rae)


def test_two_windows_at_once_do_not_pass_the_limit(live_db: Database) -> None:
    wish(sample(connect("caibo")), person("ed"))
    rae, refused = person("rae"), list[str]()

    def window() -> None:
        try:
            ask(Query(), Format.CSV, by=rae)
        except StepNotPossible as problem:
            refused.append(str(problem))

    side_by_side(*[window] * 6)
    assert (Export.objects.count(), len(refused)) == (3, 3)


# Whose it is.


def test_it_is_its_owners_alone(rae: User) -> None:
    export = made(rae)
    Grant.objects.create(user=person("sam"), role=Role.REVIEWER)
    assert (one(export.pk, by=rae), one(export.pk, by=person("sam"))) == (export, None)
    assert (len(own(rae)), len(own(person("sam")))) == (1, 0)
    with pytest.raises(Export.DoesNotExist):
        download(export, by=person("sam"))


def test_who_lost_the_right_lost_the_file(rae: User) -> None:
    caibo = Customer.objects.get().connection
    everything, here = made(rae), made(rae, Query(connection=caibo.pk))
    rae.grants.all().delete()
    there = person("rae", caibo)
    assert (one(everything.pk, by=there), one(here.pk, by=there)) == (None, here)
    there.grants.all().delete()
    assert one(here.pk, by=person("rae", connect("sqril"))) is None


def test_who_lost_the_right_while_it_waited_gets_no_file(rae: User) -> None:
    export = ask(Query(), Format.CSV, by=rae)
    rae.grants.all().delete()
    exporting.make_all(threading.Event())
    assert (fresh(export).status, ExportPart.objects.exists()) == (ExportStatus.FAILED, False)
    assert "it takes the role Reviewer" in fresh(export).note


# Keeping.


def test_its_pieces_are_sealed_and_open_nowhere_else(rae: User) -> None:
    export, other = made(rae), made(rae)
    [part] = ExportPart.objects.filter(export=export)
    assert b"442079460958" not in bytes(part.sealed)
    ExportPart.objects.filter(export=other).update(sealed=part.sealed)
    with pytest.raises(KeyMissing, match="altered, moved"):
        content(other)


def test_a_piece_opens_with_the_keys_of_before(rae: User, settings: LazySettings) -> None:
    export = made(rae)
    settings.STEWARD_KEYS = f"later:{'B' * 43}=,{settings.STEWARD_KEYS}"
    assert key_ring().current == "later"
    assert len(content(export)) == export.size


def test_after_some_days_the_file_is_gone_and_the_row_says_so(rae: User, settings: LazySettings) -> None:
    export = made(rae)
    tidy()
    assert fresh(export).status == ExportStatus.DONE
    Export.objects.update(ended_at=F("ended_at") - timedelta(days=settings.STEWARD_EXPORT_DAYS, minutes=1))
    with pytest.raises(StepNotPossible, match="Files are kept for some days only"):
        download(export, by=rae)  # though no worker came by yet
    tidy()
    assert (fresh(export).status, ExportPart.objects.exists()) == (ExportStatus.FORGOTTEN, False)
    with pytest.raises(StepNotPossible, match="Files are kept for some days only"):
        download(export, by=rae)


def test_it_can_be_stopped_before_and_deleted_after_it_is_made(rae: User) -> None:
    waiting, ready = ask(Query(), Format.CSV, by=rae), made(rae)
    assert fresh(waiting).status == ExportStatus.DONE  # it came first
    stop(ready, by=rae)
    assert (fresh(ready).status, ready.parts.exists()) == (ExportStatus.FORGOTTEN, False)
    again = ask(Query(), Format.CSV, by=rae)
    stop(again, by=rae)
    assert fresh(again).status == ExportStatus.STOPPED
    assert told(rae)[-1] == "audit.export_stopped"
    with pytest.raises(StepNotPossible, match="ended already"):
        stop(again, by=rae)


# Erasing.


def erase(customer: Customer) -> int:
    with transaction.atomic():
        Customer.objects.filter(pk=customer.pk).update(wrapped_key=None, erased_at=timezone.now())
        return forget_with(customer)


def test_erasing_a_customer_deletes_the_files_that_may_hold_them_and_no_other(rae: User) -> None:
    erased, other = Customer.objects.get(), sample(connect("sqril"))
    change = wish(other, person("ed"), {"phone": "+6281299887766"})
    holding = [made(rae), made(rae, Query(connection=erased.connection_id)), made(rae, Query(customer=erased.pk))]
    others = [
        made(rae, Query(connection=other.connection_id)),
        made(rae, Query(customer=other.pk)),
        made(rae, Query(change=change.pk)),
    ]
    assert erase(erased) == 3
    assert {fresh(export).status for export in holding} == {ExportStatus.FORGOTTEN}
    assert {fresh(export).status for export in others} == {ExportStatus.DONE}
    assert "A customer who may stand in it was erased" in fresh(holding[0]).note
    assert not ExportPart.objects.filter(export__in=holding).exists()


def test_what_is_being_made_while_a_customer_is_erased_begins_anew_without_their_values(rae: User) -> None:
    ask(Query(), Format.JSONL, by=rae)
    under_way = claim()
    assert under_way
    keep(under_way, 0, b"442079460958", done=1)
    assert erase(Customer.objects.get()) == 1
    with pytest.raises(Ended):
        keep(under_way, 1, b"442079460958", done=2)
    exporting.make_all(threading.Event())
    assert (fresh(under_way).status, fresh(under_way).tries) == (ExportStatus.DONE, 1)
    assert b"442079460958" not in content(fresh(under_way))


def test_none_is_begun_while_a_customer_is_being_erased(live_db: Database) -> None:
    customer = sample(connect("caibo"))
    ask(Query(), Format.JSONL, by=person("rae"))
    erasing, begun = threading.Event(), list[bool]()

    def erases() -> None:
        with transaction.atomic():
            forget_with(customer)
            erasing.set()
            wait_for(_waits_for_a_lock)
            Customer.objects.filter(pk=customer.pk).update(wrapped_key=None)

    def makes() -> None:
        erasing.wait()
        claim()
        begun.append(Customer.objects.get().wrapped_key is None)

    side_by_side(erases, makes)
    assert begun == [True]


def _waits_for_a_lock() -> bool:
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'console_export'::regclass")
        [count] = cursor.fetchone()
    return bool(count)


# Workers.


def test_one_export_is_claimed_by_one_worker(live_db: Database) -> None:
    wish(sample(connect("caibo")), person("ed"))
    ask(Query(), Format.CSV, by=person("rae"))
    claimed = list[Export | None]()
    side_by_side(*[lambda: claimed.append(claim())] * 4)
    assert len([export for export in claimed if export]) == 1


def test_what_a_worker_left_another_takes_up_from_the_beginning(rae: User) -> None:
    ask(Query(), Format.JSONL, by=rae)
    lost = claim()
    assert lost
    keep(lost, 0, b"half of it", done=1)
    assert claim() is None
    lose(lost)
    assert making.are_to_make()
    exporting.make_all(threading.Event())
    export = fresh(lost)
    assert (export.status, export.tries) == (ExportStatus.DONE, 2)
    assert content(export).startswith(b'{"about"')
    with pytest.raises(Ended):
        keep(lost, 1, b"the other half", done=3)
    with pytest.raises(Ended):
        making.finish(lost, making.Result("x", 1, "x", 1))
    assert fresh(lost).digest == export.digest


def test_a_worker_that_ends_gives_it_back_and_that_counts_as_no_try(rae: User) -> None:
    export = ask(Query(), Format.JSONL, by=rae)
    for _ in range(making.TRIES + 1):
        taken = claim()
        assert taken
        give_back(taken)
        with pytest.raises(Ended):
            beat(taken, 1)
    assert (fresh(export).status, fresh(export).tries) == (ExportStatus.WAITING, 0)


def test_after_three_workers_it_is_given_up_with_a_sentence(rae: User) -> None:
    export = ask(Query(), Format.JSONL, by=rae)
    for _ in range(making.TRIES):
        tidy()
        taken = claim()
        assert taken
        lose(taken)
    assert claim() is None
    assert not tidy()
    assert (fresh(export).status, fresh(export).note) == (ExportStatus.FAILED, making.GAVE_UP)


def test_a_worker_whose_export_was_stopped_keeps_nothing_more(rae: User) -> None:
    ask(Query(), Format.JSONL, by=rae)
    taken = claim()
    assert taken
    stop(taken, by=rae)
    with pytest.raises(Ended):
        keep(taken, 0, b"anything", done=1)
    assert not ExportPart.objects.exists()


def test_a_worker_process_makes_it_and_losing_the_queue_loses_nothing(live_db: Database) -> None:
    wish(sample(connect("caibo")), person("ed"))
    rae = person("rae")
    export = ask(Query(), Format.PACK, by=rae)
    with database.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_events; DELETE FROM procrastinate_jobs")
    with worker(live_db):
        wait_for(lambda: fresh(export).status == ExportStatus.DONE)
        second = ask(Query(), Format.CSV, by=rae)
        wait_for(lambda: fresh(second).status == ExportStatus.DONE)
    assert len(content(fresh(export))) == fresh(export).size


def test_killing_the_worker_in_the_middle_loses_nothing(live_db: Database) -> None:
    wish(sample(connect("caibo")), person("ed"))
    rae = person("rae")
    export = ask(Query(), Format.CSV, by=rae)
    Chain.objects.create(subject=f"person:{rae.pk}")
    with worker(live_db) as process, transaction.atomic():
        Chain.objects.select_for_update().get()  # whoever would finish it has to wait
        wait_for(export.parts.exists)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert fresh(export).status == ExportStatus.RUNNING
    with worker(live_db):
        wait_for(lambda: fresh(export).status == ExportStatus.DONE, seconds=30)
    assert (fresh(export).tries, len(content(fresh(export)))) == (2, fresh(export).size)


def test_sigterm_ends_a_worker_in_the_middle_and_another_goes_on(
    live_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(sample(connect("caibo")), person("ed"))
    export = ask(Query(), Format.CSV, by=person("rae"))
    monkeypatch.setattr(progress, "BETWEEN_BEATS", 0.0)
    stopping = threading.Event()
    taken = claim()
    assert taken
    stopping.set()
    exporting.make(taken, stopping)
    assert (fresh(export).status, fresh(export).tries) == (ExportStatus.WAITING, 0)
    with worker(live_db) as process:
        wait_for(lambda: fresh(export).status == ExportStatus.DONE)
        end(process)
        assert process.returncode == 0


def test_the_wake_up_names_nobody_and_the_reaper_knows_it(rae: User) -> None:
    ask(Query(), Format.CSV, by=rae)
    ask(Query(), Format.CSV, by=rae)
    with database.cursor() as cursor:
        cursor.execute("SELECT queue_name, task_name, args FROM procrastinate_jobs WHERE queue_name = 'export'")
        assert cursor.fetchall() == [("export", "export", "{}")]
    reap()
    assert making.are_to_make()
