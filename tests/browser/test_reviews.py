"""Rae's review of a period, from opening it to signing it off, by keyboard alone; Ed answers what he is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.utils import timezone
from playwright.sync_api import Page, expect

from console.models import Change, Event, Review
from tests.browser import steps
from tests.browser.axe import ALL, problems
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.browser.test_four_eyes import enter, press
from tests.cast import person
from tests.reviewing import ended_changes

pytestmark = pytest.mark.browser

QUESTION = "Who called, and how did you know it was him?"
ANSWER = "He called from the number we had; I called back."
CONCLUSION = "All in order, one was explained."


@pytest.fixture
def changes(alone: Stage) -> list[Change]:
    """Three changes of Ed's that ended a moment ago."""
    person("rae")
    moment = timezone.now() - timedelta(milliseconds=1)
    return ended_changes(alone.connections["sqril"], person("ed"), 3, at=moment)


def test_rae_reviews_a_period_by_keyboard_and_ed_answers(
    alone: Stage, lone_page: Page, open_page: OpenPage, changes: list[Change]
) -> None:
    enter(lone_page, alone, "rae")
    opens(lone_page)
    looks(lone_page)
    asked = Event.objects.get(verb="review.questioned").change_id
    ed, _ = open_page()
    enter(ed, alone, "ed")
    answers(ed, asked)
    reads_the_answer(lone_page, alone)
    signs(lone_page)
    review = Review.objects.get()
    assert (review.population, review.items.count(), str(review.signed_by)) == (3, 3, "Rae Okafor")
    assert {item.change_id for item in review.items.all()} == {change.pk for change in changes}


def opens(page: Page) -> None:
    """As the form stands: this month, since nothing ended last month."""
    steps.press(page, "g")
    steps.press(page, "a")
    page.wait_for_url("**/audit/")
    press(page, page.get_by_role("navigation", name="Audit").get_by_role("link", name="Reviews"))
    page.wait_for_url("**/audit/reviews/")
    page.wait_for_load_state()
    is_sound(page)
    steps.press(page, "n")
    page.wait_for_url("**/audit/reviews/new/")
    expect(page.get_by_role("status").filter(has_text="changes that ended then")).to_contain_text("3 of the 3")
    is_sound(page)
    steps.press(page, "ControlOrMeta+Enter")
    stands(page, "#left", "0 of 3 done")
    is_sound(page)


def looks(page: Page) -> None:
    """The first is fine, the second is questioned, the third is fine."""
    steps.press(page, "n")
    stands(page, ".crumbs", "1 of 3")
    is_sound(page)
    steps.press(page, "f")
    stands(page, ".crumbs", "2 of 3")
    steps.press(page, "q")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    is_sound(page)
    page.keyboard.type(QUESTION)
    steps.press(page, "ControlOrMeta+Enter")
    stands(page, ".crumbs", "3 of 3")
    steps.press(page, "f")
    stands(page, "#left", "2 of 3 done, 1 question open")


def answers(page: Page, number: int | None) -> None:
    """From the notice to the one change that he is asked about."""
    page.goto(page.url + "notices/")
    press(page, page.locator("main .told a").filter(has_text=f"change {number}"))
    stands(page, ".thread", QUESTION)
    is_sound(page)
    steps.press(page, "a")
    expect(page.locator("#answer textarea")).to_be_focused()
    page.keyboard.type(ANSWER)
    steps.press(page, "ControlOrMeta+Enter")
    expect(page.locator(".thread")).to_contain_text(ANSWER)
    expect(page.get_by_role("link", name="Reviews")).to_have_count(0)


def reads_the_answer(page: Page, on: Stage) -> None:
    """From what is left to the question, of which she says that it is answered."""
    page.goto(f"{on.url}/audit/reviews/{Review.objects.get().pk}/")
    press(page, page.get_by_role("link", name="1 to be answered"))
    page.wait_for_url("**/?show=questioned")
    page.wait_for_load_state()
    steps.press(page, "j")
    page.keyboard.press("Enter")
    stands(page, ".thread", ANSWER)
    is_sound(page)
    steps.press(page, "s")
    stands(page, "#left", "3 of 3 done")


def signs(page: Page) -> None:
    """What she concludes stands there, and nothing is offered any more."""
    steps.press(page, "s")
    expect(page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
    is_sound(page)
    page.keyboard.type(CONCLUSION)
    steps.press(page, "ControlOrMeta+Enter")
    expect(page.locator(".notice", has_text="Frozen.")).to_contain_text(CONCLUSION)
    press(page, page.get_by_role("link", name="Check that it still fits"))
    expect(page.locator("#fit")).to_contain_text("It still fits.")
    expect(page.get_by_role("button", name="Sign off")).to_have_count(0)
    is_sound(page)


def stands(page: Page, where: str, words: str) -> None:
    """Waits until a page has come that says this, with all that hears keys."""
    expect(page.locator(where)).to_contain_text(words)
    page.wait_for_load_state()


def is_sound(page: Page) -> None:
    """Axe finds nothing on the page as it stands; the scenes look at it in every width."""
    page.evaluate(AXE_SCRIPT)
    assert problems(page, ALL) == []
