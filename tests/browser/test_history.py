"""Reading a customer's history in a browser: by keyboard, by scrolling, and without a script."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, StorageState, expect

from console.flows.refresh import take_over
from console.models import Customer, User
from tests.browser import steps
from tests.browser.axe import complaints
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage, send_due
from tests.cast import sample
from tests.flows.helpers import fresh
from tests.views.standing import asked

pytestmark = pytest.mark.browser
MANY = 70


@pytest.fixture(scope="module")
def adi(shared: Stage) -> Customer:
    """Read so often that the timeline has three pieces, and then changed by Ed."""
    customer = sample(shared.connections["sqril"], shared.sandbox, customer_id="cus_often")
    for number in range(MANY):
        take_over(customer, {"address": f"Jl. Melati {number}"}, by=None)
    shared.sandbox.edit("sqril", "cus_often", {"address": f"Jl. Melati {MANY - 1}"})
    asked(customer, User.objects.get(username="ed"), why="Moved house", phone="+6281299887766")
    send_due(customer.connection)
    return fresh(customer)  # type: ignore[no-any-return]


def entries(page: Page) -> Any:
    return page.locator(".entries > li[id]")


def go(page: Page, shared: Stage, customer: Customer, where: str) -> None:
    page.goto(f"{shared.url}/customers/{customer.pk}/{where}")


def test_by_keyboard_alone_one_gets_from_the_record_to_each_step_of_a_change(
    eds: Page, shared: Stage, adi: Customer
) -> None:
    go(eds, shared, adi, "")
    steps.tab_to(eds, eds.get_by_role("link", name="All of it"))
    eds.keyboard.press("Enter")
    eds.wait_for_url("**/timeline/")
    change = entries(eds).first
    steps.tab_to(eds, change.locator("summary"))
    expect(change.get_by_text("Being sent")).to_be_hidden()
    eds.keyboard.press("Enter")
    expect(change.get_by_text("Being sent")).to_be_visible()
    expect(change).to_contain_text("Sent: applied, confirmed by the answer · status 200")
    expect(change.locator("del")).to_have_text("345-679")
    expect(change.locator("ins")).to_have_text("9988-7766")


def test_it_goes_on_by_itself_as_one_scrolls(eds: Page, shared: Stage, adi: Customer) -> None:
    go(eds, shared, adi, "timeline/")
    expect(entries(eds)).to_have_count(25)
    for count in (50, MANY + 2):
        eds.mouse.wheel(0, 20_000)
        expect(entries(eds)).to_have_count(count)
    expect(eds.get_by_role("link", name="Older")).to_have_count(0)
    numbers = eds.evaluate("[...document.querySelectorAll('.entries > li[id]')].map(it => +it.id.slice(6))")
    assert numbers == sorted(set(numbers), reverse=True)
    expect(eds.locator(".entries .day")).to_have_count(1)
    assert not complaints(eds)


def test_the_cursor_stays_where_it_goes_on(eds: Page, shared: Stage, adi: Customer) -> None:
    go(eds, shared, adi, "timeline/")
    last = entries(eds).nth(24)
    eds.get_by_role("link", name="Older").focus()
    expect(entries(eds).nth(25)).to_be_attached()
    expect(entries(eds).nth(25).locator("a").first).to_be_focused()
    expect(last.locator("a").first).not_to_be_focused()


def test_without_a_script_links_lead_on_and_entries_open(
    open_page: OpenPage, session: StorageState, shared: Stage, adi: Customer
) -> None:
    page, _ = open_page(storage_state=session, java_script_enabled=False)
    go(page, shared, adi, "timeline/")
    page.locator(".entries summary").first.click()
    expect(page.get_by_text("Being sent")).to_be_visible()
    seen = 25
    for count in (25, MANY + 2 - 50):
        page.get_by_role("link", name="Older").click()
        expect(entries(page)).to_have_count(count)
        seen += count
    assert seen == MANY + 2


@pytest.mark.parametrize("script", [True, False])
def test_the_record_of_a_moment_is_compared_and_stepped_through(
    script: bool, open_page: OpenPage, session: StorageState, shared: Stage, adi: Customer
) -> None:
    page, _ = open_page(storage_state=session, java_script_enabled=script)
    go(page, shared, adi, "as-of/")
    page.get_by_role("link", name="As it was first known").click()
    expect(page.locator("#field-address del")).to_have_text("Jl. Kebon Sirih 12, Jakarta")
    expect(page.locator("#field-address ins")).to_have_text(f"Jl. Melati {MANY - 1}")
    page.get_by_role("link", name="Only what differs 2").click()
    expect(page.locator(".beside tbody tr[id]")).to_have_count(2)
    page.get_by_role("link", name=re.compile("^Next")).click()
    expect(page.locator("#field-address del")).to_have_text("Jl. Melati 0")
    page.get_by_role("link", name="Previous change of the record").click()
    expect(page.locator("#field-address del")).to_have_text("Jl. Kebon Sirih 12, Jakarta")


def test_a_moment_that_is_still_to_come_is_said_at_the_field_that_has_the_cursor(
    eds: Page, shared: Stage, adi: Customer
) -> None:
    go(eds, shared, adi, "as-of/")
    eds.get_by_label("As of").fill("2099-01-01T10:00:00")
    eds.get_by_role("button", name="Show").click()
    expect(eds.get_by_label("As of")).to_have_accessible_description(re.compile("That is still to come"))
    expect(eds.get_by_label("As of")).to_be_focused()
    expect(eds.get_by_label("As of")).to_have_value(re.compile("^2099-01-01T10:00"))
