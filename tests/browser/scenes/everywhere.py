"""What belongs to every page: the palette, the keys, the menu, and what is not here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.chromium import PHONE
from tests.browser.scenes.playing import Scene


def open_palette(text: str = "") -> Callable[[Page], None]:
    """By its key, then types, and waits for what it finds."""

    def act(page: Page) -> None:
        steps.press(page, "Control+k")
        page.locator("#palette-q").fill(text)
        expect(page.locator("#palette-busy")).not_to_be_visible()
        expect(page.locator("#palette-found.stale")).to_have_count(0)

    return act


def open_menu(page: Page) -> None:
    """Where there is one: beside the page the navigation simply stands."""
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def fail(page: Page) -> None:
    """The server breaks once."""
    page.route("**/customers/", lambda route: route.fulfill(status=502), times=1)
    page.get_by_role("searchbox").fill("wij")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")


SCENES: Mapping[str, Scene] = {
    "palette": Scene("/customers/{sqril}/", does=open_palette()),
    "palette with results": Scene("/customers/{sqril}/", does=open_palette("a")),
    "palette with a change": Scene("/", does=open_palette("#1")),
    "palette with nobody": Scene("/", does=open_palette("nobody at all")),
    "keys": Scene("/", does=lambda page: steps.press(page, "?")),
    "request that failed": Scene("/customers/?at={sqril_connection}", does=fail, status=502),
    "menu on a phone": Scene("/connections/", does=open_menu),
    "not here": Scene("/customers/999999/", status=404),
    "not allowed": Scene("/customers/{sqril}/edit/", who="ops", status=403),
}
