"""Each kind of field typed, clicked and chosen as people do, where a provider has it; the request says the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, StorageState, expect

from console.models import Connection, Customer
from tests.browser import steps
from tests.browser.chromium import PHONE
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser

HOSTILE = '"><script>x</script>{{ 7 }}\u202e' + "w" * 300
PHONES = {
    "timepay": ("phone_number", "IN", "90210 88124", "+919021088124"),
    "finosu": ("phoneNumber", "US", "(415) 555-0187", "+14155550187"),
    "caibo": ("phone", "GB", "020 7946 0961", "+442079460961"),
    "flowwise": ("phone", "IN", "098765-00000", "+919876500000"),
    "sqril": ("phone", "ID", "0812 9988 7766", "+6281299887766"),
}


@pytest.fixture
def form(eds: Page, shared: Stage) -> Callable[[str], Page]:
    def opened(slug: str) -> Page:
        steps.go_to_form(eds, shared.url, slug)
        return eds

    return opened


@pytest.fixture
def plain(open_page: OpenPage, session: StorageState) -> Page:
    """Ed's page in a browser whose JavaScript is off."""
    return open_page(storage_state=session, java_script_enabled=False)[0]


def sent(page: Page, *texts: str) -> None:
    """What is marked in the request that would be sent."""
    expect(page.locator("#request pre mark")).to_have_text(list(texts))


def listbox(page: Page) -> Locator:
    return page.locator(".listbox:popover-open")


class TestPhone:
    @pytest.mark.parametrize("slug", PHONES)
    def test_a_number_is_typed_as_it_is_dialled_in_its_country(self, slug: str, form: Callable[[str], Page]) -> None:
        field, country, typed, stored = PHONES[slug]
        page = form(slug)
        expect(page.locator(f"[name=v-{field}-country]")).to_have_value(country)
        page.locator(f"#v-{field}").fill(typed)
        sent(page, f'"{stored}"')

    def test_the_country_is_found_by_its_name_its_letters_or_its_code(self, form: Callable[[str], Page]) -> None:
        page = form("caibo")
        country = page.locator("#v-phone-country")
        expect(country).to_have_value("GB +44")
        for typed, short in (("indon", "ID +62"), ("fr", "FR +33"), ("+49", "DE +49"), ("turkiye", "TR +90")):
            country.fill(typed)
            country.press("Enter")
            expect(country).to_have_value(short)
        page.locator("#v-phone").fill("0532 123 45 67")
        sent(page, '"+905321234567"')

    def test_a_number_that_begins_with_a_plus_chooses_its_country(self, form: Callable[[str], Page]) -> None:
        page = form("caibo")
        page.locator("#v-phone").fill("+62 812 9988 7766")
        expect(page.locator("#v-phone-country")).to_have_value("ID +62")
        sent(page, '"+6281299887766"')

    def test_without_javascript_the_country_is_a_list(self, plain: Page, shared: Stage) -> None:
        steps.go_to_form(plain, shared.url, "caibo")
        plain.locator("#v-phone-country").select_option("ID")
        plain.locator("#v-phone").fill("0812 9988 7766")
        plain.get_by_role("button", name="Show what will be sent").click()
        sent(plain, '"+6281299887766"')
        expect(plain.locator("#v-phone")).to_have_value("812-9988-7766")
        expect(plain.locator("#v-phone-country")).to_have_value("ID")


class TestLongLists:
    def test_a_time_zone_is_found_by_keyboard(self, form: Callable[[str], Page]) -> None:
        page = form("finosu")
        zone = page.get_by_role("combobox", name="Time zone")
        expect(zone).to_have_value("Los Angeles (UTC\N{MINUS SIGN}8)")
        zone.focus()
        page.keyboard.press("ArrowDown")
        expect(zone).to_have_attribute("aria-expanded", "true")
        expect(page.locator(f"#{zone.get_attribute('aria-activedescendant')}")).to_contain_text("Los Angeles")
        page.keyboard.type("sao paulo")
        expect(listbox(page).get_by_role("option")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(listbox(page)).to_have_count(0)
        expect(page.locator("[name=v-timezone]")).to_have_value("America/Sao_Paulo")
        sent(page, '"America/Sao_Paulo"')

    def test_the_arrows_home_and_end_walk_the_list_and_escape_leaves_it_as_it_was(
        self, form: Callable[[str], Page]
    ) -> None:
        page = form("finosu")
        state = page.get_by_role("combobox", name="State")
        state.focus()
        page.keyboard.press("ArrowDown")
        active = listbox(page).locator("[data-active]")
        for key, text in (("ArrowDown", "Colorado"), ("ArrowUp", "California"), ("End", "Armed Forces Pacific")):
            steps.press(page, key)
            expect(active).to_contain_text(text)
        page.keyboard.press("Home")
        page.keyboard.press("PageDown")
        page.keyboard.press("Escape")
        expect(listbox(page)).to_have_count(0)
        expect(state).to_have_value("California (CA)")
        expect(page.locator("#say")).to_contain_text("Nothing is changed yet")

    def test_it_is_chosen_by_mouse_and_what_is_no_name_changes_nothing(self, form: Callable[[str], Page]) -> None:
        page = form("finosu")
        state = page.get_by_role("combobox", name="State")
        state.fill(HOSTILE)
        expect(listbox(page)).to_contain_text("Nothing here is called")
        page.locator("#v-city").focus()
        expect(state).to_have_value("California (CA)")
        state.click()
        listbox(page).get_by_role("option", name="Texas").click()
        sent(page, '"TX"')

    def test_it_is_chosen_by_touch(self, open_page: OpenPage, session: StorageState, shared: Stage) -> None:
        page = open_page(storage_state=session, has_touch=True, viewport=PHONE)[0]
        steps.go_to_form(page, shared.url, "finosu")
        page.get_by_role("combobox", name="State").tap()
        listbox(page).get_by_role("option", name="Delaware").tap()
        sent(page, '"DE"')

    def test_a_code_that_is_typed_out_counts_on_leaving(self, form: Callable[[str], Page]) -> None:
        page = form("finosu")
        page.get_by_role("combobox", name="State").fill("ny")
        page.locator("#v-city").click()
        sent(page, '"NY"')

    def test_a_country_is_found_where_a_connection_opens_one(self, eds: Page, shared: Stage) -> None:
        Connection.objects.filter(provider_slug="sqril").update(options={"editable": "nationality,gender"})
        try:
            steps.go_to_form(eds, shared.url, "sqril")
            steps.fill(eds, {"nationality": "cote", "gender": "FEMALE"})
        finally:
            Connection.objects.filter(provider_slug="sqril").update(options={})
        sent(eds, '"FEMALE"', '"CI"')

    @pytest.mark.parametrize("slug", ["finosu", "sqril"])
    def test_axe_finds_nothing_in_an_open_list(self, slug: str, form: Callable[[str], Page]) -> None:
        page = form(slug)
        page.locator(".combobox input").first.click()
        expect(listbox(page)).to_be_visible()
        page.evaluate(AXE_SCRIPT)
        assert (
            page.evaluate("axe.run().then(found => found.violations.map(v => [v.id, v.nodes.map(n => n.html)]))") == []
        )

    def test_the_list_stays_inside_a_narrow_window(self, form: Callable[[str], Page]) -> None:
        page = form("finosu")
        page.set_viewport_size(PHONE)
        for control in page.locator(".combobox input").all():
            control.click()
            box: Any = listbox(page).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= PHONE["height"]
            page.keyboard.press("Escape")


class TestShortLists:
    def test_yes_and_no_are_walked_with_the_arrows(self, form: Callable[[str], Page]) -> None:
        page = form("finosu")
        group = page.get_by_role("radiogroup", name="Do not call")
        group.get_by_role("radio", name="Yes").focus()
        page.keyboard.press("ArrowDown")
        expect(group.get_by_role("radio", name="No")).to_be_checked()
        sent(page, "false")

    def test_a_payment_status_is_chosen_by_its_words(self, form: Callable[[str], Page]) -> None:
        page = form("timepay")
        page.get_by_text("Paid", exact=True).click()
        sent(page, '"paid"')


class TestDaysAndNumbers:
    def test_a_day_is_said_in_words_while_it_is_typed(self, form: Callable[[str], Page]) -> None:
        page = form("timepay")
        words = steps.row(page, "emi_due_date").locator(".words")
        expect(words).to_have_text("Saturday, 5 December 2026")
        page.locator("#v-emi_due_date").fill("2027-01-31")
        expect(words).to_have_text("Sunday, 31 January 2027")
        sent(page, '"2027-01-31"')

    def test_an_amount_is_said_in_thousands_and_a_number_with_what_it_counts(self, form: Callable[[str], Page]) -> None:
        page = form("timepay")
        words = steps.row(page, "loan_amount").locator(".words")
        expect(words).to_have_text("125,000.50")
        page.locator("#v-loan_amount").fill("1250000")
        expect(words).to_have_text("1,250,000")
        expect(steps.row(page, "loan_period")).to_contain_text("instalments")
        sent(page, "1250000")

    def test_a_day_that_is_hidden_is_not_shown_and_says_so(self, form: Callable[[str], Page]) -> None:
        page = form("finosu")
        row = steps.row(page, "birthday")
        expect(page.locator("#v-birthday")).to_have_value("")
        expect(row).to_contain_text("Hidden. Type to replace it")
        assert "1985" not in row.inner_html()
        page.locator("#v-birthday").fill("1985-06-16")
        expect(row.locator(".words")).to_have_text("Sunday, 16 June 1985")


class TestTexts:
    ADDRESS = "2 Low Street,\n  London \n\nW1A 1AA"

    def test_an_address_in_lines_becomes_the_line_that_is_sent(self, form: Callable[[str], Page]) -> None:
        page = form("caibo")
        address = page.locator("#v-address")
        address.fill(self.ADDRESS)
        sent(page, '"2 Low Street, London, W1A 1AA"')
        page.locator("#v-name").focus()
        expect(address).to_have_value("2 Low Street, London, W1A 1AA")

    def test_it_does_so_without_javascript(self, plain: Page, shared: Stage) -> None:
        steps.go_to_form(plain, shared.url, "caibo")
        plain.locator("#v-address").fill(self.ADDRESS)
        plain.get_by_role("button", name="Show what will be sent").click()
        sent(plain, '"2 Low Street, London, W1A 1AA"')
        expect(plain.locator("#v-address")).to_have_value("2 Low Street, London, W1A 1AA")

    def test_what_is_left_is_said_near_the_limit_only(self, form: Callable[[str], Page]) -> None:
        page = form("caibo")
        left = steps.row(page, "memberId").locator(".left")
        page.locator("#v-memberId").fill("x" * 20)
        expect(left).to_have_count(0)
        page.locator("#v-memberId").fill("x" * 42)
        expect(left).to_have_text("8 left")
        page.locator("#v-memberId").fill("\N{GRINNING FACE}" * 26)  # two units each, as Caibo counts
        expect(left).to_have_text("2 too many")


class TestPairs:
    @pytest.fixture
    def details(self, eds: Page, shared: Stage) -> Callable[[dict[str, Any]], Page]:
        def opened(held: dict[str, Any]) -> Page:
            customer = Customer.objects.get(connection__provider_slug="finosu")
            Customer.objects.filter(pk=customer.pk).update(values={**customer.values, "externalMetadata": held})
            steps.go_to_form(eds, shared.url, "finosu")
            return eds

        return opened

    def test_rows_keep_the_type_of_every_value(self, details: Callable[[dict[str, Any]], Page]) -> None:
        page = details({"employer": "Acme", "since": 2020, "vip": True, "left": None})
        pairs = page.get_by_role("group", name="Further details")
        expect(page.locator("#say")).to_contain_text("Nothing is changed yet")
        pairs.get_by_role("group", name="since").get_by_label("Value", exact=True).fill("2021")
        expect(page.locator("#request pre mark")).to_contain_text("2021")
        body = steps.will_be_sent(page).body
        assert body["externalMetadata"] == {"employer": "Acme", "since": 2021, "vip": True, "left": None}

    def test_a_pair_is_added_and_another_removed_by_keyboard(self, details: Callable[[dict[str, Any]], Page]) -> None:
        page = details({"employer": "Acme", "desk": "4"})
        pairs = page.get_by_role("group", name="Further details")
        pairs.get_by_role("button", name="Remove employer").focus()
        page.keyboard.press("Enter")
        expect(pairs.get_by_role("button", name="Remove desk")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.type("vip")
        page.keyboard.press("Tab")
        steps.press(page, "y")
        page.keyboard.press("Tab")
        steps.press(page, "n")
        expect(page.locator("#request pre mark")).to_contain_text("false")
        assert steps.will_be_sent(page).body["externalMetadata"] == {"desk": "4", "vip": False}

    def test_what_nests_stays_text(self, details: Callable[[dict[str, Any]], Page]) -> None:
        page = details({"employer": {"name": "Acme"}})
        expect(page.locator("#v-externalMetadata")).to_be_visible()
        expect(page.get_by_role("button", name="Edit as names and values")).to_have_count(0)

    def test_it_is_edited_as_text_and_what_is_wrong_with_it_is_said_there(
        self, details: Callable[[dict[str, Any]], Page]
    ) -> None:
        page = details({"employer": "Acme"})
        page.get_by_role("button", name="Edit as text").click()
        page.locator("#v-externalMetadata").fill('{"a": 1, "a": 2}')
        page.get_by_role("button", name="Save and send").click()
        expect(steps.row(page, "externalMetadata").locator(".error")).to_contain_text("Two values have the name “a”")
        expect(page.locator("#v-externalMetadata")).to_have_value('{"a": 1, "a": 2}')

    def test_hostile_names_and_values_are_texts(self, details: Callable[[dict[str, Any]], Page]) -> None:
        page = details({HOSTILE: HOSTILE})
        expect(page.locator(".pair input").first).to_have_value(HOSTILE)
        assert page.locator("main script").count() == 0
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


class TestTakenBack:
    """A wish that is taken back, or put there by the page, shows in whatever the control is drawn as."""

    @pytest.mark.parametrize(
        ("field", "typed", "shown"),
        [
            ("phoneNumber-country", "indonesia", "US +1"),
            ("timezone", "kolkata", "Los Angeles (UTC\N{MINUS SIGN}8)"),
            ("state", "texas", "California (CA)"),
        ],
    )
    def test_undo_shows_in_a_list_what_is_held(
        self, field: str, typed: str, shown: str, form: Callable[[str], Page]
    ) -> None:
        page = form("finosu")
        control = page.locator(f"#v-{field}")
        control.fill(typed)
        control.press("Enter")
        expect(page.locator("#say")).to_contain_text("1 field changed")
        row = steps.row(page, field.partition("-")[0])
        row.get_by_role("button", name="Undo").click()
        expect(control).to_have_value(shown)
        expect(page.locator("#say")).to_contain_text("Nothing is changed yet")

    def test_undo_shows_the_rows_that_are_held(self, form: Callable[[str], Page]) -> None:
        page = form("finosu")
        page.locator("[name=v-externalMetadata]").evaluate(PUT, "")
        pairs = page.get_by_role("group", name="Further details")
        pairs.get_by_role("button", name="Add").click()
        page.keyboard.type("desk")
        expect(page.locator("#say")).to_contain_text("1 field changed")
        steps.row(page, "externalMetadata").get_by_role("button", name="Undo").click()
        expect(page.locator("#say")).to_contain_text("Nothing is changed yet")

    def test_a_list_and_rows_follow_what_another_script_puts_there(self, form: Callable[[str], Page]) -> None:
        page = form("finosu")
        page.locator("[name=v-timezone]").evaluate(PUT, "Asia/Kolkata")
        expect(page.get_by_role("combobox", name="Time zone")).to_have_value("Kolkata (UTC+5:30)")
        page.locator("[name=v-externalMetadata]").evaluate(PUT, '{"desk": 7}')
        pairs = page.get_by_role("group", name="Further details")
        expect(pairs.locator("input").first).to_have_value("desk")
        page.locator("[name=v-externalMetadata]").evaluate(PUT, '{"desk": [7]}')
        expect(page.locator("#v-externalMetadata")).to_have_value('{"desk": [7]}')
        expect(page.locator("#v-externalMetadata")).to_be_visible()


PUT = "(control, text) => { control.value = text; control.dispatchEvent(new Event('input', {bubbles: true})); }"
