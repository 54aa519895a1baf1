"""The page of a customer in the browser: reading it now, what moved there, copying, and following what is under way."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from console.flows.refresh import refresh
from console.models import Customer, User
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage, send_due
from tests.cast import person
from tests.views.standing import asked

pytestmark = pytest.mark.browser

WAS, NOW = "Jl. Kebon Sirih 12, Jakarta", "Jl. Sudirman 1, Jakarta"


@pytest.fixture
def adi(alone: Stage) -> Customer:
    """Adi, known from a reading, so that whatever differs later has moved."""
    customer = Customer.objects.get(connection=alone.connections["sqril"])
    refresh(customer, by=person("ed"))
    return customer


@pytest.fixture
def ed(alone: Stage, lone_page: Page) -> Page:
    """Ed's page, signed in."""
    steps.sign_in(lone_page, alone.url)
    return lone_page


def there(alone: Stage, customer: Customer, **values: str) -> None:
    """Somebody edits the record at the provider."""
    alone.sandbox.edit("sqril", customer.external_id, values)


def open_page(page: Page, alone: Stage, customer: Customer) -> None:
    page.goto(f"{alone.url}/customers/{customer.pk}/")


def test_what_a_reading_finds_moved_is_marked_in_its_row(ed: Page, alone: Stage, adi: Customer) -> None:
    open_page(ed, alone, adi)
    there(alone, adi, address=NOW)
    ed.get_by_role("button", name="Read from Sqril now").click()
    expect(ed.locator("#said")).to_contain_text("Address had changed there.")
    expect(steps.row(ed, "address").locator("ins")).to_have_text(NOW)
    expect(steps.row(ed, "address").locator("del")).to_have_text(WAS)
    expect(steps.row(ed, "phone").locator("ins, del")).to_have_count(0)
    expect(ed).to_have_url(re.compile(r"/customers/\d+/$"))


def test_a_reading_that_fails_says_what_to_do_and_can_be_tried_again(ed: Page, alone: Stage, adi: Customer) -> None:
    open_page(ed, alone, adi)
    alone.sandbox.fault("sqril", "5xx", method="GET", status=503)
    button = ed.get_by_role("button", name="Read from Sqril now")
    button.click()
    expect(ed.locator("#said")).to_contain_text("Sqril did not answer as it should: try again in a minute.")
    button.click()
    expect(ed.locator("#said")).to_contain_text("Nothing had changed there.")


def test_a_copy_button_keeps_the_focus_when_the_record_is_shown_anew(ed: Page, alone: Stage, adi: Customer) -> None:
    open_page(ed, alone, adi)
    button = ed.locator("#record").get_by_role("button", name="Copy Phone")
    button.focus()
    ed.evaluate("document.getElementById('read-now').form.requestSubmit()")
    expect(ed.locator("#said")).to_contain_text("Read from Sqril")
    expect(button).to_be_focused()


def test_a_narrow_page_shows_no_keys(ed: Page, alone: Stage, adi: Customer) -> None:
    open_page(ed, alone, adi)
    expect(ed.locator("#edit-it kbd")).to_be_visible()
    ed.set_viewport_size({"width": 390, "height": 800})
    expect(ed.locator("#edit-it kbd")).to_be_hidden()


def test_what_moved_is_accepted_by_keyboard_alone(ed: Page, alone: Stage, adi: Customer) -> None:
    there(alone, adi, address=NOW, phone="+6281111111111")
    refresh(adi, by=person("ed"))
    open_page(ed, alone, adi)
    accept = ed.get_by_role("button", name="Accept it: Phone")
    accept.focus()
    ed.keyboard.press("Enter")
    expect(ed.locator("#said")).to_contain_text("Accepted: Phone. Nothing was sent.")
    expect(ed.get_by_role("button", name="Accept it: Address")).to_be_focused()
    ed.keyboard.press("Enter")
    expect(ed.locator("#said")).to_contain_text("Accepted: Address. Nothing was sent.")
    expect(ed.locator(".drift")).to_have_count(0)
    expect(ed.locator("#said .notice")).to_be_focused()
    assert alone.arrived("sqril") == []


def test_what_was_is_asked_for_again(ed: Page, alone: Stage, adi: Customer) -> None:
    there(alone, adi, address=NOW)
    refresh(adi, by=person("ed"))
    open_page(ed, alone, adi)
    ed.get_by_role("link", name="Propose to restore Address…").click()
    ed.wait_for_url("**/edit/?restore=*")
    expect(ed.locator("#v-address")).to_have_value(WAS)
    steps.save(ed)
    send_due(alone.connections["sqril"])
    expect(steps.badge(ed)).to_have_text("Applied")
    open_page(ed, alone, adi)
    expect(ed.locator(".drift")).to_have_count(0)
    assert [entry["body"]["address"] for entry in alone.arrived("sqril")] == [WAS]  # type: ignore[index]


def test_a_change_is_followed_until_it_has_ended(ed: Page, alone: Stage, adi: Customer) -> None:
    asked(adi, User.objects.get(username="ed"), address=NOW)
    open_page(ed, alone, adi)
    expect(ed.locator("#going")).to_contain_text("On its way:")
    expect(steps.row(ed, "address")).to_contain_text(f"asked just now for {NOW}")
    send_due(alone.connections["sqril"])
    expect(ed.locator("#going")).to_contain_text("Applied:")
    expect(steps.row(ed, "address").locator("ins")).to_have_text(NOW)
    expect(steps.row(ed, "address").locator("del")).to_have_text(WAS)
    expect(ed.locator("#going[data-poll]")).to_have_count(0)


def test_a_value_is_copied(ed: Page, alone: Stage, adi: Customer) -> None:
    ed.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(ed, alone, adi)
    steps.row(ed, "phone").hover()
    ed.get_by_role("button", name="Copy Phone").click()
    expect(steps.row(ed, "phone").locator("[data-copied]")).to_have_count(1)
    assert ed.evaluate("navigator.clipboard.readText()") == "+62812345679"


def test_a_value_leads_to_its_place_in_the_form(ed: Page, alone: Stage, adi: Customer) -> None:
    open_page(ed, alone, adi)
    steps.row(ed, "address").get_by_text(WAS).click()
    ed.wait_for_url("**/edit/?field=address")
    expect(ed.locator("#v-address")).to_be_focused()


def test_without_javascript(open_page: OpenPage, alone: Stage, adi: Customer) -> None:
    page = open_page(java_script_enabled=False)[0]
    steps.sign_in(page, alone.url)
    there(alone, adi, address=NOW, phone="+6281111111111")
    page.goto(f"{alone.url}/customers/{adi.pk}/")
    page.get_by_role("button", name="Read from Sqril now").click()
    expect(page.locator("#said")).to_contain_text("Phone and Address had changed there.")
    expect(steps.row(page, "address").locator("del")).to_have_text(WAS)
    page.get_by_role("button", name="Accept it: Phone").click()
    expect(page.locator("main")).to_contain_text("Accepted: Phone. Nothing was sent.")
    page.get_by_role("link", name="Propose to restore Address…").click()
    expect(page.locator("#v-address")).to_have_value(WAS)
    page.close()
