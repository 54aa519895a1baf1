"""The first page: to fix, on its way, done today."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.models import Status, Wait
from tests import cast
from tests.views.counting import queries
from tests.views.standing import standing

pytestmark = pytest.mark.django_db


def section(page: str, heading: str) -> str:
    """The text of one of the three lists."""
    return page.partition(f'id="{heading}"')[2].partition("</section>")[0]


@pytest.mark.parametrize(
    "status", [Status.REFUSED, Status.CONFLICT, Status.FAILED, Status.UNKNOWN, Status.PROPOSED, Status.RETURNED]
)
def test_what_needs_its_author_is_to_be_fixed(client: Client, status: Status) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    standing(customer, ed, status)
    client.force_login(ed)
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "to-fix")
    assert "Phone and Address" in section(page, "to-fix")
    assert "Nothing is on its way" in page


@pytest.mark.parametrize("status", [Status.APPROVED, Status.SENDING])
def test_what_goes_on_by_itself_is_on_its_way(client: Client, status: Status) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    standing(customer, ed, status)
    client.force_login(ed)
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "on-their-way")
    assert "Nothing to fix" in page


def test_an_unknown_that_is_looked_into_by_itself_is_on_its_way_and_still_called_unknown(client: Client) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    soon = timezone.now() + timedelta(minutes=2)
    standing(customer, ed, Status.UNKNOWN, wait=Wait.READ_BACK, next_attempt_at=soon)
    client.force_login(ed)
    page = client.get("/").text
    assert "Outcome unknown" in section(page, "on-their-way")
    assert "Nothing to fix" in page


@pytest.mark.parametrize("status", [status for status in Status if status.is_final])
def test_what_ended_today_is_done(client: Client, status: Status) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    standing(customer, ed, status)
    client.force_login(ed)
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "done-today")
    assert "Nothing to fix" in page
    assert "Nothing is on its way" in page


def test_what_ended_yesterday_is_not_done_today(client: Client) -> None:
    ed, customer = cast.person("ed"), cast.sample(cast.connect("sqril"))
    standing(customer, ed, Status.APPLIED, ended_at=timezone.now() - timedelta(days=1))
    client.force_login(ed)
    assert "Nothing done yet today" in client.get("/").text


def test_an_editor_does_not_see_what_others_have_to_fix(client: Client) -> None:
    customer = cast.sample(cast.connect("sqril"))
    standing(customer, cast.person("jo"), Status.REFUSED)
    client.force_login(cast.person("ed"))
    assert "Nothing to fix" in client.get("/").text


def test_an_operator_sees_what_anybody_at_their_connections_needs_help_with(client: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    standing(cast.sample(sqril), cast.person("jo"), Status.UNKNOWN)
    standing(cast.sample(caibo), cast.person("jo"), Status.REFUSED)
    client.force_login(cast.person("ops", sqril))
    page = client.get("/").text
    assert "Adi Wijaya" in section(page, "to-fix")
    assert "Jo Lindqvist" in section(page, "to-fix")
    assert "Ann Whitfield" not in page


def test_a_held_change_is_for_its_author_and_not_for_operators(client: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("jo"), Status.PROPOSED)
    client.force_login(cast.person("ops"))
    assert "Nothing to fix" in client.get("/").text


def test_a_stranger_is_led_to_the_sign_in_page(client: Client) -> None:
    assert client.get("/").headers["Location"].startswith("/sign-in/")


def test_another_teams_changes_do_not_exist(client: Client) -> None:
    sqril, caibo = cast.connect("sqril"), cast.connect("caibo")
    standing(cast.sample(sqril), cast.person("jo"), Status.APPROVED)
    client.force_login(cast.person("rae", caibo))
    assert "Adi Wijaya" not in client.get("/").text


def test_an_administrator_is_told_that_no_role_of_theirs_shows_changes(client: Client) -> None:
    standing(cast.sample(cast.connect("sqril")), cast.person("jo"), Status.REFUSED)
    client.force_login(cast.person("max"))
    page = client.get("/").text
    assert "Nothing to do here with your roles" in page
    assert "Adi Wijaya" not in page


def test_somebody_without_any_role_is_told_who_can_give_one(client: Client) -> None:
    client.force_login(cast.person("vic"))
    assert "You have no role yet" in client.get("/").text


def test_the_empty_page_says_what_to_do(client: Client) -> None:
    cast.connect("sqril")
    client.force_login(cast.person("ed"))
    page = client.get("/").text
    assert "Find a customer, press Edit, save" in page


def test_the_navigation_counts_what_waits(client: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    standing(cast.sample(sqril), ed, Status.REFUSED)
    standing(cast.sample(sqril, customer_id="cus_2"), cast.person("jo"), Status.APPROVED)
    client.force_login(ed)
    page = client.get("/connections/").text
    assert '<span>Work</span><b class="hot">1</b>' in page
    assert "<span>Changes</span><b >1</b>" in page or "<span>Changes</span><b>1</b>" in page


def test_the_page_takes_as_many_queries_for_20_rows_as_for_1(client: Client) -> None:
    ed, sqril = cast.person("ed"), cast.connect("sqril")
    statuses = [Status.REFUSED, Status.APPROVED, Status.APPLIED]
    for status in statuses:
        standing(cast.sample(sqril, customer_id=f"cus_{status}"), ed, status)
    client.force_login(ed)
    few = queries(client, "/")
    for number in range(19):
        for status in statuses:
            standing(cast.sample(sqril, customer_id=f"cus_{status}_{number}"), ed, status)
    assert queries(client, "/") == few
    assert few <= 24
