"""The form where policies ask for approvals: what will be needed is seen beforehand, and one change becomes two."""

from __future__ import annotations

import uuid

import pytest
from playwright.sync_api import Locator, Page, Route, StorageState, ViewportSize, expect

from console.models import Change, Connection, Customer, LineState
from tests.browser import steps
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import person, sample
from tests.deciding import policy
from tests.views.standing import asked

pytestmark = pytest.mark.browser

NEED = "needs one approval (policy “KYC fields”)"


RIGHT_ABOVE_THE_BAR = """() => {
    const bar = document.querySelector(".bar").getBoundingClientRect();
    window.scrollBy(0, document.activeElement.getBoundingClientRect().bottom - bar.top);
}"""


@pytest.fixture(scope="module")
def watched(shared: Stage) -> Connection:
    """SQRIL, where Ann and Sam decide on Occupation and Address."""
    for username in ("jo", "ann", "sam"):
        person(username)
    policy("KYC fields", "occupation", "address")
    return shared.connections["sqril"]


@pytest.fixture
def customer(shared: Stage, watched: Connection) -> Customer:
    """Somebody there whom no other test edits."""
    return sample(watched, shared.sandbox, customer_id=f"cus_{uuid.uuid4().hex[:8]}")


@pytest.fixture
def form(eds: Page, shared: Stage, customer: Customer) -> Page:
    """Ed at the form of that customer."""
    eds.goto(f"{shared.url}/customers/{customer.pk}/edit/")
    return eds


def need(page: Page, field: str) -> Locator:
    """What stands at a field about approvals."""
    return steps.row(page, field).locator(".need")


class TestWhileOneTypes:
    def test_the_need_shows_before_saving_and_goes_with_the_wish(self, form: Page) -> None:
        save = form.locator("#save")
        form.locator("#v-phone").fill("+62 812 9988 7766")
        expect(form.locator("#say")).to_contain_text("no approval needed")
        expect(save).to_contain_text("Save and send")
        form.locator("#v-occupation").select_option("OCC10")
        expect(need(form, "occupation")).to_have_text(NEED)
        expect(form.locator("#say")).to_contain_text("1 approval needed: Ann Mwangi or Sam Tanaka")
        expect(save).to_contain_text("Propose change")
        expect(form.locator("#request")).to_contain_text("once approved")
        steps.row(form, "occupation").get_by_role("button", name="Undo Occupation").click()
        expect(need(form, "occupation")).to_be_hidden()
        expect(save).to_contain_text("Save and send")

    def test_a_reason_is_marked_as_required_and_gets_the_cursor_when_it_lacks(self, form: Page) -> None:
        policy("E-mails", "email", asks_reason=True)
        form.locator("#v-email").fill("adi@example.com")
        expect(form.locator("#wanted-why")).to_contain_text("The policy “E-mails” wants a reason.")
        expect(form.locator("#why")).to_have_attribute("aria-required", "true")
        steps.press(form, "ControlOrMeta+Enter")
        expect(form.locator("#refusal")).to_contain_text("Say why: the policy “E-mails” wants a reason.")
        expect(form.locator("#why")).to_be_focused()
        form.locator("#why").fill("Called")
        expect(form.locator("#why")).not_to_have_attribute("aria-invalid", "true")
        steps.press(form, "ControlOrMeta+Enter")
        form.wait_for_url("**/changes/*/")


class TestApart:
    def test_what_needs_no_approval_leaves_at_once_and_the_rest_waits(self, form: Page, customer: Customer) -> None:
        form.locator("#v-phone").fill("+62 812 9988 7766")
        form.locator("#v-occupation").select_option("OCC10")
        apart = form.locator("#apart")
        expect(apart).to_contain_text("Phone leaves now; Occupation waits for Ann Mwangi or Sam Tanaka.")
        form.get_by_role("button", name="Send now what needs no approval").click()
        form.wait_for_url("**/changes/*/")
        leaving, waiting = Change.objects.filter(customer=customer).order_by("pk")
        assert steps.change_number(form) == waiting.pk
        assert (leaving.wishes, waiting.wishes) == ({"phone": "+6281299887766"}, {"occupation": "OCC10"})
        expect(form.locator("main")).to_contain_text(f"Change {leaving.pk} (Phone) is on its way")

    def test_enter_saves_it_as_one(self, form: Page, customer: Customer) -> None:
        form.locator("#v-occupation").select_option("OCC10")
        form.locator("#v-phone").fill("+62 812 9988 7766")
        expect(form.locator("#send-apart")).to_be_visible()
        form.keyboard.press("Enter")
        form.wait_for_url("**/changes/*/")
        assert len(Change.objects.get(customer=customer).wishes) == 2

    @pytest.mark.parametrize("size", [DESKTOP, PHONE])
    def test_nothing_lies_over_the_cursor_on_the_way_to_it(self, form: Page, size: ViewportSize) -> None:
        form.set_viewport_size(size)
        form.locator("#v-occupation").select_option("OCC10")
        form.locator("#v-phone").fill("+62 812 9988 7766")
        expect(form.locator("#send-apart")).to_be_visible()
        form.locator("#v-email").focus()
        steps.tab_to(form, form.locator("#send-apart"))

    @pytest.mark.parametrize("size", [DESKTOP, PHONE])
    def test_the_bar_that_grows_by_it_leaves_the_cursor_in_sight(self, form: Page, size: ViewportSize) -> None:
        form.set_viewport_size(size)
        held: list[Route] = []
        form.route("**/check/", lambda route: held.append(route))  # noqa: PLW0108 Playwright marks its listeners
        form.locator("#v-phone").fill("+62 812 9988 7766")
        with form.expect_request("**/check/"):
            form.locator("#v-address").fill("Jl. Thamrin No. 88, Jakarta")
        form.locator("#v-occupation").focus()
        form.evaluate(RIGHT_ABOVE_THE_BAR)
        assert steps.is_seen(form)
        for route in held:
            route.continue_()
        expect(form.locator("#send-apart")).to_be_visible()
        expect(form.locator("#v-occupation")).to_be_focused()
        assert steps.is_seen(form)


class TestWithoutScripts:
    def test_the_preview_says_what_is_needed_and_one_change_becomes_two(
        self, shared: Stage, customer: Customer, session: StorageState, open_page: OpenPage
    ) -> None:
        page, _ = open_page(storage_state=session, java_script_enabled=False)
        page.goto(f"{shared.url}/customers/{customer.pk}/edit/")
        page.locator("#v-phone").fill("+62 812 9988 7766")
        page.locator("#v-occupation").select_option("OCC10")
        page.get_by_role("button", name="Show what will be sent").click()
        expect(need(page, "occupation")).to_have_text(NEED)
        expect(page.locator("#save")).to_contain_text("Propose change")
        page.get_by_role("button", name="Send now what needs no approval").click()
        page.wait_for_url("**/changes/*/")
        assert Change.objects.filter(customer=customer).count() == 2


class TestARequest:
    def test_it_is_edited_in_its_own_form_and_saved_into(self, form: Page, shared: Stage, customer: Customer) -> None:
        request = asked(customer, person("ed"), occupation="OCC10", address="Jl. Melati 5")
        form.reload()
        form.get_by_role("link", name="Edit it").click()
        expect(form.get_by_role("heading", level=1)).to_have_text(f"Edit your request (change {request.pk})")
        expect(form.locator("#v-occupation")).to_have_value("OCC10")
        form.locator("#v-occupation").select_option("OCC7")
        steps.row(form, "address").get_by_role("button", name="Undo Address").click()
        expect(form.locator("#say")).to_contain_text("Asks to change 1 field")
        form.get_by_role("button", name="Save request").click()
        form.wait_for_url("**/changes/*/")
        assert {line.field: line.state for line in request.lines.all()} == {
            "occupation": LineState.OPEN,
            "address": LineState.DROPPED,
        }

    def test_escape_leads_back_to_it_where_nothing_was_typed(
        self, form: Page, shared: Stage, customer: Customer
    ) -> None:
        request = asked(customer, person("ed"), occupation="OCC10")
        form.goto(f"{shared.url}/customers/{customer.pk}/edit/?amend={request.pk}")
        expect(form.locator("#edit [autofocus]")).to_be_focused()
        form.keyboard.press("Escape")
        form.wait_for_url(f"**/changes/{request.pk}/")
        expect(form.get_by_role("heading", level=1)).to_be_visible()

    def test_another_wish_for_the_field_says_what_it_replaces(self, form: Page, customer: Customer) -> None:
        jos = asked(customer, person("jo"), occupation="OCC10")
        form.reload()
        expect(form.locator("#earlier-occupation")).to_contain_text("Jo Lindqvist asked for OCC10")
        form.locator("#v-occupation").select_option("OCC7")
        expect(form.locator("#wanted-why")).to_contain_text("You replace what Jo Lindqvist asked for.")
        form.locator("#why").fill("He called back.")
        steps.press(form, "ControlOrMeta+Enter")
        form.wait_for_url("**/changes/*/")
        jos.refresh_from_db()
        assert jos.superseded_by_id == steps.change_number(form)
