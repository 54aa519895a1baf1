"""What the tests of the views share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cast import connect, person
from tests.deciding import no_policies

if TYPE_CHECKING:
    from django.test import Client

    from console.models import Connection, User


@pytest.fixture
def ed(client: Client) -> User:
    """Ed, who edits everywhere, signed in."""
    user = person("ed")
    client.force_login(user)
    return user


@pytest.fixture
def ed_signed_in(client: Client, ed: User) -> Client:
    """Ed's browser."""
    return client


@pytest.fixture
def without_policies() -> None:
    """No policy asks for anything."""
    no_policies()


@pytest.fixture
def sqril() -> Connection:
    """A connection of Sqril, through which nothing is sent."""
    return connect("sqril")
