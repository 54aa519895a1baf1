"""How often one person may search, have a provider read, and export: then 429, for this person and this thing alone."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from console.models import Allowance, Event, Export, Format, Grant, Role, Status, Visit
from console.views.limits import LIMITS
from providers.sandbox import Sandbox
from tests import cast
from tests.views.standing import standing

pytestmark = pytest.mark.django_db
SWAP = {"HX-Request": "true"}


def browser(username: str) -> Client:
    client = Client()
    client.force_login(cast.person(username))
    return client


@pytest.fixture
def once(settings: LazySettings) -> None:
    """Everything that is limited may be done once."""
    for setting, _ in LIMITS.values():
        setattr(settings, setting, 1)


@pytest.mark.usefixtures("once")
def test_a_search_too_many_is_told_on_a_page_and_in_words_with_the_time_it_takes() -> None:
    ed = browser("ed")
    assert ed.post("/customers/", {"q": "Ann"}).status_code == 303
    page, words = (ed.post("/customers/", {"q": "Ann"}, headers=headers) for headers in ({}, SWAP))
    for answer in (page, words):
        assert answer.status_code == 429
        assert 50 < int(answer.headers["Retry-After"]) <= 60
    assert "That was too often" in page.text
    assert words.text.startswith("That was too often in a short time. It works again in")
    assert browser("jo").post("/customers/", {"q": "Ann"}).status_code == 303


@pytest.mark.usefixtures("once")
def test_every_way_to_search_counts_as_one() -> None:
    rae = browser("rae")
    assert rae.post("/palette/", {"q": "Ann"}).status_code == 200
    for answer in (
        rae.post("/palette/", {"q": "Ann"}),
        rae.post("/customers/", {"q": "Ann"}),
        rae.post("/audit/customer/", {"q": "Ann"}),
        rae.get("/audit/", {"kind": "change"}),
    ):
        assert answer.status_code == 429
    assert rae.get("/customers/").status_code == 200  # who looks at a list does not search


def test_who_guesses_at_hidden_numbers_is_stopped_and_then_a_right_one_looks_like_any_other(
    settings: LazySettings,
) -> None:
    settings.STEWARD_MISSES = 2
    cast.sample(cast.connect("sqril"))
    right, wrong = "3174012345678901", "3174012345678902"
    ed = browser("ed")
    assert "Adi" in ed.post("/palette/", {"q": right}).text
    assert ed.post("/customers/", {"q": wrong}, headers=SWAP).status_code == 200
    assert ed.post("/palette/", {"q": wrong}).status_code == 200
    for guess in (right, wrong):
        led = ed.post("/customers/", {"q": guess})
        answers = [
            ed.post("/palette/", {"q": guess}),
            ed.post("/customers/", {"q": guess}, headers=SWAP),
            ed.get(led.headers["Location"]),
        ]
        assert [answer.status_code for answer in answers] == [429] * 3
        assert "Adi" not in "".join(answer.text for answer in answers)
        assert int(answers[0].headers["Retry-After"]) > 3000
    assert "Adi" in ed.post("/palette/", {"q": "Adi"}).text
    assert "Adi" in browser("jo").post("/palette/", {"q": right}).text


def test_of_the_audit_as_well(settings: LazySettings) -> None:
    settings.STEWARD_MISSES = 1
    cast.sample(cast.connect("sqril"))
    rae = browser("rae")
    assert rae.post("/audit/customer/", {"q": "3174012345678902"}).status_code == 422
    assert rae.post("/audit/customer/", {"q": "3174012345678901"}).status_code == 429


@pytest.mark.usefixtures("once")
def test_a_provider_is_asked_by_hand_so_often_and_no_more(sandbox: Sandbox) -> None:
    sqril, ed = cast.connect("sqril", sandbox), browser("ed")
    customer = cast.sample(sqril, sandbox)
    assert ed.post(reverse("customer_read", args=[customer.pk])).status_code == 303
    asked = len(sandbox.ledger("sqril"))
    assert asked
    change = standing(customer, cast.person("ed"), Status.UNKNOWN)
    for url in (
        reverse("customer_read", args=[customer.pk]),
        reverse("customer_add"),
        reverse("change_read_back", args=[change.pk]),
        reverse("change_reading", args=[change.pk]),
    ):
        assert ed.post(url, {"connection": sqril.pk, "external_id": "cus_8f31c2"}).status_code == 429
    assert len(sandbox.ledger("sqril")) == asked


@pytest.mark.usefixtures("once")
def test_an_export_too_many_is_not_made() -> None:
    rae = browser("rae")
    cast.sample(cast.connect("caibo"))
    posted = {"format": Format.CSV}
    assert [rae.post("/audit/exports/", posted).status_code for _ in range(2)] == [303, 429]
    assert Export.objects.count() == 1
    assert rae.get("/audit/exports/").status_code == 200


@pytest.mark.usefixtures("once")
def test_all_that_is_held_about_somebody_is_given_so_often_and_no_more() -> None:
    """It shows what else takes a right of its own, and is counted one by one."""
    customer, vic = cast.sample(cast.connect("caibo")), browser("vic")
    Grant.objects.create(user=cast.person("vic"), role=Role.ERASURE)
    url, posted = reverse("customer_disclosure", args=[customer.pk]), {"reference": "SAR-1"}
    assert [vic.post(url, posted).status_code for _ in range(2)] == [200, 429]
    assert Event.objects.filter(verb="customer.disclosed").count() == 1
    assert vic.get(url).status_code == 200


def test_what_is_refused_for_want_of_a_right_shows_nobody_where_a_limit_is() -> None:
    assert browser("vic").get("/audit/").status_code == 403


def test_the_name_that_is_counted_holds_a_number_and_nothing_of_what_was_asked_for() -> None:
    ed = browser("ed")
    ed.post("/customers/", {"q": "Priya Sharma"})
    assert Allowance.objects.get().name == f"search:{cast.person('ed').pk}"
    assert not Visit.objects.exists()
