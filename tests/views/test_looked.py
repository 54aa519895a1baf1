"""Who looked at a customer: told to those who read the audit there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.models import Customer, Event, Grant, Role, Status, Visit
from tests.cast import connect, person, sample
from tests.reviewing import ended, opened
from tests.views.counting import queries
from tests.views.pages import text_of
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def adi(client: Client) -> Customer:
    """Whose page Rae looks at."""
    client.force_login(person("rae"))
    return sample(connect("sqril"))


def looked(client: Client, customer: Customer, query: str = "") -> Any:
    return client.get(f"{reverse('customer_looked', args=[customer.pk])}{query}")


def visits(customer: Customer, days: int, *names: str) -> None:
    """Each of them on so many days up to yesterday."""
    now = timezone.now()
    for back in range(days, 0, -1):
        at = now - timedelta(days=back)
        for name in names:
            Visit.objects.create(user=person(name), customer=customer, day=at.date(), first_at=at, last_at=at)


def test_each_person_stands_there_once_a_day_the_latest_day_first(client: Client, adi: Customer) -> None:
    visits(adi, 2, "ed", "jo")
    found = looked(client, adi).context["piece"].visits
    assert [visit.user.username for visit in found] == ["rae", "jo", "ed", "jo", "ed"]
    assert [visit.day for visit in found] == sorted((visit.day for visit in found), reverse=True)
    assert "Jo Lindqvist" in text_of(looked(client, adi))


def test_who_opens_a_record_a_field_or_what_it_was_is_kept(client: Client, adi: Customer) -> None:
    ways = [("customer", []), ("field_history", ["phone"]), ("customer_timeline", []), ("customer_as_of", [])]
    for name, more in ways:
        Visit.objects.all().delete()
        client.force_login(person("ed"))
        client.get(reverse(name, args=[adi.pk, *more]))
        assert Visit.objects.filter(user=person("ed"), customer=adi).count() == 1, name


@pytest.mark.parametrize("name", ["customer_edit", "change", "change_undo", "review_item", "audit_event"])
def test_who_has_the_record_before_them_elsewhere_is_kept_too(client: Client, adi: Customer, name: str) -> None:
    rae = person("rae")
    Grant.objects.create(user=rae, role=Role.EDITOR)
    change = ended(standing(adi, person("ed"), Status.APPLIED))
    item = opened(rae).items.get()
    event = Event.objects.filter(customer=adi).earliest("pk")
    arguments = {"customer_edit": [adi.pk], "review_item": [item.review_id, item.pk], "audit_event": [event.pk]}
    Visit.objects.all().delete()
    assert client.get(reverse(name, args=arguments.get(name, [change.pk]))).status_code == 200
    assert Visit.objects.filter(user=rae, customer=adi).count() == 1


def test_others_customers_are_no_part_of_it(client: Client, adi: Customer) -> None:
    visits(sample(adi.connection, customer_id="cus_other"), 2, "ed")
    assert [visit.user.username for visit in looked(client, adi).context["piece"].visits] == ["rae"]


def test_a_long_one_goes_on_in_pieces_that_lack_and_repeat_nothing(
    client: Client, adi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.views.looked.MOST", 4)
    visits(adi, 7, "ed", "jo", "ann")
    seen, query = list[int](), ""
    while True:
        piece = looked(client, adi, query).context["piece"]
        seen += [visit.pk for visit in piece.visits]
        if not (query := piece.older):
            break
    wanted = Visit.objects.filter(customer=adi).order_by("-day", "-pk").values_list("pk", flat=True)
    assert seen == list(wanted)


@pytest.mark.parametrize("nonsense", ["?before=x&day=y", "?day=2026-02-30&before=1", "?before=1", "?day=2026-11-20"])
def test_an_address_that_makes_no_sense_is_the_beginning(client: Client, adi: Customer, nonsense: str) -> None:
    assert looked(client, adi, nonsense).context["piece"].is_whole


def test_who_does_not_read_the_audit_is_told_the_right_and_who_has_it(client: Client, adi: Customer) -> None:
    client.force_login(person("ed"))
    answer = looked(client, adi)
    assert answer.status_code == 403
    assert "You may not read the audit at Sqril: it takes the role Reviewer there. Ask Rae Okafor" in text_of(answer)
    assert reverse("customer_looked", args=[adi.pk]) not in client.get(reverse("customer", args=[adi.pk])).text


def test_it_asks_the_database_no_more_for_many(client: Client, adi: Customer) -> None:
    url = reverse("customer_looked", args=[adi.pk])
    at_one = queries(client, url)
    visits(adi, 10, "ed", "jo")
    assert queries(client, url) == at_one
