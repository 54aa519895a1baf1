"""Connections in the browser: rules are found by their kind; a pause ends by keyboard alone or without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from console.flows.sweep import sweep
from console.models import Connection, Event, Minute, Pause, Status
from tests.browser import steps
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import person, sample
from tests.processes import wait_for
from tests.views.standing import standing

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


def decide(page: Page, step: str, label: str, reason: str) -> None:
    """Presses a button, says why in the dialog that opens, and confirms."""
    page.get_by_role("button", name=f"{step}…").click()
    page.get_by_label(label).fill(reason)
    page.get_by_role("button", name=step, exact=True).click()


def save_as_ed(open_page: OpenPage, on: Stage) -> None:
    """Saves a new address of caibo's customer, and sees it wait."""
    eds, _ = open_page()
    steps.sign_in(eds, on.url)
    steps.go_to_form(eds, on.url, "caibo")
    eds.locator("#v-address").fill("7 Mill Lane, Leeds")
    eds.get_by_role("button", name="Save and send").click()
    expect(eds.get_by_text("is paused, so nothing is sent.").first).to_be_visible()
    eds.close()


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
    steps.press(page, "g")
    steps.press(page, "n")
    page.wait_for_url("**/connections/")
    page.get_by_role("link", name=paused.name).focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Resume").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Resume {paused.name}?")
    expect(dialog.get_by_role("button", name="Leave it paused")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("The credentials were renewed.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is sent.")).to_be_hidden()
    assert not is_paused(paused)


def test_a_pause_is_ended_without_javascript(open_page: OpenPage, shared: Stage, paused: Connection) -> None:
    page, _ = open_page(java_script_enabled=False)
    steps.sign_in(page, shared.url, "ops")
    page.goto(f"{shared.url}/connections/{paused.pk}/")
    decide(page, "Resume", "What has changed?", "The credentials were renewed.")
    expect(page.get_by_text("Nothing is sent.")).to_be_hidden()
    assert not is_paused(paused)


def test_a_person_pauses_nothing_leaves_resumes_and_it_arrives(open_page: OpenPage, page: Page, shared: Stage) -> None:
    """Ed saves while it is paused; the page of the operator, which nobody touches, shows it wait and then arrive."""
    person("ops")
    caibo = Connection.objects.get(provider_slug="caibo")
    steps.sign_in(page, shared.url, "ops")
    page.goto(f"{shared.url}/connections/{caibo.pk}/")
    decide(page, "Pause", "Why?", "They move to another data centre.")
    expect(page.get_by_text("“They move to another data centre.”")).to_be_visible()
    before = len(shared.arrived("caibo"))

    save_as_ed(open_page, shared)
    page.reload()
    waiting = page.locator("#moving")
    expect(waiting).to_contain_text("Ann Whitfield")
    expect(waiting).to_contain_text("The reason given: “They move to another data centre.”")
    sweep()
    assert len(shared.arrived("caibo")) == before

    decide(page, "Resume", "What has changed?", "They have moved.")
    wait_for(lambda: len(shared.arrived("caibo")) == before + 1)
    expect(page.locator("#moving")).to_contain_text("Nothing is on its way", timeout=20_000)
    expect(page.locator("#tries summary").first).to_contain_text("accepted, not confirmed")
    told = Event.objects.filter(subject=f"connection:{caibo.pk}", actor__username="ops").order_by("pk")
    assert list(told.values_list("verb", "details__reason")) == [
        ("connection.paused", "They move to another data centre."),
        ("connection.resumed", "They have moved."),
    ]


def test_what_was_chosen_stays_chosen_while_the_page_looks_again(lone_page: Page, alone: Stage) -> None:
    person("ops")
    sqril, ed = alone.connections["sqril"], person("ed")
    failed = standing(sqril.customers.get(), ed, Status.FAILED)
    lone_page.clock.install()
    steps.sign_in(lone_page, alone.url, "ops")
    lone_page.goto(f"{alone.url}/connections/{sqril.pk}/")
    box = lone_page.get_by_role("checkbox", name=f"Choose change {failed.pk}")
    buttons = lone_page.locator("#stuck footer")
    expect(buttons).to_contain_text("Try those chosen again…")
    box.check()
    expect(buttons).to_contain_text("Try 1 chosen again…")
    standing(sample(sqril, customer_id="cus_2", name_first="Neu"), ed, Status.REFUSED)
    lone_page.clock.fast_forward("00:16")
    expect(lone_page.locator("#stuck")).to_contain_text("Neu Wijaya")
    expect(box).to_be_checked()
    expect(buttons).to_contain_text("Try all 2 again…")
    lone_page.get_by_role("button", name="Try 1 chosen again").click()
    expect(lone_page.get_by_role("heading", name="Try 1 change again?")).to_be_visible()
    lone_page.get_by_label("Why try again?").fill("They mended it.")
    lone_page.get_by_role("button", name="Try 1 again").click()
    expect(lone_page.get_by_text("1 change is on its way again.")).to_be_visible()


def test_a_half_typed_reason_stays_while_the_page_looks_again(lone_page: Page, alone: Stage) -> None:
    person("ops")
    sqril = alone.connections["sqril"]
    lone_page.clock.install()
    steps.sign_in(lone_page, alone.url, "ops")
    lone_page.goto(f"{alone.url}/connections/{sqril.pk}/")
    lone_page.get_by_role("button", name="Pause…").click()
    lone_page.get_by_label("Why?").fill("They mo")
    standing(sample(sqril, customer_id="cus_2", name_first="Neu"), person("ed"), Status.REFUSED)
    lone_page.clock.fast_forward("00:16")
    expect(lone_page.locator("#stuck")).to_contain_text("Neu Wijaya")
    expect(lone_page.get_by_label("Why?")).to_have_value("They mo")
    expect(lone_page.get_by_role("dialog")).to_be_visible()


def test_a_picture_says_what_it_shows_to_who_cannot_see_it(eds: Page, shared: Stage) -> None:
    sqril = Connection.objects.get(provider_slug="sqril")
    about = {"answered": 9, "half_milliseconds": 84, "most_milliseconds": 300, "waiting": 2, "stuck": 1}
    at = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=9)
    Minute.objects.update_or_create(connection=sqril, at=at, defaults=about)
    eds.goto(f"{shared.url}/connections/{sqril.pk}/?period=day")
    expect(eds.get_by_role("img", name=re.compile(r"^Tries Of \d+ tries in the last 24 hours: "))).to_be_visible()
    eds.get_by_text("The same as a table").click()
    expect(eds.get_by_role("columnheader", name="95 of 100")).to_be_visible()


def test_who_may_not_end_a_pause_finds_the_reason_at_the_button(eds: Page, shared: Stage, paused: Connection) -> None:
    eds.goto(f"{shared.url}/connections/{paused.pk}/")
    button = eds.get_by_role("button", name="Resume")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(
        f"You may not pause and resume a connection at {paused.name}: it takes the role Operator there. "
        "Ask Olu Peters, who has it."
    )
