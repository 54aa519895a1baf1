"""Where a record stands, as the database keeps it beside the record: the same as its row says, after each step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from console.models import Awaits, Change, Customer, Standing, Status, User, Wait
from console.views.customer_list import in_order
from console.views.customer_rows import ERASED, GONE, IN_STEP, LET_GO, MOVED, NEVER_READ, standing, under_way
from tests.cast import connect, sample
from tests.views.standing import asked
from tests.views.standing import standing as brought_to

pytestmark = pytest.mark.django_db

OF_OUR_COPY: Mapping[str, tuple[dict[str, Any], Standing, object]] = {
    "nothing special": ({}, Standing.IN_STEP, IN_STEP),
    "gone": ({"gone_at": timezone.now(), "drift": {"phone": 1}}, Standing.GONE, GONE),
    "moved": ({"drift": {"phone": 1}, "forgotten_at": timezone.now()}, Standing.MOVED, MOVED),
    "let go": ({"forgotten_at": timezone.now(), "known": {}}, Standing.LET_GO, LET_GO),
    "never read": ({"known": {}}, Standing.NEVER_READ, NEVER_READ),
    "only typed": ({"known": {"name": {"how": "typed", "at": "2026-01-01"}}}, Standing.NEVER_READ, NEVER_READ),
    "erased": ({"erased_at": timezone.now(), "gone_at": timezone.now()}, Standing.ERASED, ERASED),
}

NEEDS: Mapping[Status, Awaits] = {
    Status.PROPOSED: Awaits.CHANGE,
    Status.APPROVED: Awaits.CHANGE,
    Status.SENDING: Awaits.CHANGE,
    Status.RETURNED: Awaits.PERSON,
    Status.REFUSED: Awaits.PERSON,
    Status.CONFLICT: Awaits.PERSON,
    Status.FAILED: Awaits.PERSON,
    Status.UNKNOWN: Awaits.PERSON,
    Status.APPLIED: Awaits.NOTHING,
    Status.REJECTED: Awaits.NOTHING,
    Status.WITHDRAWN: Awaits.NOTHING,
    Status.CLOSED: Awaits.NOTHING,
}


def kept(customer: Customer) -> Customer:
    """As the database has it."""
    return Customer.objects.get(pk=customer.pk)


@pytest.mark.parametrize("what", OF_OUR_COPY)
def test_it_follows_our_copy_and_is_what_the_row_says(ed: User, what: str) -> None:
    changed, expected, badge = OF_OUR_COPY[what]
    customer = sample(connect("caibo"))
    Customer.objects.filter(pk=customer.pk).update(**changed or {"places": 0})
    assert kept(customer).standing == expected
    assert standing(in_order([customer.pk], [customer.connection])[0], None) == badge


@pytest.mark.parametrize("status", NEEDS)
def test_it_follows_each_step_of_a_change(ed: User, status: Status) -> None:
    customer = sample(connect("sqril"))
    change = brought_to(customer, ed, status)
    if status is Status.PROPOSED:
        Change.objects.filter(pk=change.pk).update(wait=Wait.TURN)
    assert kept(customer).awaits == NEEDS[status]


def test_what_waits_for_its_author_needs_a_person_until_it_waits_for_somebody_else(ed: User) -> None:
    customer = sample(connect("sqril"))
    change = brought_to(customer, ed, Status.PROPOSED)
    waits = []
    for wait in (Wait.AUTHOR, Wait.DECISION, Wait.RESTORED):
        Change.objects.filter(pk=change.pk).update(wait=wait, expires_at=timezone.now())
        waits.append(kept(customer).standing)
    assert waits == [Standing.PERSON, Standing.PENDING, Standing.PERSON]


def test_of_two_changes_the_one_that_needs_a_person_decides_and_is_the_one_that_is_told(ed: User) -> None:
    customer = sample(connect("sqril"))
    refused = brought_to(customer, ed, Status.REFUSED)
    brought_to(customer, ed, Status.APPROVED, wishes={"address": "Jl. Thamrin No. 9, Jakarta"})
    assert kept(customer).standing == Standing.PERSON
    [row] = in_order([customer.pk], [customer.connection])
    assert row.open_change == refused.pk  # type: ignore[attr-defined]  # annotated
    said = standing(row, under_way([row], ed).get(refused.pk))
    assert said.word == "Refused"


def test_what_needs_a_person_comes_before_what_is_gone_and_that_before_what_is_pending(ed: User) -> None:
    refused, pending = sample(connect("sqril")), sample(connect("caibo"))
    brought_to(refused, ed, Status.REFUSED), brought_to(pending, ed, Status.APPROVED)
    Customer.objects.update(gone_at=timezone.now())
    assert [kept(refused).standing, kept(pending).standing] == [Standing.PERSON, Standing.GONE]


def test_who_asked_last_and_when_is_kept(ed: User, jo: User) -> None:
    customer = sample(connect("caibo"))
    assert kept(customer).touched_by is None
    asked(customer, ed, email="ann.one@example.com")
    latest = asked(customer, jo, phone="+442079460001")
    assert kept(customer).touched_by == jo
    assert kept(customer).touched_at == Change.objects.get(pk=latest.pk).created_at


def test_many_changes_of_one_statement_are_told_of_by_one(ed: User) -> None:
    connection = connect("caibo")
    customers = [sample(connection, id=str(number)) for number in range(1, 4)]
    changes = [asked(customer, ed) for customer in customers]
    with transaction.atomic():
        Customer.objects.update(awaits=Awaits.NOTHING)
        rows = list(Change.objects.filter(pk__in=[change.pk for change in changes]))
        for row in rows:
            row.wait = Wait.PROVIDER if row.wait != Wait.PROVIDER else Wait.NOTHING
        Change.objects.bulk_update(rows, ["wait"])
    assert {kept(customer).awaits for customer in customers} == {Awaits.CHANGE}
