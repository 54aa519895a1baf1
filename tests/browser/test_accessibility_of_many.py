"""The same for the pages about many: batches, imports, exports, quality, connections, policies, audit, reviews."""

from __future__ import annotations

import pytest

from tests.browser.axe import complaints
from tests.browser.scenes import OF_MANY, Scene
from tests.browser.visitors import Visitors

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scene", OF_MANY.values(), ids=OF_MANY)
def test_axe_finds_nothing_and_nothing_runs_off_the_edge(scene: Scene, visitors: Visitors) -> None:
    page, watch = visitors.see(scene)
    found = [*complaints(page), *watch.told()]
    assert not found, "\n".join(found)
