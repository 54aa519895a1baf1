"""The watch over the pages sees what it is there to see."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import watched

pytestmark = pytest.mark.browser

INLINE = "document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))"
THROW = "setTimeout(() => { throw new Error('no such thing') })"


def browse(browser: Browser, act: Callable[[Page], object]) -> None:
    with watched(browser) as (page, _):
        act(page)


def evaluate(page: Page, script: str, event: str) -> None:
    with page.expect_event(event):
        page.evaluate(script)


def test_a_script_that_the_policy_forbids_is_noticed(browser: Browser, site: LiveServer) -> None:
    def act(page: Page) -> None:
        page.goto(site.url)
        evaluate(page, INLINE, "console")

    with pytest.raises(AssertionError, match="Content Security Policy"):
        browse(browser, act)


def test_an_error_in_a_script_is_noticed(browser: Browser) -> None:
    with pytest.raises(AssertionError, match="no such thing"):
        browse(browser, lambda page: evaluate(page, THROW, "pageerror"))


def test_a_missing_file_is_noticed_unless_it_is_expected(browser: Browser, site: LiveServer) -> None:
    missing = f"{site.url}/static/no-such.css"
    with pytest.raises(AssertionError, match="answer: 404"):
        browse(browser, lambda page: page.goto(missing))
    with watched(browser) as (page, watch):
        watch.expect(404)
        page.goto(missing)


def test_a_server_that_is_gone_is_noticed(browser: Browser) -> None:
    with pytest.raises(AssertionError, match="failed: GET"):
        browse(browser, lambda page: page.set_content('<img src="http://localhost:9/gone.png" alt="">'))
