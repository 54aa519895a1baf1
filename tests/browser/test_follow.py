"""After a save: the state moves on its page until it is final, and elsewhere a toast tells the end. In the browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, Route, expect

from console.models import Change, Customer, Status, User
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage, send_due
from tests.flows.helpers import wish

pytestmark = pytest.mark.browser

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
AN_HOUR = "01:00:00"


def ask(slug: str = "caibo") -> Change:
    """What Ed just saved at a provider."""
    customer = Customer.objects.get(connection__provider_slug=slug)
    return wish(customer, User.objects.get(username="ed"))


def follow(page: Page, stage: Stage, slug: str = "caibo") -> Change:
    """Ed signs in and stands on the page of a change that is on its way."""
    steps.sign_in(page, stage.url)
    change = ask(slug)
    page.goto(f"{stage.url}/changes/{change.pk}/")
    expect(steps.badge(page)).to_have_text("On its way")
    return change


def looks(page: Page, part: str) -> list[str]:
    """The addresses asked for with this part in them, from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if part in request.url:
            asked.append(request.url)

    page.on("request", note)
    return asked


def test_the_state_moves_on_its_page_and_the_looking_stops_at_the_end(lone_page: Page, alone: Stage) -> None:
    lone_page.clock.install()
    follow(lone_page, alone, "sqril")
    send_due(alone.connections["sqril"])
    lone_page.clock.fast_forward("00:02")
    expect(steps.badge(lone_page)).to_have_text("Applied")
    expect(lone_page.get_by_role("heading", name="What happened")).to_be_visible()
    asked = looks(lone_page, "/state/")
    lone_page.clock.fast_forward(AN_HOUR)
    lone_page.evaluate(HIDE, False)
    lone_page.get_by_role("link", name="Edit", exact=False).first.focus()
    assert asked == []


def test_a_hidden_page_asks_nothing_and_asks_at_once_when_it_is_seen_again(lone_page: Page, alone: Stage) -> None:
    lone_page.clock.install()
    follow(lone_page, alone)
    lone_page.evaluate(HIDE, True)
    asked = looks(lone_page, "/state/")
    send_due(alone.connections["caibo"])
    lone_page.clock.fast_forward(AN_HOUR)
    assert asked == []
    lone_page.evaluate(HIDE, False)
    expect(steps.badge(lone_page)).to_have_text("Accepted, not confirmed")


def test_a_console_that_was_away_is_asked_again_without_an_alarm(alone: Stage, open_page: OpenPage) -> None:
    page, watch = open_page()
    watch.expect(503)
    page.clock.install()
    follow(page, alone)
    page.route("**/state/*", lambda route: route.fulfill(status=503, content_type="text/plain", body="Away."))
    with page.expect_response("**/state/*"):
        page.clock.fast_forward("00:05")
    send_due(alone.connections["caibo"])
    page.unroute("**/state/*")
    with page.expect_response("**/state/*"):
        page.clock.fast_forward("05:00")
    expect(steps.badge(page)).to_have_text("Accepted, not confirmed")
    expect(page.locator("#toasts .toast")).to_have_count(0)


def test_good_news_come_in_a_toast_elsewhere_and_go_by_themselves(lone_page: Page, alone: Stage) -> None:
    lone_page.clock.install()
    change = follow(lone_page, alone, "sqril")
    lone_page.goto(f"{alone.url}/connections/")
    send_due(alone.connections["sqril"])
    lone_page.clock.fast_forward("00:03")
    toast = lone_page.locator("#toasts .toast")
    expect(toast).to_contain_text("Adi Wijaya · Address: Applied.")
    expect(toast.get_by_role("link", name="See")).to_have_attribute("href", f"/changes/{change.pk}/")
    expect(lone_page.locator("#count-h")).to_have_text("")
    toast.hover()
    lone_page.clock.fast_forward("00:10")
    expect(toast).to_have_count(1)
    lone_page.mouse.move(0, 0)
    lone_page.clock.fast_forward("00:10")
    expect(toast).to_have_count(0)
    lone_page.goto(f"{alone.url}/connections/")
    with lone_page.expect_event("load"):
        lone_page.reload()
    lone_page.clock.fast_forward("00:10")
    expect(toast).to_have_count(0)


def test_bad_news_stay_over_the_next_pages_until_they_are_closed(lone_page: Page, alone: Stage) -> None:
    alone.sandbox.fault("caibo", "refuse", field="phone", message="registered to somebody else")
    change = follow(lone_page, alone)
    lone_page.goto(f"{alone.url}/connections/")
    send_due(alone.connections["caibo"])
    toast = lone_page.locator("#toasts .toast")
    expect(toast).to_contain_text("Ann Whitfield · Phone: Refused.")
    expect(lone_page.locator("#count-w")).to_have_text("1")
    lone_page.goto(f"{alone.url}/customers/")
    expect(toast).to_contain_text("Refused.")
    toast.get_by_role("button", name="Close").focus()
    lone_page.keyboard.press("Escape")
    expect(toast).to_have_count(0)
    asked = looks(lone_page, "/news/")
    lone_page.goto(f"{alone.url}/connections/")
    expect(lone_page.locator("h1")).to_have_text("Connections")
    assert asked == []
    assert not lone_page.evaluate("sessionStorage.getItem('watched-changes')")
    assert change.pk


def test_the_toast_leads_to_the_form_with_what_was_asked_in_it(lone_page: Page, alone: Stage) -> None:
    alone.sandbox.fault("caibo", "refuse", field="phone", message="registered to somebody else")
    follow(lone_page, alone)
    lone_page.goto(f"{alone.url}/connections/")
    send_due(alone.connections["caibo"])
    lone_page.locator("#toasts .toast").get_by_role("link", name="Edit again").click()
    expect(lone_page.locator("#edit")).to_be_visible()
    expect(lone_page.locator("#toasts .toast")).to_have_count(0)


def test_the_page_of_the_change_tells_its_end_itself(lone_page: Page, alone: Stage) -> None:
    lone_page.clock.install()
    follow(lone_page, alone, "sqril")
    asked = looks(lone_page, "/news/")
    send_due(alone.connections["sqril"])
    lone_page.clock.fast_forward("00:02")
    expect(steps.badge(lone_page)).to_have_text("Applied")
    lone_page.clock.fast_forward("00:10")
    lone_page.goto(f"{alone.url}/connections/")
    lone_page.clock.fast_forward("00:10")
    expect(lone_page.locator("#toasts .toast")).to_have_count(0)
    assert asked == []


def test_what_ends_between_two_pages_is_told_on_the_next_one(lone_page: Page, alone: Stage) -> None:
    follow(lone_page, alone, "sqril")
    lone_page.evaluate(HIDE, True)
    send_due(alone.connections["sqril"])
    lone_page.goto(f"{alone.url}/connections/")
    expect(lone_page.locator("#toasts .toast")).to_contain_text("Applied")


def test_nothing_is_asked_while_nothing_is_on_its_way(lone_page: Page, alone: Stage) -> None:
    lone_page.clock.install()
    asked = looks(lone_page, "/news/")
    steps.sign_in(lone_page, alone.url)
    for place in ("/customers/", "/changes/", "/connections/"):
        lone_page.goto(alone.url + place)
        lone_page.clock.fast_forward(AN_HOUR)
    assert asked == []


def test_the_list_of_work_moves_by_itself_and_keeps_the_cursor(lone_page: Page, alone: Stage) -> None:
    lone_page.clock.install()
    steps.sign_in(lone_page, alone.url)
    change = ask("sqril")
    lone_page.goto(f"{alone.url}/")
    lone_page.locator(f"#change-{change.pk}").focus()
    send_due(alone.connections["sqril"])
    lone_page.clock.fast_forward("00:02")
    done = lone_page.get_by_role("region", name=re.compile("Done today"))
    expect(done.get_by_role("link", name="Adi Wijaya")).to_be_visible()
    expect(lone_page.locator(f"#change-{change.pk}")).to_be_focused()
    expect(lone_page.locator("#asking")).not_to_have_attribute("data-poll", re.compile("."))


def test_a_step_by_keyboard_alone_is_answered_in_place(lone_page: Page, alone: Stage) -> None:
    change = follow(lone_page, alone)
    withdraw = lone_page.locator(".actions").get_by_role("button", name="Withdraw")
    withdraw.focus()
    lone_page.keyboard.press("Enter")
    expect(lone_page.get_by_role("button", name="Leave it")).to_be_focused()
    lone_page.keyboard.press("Escape")
    expect(withdraw).to_be_focused()
    lone_page.keyboard.press("Enter")
    lone_page.keyboard.press("Enter")
    expect(lone_page.get_by_role("dialog")).to_have_count(0)
    lone_page.keyboard.press("Enter")
    lone_page.keyboard.press("Tab")
    lone_page.keyboard.press("Enter")
    expect(steps.badge(lone_page)).to_have_text("Withdrawn")
    expect(lone_page.locator("#state")).to_be_focused()
    assert lone_page.url.endswith(f"/changes/{change.pk}/")
    assert Change.objects.get().state is Status.WITHDRAWN


def test_a_look_that_a_step_overtakes_is_given_up(lone_page: Page, alone: Stage) -> None:
    lone_page.clock.install()
    follow(lone_page, alone)
    lone_page.route("**/state/*", lambda _: None)  # on its way for as long as the test takes
    with lone_page.expect_request("**/state/*") as look:
        lone_page.clock.fast_forward("00:05")
    with lone_page.expect_event("requestfailed", lambda request: request == look.value):
        lone_page.locator(".actions").get_by_role("button", name="Withdraw").click()
        lone_page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(steps.badge(lone_page)).to_have_text("Withdrawn")


def test_a_filter_pressed_by_keyboard_keeps_the_cursor(lone_page: Page, alone: Stage) -> None:
    steps.sign_in(lone_page, alone.url)
    ask("sqril")
    lone_page.goto(f"{alone.url}/changes/")
    going = lone_page.get_by_role("link", name="On their way", exact=True)
    going.focus()
    lone_page.keyboard.press("Enter")
    expect(going).to_have_attribute("aria-current", "true")
    expect(going).to_be_focused()
    steps.press(lone_page, "j")
    expect(lone_page.get_by_role("link", name="Adi Wijaya")).to_be_focused()


def test_of_two_filters_pressed_quickly_the_second_one_counts(lone_page: Page, alone: Stage) -> None:
    steps.sign_in(lone_page, alone.url)
    ask("sqril")
    lone_page.goto(f"{alone.url}/changes/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    lone_page.route("**/changes/?*", hold)
    going, mine = (lone_page.get_by_role("link", name=name, exact=True) for name in ("On their way", "Only mine"))
    for chip in (going, mine):
        with lone_page.expect_request("**/changes/?*"):
            chip.click()
    with steps.all_answered(lone_page):
        for route in held:
            route.continue_()
    expect(lone_page.locator("body[data-working]")).to_have_count(0)
    expect(mine).to_have_attribute("aria-current", "true")
    expect(going).not_to_have_attribute("aria-current", "true")
    assert lone_page.url.endswith("/changes/?whose=mine")


def test_e_edits_and_slash_finds_from_the_page_of_a_change(lone_page: Page, alone: Stage) -> None:
    follow(lone_page, alone)
    expect(lone_page.get_by_role("link", name="Back to customer")).to_be_visible()
    steps.press(lone_page, "/")
    expect(lone_page.locator("#palette :focus")).to_be_visible()
    lone_page.keyboard.press("Escape")
    expect(lone_page.locator("#palette")).not_to_be_visible()
    steps.press(lone_page, "e")
    lone_page.wait_for_url("**/edit/*")


def test_without_javascript_one_looks_again_by_a_link(open_page: OpenPage, alone: Stage) -> None:
    page = open_page(java_script_enabled=False)[0]
    follow(page, alone, "sqril")
    expect(page.get_by_text("a note tells you how it ends")).not_to_be_visible()
    send_due(alone.connections["sqril"])
    page.get_by_role("link", name="Look again").click()
    expect(steps.badge(page)).to_have_text("Applied")
    expect(page.get_by_role("link", name="Look again")).to_have_count(0)
