"""The main job without JavaScript, and by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(open_page: OpenPage) -> Page:
    """A page in a browser whose JavaScript is off."""
    return open_page(java_script_enabled=False)[0]


def test_the_main_job_without_javascript(plain: Page, shared: Stage) -> None:
    steps.sign_in(plain, shared.url)
    plain.get_by_role("navigation", name="Main").get_by_role("link", name="Customers").click()
    plain.get_by_role("searchbox", name="Search customers").fill("whitfield")
    plain.get_by_role("button", name="Search").click()
    expect(plain.locator("#results tbody tr")).to_have_count(1)
    plain.get_by_role("link", name="Ann Whitfield").click()
    plain.get_by_role("link", name="Edit").click()

    plain.locator("#v-phone").fill("+44 1632 960961")
    plain.get_by_role("button", name="Show what will be sent").click()
    expect(plain.locator("#v-phone")).to_have_value("+44 1632 960961")
    shown = steps.will_be_sent(plain)

    plain.locator("#v-email").fill("not an address")
    plain.get_by_role("button", name="Save and send").click()
    expect(plain.locator("#refusal")).to_contain_text("Nothing was saved")
    expect(plain.locator("#v-email")).to_be_focused()
    expect(plain.locator("#v-phone")).to_have_value("+44 1632 960961")

    plain.locator("#v-email").fill("ann.whitfield@example.com")
    steps.save(plain)
    expect(steps.badge(plain).or_(plain.get_by_role("link", name="Look again"))).not_to_have_count(0)
    while plain.get_by_role("link", name="Look again").is_visible():
        plain.get_by_role("link", name="Look again").click()
    expect(steps.badge(plain)).to_have_text("Accepted, not confirmed")
    [arrived] = shared.arrived("caibo")
    assert arrived["body"] == shown.body

    plain.get_by_role("button", name="Sign out").click()
    expect(plain.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_main_job_by_keyboard_alone(page: Page, shared: Stage) -> None:
    keys = page.keyboard
    page.goto(shared.url)
    expect(page.get_by_label("Username")).to_be_focused()
    keys.type("ed")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url(f"{shared.url}/")

    keys.press("g")
    keys.press("c")
    page.wait_for_url("**/customers/")
    keys.press("/")
    keys.type("okafor")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    tab_to(page, page.get_by_role("link", name="Lena Okafor"))
    keys.press("Enter")
    page.wait_for_url("**/customers/*/")
    keys.press("e")
    page.wait_for_url("**/edit/")

    tab_to(page, page.locator("#v-firstName"))
    keys.press("ControlOrMeta+a")
    keys.type("Helena")
    expect(page.locator("#say")).to_contain_text("1 field changed")
    tab_to(page, page.locator("#save"))
    keys.press("Enter")
    page.wait_for_url("**/changes/*/")
    expect(steps.badge(page)).to_have_text("Applied")
    [arrived] = shared.arrived("finosu")
    assert isinstance(arrived["body"], dict)
    assert arrived["body"]["firstName"] == "Helena"


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until this element has the focus, which has to be seen on the whole way."""
    wanted = wanted.first
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate(SEEN), page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reached {wanted}.")


# Drawn by an outline or a shadow, and nothing that sticks to an edge of the window stands over its middle. Chromium
# itself draws the focus of what is inside of a date control.
SEEN = """() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const drawn = !element.matches(":focus") || style.outlineStyle !== "none" || style.boxShadow !== "none";
    const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return drawn && above !== null && (element.contains(above) || above.contains(element));
}"""
