"""Debian's chromium, driven by Playwright, and a watch over everything that goes wrong inside of its pages."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# No sandbox: the tests may run as root. No QUIC and nothing of its own in the background: only our pages speak.
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 15_000
# Chromium repeats a bad answer as a message, and htmx what was aborted or failed; those are judged by themselves.
REPEATED = (
    "Failed to load resource",
    "Response Status Error Code",
    "htmx:sendAbort",
    "htmx:afterRequest",
    "htmx:sendError",
    "htmx:responseError",
)
DESKTOP, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)


# The shell draws no window around each page, so tests take about half as long; the whole browser serves as well.
PROGRAMS = ("chromium-headless-shell", "chromium")


class NoChromium(Exception):
    """There is nothing to drive."""

    def __init__(self) -> None:
        super().__init__("The browser tests need Debian's chromium: apt-get install chromium-headless-shell")


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """One browser; raises NoChromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(SWITCHES))
        expect.set_options(timeout=PATIENCE_MS)
        try:
            yield browser
        finally:
            browser.close()


def find_chromium() -> str:
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        raise NoChromium
    return found


class Watch:
    """What went wrong inside the pages of one context. A 422 is how a form says what is wrong with it."""

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        self.expected = {422}
        listeners: dict[Any, Callable[[Any], None]] = {
            "console": self._console,
            "weberror": lambda error: self.problems.append(f"script: {error.error}"),
            "requestfailed": self._failed,
            "response": self._answered,
        }
        for event, listener in listeners.items():
            context.on(event, listener)

    def told(self) -> list[str]:
        """What went wrong so far; each problem is told once."""
        told, self.problems = self.problems, []
        return told

    def expect(self, status: int) -> None:
        """Lets answers of this status pass."""
        self.expected.add(status)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(REPEATED):
            self.problems.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        """Leaving a page aborts what it was asking for, and that is fine."""
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"failed: {request.method} {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.problems.append(f"answer: {response.status} for {response.request.method} {response.url}")


@contextlib.contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[tuple[Page, Watch]]:
    """A page in a context of its own; anything that went wrong in it fails the block."""
    given = {"viewport": DESKTOP, "reduced_motion": "reduce", "locale": "en-GB", **options}
    with browser.new_context(**given) as context:
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch(context)
        yield context.new_page(), watch
    told = watch.told()
    assert not told, "\n".join(told)
