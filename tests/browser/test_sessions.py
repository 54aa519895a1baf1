"""Sessions in the browser: warned of before the end, told of after it; and a proof that is asked for in between."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone
from playwright.sync_api import Page, expect

from console.backend import SessionStore
from console.models import Change, Session, Status, User
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import PASSWORD, person, sample
from tests.deciding import policy
from tests.flows.helpers import wish

pytestmark = pytest.mark.browser

TOLD = "#toasts [data-source=session]"


def store(page: Page) -> SessionStore:
    """The session of this browser."""
    [key] = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "steward-session"]
    return SessionStore(key)


def nothing_was_done_for(page: Page, quiet: timedelta) -> None:
    """The page has been open for so long, by both clocks."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE console_session SET seen_at = now() - make_interval(secs => %s) WHERE key_digest = %s",
            [quiet.total_seconds(), store(page).digest],
        )
    page.clock.fast_forward(int(quiet.total_seconds() * 1000))


def proved(page: Page, ago: timedelta) -> None:
    """They proved who they are, for the last time, so long ago."""
    kept = store(page)
    methods = kept["account_authentication_methods"]
    kept["account_authentication_methods"] = [
        {**record, "at": record["at"] - ago.total_seconds()} for record in methods
    ]
    kept.save()


@pytest.fixture
def open_for_a_while(open_page: OpenPage, shared: Stage) -> Page:
    """Ed's own page, whose clock the test moves on."""
    page, _ = open_page()
    page.clock.install()
    steps.sign_in(page, shared.url)
    page.goto(f"{shared.url}/you/")
    with steps.all_answered(page), page.expect_response("**/you/sessions/left/"):
        page.clock.fast_forward("01:01")
    return page


class TestTheEnd:
    def test_is_announced_two_minutes_before_and_one_stays_by_a_click(self, open_for_a_while: Page) -> None:
        page = open_for_a_while
        nothing_was_done_for(page, timedelta(minutes=28, seconds=30))
        expect(page.get_by_role("alert")).to_contain_text("you are signed out within two minutes")
        page.get_by_role("button", name="Stay signed in").click()
        expect(page.locator(TOLD)).to_have_count(0)
        expect(page.get_by_role("main")).to_be_focused()
        seen_at = Session.objects.get(key_digest=store(page).digest).seen_at
        assert timezone.now() - seen_at < timedelta(minutes=1)

    def test_is_not_announced_where_another_tab_is_at_work(self, open_for_a_while: Page) -> None:
        page = open_for_a_while
        with page.expect_response("**/you/sessions/left/") as asked:
            page.clock.fast_forward("28:30")
        assert int(asked.value.headers["x-session-ends"]) > 1700
        expect(page.locator(TOLD)).to_have_count(0)

    def test_is_told_and_another_tab_brings_the_page_back_to_life(
        self, open_for_a_while: Page, open_page: OpenPage, shared: Stage
    ) -> None:
        page = open_for_a_while
        page.get_by_label("Single keys act").uncheck()
        nothing_was_done_for(page, timedelta(minutes=31))
        expect(page.get_by_role("alert")).to_contain_text("Your session has ended. What you typed is still here.")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Sign in again in another tab").click()
        steps.sign_in(opened.value, shared.url)
        with page.expect_response("**/you/"):
            page.evaluate("window.dispatchEvent(new Event('focus'))")
        expect(page.locator(TOLD)).to_have_count(0)
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".notice.applied")).to_contain_text("Saved.")
        assert not User.objects.get(username="ed").single_keys
        User.objects.update(single_keys=True)

    def test_after_twelve_hours_comes_whatever_one_clicks(self, open_for_a_while: Page) -> None:
        page = open_for_a_while
        Session.objects.filter(key_digest=store(page).digest).update(ends_at=timezone.now() + timedelta(seconds=100))
        page.clock.fast_forward("28:30")
        page.get_by_role("button", name="Stay signed in").click()
        expect(page.get_by_role("alert")).to_contain_text("twelve hours at most")


def test_nobody_gets_back_to_what_was_shown_before_they_signed_out(open_for_a_while: Page, shared: Stage) -> None:
    page = open_for_a_while
    page.goto(f"{shared.url}/changes/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


class TestAProof:
    @pytest.fixture
    def change(self, shared: Stage) -> Change:
        """Ed's, which waits for Ann."""
        person("ann")
        policy("Occupations", "occupation", at=[shared.connections["sqril"]])
        number = f"cus_proof_{Change.objects.count()}"
        customer = sample(shared.connections["sqril"], shared.sandbox, customer_id=number)
        return wish(customer, person("ed"), {"occupation": "OCC10"})

    @pytest.mark.parametrize("scripts", [True, False])
    def test_is_asked_for_in_the_middle_of_approving_which_then_goes_on(
        self, open_page: OpenPage, shared: Stage, change: Change, scripts: bool
    ) -> None:
        page, watch = open_page(java_script_enabled=scripts)
        watch.expect(422)
        steps.sign_in(page, shared.url, "ann")
        proved(page, timedelta(hours=9))
        page.goto(f"{shared.url}/changes/{change.pk}/")
        if scripts:
            expect(page.locator("#reading")).to_contain_text("Read from Sqril")
        page.locator("#line-occupation").get_by_role("button", name="Approve").click()
        page.wait_for_url("**/prove/**")
        assert Change.objects.get(pk=change.pk).state is Status.PROPOSED
        for password in ("a guess", PASSWORD):
            page.get_by_label("Password").fill(password)
            page.locator("main button[type=submit], form button[type=submit]").first.click()
        page.wait_for_url(f"**/changes/{change.pk}/")
        assert Change.objects.get(pk=change.pk).state is not Status.PROPOSED
