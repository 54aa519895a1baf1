"""The form of one customer: typed into, wrong, left, met by another's change, in need of approval."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page, expect

from tests.browser.scenes.acts import wait_for
from tests.browser.scenes.playing import Play, Scene, another_account
from tests.cast import person, sample
from tests.deciding import policy
from tests.views.standing import asked


def play(played: Play) -> None:
    """Accounts at SQRIL where some fields need approval: one with approvers, one that wants much and has none."""
    ed, jo = played.people["ed"], played.people["jo"]
    watched, strict = (another_account(played, name) for name in ("four eyes", "strict"))
    policy("KYC fields", "occupation", "address", at=[watched, strict])
    long = "Contact data by which a person is reached, as agreed with compliance in 2026"
    policy(long, "email", "phone", at=[strict], approvals=2, asks_reason=True, asks_ticket=True)
    policy("Addresses", "address", at=[strict], asks_reason=True)
    for username in ("ann", "sam"):
        person(username, watched)
    played.numbers["four_eyes"] = sample(watched, customer_id="cus_20").pk
    played.numbers["strict"] = sample(strict, customer_id="cus_22").pk
    waiting = sample(watched, customer_id="cus_21")
    played.numbers["second_wish"] = waiting.pk
    played.numbers["own_request"] = asked(waiting, ed, occupation="OCC10").pk
    asked(waiting, jo, address="Jl. Melati 5, Bandung")


def type_rightly(page: Page) -> None:
    """Changes two fields, and waits for the request to stand there."""
    page.locator("#v-phone").fill("+62 812 9988 7766")
    page.locator("#v-occupation").select_option("OCC10")
    expect(page.locator("#say")).to_contain_text("2 fields changed")


def type_wrongly(page: Page) -> None:
    """Saves a form with two problems."""
    page.locator("#v-email").fill("adi.wijaya@example")
    page.locator("#v-address").fill("")
    page.locator("#v-occupation").select_option("OCC10")
    page.get_by_role("button", name="Save and send").click()
    expect(page.locator("#refusal")).to_be_visible()


def begin(page: Page) -> None:
    """Types into a form, and waits until that is kept as a draft."""
    page.locator("#v-address").fill("44 Mill Lane, Leeds")
    expect(page.locator("#say")).to_contain_text("kept as a draft")


def leave_begun(page: Page) -> None:
    """Is asked before what was typed is left."""
    begin(page)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def come_back(page: Page) -> None:
    """Finds what was typed on coming back to the form."""
    begin(page)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#draft")).to_be_visible()


def type_away(page: Page) -> None:
    """Types while the console does not answer, which a page by itself calls a failure."""
    page.route("**/check/", lambda route: route.fulfill(status=422, content_type="text/html", body="<!doctype html>"))
    page.locator("#v-address").fill("44 Mill Lane, Leeds")
    expect(page.locator("#unchecked")).not_to_be_empty()


def meet(page: Page) -> None:
    """Saves what somebody else has changed since the form was opened."""
    page.locator("#edit [name=d-address]").evaluate("input => (input.value = 'the digest of another value')")
    page.locator("#v-address").fill("44 Mill Lane, Leeds")
    page.get_by_role("button", name="Save and send").click()
    expect(page.locator(".whose")).to_be_visible()


def save(page: Page) -> None:
    """Saves two changed fields."""
    type_rightly(page)
    page.get_by_role("button", name="Save and send").click()


def search_a_list(page: Page) -> None:
    page.get_by_role("combobox", name="Time zone").fill("new")


def ask_for_approval(page: Page) -> None:
    """Types what needs approval, and one thing that does not, where there is one."""
    page.locator("#v-phone").fill("+62 812 9988 7766")
    page.locator("#v-occupation").select_option("OCC10")
    page.locator("#v-address").fill("Jl. Thamrin No. 88, Jakarta")
    expect(page.locator("#say")).to_contain_text("3 fields changed")


def give_no_reason(page: Page) -> None:
    """Saves without the reason that a policy wants."""
    ask_for_approval(page)
    page.get_by_role("button", name="Propose change").click()
    expect(page.locator("#refusal")).to_be_visible()


def wish_for_it_too(page: Page) -> None:
    """Types into fields for which requests wait, their own and another's."""
    page.locator("#v-occupation").select_option("OCC7")
    page.locator("#v-address").fill("Jl. Thamrin No. 88, Jakarta")
    expect(page.locator("#say")).to_contain_text("2 fields changed")


def edit_a_request(page: Page) -> None:
    """Changes what their own request asks for."""
    page.locator("#v-phone").fill("+62 812 9988 7766")
    expect(page.locator("#say")).to_contain_text("Asks to change 2 fields")


SCENES: Mapping[str, Scene] = {
    "edit": Scene("/customers/{sqril}/edit/"),
    "edit filled in": Scene("/customers/{sqril}/edit/", does=type_rightly),
    "edit with errors": Scene("/customers/{sqril}/edit/", does=type_wrongly),
    "edit begun and left": Scene("/customers/{caibo}/edit/", does=leave_begun),
    "edit begun and found again": Scene("/customers/{caibo}/edit/", does=come_back),
    "edit taken up again": Scene("/customers/{caibo}/edit/?draft=1", does=begin),
    "edit while the console is away": Scene("/customers/{caibo}/edit/", does=type_away),
    "edit that meets another": Scene("/customers/{caibo}/edit/", does=meet),
    "edit being saved": Scene("/customers/{sqril}/edit/", does=wait_for("**/edit/", save)),
    "edit with long values": Scene("/customers/{long}/edit/"),
    "edit where values lack": Scene("/customers/{unread}/edit/"),
    "edit beside another's change": Scene("/customers/{waits_for_jo}/edit/"),
    "edit that needs approval": Scene("/customers/{four_eyes}/edit/", does=ask_for_approval),
    "edit that needs much and nobody can give it": Scene("/customers/{strict}/edit/", does=ask_for_approval),
    "edit that lacks a reason": Scene("/customers/{strict}/edit/", does=give_no_reason),
    "edit beside requests that wait": Scene("/customers/{second_wish}/edit/", does=wish_for_it_too),
    "edit of a request": Scene("/customers/{second_wish}/edit/?amend={own_request}", does=edit_a_request),
    "edit at finosu": Scene("/customers/{finosu}/edit/"),
    "edit at timepay": Scene("/customers/{timepay}/edit/"),
    "edit at caibo": Scene("/customers/{caibo}/edit/"),
    "edit with a list open": Scene("/customers/{finosu}/edit/", does=search_a_list),
}
