"""How long a new user waits for the demo's first page in an installed clone."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.bench.figures import Figure
from tests.bench.stack import data_folder
from tests.demos import demo


def measure() -> Iterator[Figure]:
    """With an empty folder, which takes making a database, and once more."""
    with data_folder() as folder:
        for how in ("nothing there yet: database, secrets and people are made", "everything there"):
            began = time.perf_counter()
            with demo(folder):
                yield Figure("demo to first page", f"{time.perf_counter() - began:.1f} s", how)
