"""Signing in, in the browser: a wrong password, and a session that ends in the middle of a form."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response, expect

from console.models import Change, Draft
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import PASSWORD, person

pytestmark = pytest.mark.browser


def test_after_a_wrong_password_one_just_types_it_again(page: Page, shared: Stage) -> None:
    page.goto(f"{shared.url}/changes/")
    expect(page.get_by_text("Then you go on to the page you asked for.")).to_be_visible()
    page.keyboard.type("ed")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Username or password is wrong.")
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/changes/")


def test_a_session_that_ends_in_the_middle_of_a_form_costs_nothing(open_page: OpenPage, shared: Stage) -> None:
    page, watch = open_page()
    steps.sign_in(page, shared.url)
    steps.go_to_form(page, shared.url, "caibo")
    form = page.url
    page.locator("#v-address").fill("2 Low Street, Leeds")
    page.locator("#v-name").focus()
    expect(page.get_by_text("kept as a draft")).to_be_visible()
    page.context.clear_cookies()
    watch.expect(403)
    with page.expect_response(asks_to_sign_in):
        page.locator("#save").click()
    expect(page.locator("#toasts .toast")).to_contain_text("your session has ended")
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(form)
    expect(page.get_by_text("what was checked of it is kept as a draft")).to_be_visible()
    page.get_by_label("Username").fill("ed")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(form)
    expect(page.locator("#draft")).to_contain_text("You began to change Address")
    page.get_by_role("link", name="Take it up again").click()
    expect(page.locator("#v-address")).to_have_value("2 Low Street, Leeds")
    Draft.objects.all().delete()


def asks_to_sign_in(answer: Response) -> bool:
    """What the page fetches in the background once it was turned away; its cookie replaces that of a page to come."""
    return "/sign-in/" in answer.url and answer.status == 200


def type_without_a_session(page: Page, shared: Stage) -> None:
    """Types on after the session ended, and is told that it did."""
    steps.go_to_form(page, shared.url, "timepay")
    page.locator("#v-first_name").fill("Ashanti")
    page.locator("#v-last_name").focus()
    expect(page.get_by_text("kept as a draft")).to_be_visible()
    page.context.clear_cookies()
    page.locator("#v-last_name").fill("Raova")
    with page.expect_response(asks_to_sign_in):
        page.locator("#v-first_name").focus()
    expect(page.locator("#unchecked")).to_contain_text("Sign in again in another tab, then go on here.")


def test_who_signs_in_again_in_another_tab_goes_on_in_the_form_that_is_open(open_page: OpenPage, shared: Stage) -> None:
    page, watch = open_page()
    watch.expect(403)
    steps.sign_in(page, shared.url)
    type_without_a_session(page, shared)
    steps.sign_in(page.context.new_page(), shared.url)
    page.locator("#v-first_name").fill("Ashira")
    page.locator("#v-last_name").focus()
    expect(page.locator("#say")).to_contain_text("2 fields changed")
    expect(page.locator("#unchecked")).to_be_empty()
    page.locator("#save").click()
    page.wait_for_url("**/changes/*/")
    assert Change.objects.latest("pk").wishes == {"first_name": "Ashira", "last_name": "Raova"}


def test_the_form_of_one_person_is_not_saved_by_another_who_signs_in(open_page: OpenPage, shared: Stage) -> None:
    page, watch = open_page()
    watch.expect(403)
    before = Change.objects.count()
    steps.sign_in(page, shared.url)
    type_without_a_session(page, shared)
    person("jo")
    steps.sign_in(page.context.new_page(), shared.url, "jo")
    page.locator("#v-first_name").fill("Ashira")
    with page.expect_response("**/you/"):
        page.locator("#v-last_name").focus()
    expect(page.locator("#unchecked")).to_contain_text("Your session has ended")
    page.locator("#save").click()
    expect(page.locator("#toasts .toast")).to_contain_text("your session has ended")
    assert Change.objects.count() == before


def test_a_draft_is_not_said_to_be_discarded_by_somebody_who_is_signed_out(open_page: OpenPage, shared: Stage) -> None:
    page, watch = open_page()
    watch.expect(403)
    steps.sign_in(page, shared.url)
    steps.go_to_form(page, shared.url, "flowwise")
    page.locator("#v-address").fill("2 Low Street, Leeds")
    page.locator("#v-name").focus()
    expect(page.get_by_text("kept as a draft")).to_be_visible()
    page.context.clear_cookies(name="steward-session")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Discard", exact=True).click()
    expect(page.locator("#not-kept")).to_contain_text("the draft is still there")
    assert Draft.objects.exists()
    Draft.objects.all().delete()
