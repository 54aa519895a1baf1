"""Fifty hostile texts in every field of every provider, on every page that there is: nothing runs, nothing moves.

The pages are those of the URLconf that Hal, who may see everything, is given: a new one is looked at by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from console.models import Export, Policy, ReviewItem, User
from console.urls import urlpatterns
from tests.browser import hostile, steps
from tests.browser.chromium import DESKTOP, PHONE, watched
from tests.browser.hostile import Subject
from tests.browser.stage import Stage, stage
from tests.cast import SLUGS
from tests.databases import Databases

pytestmark = pytest.mark.browser

# Runs before anything of a page: what was called, reported or opened is remembered.
WITNESS = """
    window.witnessed = [];
    window.taken = () => window.witnessed.push("taken");
    for (const name of ["alert", "confirm", "prompt", "open"]) window[name] = () => window.witnessed.push(name);
    document.addEventListener("securitypolicyviolation", event => window.witnessed.push(
        `${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""
# What a page of ours never has: attributes that run, elements that load, addresses that lead elsewhere; at no width
# anything that reaches out of it.
LOOK = r"""() => {
    const found = [...window.witnessed];
    const tell = (what, element) => found.push(`${what}: ${element.outerHTML.slice(0, 160)}`);
    const body = document.body;
    for (const element of body.querySelectorAll(
        "iframe, object, embed, base, meta, link, style, video, audio, xmp, plaintext, math, animate, " +
        "main script, main img, main template")) tell("element", element);
    for (const element of [body, ...body.querySelectorAll("*")])
        for (const { name, value } of element.attributes) {
            if (/^on|^(data-)?hx-on/.test(name) || name === "style" || name === "srcdoc") tell(name, element);
            if (/^(data-)?hx-(vals|headers|trigger|vars)$/.test(name) && /js:|javascript:|\[|taken/.test(value))
                tell(name, element);
            if (/^(href|src|action|formaction|poster|data|ping|xlink:href|(data-)?hx-(get|post|put|delete|patch))$/
                .test(name) && value && name !== "data") {
                const url = new URL(value, location.href);
                const elsewhere = element.matches("a[rel=noreferrer]") && url.protocol === "https:";
                const inside = url.origin === location.origin || elsewhere;
                if (!inside || /taken|elsewhere/.test(url.href)) tell(name, element);
            }
        }
    if (/191191/.test(body.innerText)) found.push("an expression was worked out");
    if (!document.title.endsWith("· Steward")) found.push(`title: ${document.title}`);
    return found;
}"""
# Reaches out of the page, and stands in nothing that is scrolled or cut off by itself.
REACHES_OUT = """() => {
    const width = document.documentElement.clientWidth;
    const stays = element => element.matches("main") ? false
        : getComputedStyle(element).overflowX !== "visible" || stays(element.parentElement);
    const found = [...document.querySelectorAll("main *")].filter(element => {
        const box = element.getBoundingClientRect();
        return box.width && box.right > width + 1 && !stays(element);
    }).map(element => element.outerHTML.slice(0, 160));
    return document.documentElement.scrollWidth > width ? ["the page scrolls sideways", ...found] : found;
}"""

# What stands in an address, by how its route begins; the longest beginning counts.
NUMBERS: Mapping[str, Callable[[Subject], list[object]]] = {
    "customers/<int:pk>/": lambda one: [one.customer.pk],
    "customers/<int:pk>/history/<str:field>/": lambda one: [one.customer.pk, field_of(one)],
    "customers/<int:pk>/hidden/<str:field>/": lambda one: [one.customer.pk, hidden_field_of(one)],
    "customers/exports/<int:pk>/": lambda _: [Export.objects.filter(query__has_key="customers").latest("pk").pk],
    "changes/<int:pk>/": lambda one: [one.change.pk],
    "audit/events/<int:pk>/": lambda one: [one.event.pk],
    "audit/reviews/<int:pk>/": lambda _: [ReviewItem.objects.latest("pk").review_id],
    "audit/reviews/<int:pk>/<int:item>/": lambda one: item_of(one),  # noqa: PLW0108 - it stands below
    "audit/exports/<int:pk>/": lambda _: [Export.objects.exclude(query__has_key="customers").latest("pk").pk],
    "audit/saved/<int:pk>/": lambda _: [User.objects.get(username="hal").searches.latest("pk").pk],
    "connections/<int:pk>/": lambda one: [one.customer.connection_id],
    "policies/<int:pk>/": lambda _: [Policy.objects.latest("pk").pk],
    "people/<int:pk>/": lambda _: [User.objects.get(username="hal").pk],
    "look/<str:page>/": lambda _: ["404"],
}
PAGES = {str(pattern.name): str(pattern.pattern) for pattern in urlpatterns}
RECORDS = ("customers/<int:pk>/", "changes/<int:pk>/", "audit/events/<int:pk>/", "audit/reviews/<int:pk>/<int:item>/")
ABOUT_ONE = [name for name, route in PAGES.items() if route.startswith(RECORDS)]
# Each field stands on these, so that they are looked at for all fifty records; on the others for ten, of all providers.
WHOLE = ("customer", "customer_edit", "change")


def field_of(one: Subject) -> str:
    """Another field for each record, so that each has its turn."""
    fields = one.customer.provider.fields
    return fields[(one.number * 2 + one.change.pk) % len(fields)].name


def hidden_field_of(one: Subject) -> str:
    return next((field.name for field in one.customer.provider.fields if field.sensitive), "none")


def item_of(one: Subject) -> list[object]:
    found = ReviewItem.objects.filter(change=one.change).values_list("review", "pk")
    return list(found[0] if found else ReviewItem.objects.values_list("review", "pk")[0])


def address(name: str, one: Subject) -> str:
    """Of this page, about this record; where there is nothing hostile to name, of what does not exist."""
    beginnings = [begins for begins in NUMBERS if PAGES[name].startswith(begins)]
    known = NUMBERS[max(beginnings, key=len)](one) if beginnings else []
    nothing = [0 if kind == "int" else "nothing" for kind in re.findall(r"<(int|str):", PAGES[name])]
    return reverse(name, args=[*known, *nothing[len(known) :]])


@pytest.fixture(scope="module")
def on(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    with django_db_blocker.unblock(), stage(databases, bare=True) as played:
        yield played


@pytest.fixture(scope="module")
def made(on: Stage) -> list[Subject]:
    return hostile.subjects(on)


@pytest.fixture(scope="module")
def inside(browser: Browser, on: Stage, made: list[Subject]) -> Iterator[Page]:
    """Hal, signed in; whatever asks for something elsewhere is stopped and told of."""
    with watched(browser) as (page, watch):
        page.add_init_script(WITNESS)
        page.on("dialog", lambda one: watch.problems.append(f"dialog: {one.message}"))
        page.on("popup", lambda other: watch.problems.append(f"popup: {other.url}"))
        page.on("request", lambda one: watch.problems.extend(asks_elsewhere(one.url, on)))
        steps.sign_in(page, on.url, "hal")
        yield page


def asks_elsewhere(url: str, on: Stage) -> list[str]:
    return [] if url.startswith((on.url, "data:")) else [f"asked for {url}"]


@pytest.fixture(scope="module")
def hal(made: list[Subject]) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="hal"))
    return client


def problems(page: Page) -> list[str]:
    """What ran, what became of a text that is more than text, and what does not fit at one of both widths."""
    found = [*page.evaluate(LOOK), *page.evaluate(REACHES_OUT)]
    page.set_viewport_size(PHONE)
    found += [f"on a phone: {each}" for each in page.evaluate(REACHES_OUT)]
    page.set_viewport_size(DESKTOP)
    return found


def is_page(client: Client, url: str) -> bool:
    """Not one that wants a POST, leads on, or is for machines."""
    answer = client.get(url)
    return answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")


def walk(page: Page, on: Stage, urls: list[str]) -> list[str]:
    """What is wrong where."""
    told = []
    for url in urls:
        page.goto(on.url + url)
        told += [f"{url} {problem}" for problem in problems(page)[:4]]
    return told


@pytest.mark.parametrize("slug", SLUGS)
def test_no_hostile_text_does_anything_on_a_page_that_shows_a_whole_record(
    slug: str, inside: Page, on: Stage, made: list[Subject]
) -> None:
    assert walk(inside, on, [address(name, one) for one in made if one.slug == slug for name in WHOLE]) == []


def test_no_hostile_text_does_anything_on_any_other_page_about_a_record(
    inside: Page, hal: Client, on: Stage, made: list[Subject]
) -> None:
    some = [one for one in made if one.number % len(SLUGS) == SLUGS.index(one.slug)]
    names = [name for name in ABOUT_ONE if name not in WHOLE and is_page(hal, address(name, some[0]))]
    assert {"customer_timeline", "field_history", "change_undo", "audit_event", "review_item"} <= {*names}
    assert walk(inside, on, [address(name, one) for name in names for one in some]) == []


def test_no_hostile_text_does_anything_on_any_other_page(
    inside: Page, hal: Client, on: Stage, made: list[Subject]
) -> None:
    urls = [url for name in PAGES if name not in ABOUT_ONE and is_page(hal, url := address(name, made[0]))]
    assert len(urls) > 20
    assert walk(inside, on, urls) == []
