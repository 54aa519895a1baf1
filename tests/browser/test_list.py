"""The list of customers by the keyboard alone: rows are selected, the list is narrowed, views are kept and opened."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, StorageState, expect

from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


@pytest.fixture
def listed(eds: Page, shared: Stage) -> Page:
    """The list, with Ed's cursor among its rows."""
    eds.goto(f"{shared.url}/customers/")
    expect(eds.locator("#pick-page")).to_be_visible()
    if eds.locator("#pick-none").is_visible():
        eds.locator("#pick-none").click()
        expect(eds.locator("#pick-none")).to_be_hidden()
        eds.wait_for_load_state()
    steps.next_frame(eds)  # which puts the cursor into the search, also once it was left
    eds.keyboard.press("Escape")
    return eds


def ticked(page: Page) -> Locator:
    return page.locator("td.pick :checked")


def edit(page: Page) -> Locator:
    return page.locator("#edit-chosen")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        steps.press(page, key)


class TestSelecting:
    def test_x_selects_the_row_one_is_in_and_the_button_says_how_many(self, listed: Page) -> None:
        expect(edit(listed)).to_have_text("Edit those selected…")
        press(listed, "j", "x")
        expect(edit(listed)).to_have_text("Edit 1 customer…")
        press(listed, "j", "j", "x")
        expect(edit(listed)).to_have_text("Edit 2 customers…")
        press(listed, "x")
        expect(edit(listed)).to_have_text("Edit 1 customer…")

    def test_shift_x_selects_all_rows_up_to_here(self, listed: Page) -> None:
        press(listed, "j", "x", "j", "j", "X")
        expect(ticked(listed)).to_have_count(3)
        expect(listed.locator("#pick-page")).to_have_js_property("indeterminate", value=True)

    def test_the_box_above_selects_the_page(self, listed: Page) -> None:
        listed.locator("#pick-page").check()
        expect(ticked(listed)).to_have_count(listed.locator("tbody tr").count())
        listed.locator("#pick-page").uncheck()
        expect(ticked(listed)).to_have_count(0)

    def test_what_is_selected_is_kept_while_one_narrows_and_searches(self, listed: Page) -> None:
        press(listed, "j", "x")
        name = ticked(listed).first.get_attribute("aria-label")
        listed.locator("#chips a").nth(1).click()
        expect(listed.locator("#chips a").nth(1)).to_have_attribute("aria-current", "true")
        elsewhere = 0 if ticked(listed).count() else 1
        expect(edit(listed)).to_have_text("Edit 1 customer…")
        expect(listed.locator("#picked-besides")).to_have_count(elsewhere)
        listed.locator("td.pick input:not(:checked)").first.check()
        expect(edit(listed)).to_have_text("Edit 2 customers…")
        listed.get_by_role("link", name="All", exact=True).first.click()
        expect(ticked(listed)).to_have_count(2)
        expect(listed.get_by_role("checkbox", name=str(name), exact=True)).to_be_checked()
        listed.get_by_role("button", name="Clear the selection").click()
        expect(ticked(listed)).to_have_count(0)
        expect(edit(listed)).to_have_text("Edit those selected…")

    def test_rows_that_are_found_are_selected_alike(self, listed: Page) -> None:
        listed.get_by_role("searchbox", name="Search customers").fill("asha")
        expect(listed.locator("#results tbody a.name")).to_have_text(["Asha Rao"])
        listed.locator("#pick-page").check()
        expect(edit(listed)).to_have_text("Edit 1 customer…")

    def test_who_wants_no_single_keys_selects_by_the_boxes(self, listed: Page) -> None:
        listed.evaluate("document.body.dataset.singleKeys = 'off'")
        listed.locator("tbody a.name").first.focus()
        press(listed, "x")
        expect(ticked(listed)).to_have_count(0)


class TestNarrowing:
    def test_f_opens_the_filters_and_enter_narrows(self, listed: Page) -> None:
        press(listed, "f")
        dialog = listed.get_by_role("dialog", name="More filters")
        dialog.get_by_label("State").select_option("In step")
        dialog.get_by_role("button", name="Narrow the list").press("Enter")
        listed.wait_for_url("**/customers/?*state=in-step*")
        listed.get_by_role("navigation", name="State").get_by_role("link", name="In step").press("Enter")
        listed.wait_for_url("**/customers/")

    def test_what_is_typed_stays_within_it(self, listed: Page, shared: Stage) -> None:
        listed.goto(f"{shared.url}/customers/?state=gone")
        listed.get_by_role("searchbox", name="Search customers").fill("asha")
        expect(listed.locator("#said")).to_have_text("Nobody found.")
        assert "state=gone" in listed.url


class TestViews:
    def test_one_is_kept_opened_by_v_and_forgotten(self, listed: Page, shared: Stage) -> None:
        listed.goto(f"{shared.url}/customers/?state=in-step")
        expect(listed.locator("#q")).to_be_focused()
        press(listed, "Escape", "v")
        listed.get_by_role("button", name="Keep this list as a view…").press("Enter")
        listed.get_by_role("dialog", name="Keep this list as a view").get_by_label("Name").fill("Quiet ones")
        press(listed, "Control+Enter")
        expect(listed.get_by_role("heading", name="Quiet ones", level=1)).to_be_visible()
        listed.goto(f"{shared.url}/customers/")
        expect(listed.locator("#q")).to_be_focused()
        press(listed, "Escape", "v")
        listed.get_by_role("link", name="Quiet ones").press("Enter")
        expect(listed.get_by_role("heading", name="Quiet ones", level=1)).to_be_visible()
        listed.goto(f"{shared.url}/customers/views/")
        listed.get_by_role("button", name=re.compile("Forget.*Quiet ones")).press("Enter")
        expect(listed.get_by_text("No views yet")).to_be_visible()


def test_without_a_script_a_button_keeps_what_is_selected(
    open_page: OpenPage, session: StorageState, shared: Stage
) -> None:
    page = open_page(storage_state=session, java_script_enabled=False)[0]
    page.goto(f"{shared.url}/customers/")
    page.locator("td.pick input").first.check()
    page.get_by_role("button", name="Keep those selected").click()
    expect(page.get_by_text("1 selected.")).to_be_visible()
    page.goto(f"{shared.url}/customers/?state=erased")
    expect(page.locator("#still-picked")).to_have_text("1 customer of other pages stays selected.")
    page.goto(f"{shared.url}/customers/")
    expect(ticked(page)).to_have_count(1)
    page.get_by_role("button", name="Clear the selection").click()
    expect(ticked(page)).to_have_count(0)


def test_without_a_script_filters_views_and_columns_work(
    open_page: OpenPage, session: StorageState, shared: Stage
) -> None:
    page = open_page(storage_state=session, java_script_enabled=False)[0]
    page.goto(f"{shared.url}/customers/")
    page.get_by_role("button", name="More filters").click()
    page.get_by_role("combobox", name="State").select_option("In step")
    page.get_by_role("button", name="Narrow the list").click()
    page.wait_for_url("**/customers/?*state=in-step*")
    page.get_by_role("link", name="Columns").click()
    page.get_by_role("combobox", name="After the name").select_option("Last change")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("thead th").nth(2)).to_have_text("Last change")
    page.get_by_role("link", name="Columns").click()
    page.get_by_role("button", name="As everybody begins").click()
    expect(page.locator("thead th").nth(2)).to_have_text("Provider")
