"""Proposing changes by a file: one batch, each row a change like any other, and nothing for rows that make none."""

from __future__ import annotations

import pytest

from console.bulk import problems
from console.errors import ReasonMissing
from console.flows import bulk as flow
from console.models import Batch, BatchStatus, BulkKind, BulkStatus, Change, Connection, Customer, Event, User
from console.views.import_page import ImportPage
from tests.cast import connect, person
from tests.deciding import policy
from tests.flows.helpers import wish
from tests.importing_files import carried_out, checked, done_by_a_worker, many, table

PROPOSE = BulkKind.PROPOSE


@pytest.fixture
def caibo(db: None) -> Connection:
    """Caibo, where twelve customers are known."""
    made = connect("caibo")
    carried_out(made, many(12), by=person("jo"))
    return made


@pytest.fixture
def ed(db: None) -> User:
    return person("ed")


def names(*ids: int) -> bytes:
    """A file that gives these customers another name."""
    return table([(number, f"Other {number}") for number in ids], ("external_id", "name"))


def test_a_file_becomes_one_batch_of_a_change_for_each_row(caibo: Connection, ed: User) -> None:
    policy("Names", "name")
    done = carried_out(caibo, names(*range(1, 13)), by=ed, kind=PROPOSE)
    assert (done.status, done.summary["proposed"]) == (BulkStatus.DONE, {"made": 12, "refused": 0})
    assert done.batch is not None
    assert (done.batch.status, done.batch.size, done.batch.requester) == (BatchStatus.WAITING, 12, ed)
    changes = Change.objects.filter(batch=done.batch).order_by("batch_place")
    assert [change.batch_place for change in changes] == list(range(2, 14))
    assert changes[3].lines.get().after == "Other 4"
    assert Customer.objects.get(external_id="4").values["name"] == "Person 4"


def test_rows_that_ask_for_nothing_and_rows_of_nobody_are_told_and_make_no_change(caibo: Connection, ed: User) -> None:
    file = table([(1, "Person 1"), (2, "Other 2"), (99, "Nobody")], ("external_id", "name"))
    seen = checked(caibo, file, by=ed, kind=PROPOSE)
    shapes = seen.summary["shapes"]
    assert (shapes["wanted"], shapes["stays"], shapes["refused"]) == (1, 1, 1)
    [row] = problems.refused_rows(seen)
    assert (row.line, row.problems[0].code) == (4, "unknown_customer")
    done = done_by_a_worker(flow.carry_out(seen.pk, by=ed))
    assert [change.customer.external_id for change in Change.objects.filter(batch=done.batch)] == ["2"]


def test_a_row_with_a_cell_that_cannot_be_read_is_counted_as_refused_and_not_as_what_the_rest_of_it_asks_for(
    db: None, ed: User
) -> None:
    timepay, columns = connect("timepay"), ("external_id", "loan_amount", "language")
    carried_out(timepay, table([(f"camp/loan:{n}", "12", "hindi") for n in range(4)], columns), by=person("jo"))
    rows = [("0", "13", "english"), ("1", "1.234", "english"), ("2", "1.234", "hindi"), ("3", "12", "hindi")]
    file = table([(f"camp/loan:{number}", *cells) for number, *cells in rows], columns)
    seen = checked(timepay, file, by=ed, kind=PROPOSE)
    found = ImportPage(seen).summary
    assert (found.wanted, found.refused, found.stays) == (1, 2, 1)
    assert {one.name: one.sentence for one in found.fields} == {
        "loan_amount": "1 change, 1 stay as they are, 2 refused",
        "language": "1 change, 2 stay as they are, 1 held back by another field",
    }
    assert [(one.field, one.code, one.count) for one in found.reasons] == [("loan_amount", "number_style", 2)]
    assert [one.row for one in found.sample] == [2]
    assert [row.line for row in problems.refused_rows(seen)] == [3, 4]
    done = done_by_a_worker(flow.carry_out(seen.pk, by=ed))
    assert done.summary["proposed"] == {"made": 1, "refused": 0}


def test_an_id_that_stands_there_twice_is_refused_even_where_its_second_row_asks_for_nothing(
    caibo: Connection, ed: User
) -> None:
    file = table([(1, "Other 1"), (2, "Other 2"), (1, "Person 1")], ("external_id", "name"))
    seen = checked(caibo, file, by=ed, kind=PROPOSE)
    shapes = seen.summary["shapes"]
    assert (shapes["wanted"], shapes["stays"], shapes["refused"]) == (2, 0, 1)
    assert [(row.line, row.problems[0].code) for row in problems.refused_rows(seen)] == [(4, "duplicate")]


def test_what_the_provider_would_refuse_is_told_of_every_field_at_once(caibo: Connection, ed: User) -> None:
    file = table([(1, "x" * 3000, "not a phone")], ("external_id", "name", "phone"))
    [row] = problems.refused_rows(checked(caibo, file, by=ed, kind=PROPOSE))
    assert {problem.field for problem in row.problems} >= {"phone"}
    assert row.cells[2] == "not a phone"


def test_a_field_for_which_another_change_waits_is_refused_before_anything_is_proposed(
    caibo: Connection, ed: User
) -> None:
    wish(Customer.objects.get(external_id="1"), person("jo"), {"name": "Mine"})
    seen = checked(caibo, names(1, 2), by=ed, kind=PROPOSE)
    assert [row.problems[0].code for row in problems.refused_rows(seen)] == ["waiting"]


def test_a_reason_that_a_policy_wants_is_asked_for_before_anything_begins(caibo: Connection, ed: User) -> None:
    policy("Many at once", "name", from_size=2, asks_reason=True)
    seen = checked(caibo, names(1, 2, 3), by=ed, kind=PROPOSE)
    with pytest.raises(ReasonMissing):
        flow.carry_out(seen.pk, by=ed)
    assert not Batch.objects.exists()
    done = done_by_a_worker(flow.carry_out(seen.pk, by=ed, why="They were renamed."))
    assert done.batch is not None
    assert done.batch.why == "They were renamed."


def test_what_is_stopped_before_its_batch_is_whole_takes_the_batch_back(caibo: Connection, ed: User) -> None:
    seen = checked(caibo, names(1, 2, 3), by=ed, kind=PROPOSE)
    asked = flow.carry_out(seen.pk, by=ed)
    stopped = flow.stop(asked.pk, by=ed)
    assert stopped.batch is not None
    assert Batch.objects.get(pk=stopped.batch.pk).status == BatchStatus.WITHDRAWN
    verbs = Event.objects.filter(subject=f"connection:{caibo.pk}", verb__startswith="bulk.", actor=ed)
    assert list(verbs.order_by("number").values_list("verb", flat=True)) == ["bulk.begun", "bulk.stopped"]


def test_a_title_names_the_fields_and_no_value(caibo: Connection, ed: User) -> None:
    done = carried_out(caibo, names(1, 2), by=ed, kind=PROPOSE)
    assert done.batch is not None
    assert done.batch.title == "Name from a file"
