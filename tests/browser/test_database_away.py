"""The database goes away: the console says so, loses nothing, and works again once it is back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.db import connections
from playwright.sync_api import Page, expect
from pytest_django import DjangoDbBlocker

from console.embedded import APPLICATION, DATABASE, OWNER, Server
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import serving
from tests.cast import connect, person

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True)
class Console:
    """A console whose database server can be stopped and started."""

    url: str
    database: Server


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Iterator[Console]:
    """The console on a database server of its own, with Ed."""
    server = Server(tmp_path_factory.mktemp("database"), durable=False)
    server.join()
    with django_db_blocker.unblock(), on(server), serving() as url:
        call_command("migrate", database="owner", verbosity=0)
        person("ed")
        connect("sqril")
        yield Console(url, server)
    server.leave()
    server.remove()


@contextlib.contextmanager
def on(server: Server) -> Iterator[None]:
    """Lets Django's connections lead to this server, without one that would start the tests' own."""
    before = {alias: dict(connections.settings[alias]) for alias in connections}
    for alias, role in (("default", APPLICATION), ("owner", OWNER)):
        lead(alias, {"HOST": str(server.host), "NAME": DATABASE, "USER": role})
    try:
        yield
    finally:
        for alias, settings in before.items():
            lead(alias, settings)


def lead(alias: str, settings: dict[str, object]) -> None:
    connections[alias].close()
    connections.settings[alias].update(settings)


@pytest.fixture
def page(console: Console, open_page: OpenPage) -> Page:
    """Ed, signed in, on the page of his work."""
    page, watch = open_page()
    watch.expect(503)
    steps.sign_in(page, console.url)
    return page


@contextlib.contextmanager
def stopped(server: Server) -> Iterator[None]:
    server.leave()
    try:
        yield
    finally:
        server.join()


def test_a_page_says_that_the_database_is_away_and_works_once_it_is_back(page: Page, console: Console) -> None:
    with stopped(console.database):
        answer = page.goto(f"{console.url}/customers/")
        assert answer
        assert (answer.status, answer.headers["retry-after"]) == (503, "60")
        assert answer.headers["cache-control"] == "no-store, private"
        expect(page.get_by_role("heading", level=1)).to_have_text("The console cannot reach its database")
        expect(page.get_by_text("Nothing you saved is lost; try again in a minute.")).to_be_visible()
        assert Axe().run(page).response["violations"] == []
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", name="Customers", level=1)).to_be_visible()


def test_a_search_says_so_over_the_page_and_leaves_the_page_as_it_is(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/customers/")
    with stopped(console.database):
        page.get_by_role("searchbox").fill("wij")
        expect(page.get_by_role("alert")).to_contain_text("The console cannot reach its database.")
        expect(page.get_by_role("searchbox")).to_have_value("wij")


def test_what_was_being_saved_is_neither_called_saved_nor_lost(page: Page, console: Console) -> None:
    with stopped(console.database):
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("Look in a minute whether it was saved")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Work", level=1)).to_be_visible()


def test_the_first_page_says_so_too(open_page: OpenPage, console: Console) -> None:
    page, watch = open_page()
    watch.expect(503)
    with stopped(console.database):
        page.goto(f"{console.url}/")
        page.get_by_label("Username").fill("ed")
        page.get_by_label("Password").fill("whatever")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The console cannot reach its database")
