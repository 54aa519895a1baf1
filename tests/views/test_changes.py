"""The list of changes: who sees which, how it is narrowed, and what a row says."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.flows.propose import withdraw
from console.models import Change, Status
from console.views.rows import ahead
from tests import cast
from tests.views.counting import queries
from tests.views.pages import words
from tests.views.standing import asked, standing

pytestmark = pytest.mark.django_db

SWAP = {"HX-Request": "true"}


def test_the_list_shows_who_asked_for_what_and_what_became_of_it(ed_signed_in: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("jo"), Status.REFUSED)
    page = ed_signed_in.get("/changes/").text
    for text in (
        "Adi Wijaya",
        "Sqril",
        "Phone and Address",
        "by Jo Lindqvist",
        "Refused",
        "Nothing was changed there.",
    ):
        assert text in page


def test_the_list_refuses_a_stranger(client: Client) -> None:
    assert client.get("/changes/").headers["Location"].startswith("/sign-in/")


def test_the_list_leaves_out_another_teams_changes(client: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    standing(cast.sample(sqril), cast.person("jo"), Status.APPLIED)
    client.force_login(cast.person("rae", caibo))
    page = client.get(f"/changes/?connection={sqril.pk}").text
    assert "Adi Wijaya" not in page
    assert "No change passes these filters" in page


@pytest.mark.parametrize(
    ("group", "status", "other"),
    [
        ("person", Status.REFUSED, Status.APPLIED),
        ("person", Status.UNKNOWN, Status.APPROVED),
        ("going", Status.SENDING, Status.UNKNOWN),
        ("applied", Status.APPLIED, Status.REFUSED),
        ("ended", Status.WITHDRAWN, Status.APPLIED),
        ("ended", Status.CLOSED, Status.APPROVED),
    ],
)
def test_a_filter_shows_its_states_only(ed_signed_in: Client, group: str, status: Status, other: Status) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    standing(cast.sample(sqril, name_first="Shown"), ed, status)
    standing(cast.sample(sqril, customer_id="cus_2", name_first="Hidden"), ed, other)
    page = ed_signed_in.get(f"/changes/?state={group}").text
    assert "Shown Wijaya" in page
    assert "Hidden Wijaya" not in page


def test_the_list_can_be_narrowed_to_ones_own_and_to_a_connection(ed_signed_in: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    standing(cast.sample(sqril), cast.person("ed"), Status.APPLIED)
    standing(cast.sample(caibo), cast.person("jo"), Status.APPLIED)
    assert "Ann Whitfield" not in ed_signed_in.get("/changes/?whose=mine").text
    assert "Adi Wijaya" not in ed_signed_in.get(f"/changes/?connection={caibo.pk}").text


@pytest.mark.parametrize("query", ["state=nonsense", "connection=x", "before=-1", "after=", "before=9" + "9" * 40])
def test_an_address_that_means_nothing_shows_the_list(ed_signed_in: Client, query: str) -> None:
    assert ed_signed_in.get(f"/changes/?{query}").status_code == 200


def test_a_swap_gets_the_results_alone_and_a_visit_the_page(ed_signed_in: Client) -> None:
    cast.connect("sqril")
    swap = ed_signed_in.get("/changes/", headers=SWAP)
    assert "<html" not in swap.text
    assert 'id="results"' in swap.text
    assert "HX-Request" in swap.headers["Vary"]
    assert "<html" in ed_signed_in.get("/changes/", headers={**SWAP, "HX-History-Restore-Request": "true"}).text


def test_the_pages_of_a_long_list_lead_to_each_other(ed_signed_in: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    made = [asked(cast.sample(sqril, customer_id=f"cus_{number}"), ed).pk for number in range(53)]
    first = ed_signed_in.get("/changes/").text
    assert first.count('class="name"') == 50
    assert "Newer" not in first
    older = re.search(r'href="(\?before=\d+)"', first)
    assert older
    second = ed_signed_in.get(f"/changes/{older[1]}").text
    assert [f"change {pk}<" in second for pk in made[:3]] == [True] * 3
    assert "Older" not in second
    newer = re.search(r'href="(\?after=\d+)"', second)
    assert newer
    assert ed_signed_in.get(f"/changes/{newer[1]}").text.count('class="name"') == 50


def test_the_list_takes_as_many_queries_for_20_rows_as_for_1(ed_signed_in: Client) -> None:
    sqril, ed = cast.connect("sqril"), cast.person("ed")
    standing(cast.sample(sqril), ed, Status.REFUSED)
    few = queries(ed_signed_in, "/changes/")
    for number in range(19):
        standing(cast.sample(sqril, customer_id=f"cus_{number}"), ed, Status.REFUSED)
    assert queries(ed_signed_in, "/changes/") == few
    assert few <= 10


def test_a_change_that_ends_while_its_page_is_made_waits_for_nothing() -> None:
    ed = cast.person("ed")
    as_the_page_read_it = asked(cast.sample(cast.connect("caibo")), ed)
    withdraw(as_the_page_read_it.pk, by=ed)
    assert ahead([as_the_page_read_it]) == {}


def test_what_a_list_says_of_a_change_in_line_is_what_it_waits_for(ed_signed_in: Client) -> None:
    customer, ed = cast.sample(cast.connect("sqril")), cast.person("ed")
    first = standing(customer, ed, Status.UNKNOWN, wishes={"phone": "+6281299887766"})
    second = asked(customer, ed, address="Jl. Merdeka 1")
    Change.objects.filter(pk=second.pk).update(next_attempt_at=timezone.now() - timedelta(minutes=5))
    page = words(ed_signed_in.get("/changes/").text)
    assert f"Change {first.pk} of this customer, whose outcome is not known yet, has to end first" in page
    assert "Nothing has picked it up" not in page
