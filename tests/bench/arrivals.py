"""How soon a save arrives at its provider: while nothing else goes on, and while another provider hangs."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import httpx

from providers.sandbox import Control
from tests.bench import pages
from tests.bench.figures import Figure, Spread
from tests.bench.forms import Form
from tests.bench.proposing import let_go, propose, wait_for_workers, wait_until_applied
from tests.bench.stack import CONNECTION, OTHER_CONNECTION, OTHER_PROVIDER, PASSWORD, PROVIDER, SLOTS, Stack, running
from tests.demos import signed_in
from tests.processes import wait_for

SOON_MS, BESIDE = 150.0, 1.2
WARM = 3


def measure(stack: Stack, count: int) -> Iterator[Figure]:
    """With one worker: alone, then while all the slots of another connection hang."""
    with signed_in(stack.url, "ed", PASSWORD) as browser, running(stack.folder, "manage.py", "worker"):
        wait_for_workers(1)
        let_go()
        alone = arrivals(stack, browser, count)
        how = f"p50 / p95 of {count}, from sending the form to the provider's ledger; p95 at most {SOON_MS:.0f} ms"
        yield Figure("save to arrival", str(alone), how, alone.p95 <= SOON_MS)
        hang(stack)
        beside = arrivals(stack, browser, count)
        times = beside.p95 / alone.p95
        how = f"while {SLOTS} requests to another provider hang; p95 {times:.2f} times, at most {BESIDE}"
        yield Figure("save to arrival, beside", str(beside), how, times <= BESIDE)
        stack.control.clear_faults(OTHER_PROVIDER)


def arrivals(stack: Stack, browser: httpx.Client, count: int) -> Spread:
    """One save after the other by the form, each once the one before was applied and some moments have passed."""
    from console.models import Change, Customer

    plain = Customer.objects.filter(connection__name=CONNECTION).order_by("pk")
    busy = Change.objects.unfinished().values("customer")
    customers = list(plain.exclude(pk__in=busy).values_list("pk", "external_id")[: count + WARM])
    taken: list[float] = []
    for pk, external_id in customers:
        form = Form(pages.see(browser, pages.edit(pk)), "edit").values
        seen = last_entry(stack.control)
        time.sleep(random.uniform(0.05, 0.25))  # noqa: S311 - so that nothing keeps step with what polls
        began = time.time()
        pages.post(browser, pages.edit(pk), {**form, "v-phone": f"+9193{time.time_ns() % 10**8:08}"})
        arrived = wait_for(arrival_of(stack.control, external_id, seen), seconds=60) or began
        taken.append((arrived - began) * 1000)
        wait_until_applied(list(Change.objects.filter(customer=pk).order_by("-pk").values_list("pk", flat=True)[:1]))
    return Spread.of(taken[WARM:])


def arrival_of(control: Control, external_id: str, after: int) -> Callable[[], float | None]:
    """Asks when a request for this customer arrived, by the provider's clock, which is this machine's."""

    def arrived() -> float | None:
        entries = control.ledger(PROVIDER, after=after)
        return next(
            (datetime.fromisoformat(each["at"]).timestamp() for each in entries if each["external_id"] == external_id),
            None,
        )

    return arrived


def last_entry(control: Control) -> int:
    """The number of the newest request in the ledger."""
    return max((int(each["id"]) for each in control.ledger(PROVIDER)), default=0)


def hang(stack: Stack) -> None:
    """The other provider takes requests and answers none; returns once as many hang as it has slots."""
    before = len(stack.control.ledger(OTHER_PROVIDER))
    stack.control.fault(OTHER_PROVIDER, "hang-before", count=10_000, method="*")
    propose(3 * SLOTS, OTHER_CONNECTION)
    let_go(OTHER_CONNECTION)
    wait_for(lambda: len(stack.control.ledger(OTHER_PROVIDER)) > before, seconds=60)
