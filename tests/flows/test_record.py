"""History is complete, in order, and the database refuses to rewrite it."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from console.errors import StepNotPossible
from console.flows.record import database_now, record, together
from console.flows.refresh import take_over
from console.models import Change, Customer, Event, Origin, Status, Wait
from console.models.states import FINAL, STEPS
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, wish
from tests.forcing import force

pytestmark = pytest.mark.django_db


def test_a_customers_history_is_one_unbroken_chain_with_its_head_on_the_customer() -> None:
    customer = sample(connect("caibo"))
    wish(customer, person("ed"))
    take_over(customer, {"address": "3 Low Street"}, by=None)
    events = list(Event.objects.filter(customer=customer).order_by("number"))
    assert [event.verb for event in events] == [
        "customer.baseline",
        "change.proposed",
        "change.approved",
        "customer.refreshed",
    ]
    assert [event.number for event in events] == [1, 2, 3, 4]
    for before, after in itertools.pairwise(events):
        assert bytes(after.previous) == bytes(before.hash)
    assert all(event.computed_hash() == bytes(event.hash) for event in events)
    assert bytes(fresh(customer).chain_head) == bytes(events[-1].hash)


def test_what_is_recorded_together_is_one_piece_of_the_chain_and_what_follows_is_written_at_once() -> None:
    customer = sample(connect("caibo"))
    with together(customer):
        for _ in range(2):
            record(customer, "customer.refreshed", by=None, origin=Origin.WORKER)
        assert Event.objects.filter(customer=customer).count() == 1
    record(customer, "customer.refreshed", by=None, origin=Origin.WORKER)
    numbers = Event.objects.filter(customer=customer).order_by("pk").values_list("number", flat=True)
    assert list(numbers) == [1, 2, 3, 4]
    assert fresh(customer).chain_length == 4


def test_an_events_hash_covers_who_what_when_and_the_sealed_values() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    wish(customer, ed)
    event = Event.objects.get(verb="change.proposed")
    for name, other in [
        ("actor_id", person("jo").pk),
        ("verb", "change.approved"),
        ("at", event.at + timedelta(microseconds=1)),
        ("details", {}),
        ("sealed_values", b"other"),
        ("number", 9),
        ("origin", "undo"),
        ("request_id", "x"),
        ("change_id", 9),
        ("attempt_id", 9),
        ("previous", b"other"),
    ]:
        altered = Event.objects.get(pk=event.pk)
        setattr(altered, name, other)
        assert altered.computed_hash() != bytes(event.hash), name


def test_the_values_of_an_event_open_with_the_customers_key() -> None:
    customer = sample(connect("caibo"))
    wish(customer, person("ed"))
    assert Event.objects.get(verb="change.proposed").values == {"phone": ["+442079460958", "+441632960961"]}


def test_connections_and_people_have_chains_of_their_own() -> None:
    caibo, ed = connect("caibo"), person("ed")
    for subject in (caibo, ed, caibo):
        record(subject, "connection.looked_at", by=None, origin=Origin.COMMAND)
    assert list(Event.objects.order_by("pk").values_list("subject", "number")) == [
        (f"connection:{caibo.pk}", 1),
        (f"person:{ed.pk}", 1),
        (f"connection:{caibo.pk}", 2),
    ]


@pytest.mark.parametrize(
    "statement", ["UPDATE console_event SET verb = 'x'", "DELETE FROM console_event", "TRUNCATE console_event CASCADE"]
)
def test_the_application_cannot_rewrite_history(statement: str) -> None:
    sample(connect("caibo"))
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize("table", ["console_change", "console_attempt"])
def test_the_application_cannot_delete_what_was_asked_or_sent(table: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608 our tables


def test_code_and_trigger_allow_the_same_steps() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'console_change_takes_a_step'")
        [source] = cursor.fetchone()
    for before, after in itertools.product(Status, Status):
        listed = f"('{before}', '{after}')" in source
        assert listed == (after in STEPS.get(before, ())), f"{before} → {after}"


def test_a_step_that_is_not_in_the_table_is_refused_by_code_and_by_sql() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    with pytest.raises(StepNotPossible):
        change.move(Status.APPLIED)
    with pytest.raises(IntegrityError, match="cannot go from approved to applied"), transaction.atomic():
        force(change, Status.APPLIED)


def test_a_change_cannot_begin_half_way() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    change.pk, change.place, change.idempotency_key, change._state.adding = None, 99, "other", True
    with pytest.raises(IntegrityError, match="begins as proposed"), transaction.atomic():
        change.save(force_insert=True)


@pytest.mark.parametrize(
    "broken",
    [
        {"status": Status.SENDING},
        {"next_attempt_at": None},
        {"approved_place": None},
    ],
)
def test_the_database_refuses_a_state_that_makes_no_sense(broken: dict[str, object]) -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    with pytest.raises(DatabaseError), transaction.atomic():
        Change.objects.filter(pk=change.pk).update(**broken)


def test_a_customer_can_have_one_request_in_flight() -> None:
    customer, ed = sample(connect("caibo")), person("ed")
    first, second = wish(customer, ed), wish(customer, ed, {"memberId": "M-78"})
    flying: dict[str, Any] = {"status": Status.SENDING, "lease_until": database_now()}
    force(first, **flying)
    with pytest.raises(IntegrityError, match="one_request_in_flight_per_customer"), transaction.atomic():
        Change.objects.filter(pk=second.pk).update(**flying)


def test_an_unknown_without_a_next_moment_needs_a_person() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    force(change, Status.SENDING, lease_until=database_now())
    with pytest.raises(IntegrityError, match="unknown_has_a_next_moment"), transaction.atomic():
        force(change, Status.UNKNOWN, next_attempt_at=None, wait=Wait.NOTHING)


def test_what_may_have_been_applied_cannot_be_called_failed() -> None:
    change = wish(sample(connect("caibo")), person("ed"))
    force(change, Status.SENDING, lease_until=database_now(), maybe_applied=True)
    with pytest.raises(IntegrityError, match="failed_and_refused_were_not_applied"), transaction.atomic():
        force(change, Status.FAILED)


def test_final_states_are_those_that_nothing_follows() -> None:
    assert {status.value for status in FINAL} == {
        "applied",
        "rejected",
        "withdrawn",
        "expired",
        "superseded",
        "closed",
    }


def test_reading_again_counts_a_version_only_when_something_moved() -> None:
    customer = sample(connect("sqril"))
    values = {name: value for name, value in customer.record.items() if name != "customer_id"}
    assert take_over(customer, values, by=None).details["moved"] == []
    assert fresh(customer).version == customer.version
    assert take_over(customer, {**values, "phone": "+62 812 34 56 79"}, by=None).details["moved"] == []
    assert take_over(customer, {**values, "phone": "+628111111111"}, by=None).details["moved"] == ["phone"]
    assert Customer.objects.get(pk=customer.pk).version == customer.version + 1


@pytest.mark.django_db
@pytest.mark.parametrize("details", [{"rate": 1e22}, {"a": [{"b": 0.5}]}, {"held": {1: "x"}}, {"a": ({2: 3},)}])
def test_what_the_database_might_spell_otherwise_is_never_told(details: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="event"):
        record(person("ed"), "person.settings_changed", by=None, origin=Origin.COMMAND, details=details)
