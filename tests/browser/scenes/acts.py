"""What people do on more than one page before it is looked at."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect


def press(name: str) -> Callable[[Page], None]:
    """Presses a button that opens something."""
    return lambda page: page.get_by_role("button", name=name).first.click()


def follow(name: str) -> Callable[[Page], object]:
    """Follows the first link of this name, and waits for the page that it leads to."""

    def does(page: Page) -> None:
        before = page.url
        page.get_by_role("link", name=name).first.click()
        page.wait_for_url(lambda url: url != before)

    return does


def wait_for(address: str, does: Callable[[Page], object]) -> Callable[[Page], None]:
    """Does something whose answer does not come."""

    def act(page: Page) -> None:
        page.route(address, lambda route: route.fallback() if route.request.method == "GET" else None)
        does(page)
        expect(page.locator("[aria-busy=true], .htmx-request").first).to_be_attached()

    return act
