"""Axe finds nothing on any page in any state, in light and dark, wide and narrow; nothing runs off a narrow screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, ViewportSize
from pytest_django import DjangoDbBlocker

from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.scenes import SCENES, Scene, play
from tests.browser.stage import stage
from tests.browser.visitors import Visitors
from tests.databases import Databases

pytestmark = pytest.mark.browser

RUN = "rules => axe.run({resultTypes: ['violations'], ...rules}).then(found => found.violations)"
ALL: Mapping[str, Any] = {}
COLOURS: Mapping[str, Any] = {"runOnly": ["color-contrast"]}
# In the dark only the colours differ, so each width is looked at in full once.
LOOKS: Sequence[tuple[ViewportSize, Literal["light", "dark"], Mapping[str, Any]]] = (
    (DESKTOP, "light", ALL),
    (DESKTOP, "dark", COLOURS),
    (PHONE, "dark", ALL),
)
BEYOND_THE_EDGE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def visitors(browser: Browser, databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Visitors]:
    """All scenes, played once."""
    with (
        django_db_blocker.unblock(),
        stage(databases, people=14) as on,
        Visitors(on, browser, play(on)) as visiting,
    ):
        yield visiting


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_axe_finds_nothing_and_nothing_runs_off_the_edge(scene: Scene, visitors: Visitors) -> None:
    page, watch = visitors.see(scene)
    page.evaluate(AXE_SCRIPT)
    found = []
    for size, colours, rules in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours)
        look = f"{size['width']} px, {colours}"
        found += [f"{look}: {problem}" for problem in problems(page, rules)]
        beyond = page.evaluate(BEYOND_THE_EDGE)
        found += [f"{look}: {beyond} px too wide"] if beyond > 0 else []
    found += watch.told()
    assert not found, "\n".join(found)


def problems(page: Page, rules: Mapping[str, Any]) -> list[str]:
    """What axe complains about, with the elements."""
    return [
        f"{violation['id']}: {violation['help']}: " + "; ".join(node["html"][:200] for node in violation["nodes"])
        for violation in page.evaluate(RUN, dict(rules))
    ]
