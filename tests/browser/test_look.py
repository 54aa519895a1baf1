"""The page of all components: complete, and whole for everybody who looks, whatever they look with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, StorageState, expect

from tests.browser.axe import ALL, BEYOND_THE_EDGE, TARGETS, problems
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

COMPONENTS = sorted(path.stem for path in Path("static/css/components").glob("*.css"))
TEMPLATES = sorted(path.stem for path in Path("templates/components").glob("*.html"))
# The shell draws these by itself, on this page as on every other.
OF_THE_SHELL = {"brand", "keys", "place"}
# Which colours are forced is nobody's choice but the system's; axe takes those of the style sheet for them.
FORCED = {"rules": {"color-contrast": {"enabled": False}}}


@pytest.fixture(autouse=True)
def developing(settings: Any) -> None:
    settings.DEBUG = True


@pytest.fixture
def look(open_page: OpenPage, session: StorageState, shared: Stage) -> Page:
    page, _ = open_page(storage_state=session)
    page.goto(f"{shared.url}/look/")
    expect(page.get_by_role("heading", name="Look", level=1)).to_be_visible()
    return page


@pytest.mark.parametrize("component", COMPONENTS)
def test_each_component_has_its_place(component: str) -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in Path("templates/look").glob("*.html"))
    assert f'id="look-{component}"' in shown


@pytest.mark.parametrize("template", sorted(set(TEMPLATES) - OF_THE_SHELL))
def test_each_template_of_a_component_is_used_and_not_copied(template: str) -> None:
    shown = "".join(path.read_text(encoding="utf-8") for path in Path("templates/look").glob("*.html"))
    assert f'"components/{template}.html"' in shown


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 2560])
def test_nothing_runs_off_the_edge(look: Page, width: int) -> None:
    look.set_viewport_size({"width": width, "height": 900})
    assert look.evaluate(BEYOND_THE_EDGE) <= 0


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("forced", ["none", "active"])
def test_axe_finds_nothing(
    look: Page, width: int, scheme: Literal["light", "dark"], forced: Literal["none", "active"]
) -> None:
    look.set_viewport_size({"width": width, "height": 900})
    look.emulate_media(color_scheme=scheme, forced_colors=forced)
    look.evaluate(AXE_SCRIPT)
    assert problems(look, ALL if forced == "none" else FORCED) == []


@pytest.mark.parametrize(
    ("button", "dialog"), [("Dialog", "Withdraw this change?"), ("Keys", "Keyboard"), ("Palette", "Find, go and do")]
)
def test_axe_finds_nothing_in_a_dialog(look: Page, button: str, dialog: str) -> None:
    look.locator("main").get_by_role("button", name=button).click()
    expect(look.get_by_role("dialog", name=dialog)).to_be_visible()
    look.evaluate(AXE_SCRIPT)
    assert problems(look, ALL) == []
    look.keyboard.press("Escape")
    expect(look.get_by_role("dialog")).not_to_be_visible()
    expect(look.locator("main").get_by_role("button", name=button)).to_be_focused()


def test_a_menu_closes_by_escape_and_gives_the_cursor_back(look: Page) -> None:
    button = look.locator("main").get_by_role("button", name="Menu")
    button.click()
    expect(look.get_by_role("link", name="History")).to_be_visible()
    look.keyboard.press("Escape")
    expect(look.get_by_role("link", name="History")).not_to_be_visible()
    expect(button).to_be_focused()


def test_what_one_presses_is_large_enough_or_far_enough_from_the_next(look: Page) -> None:
    """24 px (WCAG 2.5.8); axe looks for it only if asked."""
    look.evaluate(AXE_SCRIPT)
    for width in (390, 1440):
        look.set_viewport_size({"width": width, "height": 900})
        assert problems(look, TARGETS) == []


def test_under_a_finger_what_one_presses_most_is_larger(
    open_page: OpenPage, session: StorageState, shared: Stage
) -> None:
    page, _ = open_page(storage_state=session, has_touch=True, is_mobile=True, viewport=PHONE)
    page.goto(f"{shared.url}/look/")
    for role, name in (("button", "Save and send"), ("button", "Dialog"), ("link", "SQRIL"), ("textbox", "Username")):
        box = page.locator("main").get_by_role(role, name=name).first.bounding_box()  # type: ignore[arg-type]
        assert box
        assert min(box["width"], box["height"]) >= 44, name


def test_the_first_tab_leads_past_the_navigation(look: Page, shared: Stage) -> None:
    look.goto(f"{shared.url}/connections/")
    look.keyboard.press("Tab")
    expect(look.get_by_role("link", name="Skip to the content")).to_be_focused()
    look.keyboard.press("Enter")
    expect(look.locator("#main")).to_be_focused()


def test_whatever_has_the_focus_shows_it_and_stands_free(look: Page) -> None:
    look.evaluate("document.activeElement.blur()")
    for _ in range(look.locator(FOCUSABLE).count()):
        look.keyboard.press("Tab")
        assert look.evaluate(HIDDEN_FOCUS) == ""


def test_paper_holds_what_is_known_and_nothing_to_press(look: Page) -> None:
    look.emulate_media(media="print")
    for name in ("Save and send", "Propose change", "Menu"):
        expect(look.get_by_role("button", name=name)).to_have_count(0)
    expect(look.get_by_role("navigation", name="Main")).not_to_be_visible()
    folded = look.locator("#look-more details:not([open]) .body")
    assert folded.evaluate("it => it.getBoundingClientRect().height") > 0
    expect(look.get_by_text("Steward, as shown to Ed Kowalski on")).to_be_visible()
    moment = look.locator("#look-provider time").first
    assert moment.evaluate("it => getComputedStyle(it).fontSize") == "0px"
    assert moment.evaluate("it => getComputedStyle(it, '::after').content").strip('"') == moment.get_attribute("title")


@pytest.mark.parametrize("page", ["400", "403", "403_csrf", "404", "413", "429", "500", "503"])
def test_axe_finds_nothing_on_an_error_page(
    open_page: OpenPage, session: StorageState, shared: Stage, page: str
) -> None:
    shown, _ = open_page(storage_state=session)
    shown.goto(f"{shared.url}/look/{page}/")
    expect(shown.get_by_text(re.compile(rf"^{page[:3]}$"))).to_be_visible()
    shown.evaluate(AXE_SCRIPT)
    for width in (390, 1440):
        shown.set_viewport_size({"width": width, "height": 900})
        assert problems(shown, ALL) == []


FOCUSABLE = (
    ":is(a[href], button, select, summary, input:not([type=hidden]), textarea):not([disabled], dialog *, [popover] *)"
)
# The ring is the element's own, or that of the field that it is the inside of; nothing that sticks may lie over it.
HIDDEN_FOCUS = """
() => {
  const it = document.activeElement;
  if (it === document.body) return "";
  const ringed = [it, it.parentElement, it.parentElement.parentElement].some(
    each => getComputedStyle(each).outlineStyle !== "none" && parseFloat(getComputedStyle(each).outlineWidth) >= 2);
  const box = it.getClientRects()[0];
  const over = document.elementFromPoint(box.x + Math.min(box.width, innerWidth) / 2, box.y + box.height / 2);
  const free = over && (it.contains(over) || over.contains(it) || it.labels?.[0]?.contains(over));
  return ringed && free ? "" : `${ringed ? "" : "no ring "}${free ? "" : "covered "}${it.outerHTML.slice(0, 120)}`;
}
"""
