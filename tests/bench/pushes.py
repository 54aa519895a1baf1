"""How many changes a second arrive at a provider, end to end, beside the bare requests that they need at the least."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from itertools import batched

import httpx

from tests.bench.figures import Figure, per_second
from tests.bench.stack import CONNECTION, PROVIDER, SLOTS, Stack, running

LONGEST = 300.0


def measure(stack: Stack, count: int) -> Iterator[Figure]:
    """Proposes so many changes and lets one worker go; before and after that, bare clients at the same sandbox."""
    bare = [bare_pushes(stack, count)]
    propose(stack, count)
    with running(stack.folder, "manage.py", "worker"):
        pushed = drain(count)
    bare.append(bare_pushes(stack, count))
    fastest = max(bare)
    yield Figure("pushes, end to end", f"{pushed:.0f} /s", f"{count} changes, one worker, {SLOTS} slots, until applied")
    yield Figure(
        "bare requests", f"{fastest:.0f} /s", f"{count} requests, {SLOTS} single-connection clients, better of 2"
    )
    yield Figure("ratio", f"{pushed / fastest:.2f}", "pushes to bare requests, same sandbox, same run")


def propose(stack: Stack, count: int) -> None:
    """Saves the changes while nothing may leave yet; each customer gets one."""
    from django.utils import timezone

    from console.flows.propose import Proposal, propose
    from console.models import Connection, Customer, Pause, User

    Connection.objects.filter(name=CONNECTION).update(paused_at=timezone.now(), pause=Pause.BY_A_PERSON)
    ed = User.objects.get(username="ed")
    there = Customer.objects.filter(connection__name=CONNECTION)
    numbers = there.order_by("-pk").values_list("pk", flat=True)[:count]
    for some in batched(numbers, 100):
        outcomes = propose([Proposal(pk, {"phone": f"+9196{pk:08}"}, f"bench-{pk}") for pk in some], by=ed)
        if refused := [outcome for outcome in outcomes if isinstance(outcome, Exception)]:
            raise SystemExit(f"a change was refused: {refused[0]}")


def drain(count: int) -> float:
    """Lets everything go, and gives how many arrived a second."""
    from console.flows.resolve import resume
    from console.models import Change, Connection, Status, User

    waiting = Change.objects.filter(status__in=[Status.APPROVED, Status.SENDING])
    wait_for_worker()
    began = time.perf_counter()
    resume(Connection.objects.get(name=CONNECTION), by=User.objects.get(username="ed"))
    while waiting.exists():
        if time.perf_counter() - began > LONGEST:
            raise SystemExit(f"{waiting.count()} changes had not arrived after {LONGEST:.0f} s")
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    if unapplied := Change.objects.exclude(status=Status.APPLIED).count():
        raise SystemExit(f"{unapplied} changes were not applied")
    return per_second(count, seconds)


def wait_for_worker() -> None:
    """Until a worker has said that it is there."""
    from procrastinate.contrib.django.models import ProcrastinateWorker

    end = time.monotonic() + 30
    while not ProcrastinateWorker.objects.exists():
        if time.monotonic() > end:
            raise SystemExit("the worker did not come up")
        time.sleep(0.05)


def bare_pushes(stack: Stack, count: int) -> float:
    """The same number of the same requests, by threads that do nothing else; gives how many a second."""
    start = threading.Barrier(SLOTS + 1)
    shares = [stack.customers[number::SLOTS][: count // SLOTS] for number in range(SLOTS)]
    threads = [threading.Thread(target=push, args=(stack, share, start)) for share in shares]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return per_second(sum(map(len, shares)), time.perf_counter() - began)


def push(stack: Stack, share: Sequence[str], start: threading.Barrier) -> None:
    """One client's requests, one after the other over one connection."""
    secrets = stack.control.credentials(PROVIDER)
    headers = {"x-client-id": secrets["client_id"], "x-client-secret": secrets["client_secret"]}
    with httpx.Client(
        base_url=stack.control.base_url(PROVIDER), headers=headers, trust_env=False, timeout=30
    ) as client:
        start.wait()
        for number, customer in enumerate(share):
            body = {"customer_id": customer, "scope": "PROJECT", "phone": f"+9195{number:08}"}
            client.put(f"/customer/{customer}", json=body).raise_for_status()
