"""What the tests of the flows share."""

from __future__ import annotations

import pytest
from django.conf import LazySettings


@pytest.fixture
def quick(settings: LazySettings) -> None:
    """Calls end within a second, so that a hanging provider doesn't hold up the tests."""
    settings.STEWARD_CALL_SECONDS = 1.0
    settings.STEWARD_LEASE_SECONDS = 5.0
