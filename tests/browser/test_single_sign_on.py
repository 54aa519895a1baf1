"""Single sign-on in the browser: to the provider, which is another site, and back, under the strict policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect
from pytest_django import DjangoDbBlocker

from tests.browser.axe import complaints
from tests.browser.conftest import OpenPage
from tests.cast import person
from tests.databases import Databases
from tests.signing_on import Desk, signing_on

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def desk(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Desk]:
    with django_db_blocker.unblock(), signing_on(databases) as desk:
        yield desk


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without a script"])
def test_one_press_leads_to_the_provider_and_back_to_where_one_wanted_to_go(
    desk: Desk, open_page: OpenPage, scripts: bool
) -> None:
    person("ed")
    desk.provider.sits("1", preferred_username="ed")
    page, _ = open_page(java_script_enabled=scripts)
    page.goto(f"{desk.url}/changes/")
    page.get_by_role("button", name="Go on with Acme").click()
    page.wait_for_url(f"{desk.url}/changes/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_pages_on_the_way_are_found_nothing_wrong_with(desk: Desk, open_page: OpenPage) -> None:
    desk.provider.sits("nobody here")
    page, _ = open_page()
    page.route("**/sign-in/sso/", stay)
    page.goto(f"{desk.url}/sign-in/")
    assert complaints(page) == []
    page.get_by_role("button", name="Go on with Acme").click()
    expect(page.get_by_role("heading", name="On to Acme")).to_be_visible()
    assert complaints(page) == []
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_text("nobody gave you an account here")).to_be_visible()
    assert complaints(page) == []


def stay(route: Route) -> None:
    """The page that leads on at once, held."""
    answer = route.fetch()
    route.fulfill(response=answer, headers={name: text for name, text in answer.headers.items() if name != "refresh"})
