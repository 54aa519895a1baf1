"""What axe, icons and widths say of a page. Two test modules share the scenes, so that they run beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.browser.chromium import DESKTOP, PHONE
from tests.look.test_templates import SPRITE

# What is not read is not made either: where a complaint is, its element says.
LEAN = "resultTypes: ['violations'], selectors: false, iframes: false, preload: false"
RUN = f"rules => axe.run({{{LEAN}, ...rules}}).then(found => found.violations)"
ALL: Mapping[str, Any] = {}
TARGETS: Mapping[str, Any] = {"runOnly": ["target-size"]}  # 24 px (WCAG 2.5.8); axe tells only if asked
ALL_AND_TARGETS: Mapping[str, Any] = {"rules": {"target-size": {"enabled": True}}}
# The dark look is other values of the same colours (tests/look/test_sheets.py), so no other rule can find more there.
COLOURS: Mapping[str, Any] = {"runOnly": ["color-contrast", "link-in-text-block"]}
WIDTHS = (320, 390, 768, 1024, 2560)  # 320: a window of 1280 px at 400 % (WCAG 1.4.10)
ICONS = "[...document.querySelectorAll('use')].map(use => use.getAttribute('href').split('#')[1])"
BEYOND_THE_EDGE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Those that lead to one field of the form do the same; of customers called alike the row and the chip say more.
ALIKE = r"""
() => {
  const text = (it) => {
    const copy = it.cloneNode(true);
    for (const silent of copy.querySelectorAll("[aria-hidden=true], [hidden]")) silent.remove();
    for (const icon of copy.querySelectorAll("svg[aria-label]")) icon.replaceWith(icon.getAttribute("aria-label"));
    return copy.textContent;
  };
  const part = (id) => text(document.getElementById(id));
  const named = (it) => it.getAttribute("aria-labelledby")?.split(" ").map(part).join(" ");
  const called = new Map();
  for (const it of document.querySelectorAll("main :is(a[href], button):not(dialog *, .found *, .recent *)")) {
    if (!it.checkVisibility({ visibilityProperty: true })) continue;
    const name = (named(it) ?? it.getAttribute("aria-label") ?? text(it)).replace(/\s+/g, " ").trim();
    const does = it.matches("a") ? it.href.replace(/#v-/, "#field-") : it;
    const same = `${it.tagName} ${name}`;
    called.set(same, (called.get(same) ?? new Set()).add(does));
  }
  return [...called].filter(([, does]) => does.size > 1).map(([name]) => name);
}
"""
HEIGHT = "Math.max(innerHeight, document.documentElement.scrollHeight)"


def complaints(page: Page) -> list[str]:
    """Everything wrong with a page as it stands, its styles and scripts there, each with the look in which it is."""
    page.wait_for_load_state()
    page.evaluate(AXE_SCRIPT)
    icons = [f"no such icon: {name}" for name in set(page.evaluate(ICONS)) - SPRITE]
    alike = [f"called alike: {name}" for name in page.evaluate(ALIKE)]
    return [*icons, *alike, *_axe(page), *_too_wide(page)]


def _axe(page: Page) -> Iterator[str]:
    """All rules wide and narrow, those of colours in dark too; as high as the page, so that nothing sticks over it."""
    for size in (DESKTOP, PHONE):
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(size)
        page.set_viewport_size({"width": size["width"], "height": page.evaluate(HEIGHT)})
        yield from (f"{size['width']} px, light: {problem}" for problem in problems(page, ALL_AND_TARGETS))
        page.emulate_media(color_scheme="dark")
        yield from (f"{size['width']} px, dark: {problem}" for problem in problems(page, COLOURS))


def _too_wide(page: Page) -> Iterator[str]:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        beyond = page.evaluate(BEYOND_THE_EDGE)
        if beyond > 0:
            yield f"{width} px: {beyond} px too wide"


def problems(page: Page, rules: Mapping[str, Any]) -> list[str]:
    """What axe complains about, with the elements."""
    return [
        f"{violation['id']}: {violation['help']}: " + "; ".join(node["html"][:200] for node in violation["nodes"])
        for violation in page.evaluate(RUN, dict(rules))
    ]
