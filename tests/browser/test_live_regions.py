"""What a screen reader hears when a page changes under it: the words put into a live region that stood there before."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, StorageState, expect

from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage, send_due
from tests.browser.test_follow import follow

pytestmark = pytest.mark.browser

# A region that comes with its words is not heard, an alert is: only then does it speak by itself.
LISTEN = r"""
(() => {
  const REGION = "[role=status], [role=alert], [aria-live]";
  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
  window.heard = [];
  new MutationObserver((changes) => {
    const told = new Set(); // a status is read as a whole, of other regions what came
    for (const { target, addedNodes, type } of changes) {
      const region = (target.closest ? target : target.parentElement)?.closest(REGION);
      if (region?.matches("[role=status]")) told.add(region);
      else for (const node of type === "characterData" ? [target] : addedNodes)
        told.add(region ? node : node.matches?.("[role=alert]") ? node : node.querySelector?.("[role=alert]"));
    }
    window.heard.push(...[...told].filter((each) => each && words(each)).map(words));
  }).observe(document, { subtree: true, childList: true, characterData: true });
})()
"""

type Hear = Callable[[str], None]


@pytest.fixture
def listener(open_page: OpenPage, session: StorageState) -> Page:
    page, _ = open_page(storage_state=session)
    page.add_init_script(LISTEN)
    return page


def hear(page: Page, words: str) -> None:
    """Waits until something with these words was said on the page."""
    page.wait_for_function("words => window.heard.some(said => said.includes(words))", arg=words)


def said(page: Page, words: str) -> int:
    """How often it was said."""
    found: list[str] = page.evaluate("window.heard")
    return sum(words in each for each in found)


def test_how_many_a_search_finds_is_said(listener: Page, shared: Stage) -> None:
    listener.goto(f"{shared.url}/customers/")
    box = listener.get_by_role("searchbox", name="Search customers")
    for text, words in (("wijaya", "1 found."), ("nobody at all", "Nobody found."), ("sharma", "1 found.")):
        box.fill(text)
        hear(listener, words)
        assert said(listener, words) >= 1
        listener.evaluate("window.heard = []")


def test_the_row_that_the_arrow_keys_reach_is_said(listener: Page, shared: Stage) -> None:
    listener.goto(f"{shared.url}/customers/")
    listener.get_by_role("searchbox", name="Search customers").press("ArrowDown")
    hear(listener, listener.locator("#results [data-active] .name").inner_text())


def test_the_palette_says_how_many_it_finds(listener: Page, shared: Stage) -> None:
    listener.goto(f"{shared.url}/connections/")
    steps.press(listener, "Control+k")
    listener.locator("#palette-q").fill("wijaya")
    hear(listener, "1 customer shown.")
    listener.locator("#palette-q").fill("nobody at all")
    hear(listener, "0 customers shown.")


def test_what_is_wrong_with_a_field_is_said_on_leaving_it_and_stands_with_it(listener: Page, shared: Stage) -> None:
    steps.go_to_form(listener, shared.url, "sqril")
    field = listener.locator("#v-email")
    field.fill("adi@example")
    field.press("Tab")
    hear(listener, "E-mail needs a look: Enter an e-mail address")
    expect(field).to_have_accessible_description(re.compile("Enter an e-mail address such as"))
    assert said(listener, "E-mail needs a look") == 1


def test_what_stands_there_already_is_not_said_again(listener: Page, shared: Stage) -> None:
    steps.go_to_form(listener, shared.url, "caibo")
    field = listener.locator("#v-address")
    for address in ("7 Mill Lane, Leeds", "8 Mill Lane, Leeds"):
        field.fill(address)
        expect(listener.locator("#request")).to_contain_text(address)
        hear(listener, "1 field changed")
    assert said(listener, "1 field changed") == 1


def test_a_refused_save_is_said_at_once(listener: Page, shared: Stage) -> None:
    steps.go_to_form(listener, shared.url, "sqril")
    listener.locator("#v-email").fill("adi@example")
    steps.press(listener, "Control+Enter")
    hear(listener, "Nothing was saved. E-mail needs a look")
    expect(listener.locator("#v-email")).to_be_focused()


def test_what_a_reading_finds_is_said(listener: Page, shared: Stage) -> None:
    steps.go_to_form(listener, shared.url, "sqril")
    listener.get_by_role("link", name="Cancel").click()
    listener.get_by_role("button", name="Read from").click()
    hear(listener, "Read from ")


def test_how_a_change_goes_on_is_said_while_its_page_is_open(lone_page: Page, alone: Stage) -> None:
    lone_page.add_init_script(LISTEN)
    lone_page.clock.install()
    follow(lone_page, alone, "sqril")
    send_due(alone.connections["sqril"])
    lone_page.clock.fast_forward("00:02")
    hear(lone_page, "Applied: the answer of")


def test_the_end_of_a_change_is_said_elsewhere_too(lone_page: Page, alone: Stage) -> None:
    lone_page.add_init_script(LISTEN)
    lone_page.clock.install()
    follow(lone_page, alone, "sqril")
    lone_page.goto(f"{alone.url}/connections/")
    send_due(alone.connections["sqril"])
    lone_page.clock.fast_forward("00:05")
    hear(lone_page, "Applied.")
    expect(lone_page.locator("#toasts").get_by_role("link")).to_have_accessible_name(re.compile(r"change \d+$"))
