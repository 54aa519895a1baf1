"""Editing a selection in the browser: Ed picks rows, sees what would become of them, proposes it, or leaves it."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from console.models import Batch, Bulk, BulkStatus, Change, Customer
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import sample

pytestmark = pytest.mark.browser


@pytest.fixture
def five(shared: Stage) -> list[Customer]:
    """Customers at SQRIL beside the one of the stage, the same for all tests."""
    there = shared.connections["sqril"]
    found = list(there.customers.filter(external_id__startswith="cus_many"))
    return found or [
        sample(there, shared.sandbox, customer_id=f"cus_many_{n}", email=f"many{n}@example.com") for n in range(5)
    ]


def pick_all(page: Page, stage: Stage) -> None:
    """Selects the rows of the list at SQRIL, and goes on to the form: what is typed next, its scripts hear."""
    page.goto(f"{stage.url}/customers/?at={stage.connections['sqril'].pk}")
    for box in page.locator("td.pick input").all():
        box.check()
    page.locator("#edit-chosen").click()
    expect(page.get_by_role("heading", name="Edit 6 customers")).to_be_visible()
    page.wait_for_load_state()


def test_ed_sees_what_would_become_of_them_before_he_proposes_it(
    eds: Page, shared: Stage, five: list[Customer]
) -> None:
    changes = Change.objects.count()
    pick_all(eds, shared)
    eds.get_by_label("Occupation", exact=True).select_option("OCC9")
    expect(eds.get_by_text("1 field set")).to_be_visible()
    eds.get_by_label("Why").fill("The new list of occupations")
    steps.press(eds, "Control+Enter")
    expect(eds.get_by_role("button", name="Propose 6 changes")).to_be_visible(timeout=20_000)
    expect(eds.get_by_text("6 drawn at random")).to_be_visible()
    assert Change.objects.count() == changes
    eds.wait_for_load_state()
    steps.press(eds, "Control+Enter")
    eds.wait_for_url("**/batches/*/", timeout=20_000)
    assert Batch.objects.latest("pk").size == 6
    eds.go_back()
    expect(eds.get_by_text("It is one batch now.")).to_be_visible()


def test_ed_leaves_it_and_nothing_is_proposed(eds: Page, shared: Stage, five: list[Customer]) -> None:
    changes = Change.objects.count()
    pick_all(eds, shared)
    eds.get_by_label("Address", exact=True).fill("Jl. Thamrin No. 88, Jakarta")
    eds.get_by_role("button", name="See what would change").click()
    expect(eds.get_by_role("link", name="Ask for something else")).to_be_visible(timeout=20_000)
    eds.get_by_role("button", name="Discard").click()
    expect(eds.get_by_text("You stopped it.")).to_be_visible()
    assert Bulk.objects.latest("pk").state is BulkStatus.STOPPED
    assert Change.objects.count() == changes


def test_ed_hears_at_once_what_no_record_could_take(eds: Page, shared: Stage, five: list[Customer]) -> None:
    pick_all(eds, shared)
    box = eds.get_by_label("E-mail", exact=True)
    box.fill("no address")
    eds.keyboard.press("Tab")
    expect(eds.locator("#notes-email .error")).to_be_visible()
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill("all@example.com")
    eds.keyboard.press("Tab")
    expect(eds.locator("#notes-email .error")).to_have_count(0)
    expect(box).not_to_have_attribute("aria-invalid", "true")


def test_a_list_that_is_searched_by_typing_is_seen_as_set(eds: Page, shared: Stage) -> None:
    eds.goto(f"{shared.url}/customers/?at={shared.connections['finosu'].pk}")
    eds.locator("td.pick input").first.check()
    eds.locator("#edit-chosen").click()
    expect(eds.get_by_role("heading", name="Edit 1 customer")).to_be_visible()
    eds.wait_for_load_state()
    zone = eds.get_by_role("combobox", name="Time zone")
    zone.fill("sao paulo")
    zone.press("Enter")
    expect(eds.get_by_text("1 field set")).to_be_visible()
    row = eds.locator("#field-timezone")
    expect(row).to_contain_class("changed")
    expect(zone).not_to_have_attribute("aria-invalid", "true")
    with eds.expect_response("**/check/"):
        eds.get_by_label("Why").fill("They moved")
        eds.keyboard.press("Tab")
    expect(row).to_contain_class("changed")


def test_ed_finds_what_he_began_on_his_first_page(eds: Page, shared: Stage, five: list[Customer]) -> None:
    pick_all(eds, shared)
    address = eds.url
    eds.goto(f"{shared.url}/")
    eds.get_by_role("link", name=re.compile("^Go on.*Edit 6 customers")).first.click()
    expect(eds.get_by_role("heading", name="Edit 6 customers")).to_be_visible()
    assert eds.url == address
    eds.get_by_role("button", name="Discard").click()
    expect(eds.get_by_text("You stopped it.")).to_be_visible()


def test_ed_watches_how_far_it_is_and_stops_it(lone_page: Page, alone: Stage) -> None:
    page = lone_page
    steps.sign_in(page, alone.url)
    page.goto(f"{alone.url}/customers/?at={alone.connections['sqril'].pk}")
    page.get_by_role("button", name="Edit all").click()
    page.get_by_label("Address", exact=True).fill("Jl. Thamrin No. 88, Jakarta")
    page.get_by_role("button", name="See what would change").click()
    expect(page.get_by_text("Nothing is changed or sent by that.")).to_be_visible()
    Bulk.objects.update(status=BulkStatus.CHECKING, done=1, started_at=timezone.now())  # as a worker that takes it up
    expect(page.get_by_text("1 of 1 customer")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("You stopped it.")).to_be_visible()
    assert Bulk.objects.get().state is BulkStatus.STOPPED


def test_without_a_script_it_goes_the_same_way(open_page: OpenPage, shared: Stage, five: list[Customer]) -> None:
    page, _ = open_page(java_script_enabled=False)
    steps.sign_in(page, shared.url)
    pick_all(page, shared)
    page.get_by_label("Address", exact=True).fill("Jl. Melati No. 5, Bandung")
    page.get_by_role("button", name="See what would change").click()
    for _ in range(60):
        if page.get_by_role("button", name="Propose").count():
            break
        page.get_by_role("link", name="Look again").click()
        page.wait_for_timeout(250)
    expect(page.locator(".outcomes .wanted")).to_have_text("6 would change")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_text("You stopped it.")).to_be_visible()
