"""Ed changes a phone number while the customer is on the phone: at each provider, by mouse, by keys, with no script."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import PASSWORD

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Call:
    """Who calls, what Ed looks for, the field, what he is told on the phone, and what the page says in the end."""

    slug: str
    name: str
    finds: str
    field: str
    told: str
    ends: str

    @property
    def stored(self) -> str:
        """The number as the provider gets it."""
        return "+" + "".join(digit for digit in self.told if digit.isdigit())


UNCONFIRMED = "{} accepted it, but does not say what it holds now. {} offers no way to read a record"
CONFIRMED = "Applied: the answer of {} holds the new values. Nothing more to do."
BEFORE = "1 field changed · no approval needed · sent right away"

# Found by a part of the name, by the last digits, by the ID; told as one says it: with brackets, blanks and dots.
CALLS: Mapping[str, Mapping[str, Call]] = {
    "mouse": {
        "timepay": Call("timepay", "Asha Rao", "asha", "phone_number", "+91 90210 88124", UNCONFIRMED),
        "finosu": Call("finosu", "Lena Okafor", "okaf", "phoneNumber", "+1 (415) 555-0187", CONFIRMED),
        "caibo": Call("caibo", "Ann Whitfield", "whit", "phone", "+44 1632 960961", UNCONFIRMED),
        "flowwise": Call("flowwise", "Priya Sharma", "pri sha", "phone", "+91 98765 00000", CONFIRMED),
        "sqril": Call("sqril", "Adi Wijaya", "wij", "phone", "+62 812 9988 7766", CONFIRMED),
    },
    "keyboard": {
        "timepay": Call("timepay", "Asha Rao", "LOAN-2025-00123", "phone_number", "+91.90210.88125", UNCONFIRMED),
        "finosu": Call("finosu", "Lena Okafor", "FN-20418", "phoneNumber", "+1 415 555 0188", CONFIRMED),
        "caibo": Call("caibo", "Ann Whitfield", "ann.w", "phone", "+44 1632 960962", UNCONFIRMED),
        "flowwise": Call("flowwise", "Priya Sharma", "cust_priya", "phone", "+91 98765 00001", CONFIRMED),
        "sqril": Call("sqril", "Adi Wijaya", "cus_8f31c2", "phone", "+62 812 9988 7767", CONFIRMED),
    },
    "no script": {
        "timepay": Call("timepay", "Asha Rao", "rao", "phone_number", "+91 90210 88126", UNCONFIRMED),
        "finosu": Call("finosu", "Lena Okafor", "lena", "phoneNumber", "+1-415-555-0189", CONFIRMED),
        "caibo": Call("caibo", "Ann Whitfield", "whitfield", "phone", "+44 1632 960963", UNCONFIRMED),
        "flowwise": Call("flowwise", "Priya Sharma", "sharma", "phone", "+91 98765 00002", CONFIRMED),
        "sqril": Call("sqril", "Adi Wijaya", "adi", "phone", "+62 812 9988 7768", CONFIRMED),
    },
}
SLUGS = tuple(CALLS["mouse"])


@pytest.fixture
def plain(open_page: OpenPage) -> Page:
    """A page in a browser whose JavaScript is off."""
    return open_page(java_script_enabled=False)[0]


@pytest.mark.parametrize("slug", SLUGS)
def test_a_new_phone_number_by_mouse(slug: str, page: Page, shared: Stage) -> None:
    call = CALLS["mouse"][slug]
    steps.sign_in(page, shared.url)
    page.locator("main").get_by_role("link", name="Find a customer").first.click()
    page.get_by_role("combobox", name="Find a customer").fill(call.finds)
    page.locator("#palette").get_by_role("option", name=call.name).click()
    steps.row(page, call.field).locator("a[data-edit]").click()
    expect(control(page, call)).to_be_focused()
    control(page, call).fill(call.told)
    expect(steps.row(page, call.field).locator(".by .now")).to_be_visible()
    it_is_done(page, shared, call, lambda: page.get_by_role("button", name="Save and send").click())
    page.get_by_role("link", name="Back to customer").click()
    it_is_in_the_history(page, call)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_new_phone_number_by_keyboard_alone(slug: str, page: Page, shared: Stage) -> None:
    call, keys = CALLS["keyboard"][slug], page.keyboard
    page.goto(shared.url)
    expect(page.get_by_label("Username")).to_be_focused()
    keys.type("ed")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    page.wait_for_url(f"{shared.url}/")
    steps.press(page, "/")
    expect(page.get_by_role("combobox", name="Find a customer")).to_be_focused()
    keys.type(call.finds)
    keys.press("Enter")
    expect(page.get_by_role("heading", name=call.name, level=1)).to_be_visible()
    steps.tab_to(page, steps.row(page, call.field).locator("a[data-edit]"))
    keys.press("Enter")
    expect(control(page, call)).to_be_focused()
    steps.press(page, "ControlOrMeta+a")
    keys.type(call.told)
    it_is_done(page, shared, call, lambda: steps.press(page, "ControlOrMeta+Enter"))
    steps.tab_to(page, page.get_by_role("link", name="Back to customer"))
    keys.press("Enter")
    it_is_in_the_history(page, call)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_new_phone_number_without_a_script(slug: str, plain: Page, shared: Stage) -> None:
    call = CALLS["no script"][slug]
    steps.sign_in(plain, shared.url)
    plain.locator("main").get_by_role("link", name="Find a customer").first.click()
    plain.get_by_role("searchbox", name="Search customers").fill(call.finds)
    plain.get_by_role("button", name="Search").click()
    plain.locator("#results").get_by_role("link", name=call.name, exact=True).click()
    steps.row(plain, call.field).locator("a[data-edit]").click()
    control(plain, call).fill(call.told)
    plain.get_by_role("button", name="Show what will be sent").click()
    it_is_done(plain, shared, call, lambda: plain.get_by_role("button", name="Save and send").click())
    plain.get_by_role("link", name="Back to customer").click()
    it_is_in_the_history(plain, call)


def test_a_mistake_without_a_script_is_said_at_its_field_and_the_rest_is_kept(plain: Page, shared: Stage) -> None:
    steps.sign_in(plain, shared.url)
    steps.go_to_form(plain, shared.url, "caibo")
    plain.locator("#v-address").fill("7 Mill Lane, Leeds")
    plain.locator("#v-email").fill("not an address")
    plain.get_by_role("button", name="Save and send").click()
    expect(plain.locator("#refusal")).to_contain_text("Nothing was saved")
    expect(plain.locator("#v-email")).to_be_focused()
    expect(plain.locator("#v-address")).to_have_value("7 Mill Lane, Leeds")
    plain.get_by_role("button", name="Sign out").click()
    expect(plain.get_by_role("heading", name="Sign in")).to_be_visible()


def control(page: Page, call: Call) -> Locator:
    return page.locator(f"#v-{call.field}")


def it_is_done(page: Page, stage: Stage, call: Call, save: Callable[[], object]) -> None:
    """The page says what will be sent and what happens then; that is what arrives; the page says how it ended."""
    expect(page.locator("#say")).to_contain_text(BEFORE)
    expect(page.locator("#request pre mark")).to_have_text(f'"{call.stored}"')
    shown, earlier = steps.will_be_sent(page), len(stage.arrived(call.slug))
    save()
    page.wait_for_url("**/changes/*/")
    look_again(page)
    title = stage.connections[call.slug].name
    expect(page.locator("#state")).to_contain_text(call.ends.format(title, title))
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Phone of {call.name}")

    [arrived] = stage.arrived(call.slug)[earlier:]
    assert (arrived["method"], arrived["body"]) == (shown.method, shown.body)
    assert shown.url == f"{stage.sandbox.base_url(call.slug)}{arrived['path']}"
    assert arrived["applied"]
    assert steps.was_sent(page) == shown
    assert stage.sandbox.records(call.slug).popitem()[1][call.field] == call.stored


def look_again(page: Page) -> None:
    """As the link says that stands there while nothing looks by itself."""
    while page.get_by_role("link", name="Look again").is_visible():
        page.get_by_role("link", name="Look again").click()


def it_is_in_the_history(page: Page, call: Call) -> None:
    asked = "asked to set" if call.ends == UNCONFIRMED else "set"
    latest = page.locator("#history li").first
    expect(latest).to_contain_text(f"Ed Kowalski {asked} Phone to +")
    assert re.sub(r"\D", "", latest.locator("a").inner_text()) == call.stored[1:]
    expect(steps.row(page, call.field)).to_contain_text("Ed Kowalski")
