"""How many changes a second arrive at a provider, end to end, beside what bounds them from below.

Two ceilings are measured in the same run: the bare requests, and the statements of claiming and settling. What pushes
come to is held against the lower of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from operator import itemgetter

from tests.bench.bare import bare_pushes
from tests.bench.ceiling import by_the_flows, statements_alone
from tests.bench.figures import Figure
from tests.bench.proposing import drain, propose, wait_for_workers
from tests.bench.stack import PROVIDER, SLOTS, Stack, running

WORKERS = (1, 2, 4)
SLOW_SECONDS = 0.1
LEAST_SHARE = 0.8


def measure(stack: Stack, count: int) -> Iterator[Figure]:
    """The ceilings, then the same number of changes with ever more workers, then with a provider that takes a while."""
    bare = [bare_pushes(stack, count)]
    ceiling, statements = statements_alone(count)
    yield Figure(
        "claim and settle, SQL", f"{ceiling:.0f} /s", f"{statements} statements of each alone, {SLOTS} connections"
    )
    flows = by_the_flows(count)
    how = f"p50 / p95 one after the other, without HTTP; {flows.processor:.1f} ms of it in Python"
    yield Figure("claim and settle, flows", str(flows), how)
    with ExitStack() as workers:
        pushed: list[float] = []
        for before, number in pairwise((0, *WORKERS)):
            for _ in range(number - before):
                workers.enter_context(running(stack.folder, "manage.py", "worker"))
            wait_for_workers(number)
            changes = propose(count)
            pushed.append(drain(changes))
            how = f"{count} changes, {SLOTS} slots, approved to applied; shares {shares_of_workers(changes)}"
            yield Figure(f"pushes, {number} worker{'s'[: number - 1]}", f"{pushed[-1]:.0f} /s", how)
        bare.append(bare_pushes(stack, count))
        yield from shares(max(pushed), max(bare), ceiling)
        yield slow(stack, count)


def shares_of_workers(changes: Sequence[int]) -> str:
    """How many of these changes each worker process sent, the busiest first."""
    from django.db.models import Count

    from console.models import Attempt

    sent = Attempt.objects.filter(change__in=changes).order_by().values_list("worker").annotate(Count("pk"))
    return ", ".join(str(count) for _, count in sorted(sent, key=itemgetter(1), reverse=True))


def shares(pushed: float, bare: float, ceiling: float) -> Iterator[Figure]:
    """The bare requests, and how near the pushes come to the lower ceiling."""
    yield Figure("bare requests", f"{bare:.0f} /s", f"by {SLOTS} single-connection clients, better of 2")
    share, lower = pushed / min(bare, ceiling), "bare requests" if bare < ceiling else "claim and settle, SQL"
    how = f"of the lower ceiling, {lower}; at least {LEAST_SHARE:.0%}"
    yield Figure("pushes, best of these", f"{share:.0%}", how, share >= LEAST_SHARE)


def slow(stack: Stack, count: int) -> Figure:
    """As many against a provider that takes its time: then the slots are the ceiling."""
    stack.control.fault(PROVIDER, "slow", count=count, seconds=SLOW_SECONDS)
    changes, ceiling = propose(count), SLOTS / SLOW_SECONDS
    pushed = drain(changes)
    stack.control.clear_faults(PROVIDER)
    how = f"{pushed / ceiling:.0%} of what {SLOTS} slots can do with {SLOW_SECONDS:g} s each"
    how += f"; shares of {WORKERS[-1]} workers {shares_of_workers(changes)}"
    return Figure("pushes, slow provider", f"{pushed:.0f} /s", how, pushed / ceiling >= LEAST_SHARE)
