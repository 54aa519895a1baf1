"""Where the cursor is, it is seen: nothing lies over it, nothing holds it, and what closes gives it back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser import steps
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

LOW = ViewportSize(width=320, height=256)  # a window of 1280 by 1024 px at 400 % (WCAG 1.4.10)
WIDE = ViewportSize(width=1440, height=700)
PHONE = ViewportSize(width=390, height=664)
# Whatever has the focus, and of its middle line nothing can be seen.
COVERED = """
() => {
  const it = document.activeElement;
  if (it === document.body) return "";
  const box = it.getBoundingClientRect();
  const free = [0.1, 0.5, 0.9].some((part) => {
    const over = document.elementFromPoint(box.x + box.width * part, box.y + box.height / 2);
    return over && (it.contains(over) || over.contains(it) || it.labels?.[0]?.contains(over));
  });
  return free ? "" : it.outerHTML.slice(0, 120);
}
"""
PLACE = "() => document.activeElement.closest('main') ? document.activeElement.id || document.activeElement.name : ''"
SPACED = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-bottom: 2em !important; }
"""
SPILLING = """
() => [...document.querySelectorAll("main :is(.button, .chip, .state, .provider, td, th)")]
  .filter((it) => it.checkVisibility() && it.clientWidth && it.scrollWidth > it.clientWidth + 2)
  .map((it) => `${it.className} ${it.textContent.trim()}`)
"""


@pytest.mark.parametrize("size", [WIDE, PHONE, LOW], ids=["wide", "phone", "low"])
@pytest.mark.parametrize("slug", ["sqril", "finosu"])
def test_nothing_lies_over_what_one_types_in(eds: Page, shared: Stage, slug: str, size: ViewportSize) -> None:
    """Neither the bar of the form nor what sticks above; forwards and back, through every kind of input."""
    eds.set_viewport_size(size)
    steps.go_to_form(eds, shared.url, slug)
    eds.locator("#main").focus()
    for key in ("Tab", "Shift+Tab"):
        places = []
        for _ in range(90):
            steps.press(eds, key)
            assert eds.evaluate(COVERED) == ""
            places.append(eds.evaluate(PLACE))
            if places[-1] == ("save" if key == "Tab" else "v-email"):
                break
        else:
            pytest.fail(f"{key} does not lead through: {places[-5:]}")


def test_a_dialog_takes_the_cursor_keeps_it_and_gives_it_back(eds: Page, shared: Stage) -> None:
    eds.goto(f"{shared.url}/connections/")
    link = eds.get_by_role("link", name="SQRIL")
    for opens, name in (("?", "Keyboard"), ("Control+k", "Find, go and do")):
        link.focus()
        steps.press(eds, opens)
        dialog = eds.get_by_role("dialog", name=name)
        expect(dialog).to_be_visible()
        for _ in range(6):
            eds.keyboard.press("Tab")
            assert eds.evaluate("!document.activeElement.closest('body > :not(dialog)')")
        eds.keyboard.press("Escape")
        expect(dialog).not_to_be_visible()
        expect(link).to_be_focused()


def test_the_question_on_leaving_gives_the_cursor_back_to_the_form(eds: Page, shared: Stage) -> None:
    steps.go_to_form(eds, shared.url, "caibo")
    field = eds.locator("#v-address")
    field.fill("7 Mill Lane, Leeds")
    eds.keyboard.press("Escape")
    expect(eds.get_by_role("button", name="Keep editing")).to_be_focused()
    eds.keyboard.press("Enter")
    expect(field).to_be_focused()


def test_an_open_list_lets_one_go_on(eds: Page, shared: Stage) -> None:
    steps.go_to_form(eds, shared.url, "finosu")
    box = eds.get_by_role("combobox", name="Time zone")
    box.focus()
    eds.keyboard.press("ArrowDown")
    expect(box).to_have_attribute("aria-expanded", "true")
    eds.keyboard.press("Tab")
    expect(box).not_to_be_focused()
    expect(box).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("path", ["/", "/customers/", "/changes/", "/connections/", "/you/"])
def test_text_that_is_spaced_wider_is_not_cut_off(eds: Page, shared: Stage, path: str) -> None:
    """WCAG 1.4.12, by a style sheet of one's own."""
    eds.goto(shared.url + path)
    add_style(eds, SPACED)
    for width in (320, 390, 1440):
        eds.set_viewport_size({"width": width, "height": 900})
        assert eds.evaluate(SPILLING) == []
        assert eds.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_what_enter_opens_can_be_read_in_forced_colours(eds: Page, shared: Stage) -> None:
    eds.emulate_media(forced_colors="active", color_scheme="dark")
    eds.goto(f"{shared.url}/customers/")
    eds.get_by_role("searchbox", name="Search customers").fill("wijaya")
    mark = eds.locator("#results [data-active] mark").first
    expect(mark).to_be_visible()
    colours = "it => { const { color, backgroundColor } = getComputedStyle(it); return [color, backgroundColor] }"
    on_page = mark.evaluate(colours)
    assert on_page[0] != on_page[1]
    assert "rgba(0, 0, 0, 0)" not in on_page


def add_style(page: Page, css: str) -> None:
    """As a browser's extension would, which no rule of the page's forbids."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    frame = devtools.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    sheet = devtools.send("CSS.createStyleSheet", {"frameId": frame})["styleSheetId"]
    devtools.send("CSS.setStyleSheetText", {"styleSheetId": sheet, "text": css})
