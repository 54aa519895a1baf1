"""Every page with few customers and with many: what it takes, and that it takes hardly longer with more of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.bench import pages
from tests.bench.figures import Figure, Spread
from tests.bench.stack import PASSWORD, Stack
from tests.bench.used import postmaster, processor_milliseconds
from tests.demos import signed_in

QUICKER = {pages.SAVE: 10, "field check": 10}
PAGE, WORST, GROWTH = 20, 50, 1.3

type Taken = dict[str, Spread]


def measure(stack: Stack, count: int) -> Taken:
    """What each page takes with the customers that are there by now."""
    with signed_in(stack.url, "ed", PASSWORD) as browser:
        return dict(pages.measure(browser, count, partial(processor_milliseconds, *processes(stack))))


def processes(stack: Stack) -> tuple[int, int]:
    """The web server's and the database's, in which all of a page's work is done."""
    from django.conf import settings

    return stack.web.pid, postmaster(settings.EMBEDDED.data)


def compared(few: Taken, many: Taken, sizes: tuple[int, int]) -> Iterator[Figure]:
    """A line for each page; one that misses a target is marked."""
    heads = " → ".join(f"{size:,}" for size in sizes)
    yield Figure(f"customers: {heads}", "p50 / p95", f"of {next(iter(few.values())).count} each, one client")
    for what, first in few.items():
        second = many[what]
        growth = second.p50 / first.p50
        kept = all(is_quick(what, taken) for taken in (first, second)) and growth <= GROWTH
        how = f"{growth:.2f} times; {first.processor:.1f} → {second.processor:.1f} ms on processors"
        yield Figure(what, f"{first} → {second}", how, kept)


def is_quick(what: str, taken: Spread) -> bool:
    """Within the targets for one page."""
    return taken.p50 <= QUICKER.get(what, PAGE) and taken.p95 <= WORST
