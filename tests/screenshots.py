"""`python -m tests.screenshots FOLDER [WORDS …]`: takes pictures of every page in every state, to be looked at.

Two widths, light and dark; with words, only the scenes whose name holds one of them. No test compares the pictures.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.browser.visitors import Visitors


def main(folder: Path, *words: str) -> None:
    """Plays all scenes on a database of its own and takes the pictures."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread, and nothing else does
    django.setup()
    from tests.browser.chromium import chromium
    from tests.browser.scenes import play
    from tests.browser.stage import stage
    from tests.browser.visitors import Visitors
    from tests.databases import Databases

    folder.mkdir(parents=True, exist_ok=True)
    databases = Databases()
    with stage(databases, people=14) as on, chromium() as browser, Visitors(on, browser, play(on)) as visitors:
        for name, page in views(visitors, words or ("",)):
            take(page, folder / name)
    databases.close()


def views(visitors: Visitors, words: tuple[str, ...]) -> Iterator[tuple[str, Page]]:
    """Each scene whose name holds one of the words, in each width."""
    from tests.browser.chromium import DESKTOP, PHONE
    from tests.browser.scenes import SCENES

    for name, scene in SCENES.items():
        if any(word in name for word in words):
            yield f"{name}, wide", visitors.see(scene, DESKTOP)[0]
            yield f"{name}, narrow", visitors.see(scene, PHONE)[0]


def take(page: Page, path: Path) -> None:
    """In light and dark. The window grows as tall as the page, so that what sticks to its edges stands at its place."""
    tall = page.evaluate("Math.max(document.documentElement.scrollHeight, innerHeight)")
    page.set_viewport_size({"width": page.evaluate("innerWidth"), "height": tall})
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        page.screenshot(path=f"{path}, {colours}.png")
    page.emulate_media(color_scheme="light")


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), *sys.argv[2:])
