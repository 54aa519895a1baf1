"""Editing a selection: frozen when it is made, looked through without a change, then one batch of changes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from console.bulk import work_all
from console.bulk.edit import run
from console.dry_run import Oddity
from console.errors import NotFit, NothingChanged, NotPermitted, ReasonMissing, RulesBroken, StepNotPossible
from console.flows import bulk_edit, working
from console.flows.bulk_edit import Edit
from console.flows.working import Work
from console.models import (
    BatchStatus,
    Bulk,
    BulkCustomer,
    BulkStatus,
    Change,
    Connection,
    Customer,
    Event,
    Line,
    Status,
    User,
    Wait,
)
from tests.cast import connect, person, sample
from tests.deciding import no_policies, policy
from tests.flows.editing_many import asked, looked_through, people, proposed, selected, summary_of
from tests.flows.helpers import fresh, wish

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.django_db


def test_a_selection_is_frozen_when_it_is_made(sqril: Connection, ed: User) -> None:
    customers = people(sqril, 3)
    bulk = selected(sqril, ed)
    sample(sqril, customer_id="cus_later")
    places = BulkCustomer.objects.filter(bulk=bulk).order_by("place").values_list("place", "customer")
    assert list(places) == list(enumerate([customer.pk for customer in customers], 1))
    assert bulk.rows == 3


def test_a_selection_is_of_one_connection(sqril: Connection, ed: User) -> None:
    people(sqril, 2)
    sample(connect("caibo"))
    assert selected(sqril, ed).rows == 2


def test_the_same_form_makes_one_selection(sqril: Connection, ed: User) -> None:
    people(sqril, 1)
    assert selected(sqril, ed).pk == selected(sqril, ed).pk


def test_nobody_selects_nothing(sqril: Connection, ed: User) -> None:
    with pytest.raises(NotFit, match="None of these customers"):
        selected(sqril, ed)


def test_more_than_the_limit_are_refused_and_nothing_is_kept(
    sqril: Connection, ed: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(sqril, 3)
    monkeypatch.setattr(bulk_edit, "MOST", 2)
    with pytest.raises(NotFit, match="More than 2 customers"):
        selected(sqril, ed)
    assert not Bulk.objects.exists()
    assert not BulkCustomer.objects.exists()


def test_who_may_not_propose_there_selects_nobody(sqril: Connection) -> None:
    people(sqril, 1)
    with pytest.raises(NotPermitted):
        selected(sqril, person("ann"))


def test_unfinished_edits_are_bounded_and_forms_that_were_left_do_not_count(sqril: Connection, ed: User) -> None:
    people(sqril, 1)
    left = selected(sqril, ed, key="left")
    Bulk.objects.filter(pk=left.pk).update(created_at="2026-01-01T00:00:00Z")
    for number in range(bulk_edit.AT_ONCE):
        selected(sqril, ed, key=f"k{number}")
    assert fresh(left).state is BulkStatus.STOPPED
    with pytest.raises(NotFit, match="not finished"):
        selected(sqril, ed, key="one more")


def test_looking_through_changes_nothing_and_says_what_would_become_of_each(sqril: Connection, ed: User) -> None:
    first, second = people(sqril, 2)
    wish(second, person("jo"), {"occupation": "OCC7"})
    sample(sqril, customer_id="cus_3", occupation="OCC9")
    events = Event.objects.count()
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    found = summary_of(bulk)
    assert (bulk.state, bulk.done) == (BulkStatus.CHECKED, 3)
    assert (found.wanted, found.stays, found.refused) == (1, 1, 1)
    assert [(one.label, one.code) for one in found.reasons] == [("Occupation", "already_waiting")]
    assert [example.customer for example in found.sample] == [first.pk]
    assert Change.objects.count() == 1
    assert Event.objects.count() == events


def test_one_address_for_many_stands_out(sqril: Connection, ed: User) -> None:
    people(sqril, 4)
    found = summary_of(looked_through(asked(sqril, ed, {"email": "all@example.com"})))
    assert [(one.oddity, one.count) for one in found.outliers] == [(Oddity.SHARED, 4)]


def test_who_is_gone_there_is_refused_with_its_reason(sqril: Connection, ed: User) -> None:
    [customer] = people(sqril, 1)
    bulk = asked(sqril, ed, {"occupation": "OCC9"})
    Customer.objects.filter(pk=customer.pk).update(gone_at="2026-01-01T00:00:00Z")
    found = summary_of(looked_through(bulk))
    assert [one.code for one in found.reasons] == ["gone"]


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"name_first": "Eve"}, "locked"),
        ({"email": "no address"}, "invalid_email"),
        ({"email": None}, "not_clearable"),
        ({"no such": "field"}, "unknown_field"),
    ],
)
def test_what_no_record_could_take_is_refused_before_anybody_looks(
    sqril: Connection, ed: User, wishes: Mapping[str, Any], code: str
) -> None:
    people(sqril, 1)
    with pytest.raises(RulesBroken) as refusal:
        asked(sqril, ed, wishes)
    assert [violation.code for violation in refusal.value.violations] == [code]
    assert Bulk.objects.get().state is BulkStatus.MAPPING


def test_nothing_to_change_is_said(sqril: Connection, ed: User) -> None:
    people(sqril, 1)
    with pytest.raises(NothingChanged):
        asked(sqril, ed, {})


def test_a_policy_for_many_wants_a_reason_of_many_alone(sqril: Connection, ed: User) -> None:
    policy("Many at once", from_size=3, asks_reason=True)
    people(sqril, 3)
    with pytest.raises(ReasonMissing, match="Many at once"):
        asked(sqril, ed, {"occupation": "OCC9"})
    assert asked(sqril, ed, {"occupation": "OCC9"}, why="New list", key="k2").state is BulkStatus.TO_CHECK


def test_what_is_asked_can_become_another_thing_after_it_was_looked_through(sqril: Connection, ed: User) -> None:
    people(sqril, 2)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    bulk_edit.ask(bulk.pk, Edit({"address": "Jl. Thamrin 88, Jakarta"}), by=ed)
    again = looked_through(fresh(bulk))
    assert [field.name for field in summary_of(again).fields] == ["address"]


def test_no_value_is_plain_in_what_is_kept(sqril: Connection, ed: User) -> None:
    people(sqril, 2)
    bulk = looked_through(asked(sqril, ed, {"address": "Jl. Rahasia 7, Jakarta"}, why="Because of Rahasia"))
    kept = str(Bulk.objects.filter(pk=bulk.pk).values())
    assert "Rahasia" not in kept


def test_it_becomes_one_batch_that_waits_for_its_decision(sqril: Connection, ed: User) -> None:
    people(sqril, 5)
    policy("All", approvals=1)
    bulk = proposed(sqril, ed)
    assert bulk.state is BulkStatus.DONE
    assert bulk.batch is not None
    assert (bulk.batch.state, bulk.batch.size) == (BatchStatus.WAITING, 5)
    assert bulk.batch.title == "Set Occupation"
    assert bulk.batch.why == "The new list"
    changes = Change.objects.filter(batch=bulk.batch).order_by("batch_place")
    assert [change.batch_place for change in changes] == [1, 2, 3, 4, 5]
    assert {(change.status, change.wait) for change in changes} == {(Status.PROPOSED, Wait.BATCH)}
    assert {line.after for line in Line.objects.filter(change__in=changes)} == {"OCC9"}
    assert not BulkCustomer.objects.filter(bulk=bulk).exists()


def test_who_holds_the_value_already_is_no_part_of_the_batch(sqril: Connection, ed: User) -> None:
    people(sqril, 1)
    sample(sqril, customer_id="cus_holds", occupation="OCC9")
    bulk = proposed(sqril, ed)
    assert bulk.batch is not None
    assert bulk.batch.size == 1
    assert not bulk.batch.refusals.exists()


def test_proposing_twice_makes_one_batch(sqril: Connection, ed: User) -> None:
    people(sqril, 1)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    first = bulk_edit.carry_out(bulk.pk, by=ed)
    assert bulk_edit.carry_out(bulk.pk, by=ed).batch_id == first.batch_id


def test_nothing_is_proposed_where_nothing_would_change(sqril: Connection, ed: User) -> None:
    people(sqril, 1)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC4"}))
    with pytest.raises(StepNotPossible, match="Nothing would change"):
        bulk_edit.carry_out(bulk.pk, by=ed)


def test_under_other_rules_it_is_looked_through_once_more(sqril: Connection, ed: User) -> None:
    people(sqril, 1)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    sqril.options = {**sqril.options, "editable": "gender"}
    sqril.save()
    again = bulk_edit.carry_out(bulk.pk, by=ed)
    assert again.state is BulkStatus.TO_CHECK
    assert "rules" in again.note
    assert again.batch is None
    assert looked_through(again).note == again.note


def test_a_worker_that_ends_in_between_leaves_nothing_twice_and_nothing_missing(
    sqril: Connection, ed: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(sqril, 7)
    monkeypatch.setattr("console.bulk.edit.PROPOSED_AT_ONCE", 2)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    bulk_edit.carry_out(bulk.pk, by=ed)
    taken = working.claim()
    assert taken is not None
    stops = StopsAfter(2)
    with pytest.raises(working.Stopping):
        run(Work(taken, stops))
    working.give_back(Work(taken))
    assert Change.objects.filter(batch=taken.batch).count() == 4
    work_all(threading.Event())
    places = Change.objects.filter(batch=taken.batch).order_by("batch_place").values_list("batch_place", flat=True)
    assert list(places) == [1, 2, 3, 4, 5, 6, 7]


def test_who_lost_the_right_meanwhile_gets_no_batch(sqril: Connection, ed: User) -> None:
    people(sqril, 1)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    bulk_edit.carry_out(bulk.pk, by=ed)
    ed.grants.all().delete()
    work_all(threading.Event())
    ended = Bulk.objects.select_related("batch").get(pk=bulk.pk)
    assert ended.batch is not None
    assert (ended.state, ended.batch.state) == (BulkStatus.FAILED, BatchStatus.FAILED)
    assert not Change.objects.exists()


def test_stopping_takes_back_what_was_put_together(sqril: Connection, ed: User) -> None:
    people(sqril, 2)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    bulk_edit.carry_out(bulk.pk, by=ed)
    stopped = bulk_edit.stop(bulk.pk, by=ed)
    assert stopped.batch is not None
    assert (stopped.state, fresh(stopped.batch).state) == (BulkStatus.STOPPED, BatchStatus.WITHDRAWN)
    with pytest.raises(StepNotPossible):
        bulk_edit.stop(bulk.pk, by=ed)


def test_nobody_works_on_another_ones_edit(sqril: Connection, ed: User) -> None:
    people(sqril, 1)
    bulk = selected(sqril, ed)
    assert bulk_edit.one(bulk.pk, by=person("jo")) is None
    assert bulk_edit.one(bulk.pk, by=ed) == bulk
    assert [one.pk for one in bulk_edit.unfinished(ed)] == [bulk.pk]


class StopsAfter(threading.Event):
    """Says to end once it was asked so often."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._left = times

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


@pytest.fixture(autouse=True)
def without_policies() -> None:
    no_policies()
