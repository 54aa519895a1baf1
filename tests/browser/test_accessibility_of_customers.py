"""The same for the pages of customers: finding one, its record, its form."""

from __future__ import annotations

import pytest

from tests.browser.axe import complaints
from tests.browser.scenes import OF_CUSTOMERS, Scene
from tests.browser.visitors import Visitors

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scene", OF_CUSTOMERS.values(), ids=OF_CUSTOMERS)
def test_axe_finds_nothing_and_nothing_runs_off_the_edge(scene: Scene, visitors: Visitors) -> None:
    page, watch = visitors.see(scene)
    found = [*complaints(page), *watch.told()]
    assert not found, "\n".join(found)
