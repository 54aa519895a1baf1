"""Axe finds nothing on any page but those of customers and of many, in any state, light and dark, wide and narrow."""

from __future__ import annotations

import pytest

from tests.browser.axe import complaints
from tests.browser.scenes import OTHERS, Scene
from tests.browser.visitors import Visitors

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scene", OTHERS.values(), ids=OTHERS)
def test_axe_finds_nothing_and_nothing_runs_off_the_edge(scene: Scene, visitors: Visitors) -> None:
    page, watch = visitors.see(scene)
    found = [*complaints(page), *watch.told()]
    assert not found, "\n".join(found)
