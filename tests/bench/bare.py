"""The requests that pushes need at the least, sent by threads that do nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import httpx

from tests.bench.figures import per_second
from tests.bench.stack import PROVIDER, SLOTS, Stack


def bare_pushes(stack: Stack, count: int) -> float:
    """So many requests by as many single-connection clients as there are slots; gives how many a second."""
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
