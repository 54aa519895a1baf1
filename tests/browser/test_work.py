"""The page of work by keyboard: from request to request, and into the review."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.scenes import SCENES
from tests.browser.visitors import Visitors

pytestmark = pytest.mark.browser


def test_j_and_k_go_from_request_to_request_and_enter_opens_one(visitors: Visitors) -> None:
    page, _ = visitors.see(SCENES["work of an approver"])
    names = page.locator("table.requests a.name")
    steps.press(page, "j")
    expect(names.nth(0)).to_be_focused()
    steps.press(page, "j")
    expect(names.nth(1)).to_be_focused()
    steps.press(page, "k")
    expect(names.nth(0)).to_be_focused()
    asked = names.nth(0).get_attribute("href") or ""
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"{asked}$"))


def test_the_button_says_how_many_are_approved(visitors: Visitors) -> None:
    page, _ = visitors.see(SCENES["work, alike"])
    expect(page.get_by_role("button", name="Approve 4 requests")).to_be_visible()
    page.get_by_role("checkbox", checked=False).first.check()
    expect(page.get_by_role("button", name="Approve 5 requests")).to_be_visible()
    while page.get_by_role("checkbox", checked=True).count() > 1:
        page.get_by_role("checkbox", checked=True).first.uncheck()
    expect(page.get_by_role("button", name="Approve 1 request", exact=True)).to_be_visible()


def test_the_cursor_stays_at_the_request_that_one_takes_and_lets_go(visitors: Visitors) -> None:
    page, _ = visitors.see(SCENES["work of an approver"])
    take = page.locator("button[id^=take-]").first
    number = (take.get_attribute("id") or "").removeprefix("take-")
    take.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#request-{number}")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(f"#let-go-{number}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(f"#take-{number}")).to_be_visible()
    expect(page.locator(f"#request-{number}")).to_be_focused()


def test_what_was_approved_together_has_the_cursor_once_it_is_said(visitors: Visitors) -> None:
    page, _ = visitors.see(SCENES["work, alike"])
    page.get_by_role("button", name=re.compile(r"Approve \d requests?")).focus()
    page.keyboard.press("Enter")
    expect(page.locator("main .notice").filter(has_text="You approved")).to_be_focused()
