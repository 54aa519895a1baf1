"""Fixtures for all tests: a real PostgreSQL, in two ways, and the sandbox providers over real HTTP.

`db` (of pytest-django) rolls the test back at its end. `live_db` gives the test a database of its own instead: for
commits, threads, worker processes and the browser. `site` serves the console on it.
"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import LazySettings, settings
from django.test import Client
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer
from whitenoise.middleware import WhiteNoiseMiddleware

from console.models import User
from providers.sandbox import Sandbox
from tests.databases import Database, Databases, connected_to

# How long an example takes says how busy the machine is, and no more.
hypothesis.settings.register_profile("whatever the machine", deadline=None)
hypothesis.settings.load_profile("whatever the machine")


_numbers = itertools.count(1)

# Begun first, so that nothing long is left for one process at the end: browsers, then commands and processes.
LONGEST = (
    *("tests/browser/", "tests/management/test_demo.py", "tests/management/test_drill.py", "tests/test_tampering.py"),
    *("tests/flows/", "tests/bulk/", "tests/management/", "tests/views/"),
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the files that take longest first; within them, and among the others, the order stays."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    return next((turn for turn, begins in enumerate(LONGEST) if item.nodeid.startswith(begins)), len(LONGEST))


@pytest.fixture(scope="session")
def databases(django_db_blocker: DjangoDbBlocker) -> Iterator[Databases]:
    """The server, with a migrated template."""
    with django_db_blocker.unblock():
        server = Databases()
    yield server
    server.close()


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases) -> Iterator[None]:
    """The database of all tests that roll back; takes the place of pytest-django's, which knows no second role."""
    database = databases.clone()
    with connected_to(database):
        yield
    databases.drop(database)


@pytest.fixture
def live_db(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """A database for this test alone; `.environment` leads child processes to it."""
    database = databases.clone()
    with django_db_blocker.unblock(), connected_to(database):
        yield database
    databases.drop(database)


@pytest.fixture(autouse=True)
def marks(settings: LazySettings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this test's own process remembers how far it got, which is no other test's database."""
    folder = tmp_path_factory.getbasetemp() / "marks" / str(next(_numbers))
    settings.STEWARD_MARKS = folder
    return folder


@pytest.fixture(autouse=True)
def seals(settings: LazySettings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this test's own process keeps its last checkpoint."""
    folder = tmp_path_factory.getbasetemp() / "seals" / str(next(_numbers))
    settings.STEWARD_SEALS = folder
    return folder


@pytest.fixture
def site(live_db: Database) -> Iterator[LiveServer]:
    """The console over real HTTP in a thread, on the test's own database; `.url` is its address."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """The five providers over real HTTP, without records, faults or memory of earlier tests."""
    running_sandbox.reset()
    return running_sandbox


_look_for_files = WhiteNoiseMiddleware.add_files_from_finders
_files_by_place: dict[tuple[object, ...], dict[str, Any]] = {}


def _look_once(self: WhiteNoiseMiddleware) -> None:
    """Every test client begins with middleware of its own, and the files it serves stay the same while tests run."""
    place = (self.static_prefix, self.max_age, settings.DEBUG, settings.STEWARD_DATA, *settings.STATICFILES_DIRS)
    if place not in _files_by_place:
        _look_for_files(self)
        _files_by_place[place] = self.files
    self.files = dict(_files_by_place[place])


WhiteNoiseMiddleware.add_files_from_finders = _look_once

_force_login = Client.force_login


def _signed_in_by_a_factor(self: Client, user: User, backend: str | None = None) -> None:
    """What a test's client gets without a form is a session that began with a factor a moment ago, as by the form."""
    _force_login(self, user, backend)
    session = self.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


Client.force_login = _signed_in_by_a_factor  # type: ignore[method-assign,assignment]  # for every test, pytest-django's client too
