"""What people do in the browser, in their words; and what the pages show them, read back."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

from console.models import Customer
from tests.cast import PASSWORD

# Drawn by an outline or a shadow, its own or that of the search around it, and nothing that sticks to an edge of the
# window stands over its middle. Chromium itself draws the focus of what is inside of a date control.
SEEN = """() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element.closest(".search") ?? element);
    const drawn = !element.matches(":focus") || style.outlineStyle !== "none" || style.boxShadow !== "none";
    const above = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return drawn && above !== null && (element.contains(above) || above.contains(element));
}"""


NEXT_FRAME, MOST_FRAMES = "new Promise(done => requestAnimationFrame(() => done()))", 60


@dataclass(frozen=True, slots=True)
class ShownRequest:
    """A request as a page shows it."""

    method: str
    url: str
    body: Any


def sign_in(page: Page, url: str, username: str = "ed") -> None:
    """Ends on the page of the person's work."""
    page.goto(f"{url}/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{url}/")
    expect(page.get_by_role("heading", name="Work", level=1)).to_be_visible()


def find(page: Page, text: str, name: str) -> None:
    """Searches for a text and opens the one customer of that name."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Customers").click()
    page.wait_for_url("**/customers/")
    page.get_by_role("searchbox", name="Search customers").fill(text)
    page.wait_for_url("**/customers/?*s=*")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.locator("#results").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def open_form(page: Page) -> None:
    """From the customer's page to the form."""
    page.get_by_role("link", name="Edit", exact=True).click()
    page.wait_for_url("**/edit/")


def go_to_form(page: Page, url: str, slug: str) -> None:
    """Straight to the form of the sample customer of a provider."""
    customer = Customer.objects.get(connection__provider_slug=slug)
    page.goto(f"{url}/customers/{customer.pk}/edit/")


def fill(page: Page, values: Mapping[str, str]) -> None:
    """Fills in fields by name, choices by their value, and waits until the page shows what would be sent."""
    for name, text in values.items():
        control = page.locator(f"#v-{name}")
        _fill_in(control, text)
    count = len(values)
    expect(page.locator("#say")).to_contain_text(f"{count} field{'' if count == 1 else 's'} changed")


def _fill_in(control: Locator, text: str) -> None:
    role = control.get_attribute("role")
    if control.evaluate("control => control.tagName") == "SELECT":
        control.select_option(text)
    elif role == "radiogroup":
        control.locator(f"input[value={json.dumps(text)}]").check()
    else:
        control.fill(text)
        if role == "combobox":
            control.press("Enter")


def will_be_sent(page: Page) -> ShownRequest:
    """What the form shows under “What will be sent”."""
    return _read(page.locator("#request pre.request"))


def was_sent(page: Page) -> ShownRequest:
    """What the page of a change shows under “This was sent”."""
    heading = page.get_by_role("heading", name="This was sent")
    return _read(page.locator("section", has=heading).locator("pre.request"))


def save(page: Page) -> int:
    """Saves the form; gives the number of the change it became."""
    page.get_by_role("button", name="Save and send").click()
    page.wait_for_url("**/changes/*/")
    return change_number(page)


def change_number(page: Page) -> int:
    """Of the change whose page this is."""
    found = re.search(r"/changes/(\d+)/", page.url)
    assert found, page.url
    return int(found[1])


def badge(page: Page) -> Locator:
    """The state of the change whose page this is."""
    return page.locator("#head .state")


def row(page: Page, field: str) -> Locator:
    """The row of a field, on the form or the record."""
    return page.locator(f"#field-{field}")


def press(page: Page, key: str) -> None:
    """Presses a key that acts by a script: a page that only just came hears it once its scripts have run."""
    page.wait_for_load_state()
    page.keyboard.press(key)


@contextlib.contextmanager
def all_answered(page: Page) -> Iterator[None]:
    """Whatever the page asks for inside is answered at its end, and its scripts have heard it.

    Before a clock moves on: what is heard after that would be counted from the later time.
    """
    asked: list[Request] = []
    page.on("request", note := lambda request: asked.append(request))  # noqa: PLW0108 Playwright marks its listeners
    yield
    page.evaluate("0")  # what is being asked for has been asked for
    for request in asked:
        if answer := request.response():
            answer.finished()
    page.evaluate("0")  # and heard
    page.remove_listener("request", note)


def tab_to(page: Page, wanted: Locator) -> None:
    """Presses Tab until this element has the focus, which has to be seen on the whole way."""
    wanted = wanted.first
    for _ in range(80):
        page.keyboard.press("Tab")
        assert is_seen(page), page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never reached {wanted}.")


def is_seen(page: Page) -> bool:
    """Whether what has the focus is seen once the page, which may be scrolling there, has come to rest."""
    return any(page.evaluate(SEEN) or page.evaluate(NEXT_FRAME) for _ in range(MOST_FRAMES))


def next_frame(page: Page) -> None:
    """Waits until the page is drawn anew."""
    page.evaluate(NEXT_FRAME)


def _read(shown: Locator) -> ShownRequest:
    head, _, body = (shown.text_content() or "").partition("\n\n")
    method, url = head.splitlines()[0].split(" ", 1)
    return ShownRequest(method, url.strip(), json.loads(body))
