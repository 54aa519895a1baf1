"""What the database itself sees to about history: one event for each step, and nothing of it altered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.utils import ProgrammingError

from console.flows.record import database_now, record
from console.flows.refresh import take_over
from console.models import Change, Customer, Event, Mention, Origin, Status
from tests.cast import connect, person, sample
from tests.databases import Database
from tests.flows.helpers import fresh, wish
from tests.forcing import force

APPEND_ONLY = (
    *("console_event", "console_decision", "console_mention", "console_reviewnote"),
    *("console_leaf", "console_subtree", "console_checkpoint"),
)


@contextmanager
def the_end_of_a_transaction() -> Iterator[None]:
    """What is looked at when a transaction ends is looked at when the block does."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def tell(change: Change, verb: str) -> None:
    [customer] = Customer.objects.locked([change.customer_id])
    record(customer, verb, by=None, origin=Origin.DRILL, change=change)


def there_and_back(change: Change, *, silently: bool) -> None:
    sending = {"lease_until": database_now()}
    if silently:
        Change.objects.filter(pk=change.pk).update(status=Status.SENDING, **sending)
    else:
        force(change, Status.SENDING, **sending)
    force(change, Status.APPROVED, lease_until=None)


@pytest.mark.django_db
class TestInvariant21:
    """Every transition has exactly one history event."""

    @pytest.fixture
    def change(self) -> Change:
        return wish(sample(connect("caibo")), person("ed"))

    def test_a_step_without_its_event_is_refused(self, change: Change) -> None:
        with pytest.raises(IntegrityError, match="exactly one event"), the_end_of_a_transaction():
            Change.objects.filter(pk=change.pk).update(status=Status.SENDING, lease_until=database_now())
        assert fresh(change).state is Status.APPROVED

    def test_an_event_of_a_step_that_was_not_taken_is_refused(self, change: Change) -> None:
        with pytest.raises(IntegrityError, match="exactly one event"), the_end_of_a_transaction():
            tell(change, "change.applied")
        assert not Event.objects.filter(verb="change.applied").exists()

    def test_a_second_event_of_the_same_step_is_refused(self, change: Change) -> None:
        with pytest.raises(IntegrityError, match="exactly one event"), the_end_of_a_transaction():
            tell(change, "change.approved")

    def test_a_change_that_nobody_tells_of_does_not_begin(self, change: Change) -> None:
        change.pk, change.idempotency_key, change.status = None, "another", Status.PROPOSED
        change._state.adding, change.place = True, change.place + 5
        change.approved_place = change.next_attempt_at = None
        with pytest.raises(IntegrityError, match="exactly one event"), the_end_of_a_transaction():
            change.save()

    def test_two_steps_with_one_event_are_refused_and_with_two_they_pass(self, change: Change) -> None:
        with pytest.raises(IntegrityError, match="exactly one event"), the_end_of_a_transaction():
            there_and_back(change, silently=True)
        with the_end_of_a_transaction():
            there_and_back(change, silently=False)
        assert fresh(change).steps == 4

    def test_other_events_of_a_change_are_no_steps(self, change: Change) -> None:
        with the_end_of_a_transaction():
            tell(change, "change.commented")

    def test_steps_are_counted_by_the_database_alone(self, change: Change) -> None:
        Change.objects.filter(pk=change.pk).update(steps=99)
        assert fresh(change).steps == 2


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_invariant_22_the_application_may_not_alter_what_proves_history(
    live_db: Database, table: str, statement: str
) -> None:
    column = _a_column(table)
    with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column, column))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_invariant_22_not_even_the_owner_alters_it_without_taking_the_guard_away(live_db: Database, table: str) -> None:
    assert _guards_of(table) == {"ROW", "STATEMENT"}
    with pytest.raises(DatabaseError, match="append-only"), connections["owner"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_invariant_22_the_guards_hold_while_a_replica_is_fed(live_db: Database) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname ~ '(is|are)_not_' AND tgenabled <> 'A'")
        assert cursor.fetchall() == []


def _a_column(table: str) -> str:
    return "index" if table == "console_leaf" else "id"


def _guards_of(table: str) -> set[str]:
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN tgtype & 1 = 1 THEN 'ROW' ELSE 'STATEMENT' END FROM pg_trigger"
            " WHERE tgrelid = %s::regclass AND tgname ~ 'is_not|are_not' AND tgenabled = 'A'",
            [table],
        )
        return {kind for (kind,) in cursor.fetchall()}


@pytest.mark.django_db
class TestMentions:
    """By which an event is found by its field."""

    def test_name_what_an_event_is_about_and_what_was_learnt_by_it(self) -> None:
        adi = sample(connect("sqril"))
        wish(adi, person("ed"), {"address": "Jl. Thamrin No. 88, Jakarta"})
        proposed = Event.objects.get(verb="change.proposed")
        baseline = Event.objects.get(verb="customer.baseline")
        assert list(Mention.objects.filter(event=proposed).values_list("field", "learnt", "at")) == [
            ("address", False, proposed.at)
        ]
        learnt = set(Mention.objects.filter(event=baseline, learnt=True).values_list("field", flat=True))
        assert learnt == set(adi.values) | set(adi.sealed)

    def test_leave_out_what_a_reading_merely_read(self) -> None:
        adi = sample(connect("sqril"))
        event = take_over(adi, {**adi.values, "address": "Jl. Sudirman 1, Jakarta"}, by=person("ed"))
        assert list(event.mentions.values_list("field", "learnt")) == [("address", True)]

    def test_are_of_customers_alone(self) -> None:
        connection_ = connect("sqril")
        record(connection_, "connection.set", by=None, origin=Origin.COMMAND, details={"moved": ["rate"]})
        assert not Mention.objects.exists()


@pytest.mark.django_db
def test_what_the_console_does_by_itself_it_does_on_its_authors_behalf() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    force(change, Status.SENDING, lease_until=database_now())
    event = Event.objects.latest("pk")
    assert (event.actor, event.behalf) == (None, person("ed"))
    assert event.computed_hash() == bytes(event.hash)
    event.behalf = person("jo")
    assert event.computed_hash() != bytes(event.hash)


@pytest.mark.django_db
def test_an_event_belongs_to_the_connection_of_its_subject() -> None:
    here = connect("sqril")
    sample(here)
    record(here, "connection.paused", by=None, origin=Origin.COMMAND)
    record(person("ed"), "person.signed_in", by=None, origin=Origin.PAGE)
    told: dict[str, int | None] = dict(Event.objects.values_list("verb", "connection"))
    assert (told["customer.baseline"], told["connection.paused"], told["person.signed_in"]) == (here.pk, here.pk, None)
