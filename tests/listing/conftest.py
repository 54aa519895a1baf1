"""Who asks for changes in these tests."""

from __future__ import annotations

import pytest

from console.models import User
from tests.cast import person


@pytest.fixture
def ed(db: None) -> User:
    return person("ed")


@pytest.fixture
def jo(db: None) -> User:
    return person("jo")
