"""The page of work by keyboard: from request to request, and into the review."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.scenes import SCENES
from tests.browser.visitors import Visitors

pytestmark = pytest.mark.browser


def test_j_and_k_go_from_request_to_request_and_enter_opens_one(visitors: Visitors) -> None:
    page, _ = visitors.see(SCENES["work of an approver"])
    names = page.locator("table.requests a.name")
    page.keyboard.press("j")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(names.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/changes/\d+/$"))


def test_the_button_says_how_many_are_approved(visitors: Visitors) -> None:
    page, _ = visitors.see(SCENES["work, alike"])
    expect(page.get_by_role("button", name="Approve 4 requests")).to_be_visible()
    page.get_by_role("checkbox", checked=False).first.check()
    expect(page.get_by_role("button", name="Approve 5 requests")).to_be_visible()
    while page.get_by_role("checkbox", checked=True).count() > 1:
        page.get_by_role("checkbox", checked=True).first.uncheck()
    expect(page.get_by_role("button", name="Approve 1 request", exact=True)).to_be_visible()
