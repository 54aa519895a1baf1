"""Filling the cache from a file: what is taken in, what is refused and why, and who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from console.bulk import problems
from console.errors import NotFit, NotPermitted, StepNotPossible
from console.flows import bulk as flow
from console.flows import uploads
from console.flows.bulk import Import
from console.models import Bulk, BulkKind, BulkPart, BulkStatus, ColumnMapping, Connection, Customer, Event, User
from tests.cast import connect, person, sample
from tests.importing_files import (
    WHOLE,
    assigned,
    carried_out,
    checked,
    done_by_a_worker,
    fresh,
    many,
    read,
    table,
    uploaded,
)


@pytest.fixture
def caibo(db: None) -> Connection:
    return connect("caibo")


@pytest.fixture
def ed(db: None) -> User:
    return person("ed")


def test_every_row_of_a_file_becomes_a_customer(caibo: Connection, ed: User) -> None:
    done = carried_out(caibo, many(1203), by=ed)
    assert (done.status, done.rows, done.done) == (BulkStatus.DONE, 1203, 1203)
    assert done.summary["taken"] == {"added": 1203, "updated": 0, "unchanged": 0, "erased": 0}
    assert Customer.objects.get(external_id="1203").name == "Person 1203"
    assert not BulkPart.objects.exists()


def test_looking_through_changes_nothing_and_says_what_would_come_of_it(caibo: Connection, ed: User) -> None:
    known = sample(caibo)
    file = table([("12345", "Ann Whitfield", "+442079460000"), ("77", "New One", "")])
    seen = checked(caibo, file, by=ed)
    shapes = seen.summary["shapes"]
    assert (seen.status, shapes["rows"], shapes["wanted"], shapes["new"]) == (BulkStatus.CHECKED, 2, 2, 1)
    assert Customer.objects.get(pk=known.pk).values["phone"] == "+442079460958"
    assert Customer.objects.count() == 1


def test_rows_that_cannot_be_taken_in_are_told_with_all_that_is_wrong_and_the_others_are_taken(
    caibo: Connection, ed: User
) -> None:
    file = table([("1", "Good One", ""), ("", "No Id", ""), ("3", "Three", ""), ("1", "Twice", "")])
    done = carried_out(caibo, file, by=ed)
    refused = list(problems.refused_rows(done))
    assert [(row.line, [problem.code for problem in row.problems]) for row in refused] == [
        (3, ["identity"]),
        (5, ["duplicate"]),
    ]
    assert refused[1].cells == ("1", "Twice", "")
    assert sorted(Customer.objects.values_list("name", flat=True)) == ["Good One", "Three"]


def test_a_value_that_became_known_later_than_the_file_is_not_overwritten(caibo: Connection, ed: User) -> None:
    known = sample(caibo)
    long_ago = timezone.now() - timedelta(days=3)
    seen = checked(caibo, table([("12345", "Older", ""), ("2", "New", "")]), by=ed, as_of=long_ago)
    assert seen.summary["known_later"] == 1
    assert seen.summary["shapes"]["wanted"] == 1
    done_by_a_worker(flow.carry_out(seen.pk, by=ed))
    assert Customer.objects.get(pk=known.pk).values["name"] == "Ann Whitfield"
    nothing = checked(caibo, table([("12345", "Older", "")]), by=ed, as_of=long_ago)
    with pytest.raises(StepNotPossible, match="nothing to carry out"):
        flow.carry_out(nothing.pk, by=ed)


def test_the_history_of_the_connection_says_that_an_import_began_and_how_it_ended(caibo: Connection, ed: User) -> None:
    done = carried_out(caibo, many(3), by=ed)
    told = Event.objects.filter(subject=f"connection:{caibo.pk}", verb__startswith="bulk.").order_by("number")
    assert [(event.verb, event.actor) for event in told] == [("bulk.begun", ed), ("bulk.ended", ed)]
    assert told[1].details["taken"]["added"] == 3
    assert told[1].details["bulk"] == done.pk


def test_columns_are_remembered_for_the_next_file_like_it(caibo: Connection, ed: User) -> None:
    assigned(read(caibo, many(2), by=ed), {0: "external_id", 1: "name"})
    [kept] = ColumnMapping.objects.all()
    again = read(caibo, many(5), by=ed)
    assert flow.remembered(again, WHOLE) == kept
    assert flow.remembered(again, ["external_id", "name", "fax"]) is None


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({1: "name"}, "Say which column tells whose row it is"),
        ({0: "external_id", 1: "name", 2: "name"}, "Two columns are assigned to"),
        ({0: "external_id", 1: "nothing"}, "has no field nothing"),
    ],
)
def test_columns_that_make_no_sense_are_refused_in_a_sentence(
    caibo: Connection, ed: User, mapping: dict[int, str], sentence: str
) -> None:
    with pytest.raises(NotFit, match=sentence):
        assigned(read(caibo, many(2), by=ed), mapping)


def test_who_may_not_propose_there_may_not_import(caibo: Connection) -> None:
    with pytest.raises(NotPermitted):
        uploaded(caibo, many(1), by=person("ann"))


def test_who_lost_the_right_meanwhile_has_nothing_carried_out(caibo: Connection, ed: User) -> None:
    seen = checked(caibo, many(3), by=ed)
    asked = flow.carry_out(seen.pk, by=ed)
    ed.grants.all().delete()
    ended = done_by_a_worker(asked)
    assert ended.status == BulkStatus.FAILED
    assert "You may not propose changes" in ended.note
    assert not Customer.objects.exists()


def test_rules_that_changed_since_have_it_looked_through_once_more(caibo: Connection, ed: User) -> None:
    seen = checked(caibo, many(3), by=ed)
    Bulk.objects.filter(pk=seen.pk).update(summary={**seen.summary, "rules": "of before"})
    again = flow.carry_out(seen.pk, by=ed)
    assert again.status == BulkStatus.TO_CHECK
    assert "looked through once more" in again.note
    assert not Customer.objects.exists()


def test_a_file_that_is_no_table_ends_in_a_sentence(caibo: Connection, ed: User) -> None:
    ended = read(caibo, b"%PDF-1.7 something", by=ed)
    assert (ended.status, ended.rows) == (BulkStatus.FAILED, 0)
    assert "This is a PDF" in ended.note
    assert not BulkPart.objects.exists()


def test_a_file_without_rows_ends_in_a_sentence(caibo: Connection, ed: User) -> None:
    assert "no row below" in read(caibo, table([]), by=ed).note


def test_a_file_larger_than_any_may_be_is_refused_before_a_byte_of_it_comes(caibo: Connection, ed: User) -> None:
    with pytest.raises(NotFit, match="larger than 1 GiB"):
        flow.begin(Import(caibo, BulkKind.FILL, "x.csv", 10 * 1024**3, "k", timezone.now()), by=ed)


def test_the_same_form_begins_one_import(caibo: Connection, ed: User) -> None:
    wanted = Import(caibo, BulkKind.FILL, "x.csv", 3, "the same", timezone.now())
    assert flow.begin(wanted, by=ed) == flow.begin(wanted, by=ed)


def test_the_same_form_with_another_file_or_for_another_place_begins_another(caibo: Connection, ed: User) -> None:
    wanted = Import(caibo, BulkKind.FILL, "x.csv", 3, "the same", timezone.now())
    others = [
        replace(wanted, filename="y.csv"),
        replace(wanted, size=4),
        replace(wanted, kind=BulkKind.PROPOSE, as_of=None),
        replace(wanted, connection=connect("sqril")),
    ]
    assert len({flow.begin(each, by=ed).pk for each in (wanted, *others)}) == 5


def test_no_more_than_a_few_are_unfinished_at_a_time(caibo: Connection, ed: User) -> None:
    for number in range(flow.AT_ONCE):
        flow.begin(Import(caibo, BulkKind.FILL, "x.csv", 3, str(number), timezone.now()), by=ed)
    with pytest.raises(NotFit, match="not finished"):
        uploaded(caibo, many(1), by=ed)


def test_nobody_else_reaches_an_import(caibo: Connection, ed: User) -> None:
    begun = uploaded(caibo, many(1), by=ed)
    assert flow.one(begun.pk, by=person("jo")) is None
    with pytest.raises(Bulk.DoesNotExist):
        flow.stop(begun.pk, by=person("jo"))


def test_what_is_stopped_deletes_its_file(caibo: Connection, ed: User) -> None:
    stopped = flow.stop(uploaded(caibo, many(9), by=ed).pk, by=ed)
    assert (stopped.status, BulkPart.objects.count()) == (BulkStatus.STOPPED, 0)
    with pytest.raises(StepNotPossible):
        flow.stop(stopped.pk, by=ed)
    assert done_by_a_worker(stopped).status == BulkStatus.STOPPED


# Pieces.


def begun(connection: Connection, size: int, by: User) -> Bulk:
    return flow.begin(Import(connection, BulkKind.FILL, "x.csv", size, "pieces", timezone.now()), by=by)


def test_the_last_piece_once_more_changes_nothing(caibo: Connection, ed: User) -> None:
    bulk = begun(caibo, 10, ed)
    flow.take_piece(bulk.pk, at=0, data=b"0123456789", by=ed)
    Bulk.objects.filter(pk=bulk.pk).update(status=BulkStatus.READING)
    again = flow.take_piece(bulk.pk, at=0, data=b"0123456789", by=ed)
    assert (again.bytes_kept, again.status, BulkPart.objects.count()) == (10, BulkStatus.READING, 1)
    with pytest.raises(StepNotPossible, match="complete"):
        flow.take_piece(bulk.pk, at=0, data=b"01234", by=ed)
    flow.stop(bulk.pk, by=ed)
    with pytest.raises(StepNotPossible, match="no longer wanted"):
        flow.take_piece(bulk.pk, at=0, data=b"0123456789", by=ed)


def test_a_piece_is_taken_only_behind_the_last_one(
    caibo: Connection, ed: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PIECE", 10)
    bulk = begun(caibo, 25, ed)
    flow.take_piece(bulk.pk, at=0, data=b"0123456789", by=ed)
    with pytest.raises(uploads.NotThere) as problem:
        flow.take_piece(bulk.pk, at=0, data=b"0123456789", by=ed)
    assert problem.value.kept == 10
    with pytest.raises(NotFit, match="cut off"):
        flow.take_piece(bulk.pk, at=10, data=b"0123", by=ed)
    flow.take_piece(bulk.pk, at=10, data=b"abcdefghij", by=ed)
    assert fresh(bulk).status == BulkStatus.UPLOADING
    assert flow.take_piece(bulk.pk, at=20, data=b"vwxyz", by=ed).status == BulkStatus.TO_READ
    content = uploads.content(fresh(bulk))
    assert content.read() == b"0123456789abcdefghijvwxyz"
    assert (content.seek(8), content.read(4)) == (8, b"89ab")
    assert (content.seek(-2, 2), content.read()) == (23, b"yz")


def test_who_goes_on_with_another_file_is_told(caibo: Connection, ed: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PIECE", 10)
    bulk = begun(caibo, 25, ed)
    flow.take_piece(bulk.pk, at=0, data=b"0123456789", by=ed)
    with pytest.raises(StepNotPossible, match="not the file that the upload began with"):
        flow.take_piece(bulk.pk, at=10, data=b"abcdefghij", before="0" * 64, by=ed)
