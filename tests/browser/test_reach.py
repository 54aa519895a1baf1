"""Every page by Tab alone: it begins with the skip link, reaches all there is in its order, is seen, and leads out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from console.models import Change, Customer
from tests.browser import steps
from tests.browser.stage import Stage, send_due

pytestmark = pytest.mark.browser

PAGES = {
    "work": "/",
    "customers": "/customers/",
    "a customer": "/customers/{customer}/",
    "the form": "/customers/{customer}/edit/",
    "a field's history": "/customers/{customer}/history/phone/",
    "adding": "/customers/add/",
    "changes": "/changes/",
    "a change": "/changes/{change}/",
    "connections": "/connections/",
    "a connection": "/connections/{connection}/",
    "you": "/you/",
}
FROM_THE_TOP = """() => {
    document.activeElement.blur();
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
}"""
# What a person can press or type into, in the order of the page. Of a group of radios Tab stops at one.
STOPS = """() => {
    const all = "a[href], button:not([disabled]), input, select, textarea, summary, [tabindex='0']";
    const heads = new Map();
    for (const radio of document.querySelectorAll("input[type=radio]")) {
        if (radio.checked || !heads.has(radio.name)) heads.set(radio.name, radio);
    }
    return [...document.querySelectorAll(all)].filter(element =>
        element.checkVisibility({ visibilityProperty: true }) && element.type !== "hidden" && element.tabIndex >= 0 &&
        (element.type !== "radio" || heads.get(element.name) === element)).map((element, place) => {
            element.dataset.stop = place;
            return element.outerHTML.slice(0, 160);
        });
}"""
HERE = "() => document.activeElement === document.body ? null : Number(document.activeElement.dataset.stop ?? -1)"
IN_MAIN = "() => document.querySelector('main').contains(document.activeElement)"


def open_page(page: Page, stage: Stage, path: str) -> None:
    customer = Customer.objects.get(connection=stage.connections["sqril"])
    change = Change.objects.filter(customer=customer).first()
    if change is None and "{change}" in path:
        steps.go_to_form(page, stage.url, "sqril")
        steps.fill(page, {"address": "Jl. Thamrin No. 88, Jakarta"})
        steps.save(page)
        expect(steps.badge(page)).to_have_text("Applied")
        change = Change.objects.get(customer=customer)
    numbers = {"customer": customer.pk, "connection": customer.connection_id, "change": change.pk if change else 0}
    page.goto(stage.url + path.format(**numbers))


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_tab_goes_once_through_the_whole_page_and_is_always_seen(path: str, eds: Page, shared: Stage) -> None:
    open_page(eds, shared, path)
    eds.evaluate(FROM_THE_TOP)
    stops, visited = eds.evaluate(STOPS), list[int]()
    for _ in range(3 * len(stops)):  # a date takes three
        eds.keyboard.press("Tab")
        here = eds.evaluate(HERE)
        if here is None:
            break
        assert eds.evaluate(steps.SEEN), eds.evaluate("document.activeElement.outerHTML")
        if here not in visited:
            visited.append(here)
    else:
        pytest.fail("Tab never leads out of the page.")
    assert "Skip" in stops[visited[0]]
    assert [stops[stop] for stop in visited] == stops


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_the_skip_link_leads_past_the_navigation(path: str, eds: Page, shared: Stage) -> None:
    open_page(eds, shared, path)
    eds.evaluate(FROM_THE_TOP)
    eds.keyboard.press("Tab")
    eds.keyboard.press("Enter")
    expect(eds).to_have_url(re.compile("#main$"))
    eds.keyboard.press("Tab")
    assert eds.evaluate(IN_MAIN)


def test_the_palette_keeps_the_cursor_inside_and_gives_it_back(eds: Page, shared: Stage) -> None:
    open_page(eds, shared, "/changes/")
    steps.tab_to(eds, eds.get_by_role("link", name="Connections", exact=True))
    steps.press(eds, "Control+k")
    box = eds.get_by_role("combobox", name="Find a customer")
    expect(box).to_be_focused()
    for key in ("Tab", "Tab", "Shift+Tab"):
        steps.press(eds, key)
        assert eds.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#palette')")
    eds.keyboard.press("Escape")
    expect(eds.get_by_role("link", name="Connections", exact=True)).to_be_focused()


def test_the_cursor_stays_where_it_is_while_a_change_ends(lone_page: Page, alone: Stage) -> None:
    steps.sign_in(lone_page, alone.url)
    steps.go_to_form(lone_page, alone.url, "sqril")
    steps.fill(lone_page, {"address": "Jl. Thamrin No. 88, Jakarta"})
    steps.save(lone_page)
    back = lone_page.get_by_role("link", name="Back to customer")
    steps.tab_to(lone_page, back)
    send_due(alone.connections["sqril"])
    expect(steps.badge(lone_page)).to_have_text("Applied")
    expect(back).to_be_focused()


def test_two_keys_lead_to_each_place(eds: Page, shared: Stage) -> None:
    open_page(eds, shared, "/connections/")
    for key, path in (("w", "/"), ("c", "/customers/"), ("h", "/changes/")):
        eds.keyboard.press("Escape")
        steps.press(eds, "g")
        steps.press(eds, key)
        eds.wait_for_url(shared.url + path)
