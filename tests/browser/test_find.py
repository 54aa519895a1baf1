"""Finding a customer while one types: the newest text wins, Enter opens, Back finds the search again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, Request, Route, StorageState, expect

from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


@pytest.fixture
def finder(eds: Page, shared: Stage) -> Page:
    """The page of customers, with Ed's cursor in its box."""
    eds.goto(f"{shared.url}/customers/")
    expect(box(eds)).to_be_focused()
    return eds


def box(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Search customers")


def expect_found(page: Page, *names: str) -> None:
    """These and no others, in this order."""
    expect(page.locator("#results tbody a.name")).to_have_text(names)


def expect_opened(page: Page, name: str) -> None:
    """The record of somebody."""
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def best(page: Page) -> Locator:
    """The row that Enter opens."""
    return page.locator("#results [data-active]")


def hold(page: Page, text: str) -> list[Route]:
    """Keeps back the request for a text until the test lets it go."""
    held: list[Route] = []

    def handle(route: Route) -> None:
        if f"q={text}&" in f"{route.request.post_data}&":
            held.append(route)
        else:
            route.continue_()

    page.route("**/customers/", handle)
    return held


class TestTyping:
    def test_what_is_found_stands_there_with_the_best_marked_as_what_enter_opens(self, finder: Page) -> None:
        finder.keyboard.type("a")
        expect_found(finder, "Adi Wijaya", "Ann Whitfield", "Asha Rao", "Lena Okafor")
        expect(best(finder)).to_contain_text("Adi Wijaya")
        finder.keyboard.press("Enter")
        expect_opened(finder, "Adi Wijaya")

    def test_typing_on_narrows_it_without_moving_the_cursor(self, finder: Page) -> None:
        finder.keyboard.type("a")
        expect_found(finder, "Adi Wijaya", "Ann Whitfield", "Asha Rao", "Lena Okafor")
        finder.keyboard.type("sh")
        expect_found(finder, "Asha Rao")
        expect(finder.locator("#results mark").first).to_have_text("Ash")
        expect(box(finder)).to_be_focused()

    def test_the_answer_to_an_older_text_never_shows_after_a_newer_one(self, finder: Page) -> None:
        held = hold(finder, "a")
        with finder.expect_request(lambda request: asks(request, "a")):
            finder.keyboard.type("a")
        finder.keyboard.type("sha")
        expect_found(finder, "Asha Rao")
        address = finder.url
        held[0].continue_()
        expect(finder.locator("#searching")).not_to_be_visible()
        expect_found(finder, "Asha Rao")
        assert finder.url == address
        finder.reload()
        expect(box(finder)).to_have_value("asha")

    def test_each_request_says_when_it_was_typed(self, finder: Page) -> None:
        with finder.expect_request(lambda request: asks(request, "a")) as sent:
            finder.keyboard.type("a")
        assert re.search(r"&n=\d{13}\b", sent.value.post_data or "")

    def test_letters_typed_before_the_scripts_came_are_looked_for(
        self, open_page: OpenPage, session: StorageState, shared: Stage
    ) -> None:
        page = open_page(storage_state=session)[0]
        held: list[Route] = []
        page.route("**/htmx*.js", lambda route: held.append(route))  # noqa: PLW0108 - it takes attributes
        page.goto(f"{shared.url}/customers/", wait_until="commit")
        box(page).press_sequentially("asha")
        held[0].continue_()
        expect_found(page, "Asha Rao")

    def test_enter_before_the_answer_opens_what_cannot_be_mistaken(self, finder: Page) -> None:
        finder.keyboard.type("asha")
        finder.keyboard.press("Enter")
        expect_opened(finder, "Asha Rao")

    def test_enter_before_the_answer_shows_several_and_opens_none(self, finder: Page) -> None:
        finder.keyboard.type("a")
        finder.keyboard.press("Enter")
        expect_found(finder, "Adi Wijaya", "Ann Whitfield", "Asha Rao", "Lena Okafor")
        expect(finder.get_by_role("heading", name="Customers", level=1)).to_be_visible()

    def test_nobody_found_says_what_can_be_done(self, finder: Page) -> None:
        finder.keyboard.type("cus_nobody")
        expect(finder.get_by_text("Nobody here matches")).to_be_visible()
        expect(finder.locator("#said")).to_have_text("Nobody found.")
        expect(finder.get_by_role("button", name="Read from Sqril")).to_be_visible()

    def test_what_is_found_can_be_kept_as_a_view(self, finder: Page) -> None:
        finder.keyboard.type("ash")
        expect_found(finder, "Asha Rao")
        finder.get_by_role("button", name="Views").click()
        finder.get_by_role("button", name="Keep this list as a view").click()
        finder.get_by_role("textbox", name="Name").fill("Everybody called Asha")
        finder.get_by_role("button", name="Keep it").click()
        expect(finder.get_by_role("heading", name="Everybody called Asha")).to_be_visible()
        expect_found(finder, "Asha Rao")


class TestTheKeyboardAlone:
    def test_the_arrows_move_what_enter_opens(self, finder: Page) -> None:
        finder.keyboard.type("a")
        expect(best(finder)).to_contain_text("Adi Wijaya")
        for name in ("Ann", "Asha", "Lena", "Lena"):
            finder.keyboard.press("ArrowDown")
            expect(best(finder)).to_contain_text(name)
        finder.keyboard.press("ArrowUp")
        expect(best(finder)).to_contain_text("Asha")
        expect(finder.locator("#said")).to_contain_text("Asha Rao")
        finder.keyboard.press("Enter")
        expect_opened(finder, "Asha Rao")

    def test_ctrl_enter_opens_it_in_a_new_tab(self, finder: Page) -> None:
        finder.keyboard.type("adi")
        expect(best(finder)).to_contain_text("Adi Wijaya")
        with finder.context.expect_page() as opened:
            steps.press(finder, "Control+Enter")
        expect_opened(opened.value, "Adi Wijaya")
        expect(box(finder)).to_have_value("adi")

    def test_escape_leaves_the_box_and_the_rows_take_j_and_k(self, finder: Page) -> None:
        finder.keyboard.press("Escape")
        expect(box(finder)).not_to_be_focused()
        steps.press(finder, "j")
        steps.press(finder, "j")
        finder.keyboard.press("Enter")
        expect_opened(finder, "Ann Whitfield")

    def test_a_slash_comes_back_to_the_box(self, finder: Page) -> None:
        finder.keyboard.press("Escape")
        steps.press(finder, "/")
        expect(box(finder)).to_be_focused()
        expect(finder.locator("#palette")).not_to_be_visible()

    def test_a_slash_in_the_empty_box_is_the_key_and_no_letter(self, finder: Page) -> None:
        finder.keyboard.type("/adi")
        expect(box(finder)).to_have_value("adi")


class TestBack:
    def test_search_open_back_works_again_and_again(self, finder: Page) -> None:
        for text, name in (("adi", "Adi Wijaya"), ("ann", "Ann Whitfield"), ("lena", "Lena Okafor")):
            box(finder).fill(text)
            expect_found(finder, name)
            finder.keyboard.press("Enter")
            expect_opened(finder, name)
            finder.go_back()
            expect(box(finder)).to_have_value(text)
            expect_found(finder, name)
            expect(best(finder)).to_contain_text(name)

    def test_typing_after_back_replaces_what_was_looked_for(self, finder: Page) -> None:
        box(finder).fill("adi")
        expect_found(finder, "Adi Wijaya")
        finder.keyboard.press("Enter")
        expect_opened(finder, "Adi Wijaya")
        finder.go_back()
        expect_found(finder, "Adi Wijaya")
        finder.keyboard.type("lena")
        expect_found(finder, "Lena Okafor")

    def test_an_emptied_box_shows_everybody_at_the_plain_address(self, finder: Page) -> None:
        box(finder).fill("adi")
        expect_found(finder, "Adi Wijaya")
        box(finder).fill("")
        expect(finder.locator("#results tbody tr")).to_have_count(5)
        assert finder.url.endswith("/customers/")

    def test_nothing_personal_is_in_the_address_or_kept_by_the_browser(self, finder: Page) -> None:
        box(finder).fill("wijaya")
        expect_found(finder, "Adi Wijaya")
        kept = finder.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, location.href])")
        assert "wijaya" not in kept.lower()

    def test_who_was_seen_stands_above_the_list_and_opens_by_the_arrows(self, finder: Page, shared: Stage) -> None:
        box(finder).fill("priya")
        expect_found(finder, "Priya Sharma")
        finder.keyboard.press("Enter")
        expect_opened(finder, "Priya Sharma")
        finder.goto(f"{shared.url}/customers/")
        expect(finder.locator(".recent a").first).to_contain_text("Priya Sharma")
        finder.keyboard.press("ArrowDown")
        finder.keyboard.press("Enter")
        expect_opened(finder, "Priya Sharma")


class TestWithoutAScript:
    @pytest.fixture
    def plain(self, open_page: OpenPage, session: StorageState, shared: Stage) -> Page:
        page = open_page(storage_state=session, java_script_enabled=False)[0]
        page.goto(f"{shared.url}/")
        return page

    def test_find_leads_to_the_customers_and_enter_searches(self, plain: Page) -> None:
        plain.get_by_role("link", name="Find", exact=True).click()
        box(plain).fill("a")
        box(plain).press("Enter")
        expect_found(plain, "Adi Wijaya", "Ann Whitfield", "Asha Rao", "Lena Okafor")
        plain.get_by_role("link", name="Ann Whitfield").click()
        expect_opened(plain, "Ann Whitfield")
        plain.go_back()
        expect_found(plain, "Adi Wijaya", "Ann Whitfield", "Asha Rao", "Lena Okafor")

    def test_an_exact_id_opens_its_customer(self, plain: Page) -> None:
        plain.get_by_role("link", name="Find", exact=True).click()
        box(plain).fill("cus_8f31c2")
        box(plain).press("Enter")
        expect_opened(plain, "Adi Wijaya")


def asks(request: Request, text: str) -> bool:
    """Whether a request looks for a text."""
    return request.method == "POST" and f"q={text}&" in f"{request.post_data}&"


def test_a_search_that_is_lost_with_its_session_is_said(open_page: OpenPage, shared: Stage, finder: Page) -> None:
    box(finder).fill("adi")
    expect_found(finder, "Adi Wijaya")
    address = finder.url
    other = open_page()[0]
    steps.sign_in(other, shared.url)
    other.goto(address)
    expect(other.get_by_text("This search is no longer kept")).to_be_visible()
    other.keyboard.type("adi")
    expect_found(other, "Adi Wijaya")
