"""Putting records right one after the other without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from console.models import Change, Customer, Flaw
from tests.browser import steps
from tests.browser.scenes import SCENES
from tests.browser.visitors import Visitors

pytestmark = pytest.mark.browser


def customer_of(page: Page) -> int:
    found = re.search(r"/customers/(\d+)/edit/", page.url)
    assert found, page.url
    return int(found[1])


def test_n_leads_into_the_field_a_save_to_the_next_one_and_n_skips_it(visitors: Visitors) -> None:
    page, _ = visitors.see(SCENES["quality"])
    left = Flaw.objects.filter(connection__name="SQRIL", field="phone", code="required").count()
    steps.press(page, "n")
    expect(page.locator("#fixing")).to_contain_text(f"Phone is missing. {left} records")
    first = customer_of(page)
    expect(page.locator("[name=v-phone]")).to_be_focused()
    page.keyboard.type("812345679")
    steps.press(page, "Control+Enter")
    page.wait_for_url(lambda url: "/edit/" in url and f"/{first}/" not in url)
    expect(page.locator("[name=v-phone]")).to_be_focused()
    change = Change.objects.get(customer=first)
    change.customer = Customer.objects.get(pk=first)
    assert [line.field for line in change.lines.all()] == ["phone"]
    second = customer_of(page)
    page.locator("#fixing a[data-key=n]").focus()
    steps.press(page, "n")
    page.wait_for_url(lambda url: "/edit/" in url and f"/{second}/" not in url)
    assert customer_of(page) not in {first, second}


def test_j_and_k_go_through_what_is_wrong_and_the_records(visitors: Visitors) -> None:
    page, _ = visitors.see(SCENES["quality"])
    steps.press(page, "j")
    expect(page.locator("table.quality a.name").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Phone is missing")
    steps.press(page, "j")
    expect(page.locator("table.quality-rule a.name").first).to_be_focused()


def test_the_button_says_how_many_are_chosen(visitors: Visitors) -> None:
    page, _ = visitors.see(SCENES["quality, a rule"])
    for box in page.get_by_role("checkbox").all()[:2]:
        box.check()
    expect(page.get_by_role("button", name="Assign 2 chosen")).to_be_visible()
