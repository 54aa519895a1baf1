"""What the tests of the views share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cast import person

if TYPE_CHECKING:
    from django.test import Client

    from console.models import User


@pytest.fixture
def ed(client: Client) -> User:
    """Ed, who edits everywhere, signed in."""
    user = person("ed")
    client.force_login(user)
    return user
