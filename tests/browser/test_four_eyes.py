"""Four eyes: Ed asks, Ann decides, the rest is sent, Ed is told; by two people in two browsers, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from console.flows import review
from console.models import Change, LineState, Status
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import PASSWORD, person, sample
from tests.deciding import policy
from tests.flows.helpers import wish

pytestmark = pytest.mark.browser

REASON = "The call-back did not confirm it."


@pytest.fixture(scope="module", autouse=True)
def approvals(shared: Stage) -> None:
    """Two who approve, and a policy that asks for one of them."""
    for username in ("ann", "sam", "max"):
        person(username)
    policy("KYC fields", "occupation", "address", at=[shared.connections["sqril"]])


@pytest.fixture
def ann(open_page: OpenPage, shared: Stage) -> Page:
    """In a browser of her own."""
    page, watch = open_page()
    watch.expected = {404, 422}
    enter(page, shared, "ann")
    return page


def enter(page: Page, shared: Stage, username: str) -> None:
    """Signs in by keyboard."""
    page.goto(shared.url)
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{shared.url}/")


def press(page: Page, wanted: Locator) -> None:
    steps.tab_to(page, wanted)
    page.keyboard.press("Enter")


def line(page: Page, field: str) -> Locator:
    return page.locator(f"#line-{field}")


def read(page: Page) -> None:
    """Waits until the page has had the record read."""
    expect(page.locator("#reading")).to_contain_text("Read from Sqril")


def another(shared: Stage, external_id: str, **wishes: str) -> Change:
    """A request of Ed's about a customer of its own."""
    customer = sample(shared.connections["sqril"], shared.sandbox, customer_id=external_id)
    return wish(customer, person("ed"), wishes)


def test_ed_asks_ann_decides_line_by_line_and_ed_is_told(page: Page, ann: Page, shared: Stage) -> None:
    enter(page, shared, "ed")
    number = ed_asks(page)
    ann.goto(f"{shared.url}/changes/{number}/")
    ann_decides(ann)
    expect(steps.badge(ann)).to_have_text("Applied in part", timeout=30_000)
    [sent] = shared.arrived("sqril")
    assert sent["body"] == steps.was_sent(ann).body
    assert sent["body"] == {
        "email": "adi.wijaya@example.com",
        "phone": "+6281299887766",
        "occupation": "OCC10",
        "address": "Jl. Kebon Sirih 12, Jakarta",
    }
    expect(steps.badge(page)).to_have_text("Applied in part", timeout=30_000)  # Ed looks on, and does nothing
    expect(page.locator("#record")).to_contain_text(f"Not sent: rejected by Ann Mwangi: {REASON}")
    page.goto(f"{shared.url}/notices/")
    expect(page.locator("main")).to_contain_text("Ann Mwangi")


def ed_asks(page: Page) -> int:
    """From his work to the page of the change; gives its number."""
    steps.press(page, "/")
    page.keyboard.type("wij")
    expect(page.locator("#palette-found").get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Adi Wijaya", level=1)).to_be_visible()
    steps.press(page, "e")
    page.wait_for_url("**/edit/**")
    for field, text in (("phone", "+62 812 9988 7766"), ("address", "Jl. Thamrin No. 88, Jakarta")):
        steps.tab_to(page, page.locator(f"#v-{field}"))
        steps.press(page, "ControlOrMeta+a")
        page.keyboard.type(text)
    steps.tab_to(page, page.locator("#v-occupation"))
    page.keyboard.type("OCC10")
    expect(page.locator("#say")).to_contain_text("3 fields changed · 1 approval needed: Ann Mwangi or Sam Tanaka")
    for field in ("occupation", "address"):
        expect(steps.row(page, field)).to_contain_text("needs one approval (policy “KYC fields”)")
    expect(steps.row(page, "phone")).not_to_contain_text("approval")
    steps.press(page, "ControlOrMeta+Enter")
    page.wait_for_url("**/changes/*/")
    expect(steps.badge(page)).to_have_text("Waiting for approval")
    expect(page.locator("#why-not-decide")).to_contain_text("You asked for this yourself; Ann Mwangi or Sam Tanaka")
    return steps.change_number(page)


def ann_decides(page: Page) -> None:
    """Approves one line and rejects the other one."""
    expect(steps.badge(page)).to_have_text("Waiting for you")
    read(page)
    expect(page.locator("#reading")).to_contain_text("nothing has moved since Ed Kowalski asked")
    press(page, line(page, "occupation").get_by_role("button", name="Approve"))
    expect(line(page, "occupation")).to_contain_text("Approved by you")
    press(page, line(page, "address").get_by_role("button", name="Reject"))
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    page.keyboard.type(REASON)
    steps.press(page, "ControlOrMeta+Enter")
    expect(steps.badge(page)).to_have_text(re.compile("in part"))


def test_all_of_it_by_a_single_key_and_the_next_one_by_another(ann: Page, shared: Stage) -> None:
    first, second, third = (another(shared, f"cus_next_{number}", occupation="OCC10") for number in range(3))
    ann.goto(f"{shared.url}/changes/{first.pk}/")
    read(ann)
    steps.press(ann, "n")
    ann.wait_for_url(f"**/changes/{second.pk}/")
    read(ann)
    steps.press(ann, "a")
    dialog = ann.get_by_role("dialog", name="Approve Occupation?")
    expect(dialog.get_by_role("button", name="Approve", exact=True)).to_be_focused()
    ann.keyboard.press("Shift+Tab")
    ann.keyboard.press("Enter")
    ann.wait_for_url(f"**/changes/{third.pk}/")
    expect(ann.locator("main")).to_contain_text(f"Change {second.pk}:")
    steps.press(ann, "r")
    ann.keyboard.type(REASON)
    steps.press(ann, "ControlOrMeta+Enter")
    expect(steps.badge(ann)).to_have_text("Rejected")
    assert Change.objects.get(pk=third.pk).state is Status.REJECTED
    assert Change.objects.get(pk=first.pk).state is Status.PROPOSED


def test_what_moves_while_somebody_decides_is_shown_and_their_words_stay(ann: Page, shared: Stage) -> None:
    change = another(shared, "cus_moves", address="Jl. Thamrin No. 88, Jakarta", occupation="OCC10")
    ann.goto(f"{shared.url}/changes/{change.pk}/")
    read(ann)
    shared.sandbox.edit("sqril", "cus_moves", {"address": "Jl. Sudirman 1, Jakarta"})
    steps.press(ann, "r")
    box = ann.get_by_role("dialog").get_by_role("textbox")
    ann.keyboard.type("Half a")
    with ann.expect_response("**/reading/"):
        ann.evaluate("htmx.trigger(document.querySelector('#reading form'), 'submit')")
    expect(ann.locator("#reading")).to_contain_text("Address has moved since Ed Kowalski asked")
    expect(line(ann, "address")).to_contain_text("moved since: it was Jl. Kebon Sirih 12, Jakarta")
    expect(box).to_be_focused()
    expect(box).to_have_value("Half a")
    ann.keyboard.type(" reason.")
    steps.press(ann, "ControlOrMeta+Enter")
    expect(ann.locator("#state")).to_contain_text("Address is not what was on your page any more")
    assert Change.objects.get(pk=change.pk).state is Status.PROPOSED
    press(ann, line(ann, "address").get_by_role("button", name="Keep theirs"))
    press(ann, ann.get_by_role("dialog").get_by_role("button", name="Keep theirs"))
    expect(line(ann, "address")).to_contain_text("Rejected by you: What Sqril holds now is kept.")
    assert change.lines.get(field="address").state is LineState.REJECTED


def test_what_is_typed_stays_while_the_page_looks_again(ann: Page, shared: Stage) -> None:
    change = another(shared, "cus_typed", occupation="OCC10")
    ann.goto(f"{shared.url}/changes/{change.pk}/")
    read(ann)
    comment = ann.get_by_role("textbox", name="Comment", exact=True).last
    comment.focus()
    ann.keyboard.type("He said")
    review.comment(change.pk, by=person("sam"), text="Seen the card.")
    ann.evaluate("htmx.trigger('#asking', 'look')")
    expect(ann.locator(".timeline")).to_contain_text("Seen the card.")
    expect(comment).to_have_value("He said")
    steps.press(ann, "ControlOrMeta+Enter")
    expect(ann.locator(".timeline")).to_contain_text("He said")
    expect(comment).to_have_value("")


def test_nobody_decides_on_their_own_and_an_administrator_on_nothing(open_page: OpenPage, shared: Stage) -> None:
    change = another(shared, "cus_own", occupation="OCC10")
    own, _ = open_page()
    enter(own, shared, "ed")
    own.goto(f"{shared.url}/changes/{change.pk}/")
    for name in ("Approve all", "Reject", "Return to Ed"):
        expect(own.get_by_role("button", name=name, exact=True)).to_be_disabled()
    steps.press(own, "a")
    expect(own.get_by_role("dialog")).to_have_count(0)
    max_, watch = open_page()
    watch.expected = {404}
    enter(max_, shared, "max")
    max_.goto(f"{shared.url}/changes/{change.pk}/")
    expect(max_.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_without_a_script_it_is_read_approved_and_rejected_all_the_same(open_page: OpenPage, shared: Stage) -> None:
    change = another(shared, "cus_plain", address="Jl. Thamrin No. 88, Jakarta", occupation="OCC10")
    plain, _ = open_page(java_script_enabled=False)
    steps.sign_in(plain, shared.url, "ann")
    plain.goto(f"{shared.url}/changes/{change.pk}/")
    plain.get_by_role("button", name="Read now").click()
    expect(plain.locator("#reading")).to_contain_text("nothing has moved")
    line(plain, "occupation").get_by_role("button", name="Approve").click()
    expect(line(plain, "occupation")).to_contain_text("Approved by you")
    line(plain, "address").get_by_role("button", name="Reject").click()
    plain.locator("#do-reject-address textarea").fill(REASON)
    plain.locator("#do-reject-address").get_by_role("button", name="Reject").click()
    expect(plain.locator("#lines")).to_contain_text(f"Not sent: rejected by you: {REASON}")
