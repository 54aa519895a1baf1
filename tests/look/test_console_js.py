"""The one script in a real browser: keys, the cursor, and what is said when a request fails."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.template import engines
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

pytestmark = pytest.mark.browser

ADDRESS = "http://console.test"
PAGE = """
{% extends "base.html" %}
{% block title %}Try{% endblock %}
{% block heading %}Try{% endblock %}
{% block content %}
  <label class="search"><input type="search" aria-label="Search" data-key="/"></label>
  <a class="button" href="/edit/" data-key="e">Edit</a>
  <div class="card"><table><thead><tr><th>Name</th></tr></thead><tbody>
    <tr><td><a href="/1/">First</a></td></tr>
    <tr><td>Nothing to open</td></tr>
    <tr><td><a href="/2/">Second</a></td></tr>
  </tbody></table></div>
  <form class="card" action="/saved/" data-save>
    <div class="row"><label for="ok">Fine</label><input id="ok"></div>
    <div class="row"><label for="bad">Wrong</label><input id="bad" name="bad" aria-invalid="true"></div>
    <button class="button" type="submit" name="do" value="cancel">Cancel</button>
    <button class="button primary" type="submit" name="do" value="save">Save</button>
  </form>
  <button class="button" type="button" hx-get="/broken/" hx-target="#piece">Read</button>
  <button class="button" type="button" hx-post="/unreachable/" hx-target="#piece">Send</button>
  <button class="button" type="button" hx-get="/signed-out/" hx-target="#piece">Look</button>
  <button class="button" type="button" hx-get="/piece/" hx-target="#piece">Fetch</button>
  <div id="piece">as it was</div>
{% endblock %}
"""
NAVIGATION = [
    {"url": "/work/", "label": "Work", "icon": "work", "key": "w", "count": 7, "hot": True},
    {"url": "/customers/", "label": "Customers", "icon": "search", "key": "c", "current": True},
]
ED = SimpleNamespace(is_authenticated=True, get_full_name=lambda: "Ed Kowalski", get_username=lambda: "ed")


def answer(route: Route) -> None:
    path = route.request.url.removeprefix(ADDRESS).partition("?")[0]
    if path.startswith("/static/"):
        found = finders.find(path.removeprefix("/static/"))
        assert isinstance(found, str)
        route.fulfill(path=found)
    elif path == "/unreachable/":
        route.abort("connectionfailed")
    elif path == "/broken/":
        route.fulfill(status=500, body="")
    elif path == "/piece/":
        route.fulfill(content_type="text/html", body="<b>fresh</b>")
    elif path == "/signed-out/":
        route.fulfill(content_type="text/html", body="<!DOCTYPE html><title>Sign in</title>")
    else:
        route.fulfill(content_type="text/html; charset=utf-8", body=rendered())


def rendered() -> str:
    given = {"request": SimpleNamespace(user=ED), "navigation": NAVIGATION, "person_roles": "Editor"}
    return engines["django"].from_string(PAGE.strip()).render(given)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(ADDRESS + "/")
    page.evaluate("document.activeElement.blur()")
    yield page
    context.close()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_slash_puts_the_cursor_into_the_search(page: Page) -> None:
    press(page, "/", "e")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("e")


@pytest.mark.parametrize(("keys", "path"), [("gc", "/customers/"), ("gw", "/work/"), ("e", "/edit/")])
def test_keys_go_where_they_say(page: Page, keys: str, path: str) -> None:
    press(page, *keys)
    page.wait_for_url(ADDRESS + path)


def test_j_and_k_move_between_the_rows_that_open_something(page: Page) -> None:
    press(page, "j", "j", "j")
    expect(page.get_by_role("link", name="Second")).to_be_focused()
    press(page, "k")
    expect(page.get_by_role("link", name="First")).to_be_focused()


def test_single_keys_can_be_switched_off(page: Page) -> None:
    press(page, "?")
    page.get_by_label("Single keys work in this browser").uncheck()
    press(page, "Escape", "/")
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    page.reload()
    press(page, "?")
    expect(page.get_by_role("dialog")).not_to_be_visible()


def test_ctrl_enter_saves_by_the_primary_button_even_from_a_field(page: Page) -> None:
    page.locator("#bad").fill("better")
    press(page, "Control+Enter")
    page.wait_for_url(ADDRESS + "/saved/?bad=better&do=save")


def test_the_first_problem_has_the_cursor_when_a_page_opens(page: Page) -> None:
    page.reload()
    expect(page.locator("#bad")).to_be_focused()


def test_a_failed_request_says_what_to_do_until_one_succeeds(page: Page) -> None:
    page.get_by_role("button", name="Read").click()
    expect(page.get_by_role("alert")).to_contain_text("Something broke on the server. Try again")
    page.get_by_role("button", name="Fetch").click()
    expect(page.get_by_role("alert")).not_to_be_visible()
    expect(page.locator("#piece")).to_have_text("fresh")


def test_a_save_that_reached_nobody_is_not_called_lost(page: Page) -> None:
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("may or may not have been saved")


def test_the_sign_in_page_never_lands_inside_another_page(page: Page) -> None:
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("alert")).to_contain_text("sign in again")
    expect(page.locator("#piece")).to_have_text("as it was")


def test_a_phone_unfolds_the_navigation_without_a_script(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(ADDRESS + "/")
    expect(page.get_by_role("link", name="Work")).not_to_be_visible()
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Work")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440, 2560])
def test_axe_finds_nothing_and_nothing_runs_off_the_edge(browser: Browser, scheme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.route("**/*", answer)
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(ADDRESS + "/")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_script_stays_small() -> None:
    assert len(Path("static/js/console.js").read_text(encoding="utf-8").splitlines()) < 200
