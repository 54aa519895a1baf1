"""manage.py import_customers --propose and --dry-run: the page's look-through and batch, brought to their end."""

from __future__ import annotations

import csv
import threading
from pathlib import Path

import pytest

from console.bulk import work_on
from console.flows import bulk as flow
from console.flows import working
from console.flows.bulk import Import
from console.flows.working import Work
from console.management import importing
from console.models import (
    Batch,
    BatchStatus,
    Bulk,
    BulkKind,
    BulkPart,
    BulkStatus,
    Change,
    ColumnMapping,
    Connection,
    Customer,
    Event,
    Origin,
    User,
)
from tests.cast import connect, person
from tests.deciding import policy
from tests.flows.helpers import side_by_side
from tests.importing_files import assigned, carried_out, fresh, many, read, table
from tests.management.running import Said, run


@pytest.fixture
def caibo(db: None) -> Connection:
    """Caibo, where six customers are known."""
    made = connect("caibo")
    carried_out(made, many(6), by=person("jo"))
    policy("Names", "name")
    return made


@pytest.fixture
def ed(db: None) -> User:
    return person("ed")


def a_file(folder: Path, *rows: tuple[object, ...], columns: tuple[str, ...] = ("external_id", "name")) -> str:
    file = folder / "names.csv"
    file.write_bytes(table(rows, columns))
    return str(file)


def propose(file: str, *more: str) -> Said:
    return run("import_customers", "--connection", "Caibo", "--propose", file, *more)


RENAMED = ((1, "Other 1"), (2, "Person 2"), (3, "Other 3"))


def test_a_file_becomes_the_batch_that_the_page_would_make_of_it(caibo: Connection, ed: User, tmp_path: Path) -> None:
    said = propose(a_file(tmp_path, *RENAMED), "--by", "ed", "--why", "They were renamed.", "--reference", "T-1")
    assert not said.refusal
    assert "3 rows: 2 would change, 1 stay as they are, 0 refused.\n  Name: 2 change, 1 stay as they are\n" in said.out
    batch = Batch.objects.get()
    assert f"Batch {batch.pk}, “Name from a file”: 2 changes. Waiting for approval: " in said.out
    assert f"/batches/{batch.pk}/" in said.out
    assert (batch.status, batch.size, batch.requester, batch.why, batch.reference) == (
        *(BatchStatus.WAITING, 2, ed, "They were renamed.", "T-1"),
    )
    changes = Change.objects.filter(batch=batch).order_by("batch_place")
    assert [(change.batch_place, change.lines.get().after) for change in changes] == [(2, "Other 1"), (4, "Other 3")]
    assert Customer.objects.get(external_id="1").values["name"] == "Person 1"
    assert fresh(Bulk.objects.latest("pk")).status == BulkStatus.DONE
    assert not BulkPart.objects.exists()


def test_history_says_who_began_it_and_that_it_was_a_command(caibo: Connection, ed: User, tmp_path: Path) -> None:
    propose(a_file(tmp_path, *RENAMED), "--by", "ed")
    told = Event.objects.filter(subject=f"connection:{caibo.pk}", actor=ed).order_by("number")
    assert [(event.verb, event.origin) for event in told] == [
        ("bulk.begun", Origin.COMMAND),
        ("bulk.ended", Origin.WORKER),
    ]


def test_progress_is_told_step_by_step(caibo: Connection, ed: User, tmp_path: Path) -> None:
    said = propose(a_file(tmp_path, *RENAMED), "--by", "ed")
    steps = [line.partition(":")[0].rstrip(".") for line in said.err.splitlines()]
    assert [step for step in steps if step.startswith("Being")] == [
        *("Being read", "Being looked through", "Being carried out"),
    ]


def test_a_dry_run_says_the_shapes_and_does_nothing(caibo: Connection, ed: User, tmp_path: Path) -> None:
    file = a_file(tmp_path, *RENAMED, (99, "Nobody"))
    said = propose(file, "--dry-run", "--by", "ed")
    assert "4 rows: 2 would change, 1 stay as they are, 1 refused." in said.out
    assert "  Name: 2 change, 1 stay as they are" in said.out
    assert "refused 1: The record: Nobody with this id is known at Caibo" in said.out
    assert not Batch.objects.exists()
    assert not Change.objects.exists()
    assert not BulkPart.objects.exists()
    left = Bulk.objects.latest("pk")
    assert (left.status, left.note) == (BulkStatus.STOPPED, "It was only looked through, as the command asked.")


def test_a_dry_run_of_filling_counts_the_new_ones_and_takes_in_nobody(
    caibo: Connection, ed: User, tmp_path: Path
) -> None:
    file = a_file(tmp_path, (1, "Person 1"), (7, "New One"))
    said = run("import_customers", "--connection", "Caibo", "--dry-run", "--by", "ed", file)
    assert "2 rows: 1 would change, 1 of them new, 1 stay as they are, 0 refused." in said.out
    assert Customer.objects.count() == 6


def test_refused_rows_are_written_with_the_reason_beside_each_and_the_others_are_proposed(
    caibo: Connection, ed: User, tmp_path: Path
) -> None:
    file = a_file(tmp_path, *RENAMED, (99, "=Nobody"), (1, "Twice"))
    refused = tmp_path / "refused.csv"
    said = propose(file, "--by", "ed", "--refused", str(refused))
    assert said.refusal == "2 rows were refused: that file has the reason beside each."
    [head, nobody, twice] = csv.reader(refused.read_text(encoding="utf-8-sig").splitlines())
    assert head == ["Line", "Why", "external_id", "name"]
    assert nobody == ["5", "Nobody with this id is known at Caibo. Fill the cache with them first.", "99", "'=Nobody"]
    assert twice[0] == "6"
    assert "stands in line 2 already" in twice[1]
    assert refused.stat().st_mode & 0o077 == 0
    assert Batch.objects.get().size == 2


def test_rows_that_filling_refuses_are_written_with_the_reason_beside_each(caibo: Connection, tmp_path: Path) -> None:
    file = tmp_path / "customers.csv"
    file.write_bytes(table([(7, "New One"), ("", "No Id"), (8, "Too", "many")], ("external_id", "name")))
    refused = tmp_path / "refused.csv"
    said = run("import_customers", "--connection", "Caibo", str(file), "--refused", str(refused))
    assert "1 added" in said.out
    assert "2 rows were refused" in said.refusal
    rows = list(csv.reader(refused.read_text(encoding="utf-8-sig").splitlines()))
    assert [row[0] for row in rows] == ["Line", "3", "4"]
    assert rows[1][2:] == ["", "No Id"]


def test_a_file_of_that_name_is_not_written_over(caibo: Connection, ed: User, tmp_path: Path) -> None:
    there = tmp_path / "refused.csv"
    there.write_text("mine")
    said = propose(a_file(tmp_path, *RENAMED), "--by", "ed", "--refused", str(there))
    assert "is there already: give another name" in said.refusal
    assert there.read_text() == "mine"
    assert not Batch.objects.exists()


def test_a_reason_that_a_policy_wants_is_asked_for_and_nothing_is_left_open(
    caibo: Connection, ed: User, tmp_path: Path
) -> None:
    policy("Many at once", "name", from_size=2, asks_reason=True)
    said = propose(a_file(tmp_path, *RENAMED), "--by", "ed")
    assert said.refusal
    assert not Batch.objects.exists()
    left = Bulk.objects.latest("pk")
    assert (left.status, left.note) == (BulkStatus.STOPPED, importing.ENDED_BY_THE_COMMAND)
    assert not BulkPart.objects.exists()


def test_a_file_that_would_change_nothing_makes_no_batch_and_is_no_failure(
    caibo: Connection, ed: User, tmp_path: Path
) -> None:
    said = propose(a_file(tmp_path, (1, "Person 1")), "--by", "ed")
    assert not said.refusal
    assert "1 row: 0 would change, 1 stay as they are, 0 refused." in said.out
    assert not Batch.objects.exists()


def test_columns_that_the_command_was_told_are_remembered_for_the_page(
    caibo: Connection, ed: User, tmp_path: Path
) -> None:
    before = ColumnMapping.objects.count()
    propose(a_file(tmp_path, (1, "Other"), columns=("Nr", "Called")), "--by", "ed", *("--column", "Nr=external_id"))
    assert ColumnMapping.objects.count() == before  # nothing to change was said
    file = str(tmp_path / "names.csv")
    propose(file, "--by", "ed", "--column", "Nr=external_id", "--column", "Called=name")
    kept = ColumnMapping.objects.get(kind=BulkKind.PROPOSE)
    assert kept.mapping == {"0": "external_id", "1": "name"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ([], "Say who asks for it: --by USERNAME."),
        (["--by", "nobody"], "There is nobody who signs in as 'nobody'."),
        (["--by", "ann"], "You may not propose changes at Caibo"),
        (["--by", "ed", "--as-of", "2026-01-01"], "--as-of is for filling the cache"),
    ],
)
def test_who_may_not_and_what_makes_no_sense_is_refused_in_a_sentence(
    caibo: Connection, ed: User, tmp_path: Path, more: list[str], sentence: str
) -> None:
    person("ann")
    before = Bulk.objects.count()
    assert sentence in propose(a_file(tmp_path, *RENAMED), *more).refusal
    assert Bulk.objects.count() == before


def test_who_may_not_propose_may_not_fill_in_their_name_either(caibo: Connection, tmp_path: Path) -> None:
    person("ann")
    said = run("import_customers", "--connection", "Caibo", a_file(tmp_path, (7, "New")), "--by", "ann")
    assert "You may not propose changes at Caibo" in said.refusal
    assert not Customer.objects.filter(external_id="7").exists()


def test_an_import_that_another_worker_took_up_is_followed_to_the_end_of_its_step(
    live_db: None, tmp_path: Path
) -> None:
    caibo, ed = connect("caibo"), person("ed")
    waiting = assigned(read(caibo, many(3), by=ed))
    other = Work(working.claim(only=waiting.pk) or waiting)
    seen, found = threading.Event(), list[Bulk]()

    def tell(bulk: Bulk) -> None:
        if bulk.status == BulkStatus.CHECKING:
            seen.set()

    def work() -> None:
        assert seen.wait(30)
        work_on(other)

    def follow() -> None:
        found.append(importing.followed(waiting, BulkStatus.CHECKED, tell))

    side_by_side(work, follow)
    assert found[0].summary["shapes"]["new"] == 3


def test_only_the_work_that_is_named_is_taken_up(caibo: Connection, ed: User) -> None:
    first = flow.begin(Import(caibo, BulkKind.PROPOSE, "a.csv", 5, "a"), by=ed)
    second = flow.begin(Import(caibo, BulkKind.PROPOSE, "b.csv", 5, "b"), by=ed)
    for bulk in (first, second):
        flow.take_piece(bulk.pk, at=0, data=b"id\n1\n", by=ed)
    assert working.claim(only=second.pk) == second
    assert working.claim(only=second.pk) is None
    assert fresh(first).status == BulkStatus.TO_READ
