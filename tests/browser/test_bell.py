"""The bell in the browser: by itself, by mouse, by keyboard alone, for who hears the page, and without JavaScript."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from console.models import Change, Notice
from tests.browser import steps
from tests.browser.axe import complaints
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.browser.test_live_regions import LISTEN, hear, said
from tests.cast import person
from tests.deciding import policy, reject
from tests.flows.helpers import wish

pytestmark = pytest.mark.browser

HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def asked(stage: Stage, **wishes: str) -> Change:
    """A change of Ed's that waits for a decision."""
    return wish(stage.connections["sqril"].customers.get(), person("ed"), wishes or None)


@pytest.fixture(autouse=True)
def policies(alone: Stage) -> None:
    policy("All")
    person("ann")


def test_eds_bell_tells_by_itself_what_ann_decided_and_anns_what_ed_asked(alone: Stage, open_page: OpenPage) -> None:
    eds, anns = open_page()[0], open_page()[0]
    for page, who in ((eds, "ed"), (anns, "ann")):
        page.clock.install()
        steps.sign_in(page, alone.url, who)
        page.goto(f"{alone.url}/connections/")
    change = asked(alone)
    anns.clock.fast_forward("00:21")
    expect(anns.locator("#count-w")).to_have_text("1")
    anns.get_by_role("button", name="Notices, none unread").click()
    expect(anns.locator("#bell-waiting")).to_have_text("1 request waits for your decision")
    reject(change, person("ann"))
    expect(eds.locator("#bell-count")).to_be_empty()
    eds.clock.fast_forward("00:21")
    expect(eds.locator("#bell-count")).to_have_text("1")
    eds.get_by_role("button", name="Notices, 1 unread").click()
    notice = eds.get_by_role("link", name=f"Ann Mwangi rejected change {change.pk}")
    expect(notice).to_be_visible()
    expect(eds.locator("#bell-count")).to_be_empty()
    assert Notice.objects.get().read_at is not None
    notice.click()
    eds.wait_for_url(f"**/changes/{change.pk}/")


def test_it_asks_at_once_when_the_page_is_seen_again_and_not_while_it_is_hidden(lone_page: Page, alone: Stage) -> None:
    lone_page.clock.install()
    steps.sign_in(lone_page, alone.url)
    lone_page.evaluate(HIDE, True)
    reject(asked(alone), person("ann"))
    lone_page.clock.fast_forward("10:00")
    expect(lone_page.locator("#bell-count")).to_be_empty()
    lone_page.evaluate(HIDE, False)
    expect(lone_page.locator("#bell-count")).to_have_text("1")


def test_what_is_new_is_said_once_and_the_cursor_stays_where_it_is(alone: Stage, open_page: OpenPage) -> None:
    page, _ = open_page()
    page.add_init_script(LISTEN)
    page.clock.install()
    steps.sign_in(page, alone.url)
    page.goto(f"{alone.url}/customers/")
    box = page.get_by_role("searchbox", name="Search customers")
    box.press_sequentially("Zz")
    change = reject(asked(alone), person("ann"))
    page.clock.fast_forward("00:21")
    words = f"Ann Mwangi rejected change {change.pk} (Sqril): Address."
    hear(page, words)
    expect(box).to_be_focused()
    page.clock.fast_forward("01:00")
    assert said(page, words) == 1


def test_by_keyboard_it_opens_is_walked_through_and_closes(lone_page: Page, alone: Stage) -> None:
    change = reject(asked(alone), person("ann"))
    steps.sign_in(lone_page, alone.url)
    lone_page.goto(f"{alone.url}/connections/")
    steps.press(lone_page, "g")
    steps.press(lone_page, "b")
    notice = lone_page.get_by_role("link", name=f"rejected change {change.pk}")
    expect(notice).to_be_visible()
    expect(lone_page.locator("#bell-popover")).to_be_focused()
    steps.tab_to(lone_page, notice)
    lone_page.keyboard.press("Escape")
    expect(notice).to_be_hidden()
    steps.press(lone_page, "?")
    expect(lone_page.get_by_role("dialog").get_by_text("Notices")).to_be_visible()


def test_escape_closes_the_bell_and_not_the_form_below_it(lone_page: Page, alone: Stage) -> None:
    steps.sign_in(lone_page, alone.url)
    steps.go_to_form(lone_page, alone.url, "sqril")
    lone_page.get_by_role("button", name="Notices").click()
    expect(lone_page.get_by_text("Nothing to tell you yet")).to_be_visible()
    lone_page.keyboard.press("Escape")
    expect(lone_page.get_by_text("Nothing to tell you yet")).to_be_hidden()
    assert lone_page.url.endswith("/edit/")


def test_the_rest_is_marked_as_read_by_a_button_and_the_cursor_stays_in_the_bell(lone_page: Page, alone: Stage) -> None:
    change, ed = asked(alone), person("ed")
    Notice.objects.bulk_create(Notice(user=ed, change=change, about="commented") for _ in range(12))
    steps.sign_in(lone_page, alone.url)
    lone_page.get_by_role("button", name="Notices, 12 unread").click()
    lone_page.get_by_role("button", name="Mark the other 2 as read").click()
    expect(lone_page.locator("#bell-count")).to_be_empty()
    expect(lone_page.locator("#bell-popover")).to_be_focused()
    assert not Notice.objects.filter(read_at=None).exists()


def test_without_javascript_the_bell_leads_to_all_notices(alone: Stage, open_page: OpenPage) -> None:
    change = reject(asked(alone), person("ann"))
    page, _ = open_page(java_script_enabled=False)
    steps.sign_in(page, alone.url)
    page.get_by_role("button", name="Notices, 1 unread").click()
    page.get_by_role("link", name="All notices").click()
    page.wait_for_url("**/notices/")
    expect(page.get_by_role("link", name=f"rejected change {change.pk}")).to_be_visible()
    expect(page.get_by_role("button", name="Notices, none unread")).to_be_visible()


@pytest.mark.parametrize("options", [{}, {"viewport": PHONE, "has_touch": True}], ids=["desktop", "phone"])
def test_axe_finds_nothing_in_the_open_bell(alone: Stage, open_page: OpenPage, options: dict[str, object]) -> None:
    reject(asked(alone), person("ann"))
    asked(alone, phone="+6281299887766")
    page, _ = open_page(**options)
    steps.sign_in(page, alone.url)
    page.get_by_role("button", name="Notices, 1 unread").click()
    expect(page.locator("#bell-list .told")).to_be_visible()
    found = complaints(page)
    assert not found, "\n".join(found)
    page.goto(f"{alone.url}/notices/")
    found = complaints(page)
    assert not found, "\n".join(found)
