"""The palette: from any page to a customer, a change, a place or an action; by keyboard, mouse and touch."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, Request, Route, expect

from console.models import Customer
from tests.browser import steps
from tests.browser.axe import ALL, problems
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


@pytest.fixture
def work(eds: Page, shared: Stage) -> Page:
    """Ed's page of work, with nothing opened yet."""
    eds.goto(f"{shared.url}/")
    return eds


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Find a customer")


def call(page: Page, text: str = "") -> None:
    """Opens it by its key, types, and waits until what is found belongs to the text."""
    steps.press(page, "Control+k")
    expect(box(page)).to_be_focused()
    page.keyboard.type(text)
    expect_answered(page)


def expect_answered(page: Page) -> None:
    expect(page.locator("#palette-busy")).not_to_be_visible()
    expect(page.locator("#palette-found.stale")).to_have_count(0)


def active(page: Page) -> Locator:
    """What Enter chooses."""
    return page.locator("#palette [aria-selected=true]")


def option(page: Page, name: str) -> Locator:
    return page.locator("#palette").get_by_role("option", name=name)


def open_record(page: Page, shared: Stage, slug: str) -> Customer:
    customer = Customer.objects.get(connection__provider_slug=slug)
    page.goto(f"{shared.url}/customers/{customer.pk}/")
    return customer


def asks(request: Request, text: str) -> bool:
    return request.url.endswith("/palette/") and f"q={text}&" in f"{request.post_data}&"


class TestCustomers:
    def test_ctrl_k_a_few_letters_and_enter_open_a_customer(self, work: Page) -> None:
        call(work, "wij")
        expect(active(work)).to_contain_text("Adi Wijaya")
        expect(active(work).locator("mark").first).to_have_text("Wij")
        work.keyboard.press("Enter")
        expect(work.get_by_role("heading", name="Adi Wijaya", level=1)).to_be_visible()

    def test_typing_and_enter_at_once_opens_the_only_one(self, work: Page) -> None:
        steps.press(work, "/")
        expect(box(work)).to_be_focused()
        work.keyboard.type("lena")
        work.keyboard.press("Enter")
        expect(work.get_by_role("heading", name="Lena Okafor", level=1)).to_be_visible()

    def test_enter_at_once_opens_none_of_several(self, work: Page) -> None:
        call(work)
        work.keyboard.type("as")
        work.keyboard.press("Backspace")
        work.keyboard.press("Enter")
        expect_answered(work)
        expect(option(work, "Ann Whitfield")).to_be_visible()
        expect(work.locator("#palette")).to_be_visible()

    def test_the_answer_to_an_older_text_never_shows_after_a_newer_one(self, work: Page) -> None:
        held: list[Route] = []
        work.route("**/palette/", lambda route: held.append(route) if asks(route.request, "a") else route.continue_())
        call(work)
        with work.expect_request(lambda request: asks(request, "a")):
            work.keyboard.type("a")
        work.keyboard.type("sha")
        expect(active(work)).to_contain_text("Asha Rao")
        held[0].continue_()
        expect_answered(work)
        expect(option(work, "Adi Wijaya")).to_have_count(0)
        expect(active(work)).to_contain_text("Asha Rao")

    def test_axe_finds_nothing_while_the_answer_is_on_its_way(self, work: Page) -> None:
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        work.route("**/palette/", hold)
        steps.press(work, "Control+k")
        expect(work.get_by_role("listbox", include_hidden=True)).to_have_attribute("aria-busy", "true")
        work.evaluate(AXE_SCRIPT)
        assert problems(work, ALL) == []
        held[0].continue_()
        expect(work.locator("[aria-busy]")).to_have_count(0)

    def test_what_stands_there_from_an_older_text_is_not_what_enter_opens(self, work: Page) -> None:
        call(work, "adi")
        expect(active(work)).to_contain_text("Adi Wijaya")
        steps.press(work, "Control+a")
        work.keyboard.type("lena")
        work.keyboard.press("Enter")
        expect(work.get_by_role("heading", name="Lena Okafor", level=1)).to_be_visible()

    def test_ctrl_enter_opens_a_new_tab(self, work: Page) -> None:
        call(work, "wij")
        expect(active(work)).to_contain_text("Adi Wijaya")
        with work.context.expect_page() as opened:
            steps.press(work, "Control+Enter")
        expect(opened.value.get_by_role("heading", name="Adi Wijaya", level=1)).to_be_visible()
        expect(work.locator("#palette")).not_to_be_visible()

    def test_who_was_seen_lately_is_there_before_a_letter(self, work: Page, shared: Stage) -> None:
        open_record(work, shared, "flowwise")
        work.goto(f"{shared.url}/changes/")
        call(work)
        expect(active(work)).to_contain_text("Priya Sharma")

    def test_the_customer_at_hand_is_not_offered_again(self, work: Page, shared: Stage) -> None:
        open_record(work, shared, "flowwise")
        call(work)
        expect(option(work, "Work")).to_be_visible()
        expect(option(work, "Priya Sharma")).to_have_count(0)

    def test_what_was_found_goes_with_it(self, work: Page) -> None:
        call(work, "wij")
        expect(active(work)).to_contain_text("Adi Wijaya")
        work.keyboard.press("Escape")
        expect(work.locator("#palette")).not_to_be_visible()
        expect(work.locator("#palette")).not_to_contain_text("Wijaya")
        expect(work.locator("#palette-q")).to_have_value("")


class TestPlacesAndActions:
    def test_the_beginning_of_a_word_is_enough_for_a_place(self, work: Page) -> None:
        call(work, "chan")
        expect(active(work)).to_contain_text("Changes")
        work.keyboard.press("Enter")
        expect(work.get_by_role("heading", name="Changes", level=1)).to_be_visible()

    def test_what_the_page_can_do_is_done_from_here(self, work: Page, shared: Stage) -> None:
        customer = open_record(work, shared, "sqril")
        call(work, "edit")
        expect(active(work)).to_contain_text("Edit")
        work.keyboard.press("Enter")
        work.wait_for_url(f"**/customers/{customer.pk}/edit/")

    def test_the_history_of_a_field_is_a_word_away(self, work: Page, shared: Stage) -> None:
        customer = open_record(work, shared, "sqril")
        call(work)
        expect(option(work, "History of Phone")).to_be_hidden()
        work.keyboard.type("hist phon")
        expect_answered(work)
        work.keyboard.press("Enter")
        work.wait_for_url(f"**/customers/{customer.pk}/history/phone/")

    def test_the_help_on_keys_opens_from_here(self, work: Page) -> None:
        call(work, "keyboard")
        work.keyboard.press("Enter")
        expect(work.get_by_role("dialog", name="Keyboard")).to_be_visible()

    def test_nothing_at_all_is_said(self, work: Page) -> None:
        call(work, "nobody at all")
        expect(work.locator("#palette")).to_contain_text("Nobody here matches")


class TestHandling:
    def test_the_arrows_go_round_and_the_reader_hears_what_is_active(self, work: Page) -> None:
        call(work, "a")
        expect(active(work)).to_contain_text("Adi Wijaya")
        for key, name in (("ArrowDown", "Ann Whitfield"), ("ArrowUp", "Adi Wijaya"), ("ArrowUp", "")):
            steps.press(work, key)
            expect(active(work)).to_contain_text(name)
            expect(box(work)).to_have_attribute("aria-activedescendant", active(work).get_attribute("id") or "")
        work.keyboard.press("ArrowDown")
        expect(active(work)).to_contain_text("Adi Wijaya")

    def test_the_mouse_chooses(self, work: Page) -> None:
        work.locator("a.find").click()
        expect(box(work)).to_be_focused()
        work.keyboard.type("a")
        option(work, "Ann Whitfield").click()
        expect(work.get_by_role("heading", name="Ann Whitfield", level=1)).to_be_visible()

    def test_escape_gives_the_cursor_back(self, work: Page, shared: Stage) -> None:
        work.goto(f"{shared.url}/customers/add/")
        work.locator("#external_id").fill("half an ")
        call(work, "adi")
        work.keyboard.press("Escape")
        expect(work.locator("#external_id")).to_be_focused()
        work.keyboard.type("id")
        expect(work.locator("#external_id")).to_have_value("half an id")

    def test_a_key_pressed_before_the_next_frame_acts_on_the_page_beneath(self, work: Page, shared: Stage) -> None:
        customer = open_record(work, shared, "sqril")
        call(work, "adi")
        work.evaluate("""() => {
            const box = document.querySelector("#palette-q");
            document.getElementById("palette").close();
            box.dispatchEvent(new KeyboardEvent("keydown", {key: "e", bubbles: true, cancelable: true}));
        }""")
        work.wait_for_url(f"**/customers/{customer.pk}/edit/")

    def test_ctrl_k_works_beside_the_box_of_the_list_and_closes_again(self, work: Page, shared: Stage) -> None:
        work.goto(f"{shared.url}/customers/")
        call(work)
        steps.press(work, "Control+k")
        expect(work.locator("#palette")).not_to_be_visible()
        expect(work.get_by_role("searchbox")).to_be_focused()

    def test_a_finger_finds_and_opens_on_a_phone(self, open_page: OpenPage, work: Page, shared: Stage) -> None:
        state = work.context.storage_state()
        phone = open_page(storage_state=state, viewport={"width": 390, "height": 844}, has_touch=True)[0]
        phone.goto(f"{shared.url}/changes/")
        phone.locator("a.find").tap()
        box(phone).fill("whit")
        option(phone, "Ann Whitfield").tap()
        expect(phone.get_by_role("heading", name="Ann Whitfield", level=1)).to_be_visible()
