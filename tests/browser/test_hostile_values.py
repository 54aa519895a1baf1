"""Whatever a record holds, the pages keep their layout and their behaviour, and show it as it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoDbBlocker

from console.flows.propose import Proposal, propose_one
from console.models import Customer, Visit
from tests.browser import steps
from tests.browser.chromium import DESKTOP, PHONE, watched
from tests.browser.stage import Stage, send_due, stage
from tests.cast import connect, person, sample
from tests.databases import Databases

pytestmark = pytest.mark.browser

# Text that other people's systems may hold, each with a beginning by which it can be found.
HOSTILE = {
    "long without a space": "Wolfeschlegelstein" * 12,
    "long with spaces": "Pablo Diego José Francisco de Paula Juan Nepomuceno " * 4,
    "right to left": "محمد عبد الرحمن الفارسي",
    "bidi controls": "Evil \u202egnp.exe\u202c \u2066isolated\u2069",
    "a script": "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">",
    "a template": "{{ 7*7 }}{% debug %}${7*7}#{7*7}",
    "quotes and ends": "\"'></textarea></title><b>bold</b>&amp;&lt;",
    "stacked accents": "Z̴̢͚̠a̵̧̛͖l̶̰̀g̷̟̈́o̸͎͋" * 6,
    "emoji": "👩‍👩‍👧‍👦 Okafor 🏳️‍🌈",
}

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
OUT_OF_THE_CARD = """() => [...document.querySelectorAll("main *")].filter(element => {
    const box = element.getBoundingClientRect();
    const scrolls = element.closest("pre, .scroll, .filters, .unseen, textarea, select");
    return box.width && !scrolls && box.right > document.documentElement.clientWidth + 1;
}).map(element => element.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def hostile(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """A customer for each of the values, in name and address, with an update refused in such words."""
    with django_db_blocker.unblock(), stage(databases, bare=True) as on:
        ed, flowwise, finosu = person("ed"), connect("flowwise", on.sandbox), connect("finosu", on.sandbox)
        for number, text in enumerate(HOSTILE.values()):
            held = {"firstName": text, "timezone": text, "state": text, "externalMetadata": {text: text}}
            sample(finosu, on.sandbox, id=f"FN-{number}", **held)
            customer = sample(flowwise, on.sandbox, customer_id=f"cust_{number}", name=text, address=text)
            on.sandbox.fault("flowwise", "refuse", external_id=customer.external_id, field="address", message=text)
            propose_one(Proposal(customer.pk, {"phone": "+919876500000"}, uuid.uuid4().hex, why=text), by=ed)
        send_due(flowwise)
        yield on


@pytest.fixture(scope="module")
def inside(browser: Browser, hostile: Stage) -> Iterator[Page]:
    """Ed, signed in."""
    with watched(browser) as (page, _):
        steps.sign_in(page, hostile.url)
        yield page


@pytest.mark.parametrize("path", ["/", "/customers/", "/changes/"])
def test_a_list_of_hostile_values_keeps_its_layout(path: str, inside: Page, hostile: Stage) -> None:
    inside.goto(hostile.url + path)
    for text in HOSTILE.values():
        expect(inside.locator("main")).to_contain_text(" ".join(text.split()))
    looks_whole(inside)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_value_is_shown_as_it_is_and_breaks_nothing(kind: str, inside: Page, hostile: Stage) -> None:
    text = HOSTILE[kind]
    customer = Customer.objects.get(external_id=f"cust_{list(HOSTILE).index(kind)}")
    own = f"/customers/{customer.pk}/"
    for path in (own, f"{own}history/phone/", f"/changes/{customer.changes.get().pk}/", f"{own}edit/"):
        inside.goto(hostile.url + path)
        expect(inside.locator("main")).to_contain_text(" ".join(text.split()))
        looks_whole(inside)
    expect(inside.locator("#v-address")).to_have_value(text)
    steps.fill(inside, {"phone": "+919876500009"})
    looks_whole(inside)


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_value_stands_in_a_list_and_in_json_as_it_is(kind: str, inside: Page, hostile: Stage) -> None:
    text = HOSTILE[kind]
    customer = Customer.objects.get(external_id=f"FN-{list(HOSTILE).index(kind)}")
    for path in (f"/customers/{customer.pk}/", f"/customers/{customer.pk}/edit/"):
        inside.goto(hostile.url + path)
        looks_whole(inside)
    assert Customer.objects.get(pk=customer.pk).record["externalMetadata"] == {text: text}
    assert inside.locator(".row.changed").count() == 0
    steps.fill(inside, {"firstName": f"{text} II"})
    expect(inside.locator("#field-firstName .was")).to_contain_text(" ".join(text.split()))
    expect(inside.get_by_text("kept as a draft")).to_be_visible()
    inside.goto(f"{hostile.url}/customers/{customer.pk}/edit/?draft=1")
    expect(inside.locator("#v-firstName")).to_have_value(f"{text} II")
    looks_whole(inside)


@pytest.mark.parametrize("kind", HOSTILE)
def test_the_palette_and_the_list_find_a_hostile_name_as_it_is(kind: str, inside: Page, hostile: Stage) -> None:
    text, number = HOSTILE[kind], list(HOSTILE).index(kind)
    customer = Customer.objects.get(external_id=f"cust_{number}")
    Visit.objects.all().delete()  # one within the last minute would not be written down again
    inside.goto(f"{hostile.url}/customers/{customer.pk}/")
    inside.goto(f"{hostile.url}/connections/")
    steps.press(inside, "Control+k")
    found = inside.locator(f"#palette-customer-{customer.pk}")
    expect(found).to_contain_text(" ".join(text.split()))
    inside.locator("#palette-q").fill(f"cust_{number}")
    expect(found.locator("mark")).to_have_text(f"cust_{number}")
    inside.locator("#palette-q").fill(text[:200])
    expect(inside.locator("#palette-list")).to_be_visible()
    looks_whole(inside)
    inside.keyboard.press("Escape")


@pytest.mark.parametrize("kind", ["long without a space", "bidi controls", "a script", "a template"])
def test_a_hostile_name_is_told_in_a_toast_as_it_is(kind: str, inside: Page, hostile: Stage) -> None:
    customer = Customer.objects.get(external_id=f"cust_{list(HOSTILE).index(kind)}")
    change = propose_one(Proposal(customer.pk, {"email": "new@example.com"}, uuid.uuid4().hex), by=person("ed"))
    inside.goto(f"{hostile.url}/changes/{change.pk}/")
    inside.goto(f"{hostile.url}/connections/")
    send_due(customer.connection)
    toast = inside.locator(f'#toasts [data-change="{change.pk}"]')
    expect(toast).to_contain_text(" ".join(HOSTILE[kind].split()))
    looks_whole(inside)
    toast.get_by_role("button", name="Close").click()


def looks_whole(page: Page) -> None:
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate(OVERFLOW) <= 0, page.evaluate(OUT_OF_THE_CARD)
        assert page.evaluate(OUT_OF_THE_CARD) == []
    page.set_viewport_size(DESKTOP)
    assert page.title().endswith("· Steward")
    assert page.locator("main script, main img").count() == 0
