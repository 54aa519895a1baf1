"""One's own page in the browser: by mouse, by keyboard alone and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, StorageState, expect

from console.models import User
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def as_before(shared: Stage) -> Iterator[None]:
    """Ed's settings are put back, since all tests here share him."""
    yield
    User.objects.filter(username="ed").update(time_zone="UTC", single_keys=True)


def settings_of() -> tuple[str, bool]:
    ed = User.objects.get(username="ed")
    return ed.time_zone, ed.single_keys


def test_the_browsers_zone_is_offered_and_taken_over(open_page: OpenPage, session: StorageState, shared: Stage) -> None:
    page, _ = open_page(storage_state=session, timezone_id="Asia/Jakarta")
    page.goto(f"{shared.url}/you/")
    expect(page.get_by_text("Your browser is in Asia/Jakarta.")).to_be_visible()
    page.get_by_role("button", name="Use it").click()
    expect(page.locator("select[name=time_zone]")).to_have_value("Asia/Jakarta")
    expect(page.get_by_text("Your browser is in")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice.applied")).to_contain_text("Times are shown in Asia/Jakarta now")
    expect(page.get_by_text("Your browser is in")).to_be_hidden()
    assert settings_of() == ("Asia/Jakarta", True)


def test_a_browser_in_the_chosen_zone_is_offered_nothing(
    open_page: OpenPage, session: StorageState, shared: Stage
) -> None:
    page, _ = open_page(storage_state=session, timezone_id="UTC")
    page.goto(f"{shared.url}/you/")
    expect(page.locator("select[name=time_zone]")).to_have_value("UTC")
    expect(page.get_by_text("Your browser is in")).to_be_hidden()


def test_a_browser_that_calls_its_zone_by_an_older_name_is_understood(
    open_page: OpenPage, session: StorageState, shared: Stage
) -> None:
    page, _ = open_page(storage_state=session, timezone_id="Asia/Calcutta")
    page.goto(f"{shared.url}/you/")
    page.get_by_role("button", name="Use it").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice.applied")).to_contain_text("Saved.")
    assert settings_of()[0] in {"Asia/Calcutta", "Asia/Kolkata"}


def test_a_zone_is_found_by_typing_and_saved_by_keyboard_alone(eds: Page, shared: Stage) -> None:
    eds.goto(f"{shared.url}/you/")
    box = eds.get_by_role("combobox", name="Time zone")
    box.focus()
    eds.keyboard.type("jakarta")
    eds.keyboard.press("Enter")
    expect(eds.locator("select[name=time_zone]")).to_have_value("Asia/Jakarta")
    steps.press(eds, "ControlOrMeta+Enter")
    expect(eds.locator(".notice.applied")).to_contain_text("Times are shown in Asia/Jakarta now")
    assert settings_of() == ("Asia/Jakarta", True)


def test_single_keys_switched_off_act_no_more_and_held_ones_still_do(eds: Page, shared: Stage) -> None:
    eds.goto(f"{shared.url}/you/")
    eds.get_by_label("Single keys act").uncheck()
    eds.get_by_role("button", name="Save").click()
    expect(eds.locator(".notice.applied")).to_contain_text("Single keys are off now.")
    expect(eds.get_by_role("heading", name="Keys")).to_be_visible()
    steps.press(eds, "?")
    expect(eds.locator("#keys")).to_be_hidden()
    eds.get_by_label("Single keys act").focus()
    eds.keyboard.press("Space")
    steps.press(eds, "ControlOrMeta+Enter")
    expect(eds.locator(".notice.applied")).to_contain_text("Single keys are on now.")
    eds.locator("main").focus()
    steps.press(eds, "?")
    expect(eds.locator("#keys")).to_be_visible()


def test_without_javascript_the_list_is_a_plain_one_and_saves(
    open_page: OpenPage, session: StorageState, shared: Stage
) -> None:
    page, _ = open_page(storage_state=session, java_script_enabled=False)
    page.goto(f"{shared.url}/you/")
    expect(page.get_by_text("Your browser is in")).to_be_hidden()
    page.locator("#time_zone").select_option("Asia/Jakarta")
    page.get_by_label("Single keys act").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice.applied")).to_contain_text("Single keys are off now.")
    assert settings_of() == ("Asia/Jakarta", False)


def test_the_page_is_reached_from_ones_name_and_leads_out(
    open_page: OpenPage, session: StorageState, shared: Stage
) -> None:
    page, _ = open_page(storage_state=session)
    page.goto(f"{shared.url}/")
    page.get_by_role("link", name="Ed Kowalski").click()
    expect(page.get_by_role("heading", name="Ed Kowalski", level=1)).to_be_visible()
    expect(page.locator("main").get_by_role("button", name="Sign out")).to_be_visible()
