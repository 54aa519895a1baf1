"""Connections in the browser: rules are found by their kind; a pause ends by keyboard alone or without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from console.models import Connection, Pause
from tests.browser import steps
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import person

pytestmark = pytest.mark.browser


@pytest.fixture
def paused(shared: Stage) -> Iterator[Connection]:
    """Flowwise, paused because it did not accept the credentials."""
    person("ops")
    connection = Connection.objects.get(provider_slug="flowwise")
    connection.paused_at, connection.pause = timezone.now(), Pause.NOT_ALLOWED
    connection.save()
    yield connection
    Connection.objects.filter(pk=connection.pk).update(paused_at=None, pause="")


def is_paused(connection: Connection) -> bool:
    connection.refresh_from_db()
    return connection.is_paused


@pytest.mark.parametrize("kind", ["Locked by caution of ours", "Locked by SQRIL", "Kept by SQRIL"])
def test_a_kind_of_rule_is_one_press_away(eds: Page, shared: Stage, kind: str) -> None:
    sqril = Connection.objects.get(provider_slug="sqril")
    eds.goto(f"{shared.url}/connections/{sqril.pk}/")
    eds.get_by_role("navigation", name="Kinds of rules").get_by_role("link", name=kind).click()
    expect(eds.get_by_role("heading", name=kind)).to_be_in_viewport()


def test_what_a_rule_was_read_from_is_a_link_to_the_providers_page(eds: Page, shared: Stage) -> None:
    sqril = Connection.objects.get(provider_slug="sqril")
    eds.goto(f"{shared.url}/connections/{sqril.pk}/")
    source = eds.locator("#rules-change .say").get_by_role("link", name="Update Customer, request schema")
    expect(source).to_have_attribute("href", "https://docs.sqril.io/sqril-saa-s-api/payout-endpoints/update-customer")


def test_on_a_phone_each_field_is_a_block_that_says_what_each_line_is(open_page: OpenPage, shared: Stage) -> None:
    page, _ = open_page(viewport=PHONE)
    steps.sign_in(page, shared.url)
    caibo = Connection.objects.get(provider_slug="caibo")
    page.goto(f"{shared.url}/connections/{caibo.pk}/")
    row = page.locator("#rules-change tbody tr").first
    assert row.evaluate("row => getComputedStyle(row).display") == "block"
    lines = [cell.get_attribute("data-label") for cell in row.locator("td").all()]
    assert lines == ["What it is", "What holds", "Sent"]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_very_long_name_and_address_run_off_no_screen(open_page: OpenPage, shared: Stage) -> None:
    page, _ = open_page(viewport=PHONE)
    steps.sign_in(page, shared.url)
    caibo = Connection.objects.get(provider_slug="caibo")
    Connection.objects.filter(pk=caibo.pk).update(name="x" * 60, base_url=f"https://{'y' * 280}.example.com")
    for address in ("/connections/", f"/connections/{caibo.pk}/"):
        page.goto(f"{shared.url}{address}")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    Connection.objects.filter(pk=caibo.pk).update(name=caibo.name, base_url=caibo.base_url)


def test_a_pause_is_ended_by_keyboard_alone(page: Page, shared: Stage, paused: Connection) -> None:
    steps.sign_in(page, shared.url, "ops")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url("**/connections/")
    page.get_by_role("link", name=paused.name).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Resume").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Resume {paused.name}?")
    expect(dialog.get_by_role("button", name="Leave it paused")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is sent.")).to_be_hidden()
    assert not is_paused(paused)


def test_a_pause_is_ended_without_javascript(open_page: OpenPage, shared: Stage, paused: Connection) -> None:
    page, _ = open_page(java_script_enabled=False)
    steps.sign_in(page, shared.url, "ops")
    page.goto(f"{shared.url}/connections/{paused.pk}/")
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Resume", exact=True).last.click()
    expect(page.get_by_text("Nothing is sent.")).to_be_hidden()
    assert not is_paused(paused)


def test_who_may_not_end_a_pause_finds_the_reason_at_the_button(eds: Page, shared: Stage, paused: Connection) -> None:
    eds.goto(f"{shared.url}/connections/{paused.pk}/")
    button = eds.get_by_role("button", name="Resume")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(
        f"You may not pause and resume a connection at {paused.name}: it takes the role Operator there. "
        "Ask Olu Peters, who has it."
    )
