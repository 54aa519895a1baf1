"""The queue of flaws follows the records, whoever writes them, in the statement that writes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console import flaws
from console.flows.adopt import adopt
from console.flows.forget import _forget
from console.flows.refresh import mark_gone, take_over
from console.models import Customer, Flaw, Known, Origin
from console.models.quality import Rule
from tests.cast import connect, person, sample

pytestmark = pytest.mark.django_db


def queued(customer: Customer) -> dict[str, str]:
    return dict(Flaw.objects.filter(customer=customer).values_list("field", "code"))


def learn(customer: Customer, **values: Any) -> None:
    customer.learn(values, how=Known.READ, at=timezone.now())
    customer.save_learnt()


def test_a_new_customer_comes_with_what_is_wrong_with_them() -> None:
    customer = sample(connect("sqril"), email="adi@", phone=None)
    assert customer.flaws == queued(customer) == {"email": "invalid_email", "phone": "required"}
    [flaw, _] = Flaw.objects.filter(customer=customer).order_by("field")
    assert flaw.rule == Rule(customer.connection_id, "email", "invalid_email")


def test_one_of_whom_nothing_is_known_lacks_what_every_update_needs() -> None:
    customer = adopt(connect("caibo"), {"id": "77"}, {}, how=Known.READ, by=person("ed"), origin=Origin.PAGE)
    assert queued(customer) == {"email": "required", "name": "required"}


def test_what_is_put_right_leaves_the_queue_and_what_goes_wrong_joins_it() -> None:
    customer = sample(connect("sqril"), email="adi@", phone=None)
    learn(customer, email="adi@example.com", address=None)
    assert queued(customer) == {"phone": "required", "address": "required"}
    learn(customer, phone="+62812345679", address="Jl. Melati 5")
    assert queued(customer) == {}


def test_a_flaw_that_stays_keeps_its_day_and_who_sees_to_it() -> None:
    customer, ed = sample(connect("sqril"), email="adi@", phone=None), person("ed")
    flaw = Flaw.objects.get(customer=customer, field="email")
    Flaw.objects.assigned([flaw.pk], ed, ed)
    learn(customer, phone="+62812345679")
    learn(customer, email="wijaya@")
    kept = Flaw.objects.get(customer=customer)
    assert (kept.pk, kept.since, kept.assigned_to) == (flaw.pk, flaw.since, ed)


def test_a_field_that_is_wrong_in_another_way_is_so_from_then_on() -> None:
    customer, ed = sample(connect("sqril"), email="adi@"), person("ed")
    before = Flaw.objects.get(customer=customer)
    Flaw.objects.assigned([before.pk], ed, ed)
    learn(customer, email=None)
    after = Flaw.objects.get(customer=customer)
    assert (after.code, after.assigned_to) == ("required", ed)
    assert after.since > before.since


def test_a_customer_who_is_gone_waits_for_nobody_until_they_are_back() -> None:
    customer, ed = sample(connect("sqril"), email="adi@"), person("ed")
    mark_gone(customer, by=ed)
    assert queued(customer) == {}
    take_over(customer, {"email": "adi@"}, by=ed)
    assert queued(customer) == {"email": "invalid_email"}


def test_of_a_customer_who_is_forgotten_nothing_is_wrong_until_they_are_read_again() -> None:
    connection = connect("sqril")
    customer = sample(connection, email="adi@")
    connection.keeps_customers_days = 1
    connection.save()
    long_ago = timezone.now() - timedelta(days=9)
    Customer.objects.update(known_at=long_ago, created_at=long_ago)
    _forget(customer.pk, connection)
    customer.refresh_from_db()
    assert customer.is_forgotten
    assert queued(customer) == customer.flaws == {}
    learn(customer, email="adi@", phone="+62812345679", occupation="OCC4", address="Jl. Melati 5")
    assert queued(customer) == {"email": "invalid_email"}


def test_no_statement_more_is_needed_for_it() -> None:
    customer = sample(connect("sqril"))
    with CaptureQueriesContext(database) as sound:
        learn(customer, address="Jl. Melati 5")
    with CaptureQueriesContext(database) as broken:
        learn(customer, address=None)
    assert len(broken) == len(sound)
    assert queued(customer) == {"address": "required"}


def test_who_writes_many_at_once_fills_the_queue_by_it() -> None:
    customer = sample(connect("caibo"))
    with database.cursor() as cursor:
        cursor.execute('UPDATE console_customer SET flaws = \'{"email": "invalid_email", "name": "required"}\'')
    assert queued(customer) == {"email": "invalid_email", "name": "required"}


def test_those_who_lack_something_are_told_from_those_with_whom_something_is_wrong() -> None:
    sqril = connect("sqril")
    wrong, lacking = sample(sqril, customer_id="cus_1", email="adi@"), sample(sqril, customer_id="cus_2", phone=None)
    sample(sqril, customer_id="cus_3")
    gone = sample(sqril, customer_id="cus_4", phone=None)
    mark_gone(gone, by=None)
    everybody = Customer.objects.order_by("pk")
    assert list(flaws.with_flaws(everybody)) == [wrong, lacking]
    assert list(flaws.with_flaws(everybody, missing=True)) == [lacking]
