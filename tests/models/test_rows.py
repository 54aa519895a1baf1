"""Rows that are read and written without Django's composing: the same as if it had composed the statements."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.db import connection as database
from django.db.models import Model
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from console.backend import Backend
from console.models import Change, Customer, Event, Grant, Line, User
from console.models.rows import execute, gathered, insert, update
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.flows.helpers import wish


def values(row: Model) -> dict[str, object]:
    """All that a row holds, as Python has it."""
    held = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in held.items()}


@pytest.mark.django_db
def test_a_customer_is_read_as_django_reads_it_with_its_connection() -> None:
    pk = sample(connect("caibo")).pk
    there = Customer.objects.select_related("connection").get(pk=pk)
    [locked] = Customer.objects.locked([pk])
    for read in (Customer.objects.with_connection(pk), locked):
        assert read is not None
        assert values(read) == values(there)
        assert values(read.connection) == values(there.connection)
    assert Customer.objects.with_connection(pk + 1) is Customer.objects.with_connection(2**70) is None


@pytest.mark.django_db
def test_a_person_is_read_as_django_reads_them_and_their_grants_can_be_asked_further() -> None:
    caibo = connect("caibo")
    ed = Backend().get_user(person("ed", caibo).pk)
    person("jo", caibo)
    assert ed is not None
    assert values(ed) == values(User.objects.get(pk=ed.pk))
    assert [values(grant) for grant in ed.grants.all()] == [values(grant) for grant in Grant.objects.filter(user=ed)]
    assert ed.grants.filter(connection=caibo).count() == 1


@pytest.mark.django_db
def test_what_a_save_wrote_is_what_it_gave_back() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    assert values(change) == values(Change.objects.get(pk=change.pk))
    assert [line.decision for line in Line.objects.filter(change=change)] == ["approved"]
    assert [bytes(event.hash) == event.computed_hash() for event in Event.objects.filter(change=change)] == [True, True]


@pytest.mark.django_db
def test_a_row_that_is_not_there_is_not_written() -> None:
    with pytest.raises(DatabaseError, match="no such row"):
        update(User(pk=0, username="nobody"), ["username"])


@pytest.mark.django_db
def test_what_is_gathered_is_written_in_one_statement_as_it_is_at_the_end() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    event = _copy_of_the_last_event(change)
    with CaptureQueriesContext(database) as asked, gathered():
        change.customer.name, change.note = "Not yet", "Noted"
        update(change.customer, ["name"])
        insert([event])
        update(change, ["note"])
        execute("UPDATE console_line SET waiting = false WHERE change_id = %s", [change.pk])
        change.customer.name, change.customer.phone = "At the end", "1"
        update(change.customer, ["phone", "name"])
        assert len(asked) == 0
    assert len(asked) == 1
    there = Customer.objects.get(pk=change.customer_id)
    assert (there.name, there.phone) == ("At the end", "1")
    assert Change.objects.get(pk=change.pk).note == "Noted"
    assert values(event) == values(Event.objects.latest("pk"))
    assert not Line.objects.filter(change=change, waiting=True).exists()


@pytest.mark.django_db
def test_two_new_rows_of_one_table_are_gathered_in_their_order() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    with gathered():
        first = _copy_of_the_last_event(change)
        insert([first])
        second = _copy_of_the_last_event(change)
        second.number += 1
        insert([second])
        assert first.pk is not None
    assert first.pk < second.pk


@pytest.mark.django_db
def test_nothing_of_what_was_gathered_is_written_when_the_block_fails_or_a_row_is_not_there() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    change.note = "Never"
    with pytest.raises(LookupError):
        _write_and_fail(change)
    with pytest.raises(DatabaseError, match="no such row"), transaction.atomic():
        _write_together(change, User(pk=0, username="nobody"))
    assert Change.objects.get(pk=change.pk).note == ""


def _write_and_fail(change: Change) -> None:
    with gathered():
        update(change, ["note"])
        raise LookupError


def _write_together(change: Change, user: User) -> None:
    with gathered():
        update(change, ["note"])
        update(user, ["username"])


def _copy_of_the_last_event(change: Change) -> Event:
    event = Event.objects.filter(change=change).latest("pk")
    event.pk, event.number, event.verb = None, event.number + 1, "decision.commented"  # no step of the change
    event._state.adding = True
    return event


def test_nothing_is_locked_outside_of_a_transaction(live_db: Database) -> None:
    customer = sample(connect("caibo"))
    with pytest.raises(TransactionManagementError):
        Customer.objects.locked([customer.pk])
