"""The one script in a real browser: keys, the cursor, and what is said when a request fails."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles import finders
from django.template import engines
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, expect

from console.navigation import Place
from tests.browser.chromium import chromium

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
  <button class="button" type="button" hx-get="/away/" hx-target="#piece">Ask</button>
  <button class="button" type="button" hx-get="/news/" hx-target="#piece">Hear</button>
  <div id="piece">as it was</div>
{% endblock %}
"""
NAVIGATION = (
    Place("/work/", "Work", "work", "w", count="7", hot=True),
    Place("/customers/", "Customers", "search", "c", current=True),
)
ED = SimpleNamespace(is_authenticated=True, get_full_name=lambda: "Ed Kowalski", get_username=lambda: "ed")
MAX = SimpleNamespace(is_authenticated=True, single_keys=False, get_full_name=str, get_username=lambda: "max")


def answer(route: Route) -> None:
    answer_to(ED, route)


def answer_to(person: SimpleNamespace, route: Route) -> None:
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
    elif path == "/away/":
        route.fulfill(status=503, content_type="text/plain; charset=utf-8", body="The console is away. Try again.")
    elif path == "/news/":
        route.fulfill(content_type="text/html", body=news())
    elif path == "/signed-out/":
        route.fulfill(content_type="text/html", body="<!DOCTYPE html><title>Sign in</title>")
    else:
        route.fulfill(content_type="text/html; charset=utf-8", body=rendered(person))


def news() -> str:
    """Three toasts, as a poll brings them."""
    toasts = [
        render_to_string("components/toast.html", {"tone": tone, "heading": heading, "body": "It says more.", **link})
        for tone, heading, link in (
            ("applied", "Saved.", {"url": "/1/", "action": "Look"}),
            ("neutral", "Known.", {}),
            ("refused", "Refused.", {}),
        )
    ]
    return f'<div hx-swap-oob="beforeend:#toasts">{"".join(toasts)}</div><b>fresh</b>'


def rendered(person: SimpleNamespace) -> str:
    around = {"navigation": NAVIGATION, "destinations": NAVIGATION, "person_roles": "Editor"}
    given = {"request": SimpleNamespace(user=person, path="/"), **around}
    return engines["django"].from_string(PAGE.strip()).render(given)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


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


def test_no_single_key_acts_for_a_person_who_switched_them_off(browser: Browser) -> None:
    context = browser.new_context()
    context.route("**/*", lambda route: answer_to(MAX, route))
    page = context.new_page()
    page.goto(ADDRESS + "/")
    page.evaluate("document.activeElement.blur()")
    press(page, "/", "?", "e", "g", "w")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    expect(page.get_by_role("searchbox")).not_to_be_focused()
    press(page, "Control+Enter")
    page.wait_for_url(ADDRESS + "/saved/?bad=&do=save")
    context.close()


def test_the_help_on_keys_tells_what_the_page_offers(page: Page) -> None:
    press(page, "?")
    help_on_keys = page.get_by_role("dialog", name="Keyboard")
    expect(help_on_keys.locator("[data-keys-here]")).to_have_text("/SearcheEdit")
    for words in ("Next row, previous row", "Save", "Work", "Customers", "This help"):
        expect(help_on_keys.get_by_text(words, exact=True)).to_be_visible()
    expect(help_on_keys.get_by_text("Go to, find or do anything")).to_be_visible()
    press(page, "Escape")
    page.evaluate("document.querySelectorAll('main a, main form').forEach((it) => it.remove())")
    page.get_by_role("button", name="Keys").click()
    expect(help_on_keys.get_by_text("Next row, previous row")).not_to_be_visible()
    expect(help_on_keys.get_by_text("Save", exact=True)).not_to_be_visible()


def test_a_slash_opens_the_palette_on_a_page_without_a_search(page: Page) -> None:
    page.evaluate("document.querySelector('main .search').remove()")
    press(page, "/")
    expect(page.get_by_role("combobox", name="Find a customer")).to_be_focused()


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


def test_what_the_console_says_about_being_away_is_said(page: Page) -> None:
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("The console is away. Try again.")


def test_failures_do_not_pile_up(page: Page) -> None:
    page.get_by_role("button", name="Read").click()
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("The console is away.")


def test_good_news_goes_by_itself_and_bad_news_waits_to_be_closed(page: Page) -> None:
    page.clock.install()
    page.get_by_role("button", name="Hear").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("Known.")).to_be_visible()
    page.mouse.move(0, 0)
    page.clock.run_for(8100)
    expect(page.get_by_text("Saved.")).to_have_count(0)
    expect(page.get_by_text("Known.")).to_have_count(0)
    page.clock.run_for(60_000)
    expect(page.get_by_role("alert")).to_contain_text("Refused. It says more.")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_news_that_is_looked_at_stays(page: Page) -> None:
    page.clock.install()
    page.get_by_role("button", name="Hear").click()
    page.get_by_text("Saved.").hover()
    page.clock.run_for(20_000)
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Look").focus()
    page.mouse.move(0, 0)
    page.clock.run_for(20_000)
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Saved.")).to_have_count(0)


def test_news_is_seen_over_a_dialog_and_not_under_its_veil(page: Page) -> None:
    page.get_by_role("button", name="Keys").click()
    page.evaluate("window.steward.say('It broke.')")
    words = page.locator("[data-words]", has_text="It broke.")
    over = words.screenshot()
    press(page, "Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    assert words.screenshot() == over


def test_what_one_waits_for_says_that_it_is_on_its_way(page: Page) -> None:
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)

    page.route("**/piece/", hold)
    page.get_by_role("button", name="Fetch").click()
    expect(page.locator("#piece")).to_have_attribute("aria-busy", "true")
    expect(page.locator("body")).to_have_attribute("data-working", "")
    routes[0].fulfill(content_type="text/html", body="<b>fresh</b>")
    expect(page.locator("#piece")).to_have_text("fresh")
    expect(page.locator("#piece")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("body")).not_to_have_attribute("data-working", "")


def test_what_the_page_asks_by_itself_shows_nothing(page: Page) -> None:
    page.evaluate(
        """() => {
          const poll = document.createElement("div");
          Object.assign(poll.dataset, { poll: "60" });
          for (const [name, value] of [["hx-get", "/held/"], ["hx-trigger", "look"], ["hx-swap", "none"]])
            poll.setAttribute(name, value);
          document.querySelector("main").append(poll);
          htmx.process(poll);
        }"""
    )
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route("**/held/", hold)
    with page.expect_request("**/held/"):
        page.evaluate("htmx.trigger('main [data-poll]', 'look')")
    expect(page.locator("body")).not_to_have_attribute("data-working", "")
    asked[0].fulfill(status=500, body="")
    expect(page.get_by_role("alert")).to_have_count(0)


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


def test_each_script_stays_small() -> None:
    scripts = Path("static/js").iterdir()
    long = [script.name for script in scripts if len(script.read_text(encoding="utf-8").splitlines()) > 200]
    assert long == []
