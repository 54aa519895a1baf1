"""The same pages from each web server that is installed, for one person and for eight at once."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import httpx

from tests.bench import pages
from tests.bench.figures import Figure, Spread, milliseconds, per_second, timed
from tests.bench.stack import GRANIAN, GUNICORN, PASSWORD, Stack, serving
from tests.bench.used import mebibytes, processor_milliseconds
from tests.demos import signed_in

CLIENTS = 8
MOST_MEMORY = 200


def measure(stack: Stack, count: int) -> Iterator[Figure]:
    """Each server on its own, one after the other, with the same database behind it."""
    for server in (GUNICORN, GRANIAN):
        if importlib.util.find_spec(server) is None:
            yield Figure(server, "not installed", "so it is not compared")
            continue
        with serving(stack.folder, server) as (url, process), signed_in(url, "ed", PASSWORD) as browser:
            yield from served(server, browser, count, partial(processor_milliseconds, process.pid))
            used = mebibytes(process.pid)
            yield Figure(f"{server}, memory", f"{used:.0f} MiB", "PSS, two workers, after that", used <= MOST_MEMORY)


def served(server: str, browser: httpx.Client, count: int, spent: Callable[[], float]) -> Iterator[Figure]:
    """Three pages that people look at most: alone, and by several who keep their connections or get a new one each."""
    about = pages.known(CLIENTS)
    paths = ["/customers/", f"/customers/{about.customers[0]}/", pages.edit(about.customers[0])]
    alone = timed(lambda number: pages.see(browser, paths[number % len(paths)]), count, spent)
    how = f"p50 / p95 of {count}: list, customer, edit form in turn; {alone.processor:.1f} ms of it on processors"
    yield Figure(f"{server}, one client", str(alone), how)
    for connection in ("keep-alive", "close"):
        together, rate = at_once(browser, paths, count, connection, spent)
        how = f"{CLIENTS} clients, connection: {connection}; {together.processor:.1f} ms a page on processors"
        yield Figure(f"{server}, {CLIENTS} clients", f"{rate:.0f} /s, {together}", how)


def at_once(
    browser: httpx.Client, paths: Sequence[str], count: int, connection: str, spent: Callable[[], float]
) -> tuple[Spread, float]:
    """The same by several clients of one session; gives what each page took, and how many came a second."""
    taken: list[float] = []
    start = threading.Barrier(CLIENTS + 1)
    clients = [client_of(browser, connection) for _ in range(CLIENTS)]
    threads = [threading.Thread(target=look, args=(client, paths, count, start, taken.append)) for client in clients]
    for thread in threads:
        thread.start()
    start.wait()
    began, before = time.perf_counter(), spent()
    for thread in threads:
        thread.join()
    return Spread.of(taken, spent() - before), per_second(len(taken), time.perf_counter() - began)


def client_of(browser: httpx.Client, connection: str) -> httpx.Client:
    """One more of the same session. A proxy such as nginx closes each connection, unless it is told otherwise."""
    headers = {"Connection": connection}
    return httpx.Client(
        base_url=browser.base_url, cookies=browser.cookies, headers=headers, trust_env=False, timeout=60
    )


def look(
    client: httpx.Client, paths: Sequence[str], count: int, start: threading.Barrier, note: Callable[[float], None]
) -> None:
    """One client's pages, one after the other."""
    with client:
        pages.see(client, paths[0])
        start.wait()
        for number in range(count // CLIENTS):
            note(milliseconds(lambda turn: pages.see(client, paths[turn % len(paths)]), number))
