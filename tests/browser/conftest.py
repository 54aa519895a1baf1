"""Fixtures of the browser tests: one browser for all of them, a context of its own for each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState
from pytest_django import DjangoDbBlocker

from tests.browser import steps
from tests.browser.chromium import NoChromium, Watch, chromium, watched
from tests.browser.scenes import play
from tests.browser.stage import Stage, stage
from tests.browser.visitors import Visitors
from tests.databases import Databases
from tests.processes import worker


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Open until the last browser test is over; other tests want no event loop in their thread."""
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        # Playwright's loop runs in this thread, so Django takes the tests for asynchronous code and would refuse to ask
        # the database. They are not: nothing else runs in this thread while it waits.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        try:
            opened = stack.enter_context(chromium())
        except NoChromium as missing:
            pytest.fail(str(missing), pytrace=False)
        yield opened


type OpenPage = Callable[..., tuple[Page, Watch]]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens watched pages with options of their own."""
    with contextlib.ExitStack() as stack:

        def opened(**options: Any) -> tuple[Page, Watch]:
            return stack.enter_context(watched(browser, **options))

        yield opened


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page on a desktop; anything that goes wrong inside fails the test."""
    return open_page()[0]


@pytest.fixture(scope="module")
def shared(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """A stage for all tests of a module, with a worker that takes whatever they save."""
    with django_db_blocker.unblock(), stage(databases) as played, worker(played.database):
        yield played


@pytest.fixture(scope="module")
def bare(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """The same without people, connections and customers."""
    with django_db_blocker.unblock(), stage(databases, bare=True) as played, worker(played.database):
        yield played


@pytest.fixture(scope="module")
def session(browser: Browser, shared: Stage) -> StorageState:
    """Ed's, so that not every test has to sign in."""
    with watched(browser) as (page, _):
        steps.sign_in(page, shared.url)
        return page.context.storage_state()


@pytest.fixture(scope="module")
def visitors(browser: Browser, databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Visitors]:
    """All scenes, played once."""
    with (
        django_db_blocker.unblock(),
        stage(databases, people=14) as on,
        Visitors(on, browser, play(on)) as visiting,
    ):
        yield visiting


@pytest.fixture
def eds(open_page: OpenPage, session: StorageState) -> Page:
    """A page on the shared stage, with Ed signed in."""
    return open_page(storage_state=session)[0]


@pytest.fixture
def alone(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Stage]:
    """A stage for one test, without a worker."""
    with django_db_blocker.unblock(), stage(databases) as played:
        yield played


@pytest.fixture
def lone_page(alone: Stage, open_page: OpenPage) -> Page:
    """A page on that stage: closed before the stage, which a page may ask something every second."""
    return open_page()[0]
