"""One sandbox for all these tests, begun anew for each."""

from collections.abc import Iterator

import pytest

from providers.sandbox import Sandbox
from tests.sandbox.client import Caller


@pytest.fixture(scope="session")
def _running() -> Iterator[Sandbox]:
    with Sandbox(people=3) as running:
        yield running


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    _running.reset(people=3)
    return _running


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    return Caller(sandbox)
