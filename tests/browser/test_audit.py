"""The audit's search in the browser: Rae finds what she wants by keyboard, by links, and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from console.models import Event, SavedSearch
from tests.browser import steps
from tests.browser.axe import complaints
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import person

pytestmark = pytest.mark.browser


def inside(open_page: OpenPage, shared: Stage, **options: object) -> Page:
    """Rae's browser."""
    person("rae")
    page, watch = open_page(**options)
    watch.expected = {422}
    steps.sign_in(page, shared.url, "rae")
    return page


def test_rae_narrows_by_keyboard_opens_an_event_and_goes_along_its_chain(open_page: OpenPage, shared: Stage) -> None:
    page = inside(open_page, shared)
    steps.press(page, "g")
    steps.press(page, "a")
    expect(page.get_by_role("heading", name="Audit", exact=True)).to_be_visible()
    page.get_by_label("Kind", exact=True).focus()
    page.keyboard.type("First seen")
    page.get_by_role("button", name="Search", exact=True).press("Enter")
    expect(page).to_have_url(re.compile(r"kind=customer\.baseline"))
    expect(page.get_by_role("heading", name="5 events")).to_be_visible()
    expect(page.locator("#said")).to_have_text("5 events found.")
    assert complaints(page) == []
    by_connection = page.get_by_role("navigation", name="Narrow by connection")
    by_connection.get_by_role("link", name="Sqril").press("Enter")
    expect(page.get_by_role("heading", name="1 event", exact=True)).to_be_visible()
    page.get_by_role("link", name=re.compile("Sqril ?: search without it")).press("Enter")
    expect(page.get_by_role("heading", name="5 events")).to_be_visible()
    page.locator("table.events a.name").first.press("Enter")
    expect(page.get_by_text("Fits its hash")).to_be_visible()
    assert complaints(page) == []
    assert Event.objects.filter(verb="audit.opened").exists()


def test_a_wrong_period_is_said_at_its_field_without_leaving_the_page(open_page: OpenPage, shared: Stage) -> None:
    page = inside(open_page, shared)
    page.goto(f"{shared.url}/audit/")
    page.get_by_label("Since").fill("2026-05-02")
    page.get_by_label("Until").fill("2026-05-01")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("The period ends before it begins.")).to_be_visible()
    expect(page.get_by_label("Since")).to_have_value("2026-05-02")
    assert complaints(page) == []


@pytest.mark.parametrize("java_script", [True, False])
def test_a_customers_events_are_found_kept_and_forgotten(
    open_page: OpenPage, shared: Stage, *, java_script: bool
) -> None:
    page = inside(open_page, shared, java_script_enabled=java_script)
    page.goto(f"{shared.url}/audit/")
    page.get_by_label("Find the customer whose events are wanted").fill("wijaya")
    page.get_by_role("button", name="Find customer").click()
    expect(page).to_have_url(re.compile(r"/audit/\?customer=\d+$"))
    expect(page.get_by_role("link", name=re.compile("Adi Wijaya ?: search without it"))).to_be_visible()
    page.get_by_label("Keep this search as").fill("Adi")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Kept as “Adi”.")).to_be_visible()
    page.goto(f"{shared.url}/audit/")
    page.get_by_role("link", name="Adi", exact=True).click()
    expect(page).to_have_url(re.compile(r"customer=\d+$"))
    page.get_by_role("button", name="Forget Adi").click()
    expect(page.get_by_text("Forgotten. What it found is still there.")).to_be_visible()
    assert not SavedSearch.objects.exists()
