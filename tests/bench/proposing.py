"""Changes for a worker to come: saved as people save them, while nothing may leave yet."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from itertools import batched

from tests.bench.figures import per_second
from tests.bench.stack import CONNECTION

LONGEST = 300.0
AT_ONCE = 100

_rounds = itertools.count(1)


def propose(count: int, connection: str = CONNECTION) -> Sequence[int]:
    """Saves a change for each of so many customers and gives their keys; the connection is paused meanwhile."""
    from console.flows.propose import Proposal, propose
    from console.models import Customer, User

    pause(connection)
    turn, ed = next(_rounds), User.objects.get(username="ed")
    there = Customer.objects.filter(connection__name=connection).order_by("-pk")
    customers = list(there.values_list("pk", flat=True)[:count])
    saved: list[int] = []
    for some in batched(customers, AT_ONCE):
        wishes = [Proposal(pk, {"phone": phone(turn, pk)}, f"bench-{turn}-{pk}") for pk in some]
        for outcome in propose(wishes, by=ed):
            if isinstance(outcome, Exception):
                raise SystemExit(f"a change was refused: {outcome}")
            saved.append(outcome.pk)
    return saved


def phone(turn: int, customer: int) -> str:
    """Another number each time."""
    return f"+919{turn % 10}{customer:08}"


def pause(connection: str = CONNECTION) -> None:
    """Nothing leaves from now on."""
    from django.utils import timezone

    from console.models import Connection, Pause

    Connection.objects.filter(name=connection).update(paused_at=timezone.now(), pause=Pause.BY_A_PERSON)


def let_go(connection: str = CONNECTION) -> None:
    """Everything may leave, and the workers are told."""
    from console.flows.wake import wake
    from console.models import Connection

    Connection.objects.filter(name=connection).update(paused_at=None, pause="")
    wake(Connection.objects.get(name=connection).pk)


def drain(changes: Sequence[int]) -> float:
    """Lets everything go, and gives how many of these changes were applied a second."""
    began = time.perf_counter()
    let_go()
    wait_until_applied(changes)
    return per_second(len(changes), time.perf_counter() - began)


def wait_until_applied(changes: Sequence[int]) -> None:
    """Until all of them are at their provider; ends the bench when they do not get there."""
    from console.models import Change, Status

    mine = Change.objects.filter(pk__in=changes)
    moving = mine.filter(status__in=[Status.APPROVED, Status.SENDING])
    end = time.monotonic() + LONGEST
    while moving.exists():
        if time.monotonic() > end:
            raise SystemExit(f"{moving.count()} changes had not arrived after {LONGEST:.0f} s")
        time.sleep(0.02)
    if unapplied := mine.exclude(status=Status.APPLIED).count():
        raise SystemExit(f"{unapplied} changes were not applied")


def wait_for_workers(count: int) -> None:
    """Until so many workers have said that they are there."""
    from procrastinate.contrib.django.models import ProcrastinateWorker

    end = time.monotonic() + 60
    while ProcrastinateWorker.objects.count() < count:
        if time.monotonic() > end:
            raise SystemExit("the workers did not come up")
        time.sleep(0.05)
