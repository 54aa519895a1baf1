"""Editing in the place of the record: by mouse, by keyboard alone, with somebody else at it, and when one has to go."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone
from playwright.sync_api import Dialog, Page, Route, StorageState, expect

from console.models import Change, Customer, Draft, Known
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import person, sample

pytestmark = pytest.mark.browser


@pytest.fixture
def customer(shared: Stage) -> Customer:
    """Somebody at SQRIL whom no other test edits."""
    number = uuid.uuid4().hex[:8]
    return sample(shared.connections["sqril"], shared.sandbox, customer_id=f"cus_{number}", name_last=number)


@pytest.fixture
def record(eds: Page, shared: Stage, customer: Customer) -> Page:
    """Ed at the record of that customer."""
    eds.goto(f"{shared.url}/customers/{customer.pk}/")
    return eds


@pytest.fixture
def form(eds: Page, shared: Stage, customer: Customer) -> Page:
    """Ed at the form of that customer."""
    eds.goto(f"{shared.url}/customers/{customer.pk}/edit/")
    return eds


def checked(page: Page) -> None:
    """Waits until the form was looked at by the server, and kept."""
    expect(page.locator("#say")).to_contain_text("kept as a draft")


def learnt(customer: Customer, **values: str) -> None:
    """The provider told us something in between."""
    fresh = Customer.objects.get(pk=customer.pk)
    fresh.learn(values, how=Known.READ, at=timezone.now())
    fresh.save_learnt()


class TestInPlace:
    def test_a_click_on_a_value_puts_the_cursor_into_it_without_leaving_the_page(self, record: Page) -> None:
        record.evaluate("window.stays = true")
        before = steps.row(record, "address").bounding_box()
        steps.row(record, "address").locator("a[data-edit]").click()
        expect(record.locator("#v-address")).to_be_focused()
        assert record.url.endswith("/edit/?field=address")
        assert record.title().startswith("Edit Adi")
        assert record.evaluate("window.stays")
        after = steps.row(record, "address").bounding_box()
        assert before
        assert after
        assert (before["x"], before["width"]) == (after["x"], after["width"])

    def test_back_and_forth_by_the_browser(self, record: Page) -> None:
        steps.row(record, "phone").locator("a[data-edit]").click()
        expect(record.locator("#v-phone")).to_be_focused()
        record.go_back()
        expect(record.locator("#edit-it")).to_be_visible()
        record.wait_for_load_state()
        record.go_forward()
        expect(record.locator("#v-phone")).to_be_focused()

    def test_by_keyboard_alone(self, record: Page) -> None:
        steps.press(record, "e")
        expect(record.locator("#edit [autofocus]")).to_be_focused()
        record.keyboard.press("Escape")
        expect(record.locator("#edit-it")).to_be_visible()
        assert not record.url.endswith("/edit/")
        record.locator("#field-address a[data-edit]").focus()
        record.keyboard.press("Enter")
        expect(record.locator("#v-address")).to_be_focused()
        steps.press(record, "ControlOrMeta+a")
        record.keyboard.type("Jl. Thamrin 88")
        steps.press(record, "ControlOrMeta+Enter")
        record.wait_for_url("**/changes/*/")
        assert Change.objects.get(pk=steps.change_number(record)).wishes == {"address": "Jl. Thamrin 88"}

    def test_escape_leads_back_to_the_value_one_came_from(self, record: Page) -> None:
        record.locator("#field-address a[data-edit]").click()
        expect(record.locator("#v-address")).to_be_focused()
        record.keyboard.press("Escape")
        expect(record.locator("#field-address a[data-edit]")).to_be_focused()


class TestWhileOneTypes:
    def test_an_error_comes_once_the_field_is_left_and_goes_as_soon_as_it_is_right(self, form: Page) -> None:
        email = form.locator("#v-email")
        email.fill("adi@example")
        expect(form.locator("#request")).to_contain_text("not ready: E-mail")
        expect(form.locator("#notes-email .error")).to_have_count(0)
        email.press("Tab")
        expect(form.locator("#notes-email .error")).to_contain_text("such as name@example.com")
        expect(email).to_have_attribute("aria-invalid", "true")
        email.focus()
        email.press("End")
        email.press_sequentially(".com")
        expect(form.locator("#notes-email .error")).to_have_count(0)
        expect(email).not_to_have_attribute("aria-invalid", "true")
        expect(email).to_be_focused()

    def test_a_row_is_marked_at_once_and_undone_by_a_button(self, form: Page, shared: Stage) -> None:
        form.route("**/check/", lambda route: None)  # no answer ever comes
        row = steps.row(form, "occupation")
        was = form.locator("#v-occupation").input_value()
        form.locator("#v-occupation").select_option("OCC7")
        expect(row).to_have_class("row changed")
        expect(row.locator(".was")).to_be_visible()
        row.get_by_role("button", name="Undo Occupation").click()
        expect(row).to_have_class("row")
        expect(form.locator("#v-occupation")).to_have_value(was)

    def test_saving_jumps_to_the_first_problem_at_once(self, form: Page) -> None:
        form.locator("#v-email").fill("nonsense")
        form.locator("#v-address").focus()
        expect(form.locator("#v-email")).to_have_attribute("aria-invalid", "true")
        form.route("**/edit/", lambda route: None)  # no answer ever comes
        steps.press(form, "ControlOrMeta+Enter")
        expect(form.locator("#v-email")).to_be_focused()

    def test_what_is_typed_while_a_save_is_refused_stays(self, form: Page) -> None:
        answers: list[Route] = []

        def keep(route: Route) -> None:
            answers.append(route)

        form.route("**/edit/", keep)
        form.locator("#v-email").fill("nonsense")
        steps.press(form, "ControlOrMeta+Enter")
        form.locator("#v-email").fill("adi@example.com")
        form.locator("#v-email").press("End")
        expect(form.locator("#save")).to_be_disabled()
        answers.pop().continue_()
        expect(form.locator("#refusal")).to_contain_text("Nothing was saved")
        expect(form.locator("#v-email")).to_have_value("adi@example.com")

    def test_a_reason_and_a_ticket_typed_while_a_save_is_refused_stay(self, form: Page) -> None:
        answers: list[Route] = []

        def keep(route: Route) -> None:
            answers.append(route)

        form.route("**/edit/", keep)
        form.locator("#v-email").fill("nonsense")
        form.locator("#why").fill("She called")
        steps.press(form, "ControlOrMeta+Enter")
        form.locator("#why").fill("She called twice")
        form.locator("#reference").fill("T-1")
        expect(form.locator("#save")).to_be_disabled()
        answers.pop().continue_()
        expect(form.locator("#refusal")).to_contain_text("Nothing was saved")
        expect(form.locator("#why")).to_have_value("She called twice")
        expect(form.locator("#reference")).to_have_value("T-1")

    def test_a_check_that_fails_is_said_quietly_and_the_form_still_saves(
        self, shared: Stage, customer: Customer, session: StorageState, open_page: OpenPage
    ) -> None:
        form, watch = open_page(storage_state=session)
        watch.expect(502)
        form.goto(f"{shared.url}/customers/{customer.pk}/edit/")
        form.route("**/check/", lambda route: route.fulfill(status=502, body="away"))
        form.locator("#v-address").fill("Jl. Thamrin 88")
        expect(form.locator("#unchecked")).to_contain_text("not checked and not kept as a draft")
        expect(form.locator("#request")).to_contain_text("Not known while the form is not checked.")
        expect(form.locator("#say")).to_be_empty()
        expect(form.locator("#toasts .toast")).to_have_count(0)
        form.get_by_role("button", name="Save and send").click()
        form.wait_for_url("**/changes/*/")


class TestLeaving:
    def test_nothing_is_asked_with_nothing_typed(self, form: Page) -> None:
        form.get_by_role("link", name="Cancel").click()
        expect(form.locator("#edit-it")).to_be_visible()

    @pytest.mark.parametrize("way", ["Escape", "Cancel", "another page"])
    def test_with_something_typed_it_is_asked_and_one_can_stay(self, form: Page, way: str) -> None:
        form.locator("#v-address").fill("Jl. Thamrin 88")
        if way == "Escape":
            form.keyboard.press("Escape")
        elif way == "Cancel":
            form.get_by_role("link", name="Cancel").click()
        else:
            form.get_by_role("navigation", name="Main").get_by_role("link", name="Changes").click()
        question = form.get_by_role("dialog", name="Leave without saving?")
        expect(question.get_by_role("button", name="Keep editing")).to_be_focused()
        form.keyboard.press("Enter")
        expect(question).not_to_be_visible()
        expect(form.locator("#v-address")).to_have_value("Jl. Thamrin 88")

    def test_one_leaves_and_the_draft_is_offered_again(self, form: Page, customer: Customer) -> None:
        form.locator("#v-address").fill("Jl. Thamrin 88")
        form.keyboard.press("Escape")
        form.get_by_role("button", name="Leave; keep the draft").click()
        expect(form.locator("#edit-it")).to_be_visible()
        expect(form.locator("#draft")).to_contain_text("You began to change Address just now")
        form.get_by_role("link", name="Take it up again").click()
        expect(form.locator("#v-address")).to_have_value("Jl. Thamrin 88")
        expect(steps.row(form, "address")).to_have_class("row changed")
        steps.save(form)
        assert not Draft.objects.filter(customer=customer).exists()

    def test_one_discards_it(self, form: Page, customer: Customer) -> None:
        form.locator("#v-address").fill("Jl. Thamrin 88")
        checked(form)
        form.keyboard.press("Escape")
        form.get_by_role("button", name="Discard").click()
        expect(form.locator("#edit-it")).to_be_visible()
        assert not Draft.objects.filter(customer=customer).exists()

    def test_back_asks_too_and_stays_where_it_was(self, record: Page) -> None:
        record.locator("#field-address a[data-edit]").click()
        record.locator("#v-address").fill("Jl. Thamrin 88")
        record.go_back()
        record.get_by_role("button", name="Keep editing").click()
        expect(record.locator("#v-address")).to_have_value("Jl. Thamrin 88")
        assert "/edit/" in record.url

    def test_closing_the_page_asks_unless_it_was_just_saved(self, form: Page) -> None:
        asked: list[str] = []

        def accept(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        form.on("dialog", accept)
        form.locator("#v-address").fill("Jl. Thamrin 88")
        form.reload()
        assert asked == ["beforeunload"]
        form.locator("#v-address").fill("Jl. Thamrin 89")
        steps.save(form)
        assert asked == ["beforeunload"]


class TestDrafts:
    def test_a_draft_outlives_a_killed_page_and_a_sign_out_and_is_shown_to_nobody_else(
        self, form: Page, shared: Stage, customer: Customer, open_page: OpenPage
    ) -> None:
        form.locator("#v-phone").fill("812 9988 7766")
        checked(form)
        form.context.clear_cookies()
        form.close(run_before_unload=False)

        person("jo")
        jos, eds = open_page()[0], open_page()[0]
        for page, who, offers in ((jos, "jo", 0), (eds, "ed", 1)):
            steps.sign_in(page, shared.url, who)
            page.goto(f"{shared.url}/customers/{customer.pk}/edit/")
            expect(page.locator("#edit")).to_be_visible()
            expect(page.locator("#draft")).to_have_count(offers)
        eds.get_by_role("link", name="Take it up again").click()
        expect(eds.locator("#v-phone")).to_have_value("812-9988-7766")

    def test_without_scripts_a_draft_is_taken_up_by_a_link_and_discarded_by_a_button(
        self, shared: Stage, customer: Customer, session: StorageState, open_page: OpenPage
    ) -> None:
        page, _ = open_page(storage_state=session, java_script_enabled=False)
        page.goto(f"{shared.url}/customers/{customer.pk}/edit/")
        page.locator("#v-address").fill("Jl. Thamrin 88")
        page.get_by_role("button", name="Show what will be sent").click()
        page.goto(f"{shared.url}/customers/{customer.pk}/edit/")
        page.get_by_role("link", name="Take it up again").click()
        expect(page.locator("#v-address")).to_have_value("Jl. Thamrin 88")
        page.get_by_role("button", name="Discard it").click()
        page.get_by_role("link", name="Edit", exact=False).first.click()
        expect(page.locator("#draft")).to_have_count(0)


class TestTwoAtOnce:
    def test_one_is_told_while_typing_and_chooses_by_field(self, form: Page, customer: Customer) -> None:
        learnt(customer, address="Jl. Melati 5")
        form.locator("#v-address").fill("Jl. Thamrin 88")
        expect(form.locator("#notes-address")).to_contain_text("It was set to Jl. Melati 5")
        form.get_by_role("button", name="Save and send").click()
        whose = steps.row(form, "address").locator(".whose")
        expect(whose).to_contain_text("That is what the record holds now.")

        whose.get_by_label("Keep theirs").check()
        expect(form.locator("#v-address")).to_have_value("Jl. Melati 5")
        expect(steps.row(form, "address")).to_have_class("row")
        whose.get_by_label("Use mine").check()
        expect(form.locator("#v-address")).to_have_value("Jl. Thamrin 88")
        whose.get_by_label("Another value").check()
        expect(form.locator("#v-address")).to_be_focused()
        form.locator("#v-address").fill("Jl. Sudirman 1")
        steps.save(form)
        assert Change.objects.get(pk=steps.change_number(form)).wishes == {"address": "Jl. Sudirman 1"}
