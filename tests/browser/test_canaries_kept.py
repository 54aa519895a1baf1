"""What a browser keeps of a day with a customer: nothing of them, in no storage, cache, cookie, address or history."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Request, expect

from console.models import Grant, Role
from tests.browser import steps
from tests.browser.stage import Stage
from tests.cast import person, sample
from tests.leaks import found_in

pytestmark = pytest.mark.browser

SSN, NEW_SSN, PHONE, NAME = "8642", "7391", "+14155559273", "Quillonbrax"
EMAIL, EMPLOYER, REASON = "quillonbrax@example.com", "Quorvex", "Caller Wimbish"
CANARIES = [SSN, NEW_SSN, PHONE, PHONE[2:], NAME, EMAIL, EMPLOYER, REASON, "1959-07-23"]
# Everything that outlives a page.
KEPT = """async () => {
    const kept = [JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie, window.name,
                  JSON.stringify(history.state)];
    for (const { name } of await indexedDB.databases()) kept.push(`a database: ${name}`);
    if (window.caches) for (const name of await caches.keys()) kept.push(`a cache: ${name}`);
    const workers = await navigator.serviceWorker?.getRegistrations() ?? [];
    return [...kept, ...workers.map(worker => `a worker: ${worker.scope}`)];
}"""


def test_a_browser_keeps_nothing_of_a_customer_and_no_address_names_them(lone_page: Page, alone: Stage) -> None:
    finosu = alone.connections["finosu"]
    held = {"ssnLastFour": SSN, "birthday": "1959-07-23", "lastName": NAME, "email": EMAIL, "phoneNumber": PHONE}
    customer = sample(finosu, alone.sandbox, id="FN-canary", **held, externalMetadata={"employer": EMPLOYER})
    Grant.objects.create(user=person("ed"), role=Role.REVIEWER)
    asked: list[str] = []
    kept: list[str] = []
    lone_page.on("request", lambda request: asked.extend(said_of(request)))
    steps.sign_in(lone_page, alone.url)
    for do in (searches, looks, types, finds, looks):
        do(lone_page, f"{alone.url}/customers/{customer.pk}/")
        kept += [lone_page.url, lone_page.title() if "/customers/" not in lone_page.url else "", *stored(lone_page)]
    assert found_in(asked, CANARIES) == []
    assert found_in(kept, CANARIES) == []
    lone_page.get_by_role("button", name="Sign out").click()
    lone_page.wait_for_url("**/sign-in/")
    lone_page.go_back()
    expect(lone_page.get_by_label("Password")).to_be_visible()
    assert found_in([lone_page.content(), *stored(lone_page)], CANARIES) == []


def said_of(request: Request) -> list[str]:
    """The address, and whatever stands in headers that proxies log."""
    return [request.url, request.headers.get("referer", ""), request.headers.get("hx-current-url", "")]


def stored(page: Page) -> list[str]:
    cookies = [f"{cookie.get('name')}={cookie.get('value')}" for cookie in page.context.cookies()]
    return [*page.evaluate(KEPT), *cookies]


def searches(page: Page, url: str) -> None:
    """Finds the customer by name, in the list."""
    page.goto(re.sub(r"\d+/$", "", url))
    page.get_by_role("searchbox", name="Search customers").fill(NAME)
    page.wait_for_url("**/customers/?*s=*")
    expect(page.locator("#results tbody tr")).to_have_count(1)


def looks(page: Page, url: str) -> None:
    for path in ("timeline/", "history/phoneNumber/", "as-of/", ""):
        page.goto(url + path)
    expect(page.locator("main")).to_contain_text(NAME)


def types(page: Page, url: str) -> None:
    """And leaves the form without saving, so that a draft is kept by the console alone."""
    page.goto(f"{url}edit/")
    steps.fill(page, {"ssnLastFour": NEW_SSN, "phoneNumber": "+14155559274"})
    page.locator("[name=why]").first.fill(REASON)
    page.locator("#v-city").fill("Vallejo")
    page.keyboard.press("Tab")
    expect(page.get_by_text("kept as a draft")).to_be_visible()
    page.goto(url)


def finds(page: Page, url: str) -> None:
    """In the palette, from another page."""
    page.goto(re.sub(r"customers/\d+/$", "connections/", url))
    steps.press(page, "Control+k")
    page.locator("#palette-q").fill(PHONE)
    expect(page.locator("#palette-list")).to_contain_text(NAME)
