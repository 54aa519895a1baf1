"""A person has an unknown read back at once, instead of waiting until it is looked into by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.errors import NotPermitted, StepNotPossible
from console.flows.read_back import read_back_now
from console.flows.record import database_now
from console.models import Attempt, Change, Confirmation, Event, Kind, Outcome, Status, Wait
from providers.sandbox import Sandbox
from tests.cast import connect, person, sample
from tests.flows.helpers import fresh, push
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


def unknown(sandbox: Sandbox, slug: str = "sqril", **about: object) -> Change:
    return standing(sample(connect(slug, sandbox), sandbox), person("ed"), Status.UNKNOWN, **about)


def test_an_unknown_before_a_person_is_applied_once_the_reading_shows_it(sandbox: Sandbox) -> None:
    change = unknown(sandbox)
    sandbox.edit("sqril", change.customer.external_id, {line.field: line.after for line in change.lines.all()})
    read_back_now(change.pk, by=person("ops"))
    push(change.customer)
    assert (fresh(change).state, fresh(change).confirmation) == (Status.APPLIED, Confirmation.READ)
    assert Event.objects.get(verb="change.read_back").actor == person("ops")


def test_one_look_more_goes_however_often_it_was_looked_at(sandbox: Sandbox) -> None:
    change = unknown(sandbox)
    for _ in range(8):
        about = {"change": change, "customer": change.customer, "connection": change.connection, "epoch": change.epoch}
        Attempt.objects.create(
            **about, kind=Kind.CHECK, worker="a test", outcome=Outcome.UNKNOWN, ended_at=database_now()
        )
    sandbox.edit("sqril", change.customer.external_id, {line.field: line.after for line in change.lines.all()})
    read_back_now(change.pk, by=person("ops"))
    push(change.customer)
    assert fresh(change).state is Status.APPLIED


@pytest.mark.parametrize("slug", ["finosu", "sqril"])
def test_a_customer_who_is_gone_by_then_leaves_it_to_a_person(slug: str, sandbox: Sandbox) -> None:
    """Even where an earlier reading had shown that it was not applied: an unknown is refused by no reading."""
    change = unknown(sandbox, slug, maybe_applied=False)
    sandbox.delete(slug, change.customer.external_id)
    read_back_now(change.pk, by=person("ops"))
    push(change.customer)
    assert (fresh(change).state, fresh(change).wait) == (Status.UNKNOWN, Wait.PERSON)
    assert fresh(change).note == "Read back: the provider has no such customer any more."
    assert fresh(change.customer).is_gone


def test_only_an_operator_asks_for_it() -> None:
    change = standing(sample(connect("sqril")), person("ed"), Status.UNKNOWN)
    with pytest.raises(NotPermitted):
        read_back_now(change.pk, by=person("ed"))
    assert fresh(change).wait == Wait.PERSON


def test_what_is_known_or_cannot_be_read_is_not_read_back() -> None:
    ops = person("ops")
    refused = standing(sample(connect("sqril")), person("ed"), Status.REFUSED)
    with pytest.raises(StepNotPossible, match="nothing to look into"):
        read_back_now(refused.pk, by=ops)
    unreadable = standing(sample(connect("timepay")), person("ed"), Status.UNKNOWN)
    with pytest.raises(StepNotPossible, match="offers no way to read a record"):
        read_back_now(unreadable.pk, by=ops)


def test_what_is_being_read_is_not_read_twice() -> None:
    lease = database_now() + timedelta(seconds=20)
    change = standing(sample(connect("sqril")), person("ed"), Status.UNKNOWN, lease_until=lease)
    with pytest.raises(StepNotPossible, match="is being read at Sqril right now"):
        read_back_now(change.pk, by=person("ops"))
