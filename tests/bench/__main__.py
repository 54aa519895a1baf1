"""`python -m tests.bench [--quick] [--only PART …]`: prints each figure once it is known; ! marks a missed target."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Iterator

from tests.bench import (
    arrivals,
    audit,
    backlog,
    browser,
    filling,
    finding,
    imports,
    pushes,
    requests,
    seals,
    servers,
    sizes,
    starts,
)
from tests.bench.figures import Figure, line
from tests.bench.stack import CONNECTION, OTHER_CONNECTION, Stack, data_folder, entered, stack

PARTS = (
    *("starts", "pushes", "arrivals", "pages", "browser", "servers", "backlog", "inbox", "seals", "audit", "imports"),
    "finding",
)

QUICKLY = 30  # pages of each kind


def main() -> None:
    """Everything is bounded in count and time: a minute with --quick, some minutes without."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer of everything, for a first look")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts alone")
    parser.add_argument("--rows", type=int, default=50_000, help="of the file that is imported, up to a million")
    at = "of these many, one after the other, is found; a million take half an hour to make"
    parser.add_argument("--customers", type=int, nargs="+", default=finding.SIZES, help=at)
    given = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}", flush=True)
    if given.only == ["finding"]:
        figures = found((1_000, 3_000) if given.quick else tuple(given.customers), QUICKLY if given.quick else 100)
    else:
        figures = measure([part for part in given.only if part != "finding"], quick=given.quick, rows=given.rows)
    for figure in figures:
        print(line(figure), flush=True)
    if "finding" in given.only and given.only != ["finding"]:  # a process can be that of one database only
        more = ["--quick"] if given.quick else ["--customers", *map(str, given.customers)]
        subprocess.run([sys.executable, "-m", "tests.bench", "--only", "finding", *more], check=True)


def found(sizes: tuple[int, ...], count: int) -> Iterator[Figure]:
    """In a database of its own, which grows from size to size."""
    with data_folder() as folder, stack(folder, 1) as running, entered(folder):
        yield from finding.measure(running, sizes, count)


def measure(parts: list[str], *, quick: bool, rows: int) -> Iterator[Figure]:
    """All parts, one after the other, so that none disturbs another."""
    few, many, seen, pushed = (300, 3_000, QUICKLY, 100) if quick else (1_000, 100_000, 100, 500)
    if "starts" in parts:
        yield from starts.measure()
    if set(parts) == {"starts"}:
        return
    with data_folder() as folder, stack(folder, few) as running, entered(folder):
        fill(0, few)
        if "pushes" in parts:
            yield from pushes.measure(running, pushed)
        if "arrivals" in parts:
            yield from arrivals.measure(running, seen)
        if "pages" in parts:
            first = sizes.measure(running, seen)
            fill(few, many)
            yield from sizes.compared(first, sizes.measure(running, seen), (few, many))
        yield from of_the_whole(running, parts, seen)
        if "imports" in parts:
            yield from imports.measure(running, 3_000 if quick else rows)


def of_the_whole(running: Stack, parts: list[str], seen: int) -> Iterator[Figure]:
    """What is measured once, with all the customers there are by then."""
    if "browser" in parts:
        yield from browser.measure(running)
    if "servers" in parts:
        yield from servers.measure(running, seen * 4)
    if "backlog" in parts:
        yield from backlog.measure(seen)
    if "inbox" in parts:
        yield from requests.measure(running, seen)
    if "seals" in parts:
        yield from seals.measure(running, events=seen * 1_000, seconds=seen / 2)
    if "audit" in parts:  # a million are made only where somebody waits for them
        alone = list(parts) == ["audit"] and seen > QUICKLY
        yield from audit.measure(running, seen // 3, many=audit.MANY if alone else seen * 500)


def fill(start: int, end: int) -> None:
    """Customers at two providers: three of four at the plain one, which the pushes go to."""
    from console.models import Connection

    plain, other = (Connection.objects.get(name=name) for name in (CONNECTION, OTHER_CONNECTION))
    filling.fill([plain, plain, plain, other], range(start, end))


if __name__ == "__main__":
    main()
