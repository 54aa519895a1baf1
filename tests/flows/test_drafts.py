"""Drafts: sealed, for one person and one customer, for 24 hours, and gone once the form was saved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from console.flows import drafts
from console.flows.sweep import sweep
from console.models import Customer, Draft
from tests.cast import connect, person, sample
from tests.views.standing import asked

pytestmark = pytest.mark.django_db

TYPED = {"v-phone": "+62 812 9988 7766", "key": "form-of-ed"}


@pytest.fixture
def customer() -> Customer:
    return sample(connect("sqril"))


def age(by: timedelta) -> None:
    Draft.objects.update(saved_at=timezone.now() - by)


def test_what_was_typed_comes_back_as_it_was(customer: Customer) -> None:
    drafts.keep(customer, TYPED, ("phone",), by=person("ed"))
    kept = drafts.held(Customer.objects.get(pk=customer.pk), by=person("ed"))
    assert kept is not None
    assert (kept.typed, kept.fields) == (TYPED, ("phone",))


def test_typing_on_replaces_it(customer: Customer) -> None:
    drafts.keep(customer, TYPED, ("phone",), by=person("ed"))
    age(timedelta(hours=23))
    drafts.keep(customer, {**TYPED, "v-address": "Jl. Baru 1"}, ("phone", "address"), by=person("ed"))
    [draft] = Draft.objects.all()
    assert draft.saved_at > timezone.now() - timedelta(minutes=1)
    assert (kept := drafts.held(customer, by=person("ed")))
    assert kept.fields == ("phone", "address")


def test_it_stands_in_the_database_sealed(customer: Customer) -> None:
    drafts.keep(customer, TYPED, ("phone",), by=person("ed"))
    stored = bytes(Draft.objects.get().sealed)
    assert b"9988" not in stored
    assert b"phone" not in stored


def test_nobody_else_gets_it(customer: Customer) -> None:
    drafts.keep(customer, TYPED, ("phone",), by=person("ed"))
    assert drafts.held(customer, by=person("jo")) is None
    Draft.objects.update(user=person("jo"))
    assert drafts.held(customer, by=person("jo")) is None


def test_each_of_two_people_gets_their_own(customer: Customer) -> None:
    for name in ("ed", "jo"):
        drafts.keep(customer, {**TYPED, "why": name}, ("phone",), by=person(name))
    for name in ("ed", "jo"):
        assert (kept := drafts.held(customer, by=person(name)))
        assert kept.typed["why"] == name


def test_it_belongs_to_one_customer(customer: Customer) -> None:
    other = sample(customer.connection, customer_id="cus_other")
    drafts.keep(customer, TYPED, ("phone",), by=person("ed"))
    assert drafts.held(other, by=person("ed")) is None
    Draft.objects.update(customer=other)
    assert drafts.held(other, by=person("ed")) is None


def test_after_24_hours_it_is_offered_no_longer_and_the_sweeper_deletes_it(customer: Customer) -> None:
    drafts.keep(customer, TYPED, ("phone",), by=person("ed"))
    drafts.keep(customer, TYPED, ("phone",), by=person("jo"))
    age(timedelta(hours=24))
    assert drafts.held(customer, by=person("ed")) is None
    drafts.keep(customer, TYPED, ("phone",), by=person("jo"))
    sweep()
    assert [draft.user for draft in Draft.objects.all()] == [person("jo")]


def test_a_form_that_was_saved_after_all_is_no_draft(customer: Customer) -> None:
    asked(customer, person("ed"), key="form-of-ed", phone="+6281299887766")
    drafts.keep(customer, TYPED, ("phone",), by=person("ed"))
    assert drafts.held(customer, by=person("ed")) is None


def test_the_key_that_another_person_saved_with_says_nothing(customer: Customer) -> None:
    asked(customer, person("jo"), key="form-of-ed", phone="+6281299887766")
    drafts.keep(customer, TYPED, ("phone",), by=person("ed"))
    assert drafts.held(customer, by=person("ed"))


def test_putting_everything_back_lets_go_of_what_came_of_that_form_alone(customer: Customer) -> None:
    drafts.keep(customer, TYPED, ("phone",), by=person("ed"))
    drafts.discard_form(customer, "another form", by=person("ed"))
    assert Draft.objects.exists()
    drafts.discard_form(customer, "form-of-ed", by=person("ed"))
    assert not Draft.objects.exists()


def test_what_no_record_could_hold_is_not_kept(customer: Customer) -> None:
    assert not drafts.keep(customer, {"why": "x" * drafts.LARGEST}, (), by=person("ed"))
    assert not Draft.objects.exists()
