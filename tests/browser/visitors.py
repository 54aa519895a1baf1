"""People who look at scenes: each keeps a context of their own, so that they sign in once."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser import steps
from tests.browser.chromium import DESKTOP, Watch, watched
from tests.browser.scenes import Scene
from tests.browser.stage import Stage


class Visitors:
    """A context manager; `numbers` are those of the play."""

    def __init__(self, stage: Stage, browser: Browser, numbers: Mapping[str, int]) -> None:
        self._stage, self._browser, self._numbers = stage, browser, numbers
        self._inside: dict[str, tuple[Page, Watch]] = {}
        self._last: Page | None = None
        self._contexts = contextlib.ExitStack()

    def see(self, scene: Scene, size: ViewportSize = DESKTOP) -> tuple[Page, Watch]:
        """The scene, in light colours, with whatever its person does there done."""
        if scene.who not in self._inside:
            self._inside[scene.who] = self._enter(scene.who)
        page, watch = self._inside[scene.who]
        if self._last:  # whoever saw it: what it is still asking for, or would ask for, ends with it
            self._last.goto("about:blank")
        self._last = page
        watch.expected = {422, scene.status}
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(size)
        page.unroute_all()
        page.goto(self._stage.url + scene.path.format(**self._numbers))
        scene.does(page)
        return page, watch

    def _enter(self, who: str) -> tuple[Page, Watch]:
        page, watch = self._contexts.enter_context(watched(self._browser))
        if who:
            steps.sign_in(page, self._stage.url, who)
        return page, watch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._contexts.__exit__(kind, error, at)
