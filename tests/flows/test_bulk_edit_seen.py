"""Between the look at an edit of many and its proposing records move: nobody is changed into what nobody saw."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from console.bulk import seen, work_all
from console.bulk.edit import FREE_SENTENCE, MOVED_SENTENCE
from console.flows import bulk_edit
from console.flows.propose import withdraw
from console.flows.refresh import take_over
from console.models import BatchStatus, Bulk, BulkCustomer, Change, Connection, Customer, User
from tests.cast import person, sample
from tests.flows.editing_many import asked, looked_through, people
from tests.flows.helpers import wish

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("without_policies")]


def moves(customer: Customer, **values: Any) -> None:
    """A reading finds that somebody else changed the record."""
    take_over(Customer.objects.get(pk=customer.pk), values, by=None)


def carried_out(bulk: Bulk, by: User) -> Bulk:
    """Proposed and put together, whatever happened since it was looked at."""
    bulk_edit.carry_out(bulk.pk, by=by)
    work_all(threading.Event())
    return Bulk.objects.select_related("connection", "batch").get(pk=bulk.pk)


def refusals(bulk: Bulk) -> Mapping[int | None, str]:
    assert bulk.batch is not None
    return {one.customer_id: one.problem for one in bulk.batch.refusals.all()}


def changed(bulk: Bulk) -> list[int]:
    return list(Change.objects.filter(batch=bulk.batch).order_by("batch_place").values_list("customer", flat=True))


def test_who_moved_since_is_left_out_and_that_is_said(sqril: Connection, ed: User) -> None:
    first, second, third = people(sqril, 3)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    moves(second, occupation="OCC7")
    done = carried_out(bulk, ed)
    assert changed(done) == [first.pk, third.pk]
    assert refusals(done) == {second.pk: MOVED_SENTENCE}
    assert done.note.startswith("1 customer is not what you looked at any more")


def test_who_moved_in_another_field_is_as_they_were_seen(sqril: Connection, ed: User) -> None:
    first, second = people(sqril, 2)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    moves(second, email="elsewhere@example.com")
    done = carried_out(bulk, ed)
    assert changed(done) == [first.pk, second.pk]
    assert not done.note


def test_who_was_to_stay_and_moved_is_not_changed_unseen(sqril: Connection, ed: User) -> None:
    [first] = people(sqril, 1)
    holds = sample(sqril, customer_id="cus_holds", occupation="OCC9")
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    moves(holds, occupation="OCC7")
    done = carried_out(bulk, ed)
    assert changed(done) == [first.pk]
    assert refusals(done) == {holds.pk: MOVED_SENTENCE}


def test_who_was_refused_is_left_out_with_the_reason(sqril: Connection, ed: User) -> None:
    first, second = people(sqril, 2)
    wish(second, person("jo"), {"occupation": "OCC7"})
    done = carried_out(looked_through(asked(sqril, ed, {"occupation": "OCC9"})), ed)
    assert changed(done) == [first.pk]
    assert refusals(done) == {second.pk: "Another change waits for this field and has to end first."}
    assert not done.note


def test_who_was_refused_and_could_be_changed_now_is_not_changed_unseen(sqril: Connection, ed: User) -> None:
    first, second = people(sqril, 2)
    jo = person("jo")
    change = wish(second, jo, {"occupation": "OCC7"})
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    withdraw(change.pk, by=jo)
    done = carried_out(bulk, ed)
    assert changed(done) == [first.pk]
    assert refusals(done) == {second.pk: FREE_SENTENCE}
    assert done.note


def test_nothing_is_put_together_where_all_moved(sqril: Connection, ed: User) -> None:
    [customer] = people(sqril, 1)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    moves(customer, occupation="OCC7")
    done = carried_out(bulk, ed)
    assert done.batch is not None
    assert done.batch.state is BatchStatus.FAILED
    assert not Change.objects.exists()


def test_a_row_that_nobody_looked_at_is_left_out(sqril: Connection, ed: User) -> None:
    first, second = people(sqril, 2)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    BulkCustomer.objects.filter(bulk=bulk, customer=second).update(seen=None)
    assert changed(carried_out(bulk, ed)) == [first.pk]


def test_another_look_is_the_one_that_counts(sqril: Connection, ed: User) -> None:
    [customer] = people(sqril, 1)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    moves(customer, occupation="OCC7")
    bulk_edit.ask(bulk.pk, bulk_edit.edit_of(bulk), by=ed)
    again = looked_through(Bulk.objects.get(pk=bulk.pk))
    assert changed(carried_out(again, ed)) == [customer.pk]


def test_what_is_kept_of_a_look_tells_no_value(sqril: Connection, ed: User) -> None:
    """The same value of two customers leaves two traces: each under their own key."""
    people(sqril, 2)
    bulk = looked_through(asked(sqril, ed, {"occupation": "OCC9"}))
    kept = [bytes(one) for one in BulkCustomer.objects.filter(bulk=bulk).values_list("seen", flat=True) if one]
    assert len(set(kept)) == 2
    assert all(one[:1] == seen.Outcome.WANTED.encode() and len(one) == 1 + seen.DIGEST_BYTES for one in kept)
