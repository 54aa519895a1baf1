"""A change that can't be handled is put aside with a reason; it never holds up another customer's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings

from console.flows.record import database_now
from console.models import Change, Connection, Customer, Pause, Status, Wait
from console.models.sealing import DataKey, KeyRing
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, make_due, push, pushes, wish

pytestmark = pytest.mark.usefixtures("live_db")


@pytest.fixture(autouse=True)
def quick(settings: LazySettings) -> None:
    settings.STEWARD_CALL_SECONDS = 1.0
    settings.STEWARD_LEASE_SECONDS = 5.0


def test_a_customer_whose_key_is_gone_holds_up_nobody_else(sandbox: Sandbox) -> None:
    connection, ed = connect("caibo", sandbox), person("ed")
    shut, open_ = (sample(connection, sandbox, id=number) for number in ("1", "2"))
    stuck, good = wish(shut, ed), wish(open_, ed)
    Customer.objects.filter(pk=shut.pk).update(wrapped_key=None)
    push(open_)
    assert fresh(good).state is Status.APPLIED
    assert fresh(stuck).state is Status.APPROVED
    assert "key" in fresh(stuck).note
    assert fresh(stuck).next_attempt_at > database_now()


def test_one_whose_key_never_comes_back_is_handed_back_when_its_approval_is_over(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    Customer.objects.filter(pk=customer.pk).update(wrapped_key=None)
    Change.objects.filter(pk=change.pk).update(approved_at=database_now() - timedelta(days=8))
    push(customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.PROPOSED, Wait.AUTHOR)
    assert "older than 7 days" in fresh(change).note


def test_an_unknown_whose_key_is_gone_goes_to_a_person_and_holds_up_nobody_else(sandbox: Sandbox) -> None:
    connection, ed = connect("sqril", sandbox), person("ed")
    shut, open_ = (sample(connection, sandbox, customer_id=number) for number in ("cus_1", "cus_2"))
    sandbox.fault("sqril", "drop", method="PUT")
    stuck = wish(shut, ed)
    push(shut)
    good = wish(open_, ed)
    Customer.objects.filter(pk=shut.pk).update(wrapped_key=None)
    make_due(stuck)
    push(open_)
    assert fresh(good).state is Status.APPLIED
    assert (fresh(stuck).state, fresh(stuck).wait) == (Status.UNKNOWN, Wait.PERSON)


def test_credentials_that_cannot_be_opened_pause_the_connection_and_nothing_is_unknown(sandbox: Sandbox) -> None:
    customer = sample(connect("caibo", sandbox), sandbox)
    change = wish(customer, person("ed"))
    strange = KeyRing({"other": DataKey.new().secret}).seal("credentials", {"api_key": "x"})
    Connection.objects.filter(pk=customer.connection_id).update(sealed_credentials=strange, updated_at=database_now())
    push(customer)
    assert (fresh(change).state, fresh(change).maybe_applied) == (Status.APPROVED, False)
    assert fresh(customer.connection).pause == Pause.NOT_ALLOWED


def test_a_wish_for_a_field_that_the_connection_no_longer_has_is_not_sent(sandbox: Sandbox) -> None:
    customer = sample(connect("timepay", sandbox, fields="city:text"), sandbox)
    change = wish(customer, person("ed"), {"city": "Pune"})
    Connection.objects.filter(pk=customer.connection_id).update(options={})
    push(customer)
    assert fresh(change).state in {Status.PROPOSED, Status.REFUSED}
    assert pushes(sandbox, "timepay") == []


@pytest.mark.parametrize(("slug", "field"), [("finosu", "city"), ("flowwise", "address"), ("sqril", "address")])
def test_an_answer_with_characters_that_no_table_holds_is_settled(slug: str, field: str, sandbox: Sandbox) -> None:
    customer = sample(connect(slug, sandbox), sandbox)
    sandbox.fault(slug, "nul", field=field)
    change = wish(customer, person("ed"))
    push(customer)
    assert fresh(change).state in {Status.APPLIED, Status.CONFLICT}


def test_what_a_provider_says_about_a_sensitive_value_is_kept_without_it(sandbox: Sandbox) -> None:
    customer = sample(connect("finosu", sandbox), sandbox)
    sandbox.fault("finosu", "refuse", field="ssnLastFour", message="9876 is not four digits")
    change = wish(customer, person("ed"), {"ssnLastFour": "9876"})
    push(customer)
    change, attempt = fresh(change), change.attempts.get()
    assert change.state is Status.REFUSED
    shown = [str(change.problems), change.note, attempt.note, attempt.shown_request, attempt.shown_response]
    assert not [text for text in shown if "9876" in text]
