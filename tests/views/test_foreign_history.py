"""Whoever reads the audit at one connection finds nothing of another one, by whatever number, form or address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from console.auditing import Query
from console.flows.examine import mark
from console.flows.exports import ask
from console.flows.opening import Plan, open_review
from console.models import (
    Change,
    Customer,
    Event,
    Export,
    Format,
    Grant,
    Mark,
    Review,
    ReviewItem,
    Role,
    SavedSearch,
    Status,
    User,
    Visit,
)
from tests.cast import connect, person, sample
from tests.views.standing import standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}
SECRETS = ("Adi", "Thamrin", "6281299887766", "Who called?", "Quarter")


@pytest.fixture
def theirs(client: Client) -> Customer:
    """A customer of another team: changed, questioned in a review over everything, exported."""
    customer, rae = sample(connect("sqril")), person("rae")
    change = standing(customer, person("ed"), Status.APPLIED, wishes={"phone": "+6281299887766"})
    now = timezone.now()
    Change.objects.filter(pk=change.pk).update(ended_at=now)
    review = open_review(Plan("Quarter", now - timedelta(days=1), now + timedelta(microseconds=1)), by=rae)
    mark(review.items.get().pk, Mark.QUESTIONED, by=rae, note="Who called?")
    ask(Query(customer=customer.pk), Format.PACK, by=rae)
    SavedSearch.objects.create(owner=rae, name="Quarter", query={"customer": customer.pk})
    return customer


@pytest.fixture
def sue(client: Client, theirs: Customer) -> User:
    """Reviews and may erase at caibo alone, where something happened, too; signed in."""
    place = connect("caibo")
    standing(sample(place), person("ed"), Status.APPLIED)
    user = User.objects.create_user("sue", first_name="Sue")
    for role in (Role.REVIEWER, Role.ERASURE, Role.EDITOR):
        Grant.objects.create(user=user, role=role, connection=place)
    client.force_login(user)
    return user


def addresses(theirs: Customer) -> Mapping[str, list[object]]:
    change, review, item = Change.objects.get(customer=theirs), Review.objects.get(), ReviewItem.objects.get()
    of_customer = ("customer_timeline", "customer_as_of", "customer_looked", "customer_erase", "erasure_decide")
    of_item, of_export = ("review_item", "review_mark", "review_say"), ("export", "export_download", "export_stop")
    return {
        **{name: [theirs.pk] for name in of_customer},
        **{name: [review.pk, item.pk] for name in of_item},
        **{name: [review.pk] for name in ("review", "review_sign_off")},
        **{name: [Export.objects.get().pk] for name in of_export},
        "field_history": [theirs.pk, "phone"],
        "change_undo": [change.pk],
        "audit_forget": [SavedSearch.objects.get().pk],
    }


@pytest.mark.parametrize("headers", [{}, SWAP])
def test_no_address_of_another_team_is_there(
    client: Client, theirs: Customer, sue: User, headers: dict[str, str]
) -> None:
    before, visits = Event.objects.count(), Visit.objects.count()
    for name, numbers in addresses(theirs).items():
        url = reverse(name, args=numbers)
        posted = {"do": "agree", "sure": "1", "mark": "settled", "text": "x", "conclusion": "x", "field": "phone"}
        for answer in (client.get(url, headers=headers), client.post(url, posted, headers=headers)):
            assert answer.status_code in {303, 404, 405} or "HX-Redirect" in answer.headers, name
            assert not any(secret in answer.text for secret in SECRETS), name
    assert (Event.objects.count(), Visit.objects.count(), SavedSearch.objects.count()) == (before, visits, 1)


def test_no_event_of_another_connection_or_of_none_opens(client: Client, theirs: Customer, sue: User) -> None:
    foreign = Event.objects.exclude(connection__in=sue.grants.values("connection"))
    assert {event.subject.partition(":")[0] for event in foreign} >= {"customer", "review"}
    for event in foreign:
        assert client.get(reverse("audit_event", args=[event.pk])).status_code == 404


@pytest.mark.parametrize("way", ["customer", "change", "connection", "field"])
def test_no_search_export_or_form_reaches_it_by_a_parameter(
    client: Client, theirs: Customer, sue: User, way: str
) -> None:
    change = Change.objects.get(customer=theirs)
    text = {"customer": theirs.pk, "change": change.pk, "connection": theirs.connection_id, "field": "occupation"}[way]
    asked = {way: str(text)}
    answers = [client.get(reverse(name), asked) for name in ("audit", "exports")]
    posted = {**asked, "format": "pack", "name": "Mine", "q": "Adi"}
    answers += [client.post(reverse(name), posted) for name in ("exports", "audit_save")]
    for answer in answers:
        assert answer.status_code == 422
        assert not any(secret in answer.text for secret in SECRETS)
    found = client.post(reverse("audit_customer"), posted)
    assert "Adi Wijaya" not in found.text
    assert not Export.objects.filter(owner=sue).exists()


@pytest.mark.parametrize("asked", [{}, {"kind": "review"}, {"person": "0"}, {"kind": "change"}, {"outcome": "applied"}])
def test_nothing_of_it_stands_among_what_is_found_counted_or_offered(
    client: Client, theirs: Customer, sue: User, asked: dict[str, str]
) -> None:
    page = client.get(reverse("audit"), asked)
    assert page.status_code == 200
    rows = page.context["page"].rows
    assert all(row.event.connection_id != theirs.connection_id and row.event.connection_id for row in rows)
    assert not any(secret in page.text for secret in SECRETS)
    assert theirs.connection.name not in page.text


def test_a_review_of_hers_is_drawn_from_her_connection_alone(client: Client, theirs: Customer, sue: User) -> None:
    Change.objects.update(ended_at=timezone.now())
    today = timezone.localdate()
    form = {"title": "Mine", "since": str(today - timedelta(days=1)), "until": str(today), "sample": "25"}
    answer = client.post(reverse("review_new"), {**form, "where": "these", "connections": str(theirs.connection_id)})
    assert answer.status_code == 422
    assert client.post(reverse("review_new"), {**form, "where": "all"}).status_code == 303
    mine = Review.objects.latest("pk")
    assert mine.connection_ids == list(sue.grants.values_list("connection", flat=True).distinct())
    assert not mine.items.filter(change__customer=theirs).exists()
