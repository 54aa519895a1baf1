"""Numbers in an address that name something of another customer, or of another team, name nothing."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from console.flows.refresh import take_over
from console.models import Customer, Draft, Status, User
from tests.cast import connect, person, sample
from tests.views.pages import form_of, text_of
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

WAS, NOW = "Jl. Kebon Sirih 12, Jakarta", "Jl. Sudirman 1, Jakarta"


@pytest.fixture
def ed(client: Client) -> User:
    """Edits at the connection of `adi`, and nowhere else."""
    user = person("ed", sample(connect("sqril")).connection)
    client.force_login(user)
    return user


@pytest.fixture
def adi(ed: User) -> Customer:
    return Customer.objects.get(connection__provider_slug="sqril")


def others(adi: Customer, where: str) -> Customer:
    """A customer beside this one, or one of another team."""
    if where == "beside":
        return sample(adi.connection, customer_id="cus_other")
    return sample(connect("caibo"))


def form_at(client: Client, customer: Customer, query: str) -> dict[str, str]:
    return form_of(client.get(reverse("customer_edit", args=[customer.pk]) + query), "edit")


def typed(form: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in form.items() if name.startswith("v-") or name in {"why", "reference"}}


@pytest.mark.parametrize("where", ["beside", "of another team"])
def test_the_reading_of_another_customer_is_not_told(client: Client, adi: Customer, where: str) -> None:
    event = take_over(others(adi, where), {"address": NOW}, by=None)
    page = client.get(reverse("customer", args=[adi.pk]), {"read": event.pk})
    assert text_of(page).count(WAS) == text_of(client.get(reverse("customer", args=[adi.pk]))).count(WAS)
    assert NOW not in page.text
    assert "<del>" not in page.text
    assert event.customer
    found_nothing = take_over(event.customer, {}, by=None)
    assert client.get(reverse("customer", args=[adi.pk]), {"read": found_nothing.pk}).context["page"].reading is None


@pytest.mark.parametrize("where", ["beside", "of another team"])
def test_what_was_asked_for_another_customer_fills_in_no_form(client: Client, adi: Customer, where: str) -> None:
    other = others(adi, where)
    name = "address" if where == "beside" else "name"
    change = standing(other, person("jo"), Status.REFUSED, wishes={name: NOW})
    assert typed(form_at(client, adi, f"?again={change.pk}")) == typed(form_at(client, adi, ""))


def test_what_is_still_under_way_fills_in_no_form(client: Client, adi: Customer, ed: User) -> None:
    for status in (Status.UNKNOWN, Status.WITHDRAWN):
        change = standing(adi, ed, status, wishes={"address": NOW})
        assert "Filled in again" not in client.get(f"/customers/{adi.pk}/edit/?again={change.pk}").text


def test_a_draft_for_one_customer_fills_in_the_form_of_no_other(client: Client, adi: Customer) -> None:
    other = others(adi, "beside")
    form = form_at(client, other, "") | {"v-address": NOW}
    client.post(reverse("customer_check", args=[other.pk]), form)
    assert Draft.objects.get().customer == other
    assert typed(form_at(client, adi, "?draft=1")) == typed(form_at(client, adi, ""))


def test_what_another_person_changes_elsewhere_is_no_news(client: Client, adi: Customer) -> None:
    change = standing(others(adi, "of another team"), person("jo"), Status.REFUSED, wishes={"name": NOW})
    told = client.get("/news/", {"of": str(change.pk), "every": "1"}, headers={"HX-Request": "true"})
    assert "data-toast" not in told.text
    assert str(change.pk) not in told.text.partition("data-watching")[2][:40]
