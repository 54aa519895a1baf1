"""Finding customers among ten thousand, a hundred thousand and a million, and their list, beside plain Django admin.

Both behind gunicorn over HTTP, in the same run. Ours is what the list swaps in while one types, its rows included.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import httpx

from tests.bench import lists, many, pages
from tests.bench.figures import Figure, Spread, per_second, timed
from tests.bench.records import email_of, name_of, phone_of
from tests.bench.sizes import processes
from tests.bench.stack import CONNECTION, OTHER_CONNECTION, PASSWORD, Stack, running
from tests.bench.used import processor_milliseconds
from tests.demos import free_port, signed_in
from tests.processes import wait_for

SIZES = (10_000, 100_000)
MILLION = 1_000_000
CLIENTS, SECONDS = 8, 10.0
QUICK, GROWTH, GROWTH_INSIDE = 50, 1.3, 2.0  # milliseconds for the first 20; times from the fewest to the most
LEAST_SEARCHES = 50  # a second, by 8 clients
INSIDE = "a part of a word"
# How many times the admin's own search ours has to be at a million.
BESIDE = {"one e-mail": 50, "a beginning": 50, "last digits": 50, INSIDE: 30}
BESIDE |= {lists.FIRST: 20, lists.DEEP: 20, lists.RECORD: 1}

type Text = Callable[[int], str]
type Taken = dict[str, Spread]


def texts(size: int) -> Mapping[str, Text]:
    """What is typed: each kind of it finds in another way."""
    return {
        "one e-mail": lambda number: email_of(number * 977 % size),
        "a beginning": lambda number: "".join(name_of(number * 977 % size)[1][:5]),
        "a common name": lambda _: "priya",
        "last digits": lambda number: phone_of(number * 977 % size)[-6:],
        "two words": lambda number: " ".join(name_of(number * 977 % size)),
        "two words, turned": lambda number: " ".join(reversed(name_of(number * 977 % size))),
        "words of an address": lambda number: many.address_of(number * 977 % size).split(",")[0],
        INSIDE: lambda number: email_of(number * 977 % size)[4:-8],
        "nobody": lambda number: f"nobody{number}",
    }


def measure(stack: Stack, sizes: tuple[int, ...], count: int) -> Iterator[Figure]:
    """One database that grows from size to size."""
    filled, first = 0, dict[str, Spread]()
    lists.fill()
    for size in sizes:
        began = time.monotonic()
        fill(filled, size)
        lists.mark()
        rate = per_second(size - filled, time.monotonic() - began)
        yield Figure(f"customers: {size:,}", f"{rate:,.0f} rows /s", f"filled; {disk(size)} on disk a customer")
        with signed_in(stack.url, "ed", PASSWORD) as browser:
            taken = of_ours(browser, size, count, partial(processor_milliseconds, *processes(stack)))
        yield from told(taken, first or taken, size)
        yield from at_once(stack, size)
        yield from beside(stack, taken, size)
        filled, first = size, first or taken


def fill(start: int, end: int) -> None:
    """Three of four at the plain connection, as everywhere in the bench."""
    from console.models import Connection

    plain, other = (Connection.objects.get(name=name) for name in (CONNECTION, OTHER_CONNECTION))
    many.fill([plain, plain, plain, other], range(start, end))


def disk(size: int) -> str:
    """Of each table, indexes included, per customer."""
    from django.db import connection

    with connection.cursor() as cursor:
        tables = {"record": "customer", "terms": "searchterm", "text and grams": "searchtext"}
        said = []
        for what, table in tables.items():
            cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [f"console_{table}"])
            said.append(f"{what} {cursor.fetchone()[0] / size:,.0f} B")
    return ", ".join(said)


def of_ours(browser: httpx.Client, size: int, count: int, spent: Callable[[], float]) -> Taken:
    """Each kind of search, and the list."""
    kinds = {what: partial(pages.search, browser, text) for what, text in texts(size).items()}
    taken = {what: timed(call, count, spent) for what, call in kinds.items()}
    return taken | lists.of_ours(browser, count, spent)


def told(taken: Taken, first: Taken, size: int) -> Iterator[Figure]:
    """A line each; one that takes too long, or too many times what it took with the fewest, is marked.

    The growth is that of the time on processors, which hardly depends on what else the machine does.
    """
    for what, spread in taken.items():
        growth, bound = spread.processor / first[what].processor, GROWTH_INSIDE if what == INSIDE else GROWTH
        how = f"{spread.processor:.1f} ms on processors, {growth:.2f} times"
        yield Figure(f"{what}, {size:,}", str(spread), how, spread.p50 <= QUICK and growth <= bound)


def at_once(stack: Stack, size: int) -> Iterator[Figure]:
    """Eight people who search one after the other, each in a session of their own."""
    kinds = list(texts(size).values())
    taken, threads = list[float](), list[threading.Thread]()
    until = time.monotonic() + SECONDS
    with contextlib.ExitStack() as open_:
        for client in range(CLIENTS):
            browser = open_.enter_context(signed_in(stack.url, "ed", PASSWORD))
            threads.append(threading.Thread(target=search_until, args=(browser, kinds, client, until, taken)))
        began = time.monotonic()
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    rate, spread = per_second(len(taken), time.monotonic() - began), Spread.of(taken)
    yield Figure(
        f"8 clients, {size:,}", f"{rate:.0f} searches /s", f"{spread}, all kinds in turn", rate >= LEAST_SEARCHES
    )


def search_until(browser: httpx.Client, kinds: list[Text], client: int, until: float, taken: list[float]) -> None:
    """One search of each kind in turn, until then."""
    number = client * 1_000
    while time.monotonic() < until:
        began = time.perf_counter()
        pages.search(browser, kinds[number % len(kinds)], number)
        taken.append((time.perf_counter() - began) * 1000)
        number += 1


def beside(stack: Stack, taken: Taken, size: int) -> Iterator[Figure]:
    """The same by plain Django admin: the lists that it makes, its counts included."""
    with admin(stack.folder) as (browser, web):
        spent = partial(processor_milliseconds, web.pid, processes(stack)[1])
        for what, text in texts(size).items():
            if what in BESIDE:
                path = partial(searched, text)
                yield compared(what, taken[what], timed(partial(pages.see_each, browser, path), 5, spent, warm=1), size)
        for what, to in shown(size).items():
            yield compared(what, taken[what], timed(partial(pages.see_each, browser, to), 5, spent, warm=1), size)


def shown(size: int) -> Mapping[str, Text]:
    """The admin's addresses of what is compared beside searches."""
    some = lists.opened()
    return {
        lists.FIRST: lambda _: "/admin/admin/customer/",
        lists.DEEP: lambda _: f"/admin/admin/customer/?p={size // 50 * 9 // 10}",
        lists.RECORD: lambda number: f"/admin/admin/customer/{some[number]}/change/",
    }


def searched(text: Text, number: int) -> str:
    """The admin's address for a search."""
    return f"/admin/admin/customer/?{httpx.QueryParams({'q': text(number)})}"


def compared(what: str, ours: Spread, theirs: Spread, size: int) -> Figure:
    """How many times longer the admin takes; a target at a million only."""
    times, work = theirs.p50 / ours.p50, theirs.processor / ours.processor
    how = f"{theirs.processor:.0f} ms on processors; {times:.0f} times as long as ours, {work:.0f} times the work"
    return Figure(f"admin, {what}, {size:,}", str(theirs), how, size < MILLION or times >= BESIDE[what])


@contextlib.contextmanager
def admin(folder: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[bytes]]]:
    """Plain Django admin, served as the console is."""
    port = free_port()
    size = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--log-level", "warning")
    server = ("-m", "gunicorn", "tests.bench.plain:application", "--bind", f"127.0.0.1:{port}", *size)
    browsing = httpx.Client(base_url=f"http://localhost:{port}", trust_env=False, timeout=120)
    with running(folder, *server) as web, browsing as browser:
        wait_for(lambda: is_up(browser), seconds=60)
        yield browser, web


def is_up(browser: httpx.Client) -> bool:
    """Whether it answers."""
    try:
        return browser.get("/admin/jsi18n/").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
