"""What the tests of the flows share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings

from tests.cast import connect, person
from tests.databases import connected_to
from tests.deciding import no_policies

if TYPE_CHECKING:
    from console.models import Connection, User
    from tests.databases import Database, Databases

type PutBack = Callable[[], contextlib.AbstractContextManager[Database]]


@pytest.fixture
def without_policies() -> None:
    """No policy asks for anything."""
    no_policies()


@pytest.fixture
def sqril() -> Connection:
    """A connection of Sqril, through which nothing is sent."""
    return connect("sqril")


@pytest.fixture
def ed() -> User:
    """Ed, who edits everywhere."""
    return person("ed")


@pytest.fixture
def quick(settings: LazySettings) -> None:
    """Calls end within a second, so that a hanging provider doesn't hold up the tests."""
    settings.STEWARD_CALL_SECONDS = 1.0
    settings.STEWARD_LEASE_SECONDS = 5.0


@pytest.fixture
def put_back(databases: Databases, live_db: Database) -> Iterator[PutBack]:
    """Keeps a copy of the database as it is now; entered later, that copy is in its place."""
    copies: list[Database] = []

    def keep() -> contextlib.AbstractContextManager[Database]:
        with connected_to(live_db):  # which closes what leads there: nobody may be connected
            pass
        copies.append(databases.copy(live_db.name))
        return connected_to(copies[-1])

    yield keep
    for copy in copies:
        databases.drop(copy)
