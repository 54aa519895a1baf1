"""Drafts on the pages: kept while one types, offered to that person alone, taken up, let go of, gone with the save."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.models import Change, Customer, Draft, Known, Status, User
from tests.cast import connect, person, sample
from tests.views.pages import form_of, text_of, without_chance_digits
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(ed: User) -> Customer:
    return sample(connect("sqril"))


def address(customer: Customer, query: str = "") -> str:
    return reverse("customer_edit", args=[customer.pk]) + query


def typing(client: Client, customer: Customer, **typed: str) -> dict[str, str]:
    """Types, and is looked at while typing; gives the form as it stands then."""
    opened = form_of(client.get(address(customer)), "edit")
    form = {**opened, **{f"v-{name}": text for name, text in typed.items()}}
    assert client.post(reverse("customer_check", args=[customer.pk]), form).status_code == 200
    return form


def learnt(customer: Customer, *, change: int | None = None, **values: Any) -> None:
    fresh = Customer.objects.get(pk=customer.pk)
    fresh.learn(values, how=Known.READ, at=timezone.now(), change=change)
    fresh.save_learnt()


def test_it_is_offered_on_the_form_and_on_the_record_with_what_was_begun_and_when(
    client: Client, customer: Customer
) -> None:
    typing(client, customer, address="Jl. Thamrin 88", email="adi@example.com")
    for page in (address(customer), reverse("customer", args=[customer.pk])):
        shown = text_of(client.get(page))
        assert "You began to change E-mail and Address just now" in shown
        assert "UTC) and did not save." in shown


def test_a_form_that_nobody_typed_into_offers_nothing(client: Client, customer: Customer) -> None:
    typing(client, customer)
    assert not Draft.objects.exists()
    assert 'id="draft"' not in client.get(address(customer)).text


def test_taking_it_up_fills_in_everything_and_it_can_be_saved(client: Client, customer: Customer) -> None:
    form = typing(client, customer, address="Jl. Thamrin 88")
    client.post(reverse("customer_check", args=[customer.pk]), {**form, "why": "Moved", "reference": "SUP-1"})
    page = client.get(address(customer, "?draft=1"))
    again = form_of(page, "edit")
    assert "Taken up again" in text_of(page)
    assert "1 field changed" in text_of(page)
    assert (again["v-address"], again["why"], again["reference"]) == ("Jl. Thamrin 88", "Moved", "SUP-1")
    assert again["key"] == form["key"]
    assert client.post(address(customer), again).status_code == 303
    assert Change.objects.get().wishes == {"address": "Jl. Thamrin 88"}


def test_what_is_wrong_in_it_is_said_when_it_is_taken_up(client: Client, customer: Customer) -> None:
    typing(client, customer, email="nonsense")
    page = client.get(address(customer, "?draft=1")).text
    assert 'id="error-email"' in page
    assert "Nothing was saved" not in page


def test_a_value_that_moved_meanwhile_is_a_conflict_when_it_is_taken_up(client: Client, customer: Customer) -> None:
    typing(client, customer, address="Jl. Thamrin 88")
    change = standing(customer, person("jo"), Status.APPLIED, wishes={"address": "Jl. Melati 5"})
    learnt(customer, change=change.pk, address="Jl. Melati 5")
    page = client.get(address(customer, "?draft=1"))
    assert "Jo Lindqvist set it to Jl. Melati 5" in text_of(page)
    keeps = {**form_of(page, "edit"), "whose-address": "theirs"}
    assert client.post(address(customer), keeps).status_code == 422
    assert client.post(address(customer), form_of(page, "edit")).status_code == 303
    assert Change.objects.latest("pk").wishes == {"address": "Jl. Thamrin 88"}


def test_another_field_that_moved_shows_what_is_known_now(client: Client, customer: Customer) -> None:
    typing(client, customer, address="Jl. Thamrin 88")
    learnt(customer, email="adi.new@example.com")
    page = client.get(address(customer, "?draft=1"))
    assert form_of(page, "edit")["v-email"] == "adi.new@example.com"
    assert "The record moved while this form was open." in text_of(page)


def test_saving_lets_go_of_it(client: Client, customer: Customer) -> None:
    form = typing(client, customer, address="Jl. Thamrin 88")
    assert client.post(address(customer), form).status_code == 303
    assert not Draft.objects.exists()


def test_saying_only_what_the_provider_holds_lets_go_of_it(client: Client, ed: User) -> None:
    customer = sample(connect("flowwise"), scope=...)
    form = typing(client, customer, scope="PROJECT")
    assert Draft.objects.exists()
    assert client.post(address(customer), form).status_code == 303
    assert not Draft.objects.exists()


def test_a_refused_save_keeps_it(client: Client, customer: Customer) -> None:
    opened = form_of(client.get(address(customer)), "edit")
    assert client.post(address(customer), {**opened, "v-email": "nonsense"}).status_code == 422
    assert form_of(client.get(address(customer, "?draft=1")), "edit")["v-email"] == "nonsense"


def test_an_answer_that_a_save_overtook_leaves_no_offer(client: Client, customer: Customer) -> None:
    form = typing(client, customer, address="Jl. Thamrin 88")
    client.post(address(customer), form)
    client.post(reverse("customer_check", args=[customer.pk]), form)
    assert 'id="draft"' not in client.get(address(customer)).text


def test_putting_everything_back_lets_go_of_it(client: Client, customer: Customer) -> None:
    form = typing(client, customer, address="Jl. Thamrin 88")
    untouched = form_of(client.get(address(customer)), "edit") | {"key": form["key"]}
    client.post(reverse("customer_check", args=[customer.pk]), untouched)
    assert not Draft.objects.exists()


def test_looking_at_a_fresh_form_does_not_touch_it(client: Client, customer: Customer) -> None:
    typing(client, customer, address="Jl. Thamrin 88")
    typing(client, customer)
    assert Draft.objects.exists()


def test_discarding_it_leads_to_the_record(client: Client, customer: Customer) -> None:
    typing(client, customer, address="Jl. Thamrin 88")
    answer = client.post(reverse("customer_discard", args=[customer.pk]))
    assert answer["Location"] == reverse("customer", args=[customer.pk])
    assert not Draft.objects.exists()


def test_nobody_else_sees_or_discards_it(client: Client, customer: Customer) -> None:
    typing(client, customer, address="Jl. Thamrin 88")
    client.force_login(person("jo"))
    assert 'id="draft"' not in client.get(address(customer)).text
    assert "Thamrin" not in client.get(address(customer, "?draft=1")).text
    client.post(reverse("customer_discard", args=[customer.pk]))
    assert Draft.objects.get().user == person("ed")


def test_signing_out_keeps_it(client: Client, customer: Customer, ed: User) -> None:
    typing(client, customer, address="Jl. Thamrin 88")
    client.post(reverse("sign_out"))
    client.force_login(ed)
    assert "You began to change Address" in text_of(client.get(address(customer)))


def test_it_is_offered_for_24_hours(client: Client, customer: Customer) -> None:
    typing(client, customer, address="Jl. Thamrin 88")
    for hours, offers in ((23, True), (24, False)):
        Draft.objects.update(saved_at=timezone.now() - timedelta(hours=hours))
        assert ('id="draft"' in client.get(address(customer)).text) is offers
        taken_up = form_of(client.get(address(customer, "?draft=1")), "edit")
        assert (taken_up["v-address"] == "Jl. Thamrin 88") is offers


def test_a_hidden_value_is_kept_sealed_and_shown_to_the_one_who_typed_it(client: Client, ed: User) -> None:
    customer = sample(connect("finosu"))
    typing(client, customer, ssnLastFour="9876")
    assert b"9876" not in bytes(Draft.objects.get().sealed)
    assert "9876" not in without_chance_digits(client.get(address(customer)).text)
    assert form_of(client.get(address(customer, "?draft=1")), "edit")["v-ssnLastFour"] == "9876"
