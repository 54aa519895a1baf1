"""What a browser adds: how much a first visit fetches, and how soon a slow computer paints what a person did."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.bench.figures import Figure, Spread
from tests.bench.pages import edit, known
from tests.bench.stack import PASSWORD, Stack
from tests.browser.chromium import NoChromium, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Response

MOST_KILOBYTES, MOST_REQUESTS = 60, 8
SLOWER, SOON_MS, TIMES = 4, 100, 5
# Shorter ones than this are not reported by the browser at all.
LEAST_MS = 16

OBSERVE = f"""
new PerformanceObserver((list) => {{
  for (const entry of list.getEntries()) if (entry.interactionId) window.note(entry.duration);
}}).observe({{ type: "event", durationThreshold: {LEAST_MS}, buffered: true }});
"""


def measure(stack: Stack) -> Iterator[Figure]:
    """In the chromium that the tests use, if it is there."""
    customers = known(TIMES).customers  # asked beforehand: beside a browser Django answers nothing
    try:
        with chromium() as browser:
            yield from first_visits(browser, stack)
            yield from interactions(browser, stack, customers)
    except NoChromium as problem:
        yield Figure("browser", "not measured", str(problem))


def first_visits(browser: Browser, stack: Stack) -> Iterator[Figure]:
    """With nothing kept from before: the page to sign in at, and the first one behind it."""
    with browser.new_context() as context:
        yield fetched("first visit, signing in", context, f"{stack.url}/sign-in/")
        cookies = signed_in(context, stack).cookies()
    with browser.new_context() as context:
        context.add_cookies(cookies)  # type: ignore[arg-type]  # what one context gives, another one takes
        yield fetched("first visit, customers", context, f"{stack.url}/customers/")


def fetched(what: str, context: BrowserContext, url: str) -> Figure:
    """How many requests, and how many bytes if everything is compressed as a proxy or WhiteNoise does."""
    page, answers = context.new_page(), list["Response"]()
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it is marked by playwright
    page.goto(url, wait_until="networkidle")
    size = sum(len(gzip.compress(answer.body(), 6)) for answer in answers) / 1000
    kept = size <= MOST_KILOBYTES and len(answers) <= MOST_REQUESTS
    return Figure(what, f"{size:.0f} kB, {len(answers)} requests", "compressed, in chromium without a cache", kept)


def signed_in(context: BrowserContext, stack: Stack) -> BrowserContext:
    """As ed."""
    page = context.new_page()
    page.goto(f"{stack.url}/sign-in/")
    page.fill("[name=username]", "ed")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{stack.url}/")
    return context


def interactions(browser: Browser, stack: Stack, customers: list[int]) -> Iterator[Figure]:
    """From a key or a click to the next paint, on a processor that is four times slower."""
    with browser.new_context() as context:
        taken: list[float] = []
        context.expose_function("note", lambda duration: taken.append(duration))  # noqa: PLW0108
        context.add_init_script(OBSERVE)
        signed_in(context, stack)
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        for what, act in acts(stack, customers).items():
            taken.clear()
            for number in range(TIMES):
                act(page, number)
                page.wait_for_load_state("networkidle")
                page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            spread = Spread.of(taken or [LEAST_MS])
            how = f"p50 / worst of {len(taken)} beyond {LEAST_MS} ms, chromium, {SLOWER} times slower"
            yield Figure(what, f"{spread.p50:.0f} / {max(taken or [LEAST_MS]):.0f} ms", how, spread.p95 <= SOON_MS)


def acts(stack: Stack, customers: list[int]) -> Mapping[str, Callable[[Page, int], Any]]:
    """What people do most, on the page where they do it."""
    return {
        "typing in the form": partial(type_phone, stack, customers),
        "opening edit in place": partial(open_edit, stack, customers),
        "opening the palette": partial(open_palette, stack),
        "typing a search": partial(type_search, stack),
    }


def type_phone(stack: Stack, customers: list[int], page: Page, number: int) -> None:
    """A new phone number, key by key."""
    page.goto(f"{stack.url}{edit(customers[number])}", wait_until="networkidle")
    page.locator("#v-phone").press("End")
    page.keyboard.type("123456", delay=80)


def open_edit(stack: Stack, customers: list[int], page: Page, number: int) -> None:
    """The key e, on the page of a customer."""
    page.goto(f"{stack.url}/customers/{customers[number]}/", wait_until="networkidle")
    page.keyboard.press("e")
    page.wait_for_url("**/edit/**")


def open_palette(stack: Stack, page: Page, _: int) -> None:
    """By its key, and a word typed into it."""
    page.goto(f"{stack.url}/", wait_until="networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("priya", delay=80)


def type_search(stack: Stack, page: Page, _: int) -> None:
    """A name into the search of the customers."""
    page.goto(f"{stack.url}/customers/", wait_until="networkidle")
    page.locator("#q").press("End")
    page.keyboard.type("priya sh", delay=80)
