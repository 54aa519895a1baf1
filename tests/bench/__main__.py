"""`python -m tests.bench [--quick]`: prints each figure once it is known."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator

from tests.bench import pages, pushes, starts
from tests.bench.figures import Figure, line
from tests.bench.stack import data_folder, entered, stack


def main() -> None:
    """Everything is bounded in count and time: a minute with --quick, some minutes without."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer of everything, for a first look")
    quick = parser.parse_args().quick
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}", flush=True)
    for figure in measure(quick=quick):
        print(line(figure), flush=True)


def measure(*, quick: bool) -> Iterator[Figure]:
    """All parts, one after the other, so that none disturbs another."""
    size, seen, pushed = (300, 40, 100) if quick else (5000, 200, 1000)
    yield from starts.measure()
    with data_folder() as folder, stack(folder, size) as running, entered(folder):
        yield from pages.measure(running, seen)
        yield from pushes.measure(running, pushed)


if __name__ == "__main__":
    main()
