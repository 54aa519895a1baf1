"""Hidden values in the browser: Ed serves a caller without ever seeing one; what is shown goes again by itself."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Locator, Page, Response, expect

from console.models import Customer, Grant, Reveal, Role, User
from tests.browser import steps
from tests.browser.chromium import Watch
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage, send_due
from tests.cast import person, sample

pytestmark = pytest.mark.browser

SSN, WRONG, NEW = "7319", "7391", "7320"
LABEL = "SSN, last four digits"
type Entered = Callable[..., tuple[Page, Watch]]


@pytest.fixture
def mia(alone: Stage) -> Customer:
    """A customer whose number is like no other text of the pages."""
    return sample(alone.connections["finosu"], alone.sandbox, id="FN-7", firstName="Mia", ssnLastFour=SSN)


@pytest.fixture
def enter(alone: Stage, mia: Customer, open_page: OpenPage) -> Entered:
    """Somebody of the cast signs in and opens her record: Ed, who compares; Jo, who is also shown."""

    def entered(username: str, **options: object) -> tuple[Page, Watch]:
        user, (page, watch) = person(username), open_page(**options)
        also = {"ed": Role.COMPARE, "jo": Role.REVEAL, "ann": Role.COMPARE}[username]
        Grant.objects.get_or_create(user=user, connection=None, role=also)
        steps.sign_in(page, alone.url, username)
        page.goto(f"{alone.url}/customers/{mia.pk}/")
        return page, watch

    return entered


def dialog_of(page: Page, label: str = LABEL) -> Locator:
    """The dialog about a hidden value, opened."""
    page.get_by_role("link", name=f"Compare {label}").click()
    opened = page.get_by_role("dialog", name=label)
    expect(opened).to_be_visible()
    return opened


def compare(page: Page, said: str, words: str, label: str = LABEL) -> None:
    """Types what the caller says; the dialog answers, and closes."""
    dialog = dialog_of(page, label)
    dialog.get_by_label("What they say it is").fill(said)
    dialog.get_by_role("button", name="Compare").click()
    expect(dialog.locator(".notice", has_text=words)).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def show(page: Page) -> Locator:
    """Has the number shown; gives the place where it stands."""
    dialog = dialog_of(page)
    dialog.get_by_text("Show it instead").click()
    dialog.get_by_label("Why do you have to see it?").fill("The bank asks for it.")
    dialog.get_by_role("button", name="Show it for a minute").click()
    expect(dialog.locator("[data-shown]")).to_contain_text(SSN)
    return dialog


def read_by(page: Page) -> list[str]:
    """The text of whatever this browser is sent from now on."""
    read: list[str] = []

    def note(answer: Response) -> None:
        if "text/html" in answer.headers.get("content-type", "") and answer.status == 200:
            read.append(answer.text())

    page.on("response", note)
    return read


def stands_alone(number: str, text: str) -> bool:
    """Whether the digits stand in a text by themselves, not inside of a token or another number."""
    return re.search(rf"(?<![\w.:-]){number}(?![\w:-])", text) is not None


def test_ed_serves_a_caller_without_ever_seeing_the_number(alone: Stage, mia: Customer, enter: Entered) -> None:
    page, _ = enter("ed")
    read = read_by(page)
    page.reload()
    expect(steps.row(page, "ssnLastFour")).to_contain_text("••••")
    compare(page, WRONG, "It does not match.")
    compare(page, SSN, "It matches.")
    compare(page, "1985-06-15", "It matches.", "Birthday")

    steps.open_form(page)
    steps.fill(page, {"phoneNumber": "+1 415 555 0187", "ssnLastFour": NEW})
    steps.save(page)
    send_due(alone.connections["finosu"])
    expect(steps.badge(page)).to_contain_text("Applied")
    [arrived] = alone.arrived("finosu")
    assert NEW in str(arrived["body"])

    page.goto(f"{alone.url}/customers/{mia.pk}/")
    compare(page, SSN, "It does not match.")
    compare(page, NEW, "It matches.")
    assert len(read) > 8
    assert not any(stands_alone(SSN, text) for text in read)
    assert not stands_alone(NEW, read[-1])
    found = [kept.matched for kept in Reveal.objects.filter(user=User.objects.get(username="ed")).order_by("pk")]
    assert found == [False, True, True, False, True]


def test_what_is_shown_is_hidden_again_after_a_minute_by_itself(enter: Entered) -> None:
    page, _ = enter("jo")
    page.clock.install()
    page.reload()
    dialog = show(page)
    expect(dialog.locator("[data-left]")).to_have_text(re.compile(r"^5\d$"))  # the minute has begun
    page.clock.fast_forward(50_000)
    expect(dialog.locator("[data-left]")).to_have_text(re.compile(r"^\d$"))
    expect(dialog).to_contain_text(SSN)
    page.clock.fast_forward(11_000)
    expect(dialog.locator(".notice", has_text="Hidden again.")).to_be_focused()
    expect(dialog).not_to_contain_text(SSN)
    assert SSN not in page.content()


def test_what_is_shown_goes_with_its_dialog(enter: Entered) -> None:
    page, _ = enter("jo")
    dialog = show(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert not stands_alone(SSN, page.content())
    expect(dialog_of(page)).not_to_contain_text(SSN)


@pytest.mark.parametrize("scripts", [True, False])
def test_going_back_never_shows_it_again(mia: Customer, alone: Stage, enter: Entered, *, scripts: bool) -> None:
    page, watch = enter("jo", java_script_enabled=scripts)
    page.goto(f"{alone.url}/customers/{mia.pk}/hidden/ssnLastFour/")
    page.get_by_text("Show it instead").click()
    page.get_by_label("Why do you have to see it?").fill("The bank asks for it.")
    page.get_by_role("button", name="Show it for a minute").click()
    expect(page.locator("[data-shown]")).to_contain_text(SSN)
    page.get_by_role("link", name="Back to the record").click()
    expect(page.get_by_role("heading", name="Mia Okafor")).to_be_visible()
    with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the browser would have to ask for it once more
        page.go_back()
    expect(page.locator("body")).not_to_contain_text(SSN)
    [problem] = watch.told()
    assert problem.endswith("ERR_CACHE_MISS")
    assert Reveal.objects.count() == 1


def test_a_page_that_the_browser_keeps_alive_behind_another_shows_it_no_more(enter: Entered) -> None:
    page, _ = enter("jo")
    dialog = show(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
    expect(dialog).to_contain_text("Hidden again.")
    assert not stands_alone(SSN, page.content())


def test_it_stands_in_no_storage_of_the_browser(enter: Entered) -> None:
    page, _ = enter("jo")
    show(page)
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    assert SSN not in kept
    assert SSN not in page.url


def test_without_a_script_a_page_compares(enter: Entered) -> None:
    page, _ = enter("ed", java_script_enabled=False)
    page.get_by_role("link", name=f"Compare {LABEL}").click()
    expect(page.get_by_role("heading", name=LABEL, level=1)).to_be_visible()
    page.get_by_label("What they say it is").fill(SSN)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("It matches.")).to_be_visible()
    page.get_by_role("link", name="Back to the record").click()
    expect(page.get_by_role("heading", name="Mia Okafor")).to_be_visible()


def test_by_keys_alone_the_cursor_comes_back_to_where_it_was(enter: Entered) -> None:
    page, _ = enter("ed")
    link = page.get_by_role("link", name=f"Compare {LABEL}")
    steps.tab_to(page, link)
    page.keyboard.press("Enter")
    expect(page.get_by_label("What they say it is")).to_be_focused()
    page.keyboard.type(SSN)
    page.keyboard.press("Enter")
    expect(page.get_by_text("It matches.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()


def test_what_was_typed_into_the_form_stays_while_one_compares(enter: Entered) -> None:
    page, _ = enter("ed")
    steps.open_form(page)
    steps.fill(page, {"firstName": "Mira"})
    compare(page, SSN, "It matches.")
    expect(page.locator("#v-firstName")).to_have_value("Mira")
    expect(page.locator("#say")).to_contain_text("1 field changed")
