"""What history costs: writing an event into its chain, sealing it, how soon that is, and verifying all of it."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench.figures import Figure, per_second
from tests.bench.filling import AT_ONCE, Rows, owner, tell
from tests.bench.stack import Stack, running

WRITERS, ROUNDS, SECONDS = (1, 8, 32), 5, 0.8
MOST_OVER_PLAIN, LATEST, LEAST_VERIFIED = 1.3, 60.0, 50_000
BETWEEN = 0.05

type Write = Callable[[int], object]

_numbers = itertools.count(1)


def measure(stack: Stack, events: int, seconds: float) -> Iterator[Figure]:
    """With so many events to seal and verify, and a worker that seals for so long while others happen."""
    yield from written()
    happen(events)
    yield sealed()
    yield found_nothing_new()
    yield from verified()
    yield soon(stack, seconds)


def written() -> Iterator[Figure]:
    """Events in a chain and rows of the same content that are in none, in turn, so that both meet the same machine."""
    from console.models import Customer

    customers = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[: max(WRITERS)])
    for writers in WRITERS:
        rounds = [
            (many(in_no_chain, customers[:writers]), many(in_a_chain, customers[:writers])) for _ in range(ROUNDS)
        ]
        ratio = statistics.median(plain / chained for plain, chained in rounds)
        plain, chained = (statistics.median(each) for each in zip(*rounds, strict=True))
        how = f"{ratio:.2f} times a plain row ({plain:.0f}/s), at most {MOST_OVER_PLAIN}; each locks its customer"
        what = f"events, {writers} writer{'s' * (writers > 1)}"
        yield Figure(what, f"{chained:.0f}/s", how, ratio <= MOST_OVER_PLAIN)
    forget_plain_rows()


def forget_plain_rows() -> None:
    """They are in no chain, so whoever verifies would have something to say."""
    for table, guard in (("event", "history_is_not_altered"), ("mention", "mention_is_not_altered")):
        owner(f"ALTER TABLE console_{table} DISABLE TRIGGER {guard}")
    owner(
        "DELETE FROM console_mention USING console_event WHERE event_id = console_event.id AND subject LIKE 'plain:%'"
    )
    owner("DELETE FROM console_event WHERE subject LIKE 'plain:%'")
    for table, guard in (("event", "history_is_not_altered"), ("mention", "mention_is_not_altered")):
        owner(f"ALTER TABLE console_{table} ENABLE ALWAYS TRIGGER {guard}")


def many(write: Write, customers: Sequence[int]) -> float:
    """How many a second are written by a thread for each customer."""
    from django.db import connection

    start = threading.Barrier(len(customers))

    def work(customer: int) -> int:
        write(customer)
        start.wait()
        ends, count = time.perf_counter() + SECONDS, 0
        while time.perf_counter() < ends:
            write(customer)
            count += 1
        connection.close()
        return count

    with ThreadPoolExecutor(len(customers)) as threads:
        return per_second(sum(threads.map(work, customers)), SECONDS)


def in_a_chain(pk: int) -> None:
    """As flows do: the customer's row is locked; event and head of the chain go to the database together."""
    from django.db import transaction

    from console.flows.record import record
    from console.models import Customer, Origin
    from console.models.rows import gathered

    with transaction.atomic():
        [customer] = Customer.objects.locked([pk])
        with gathered():
            record(customer, VERB, by=None, origin=Origin.WORKER, details=DETAILS, values=VALUES)


def in_no_chain(pk: int) -> None:
    """The same row, sealed values included, without a hash and a head."""
    from django.db import transaction

    from console.flows.record import moment
    from console.models import Customer, Event, Origin
    from console.models.rows import gathered, insert

    with transaction.atomic():
        [customer] = Customer.objects.locked([pk])
        with gathered():
            event = Event(subject=f"plain:{next(_numbers)}", number=1, customer=customer, at=moment(customer))
            event.verb, event.origin, event.details = VERB, Origin.WORKER, dict(DETAILS)
            event.connection_id = customer.connection_id
            event.sealed_values = customer.key.seal("event", f"{event.subject}/1", dict(VALUES))
            event.previous = event.hash = customer.chain_head
            insert([event])


VERB = "customer.refreshed"
DETAILS: dict[str, Any] = {"fields": ["phone"], "moved": ["phone"]}
VALUES: Mapping[str, Any] = {"phone": ["+919876543210", "+919876543211"]}


def happen(count: int) -> None:
    """So many events in the chains of many customers."""
    from console.flows.record import database_now
    from console.models import Customer, Event

    customers, now = list(Customer.objects.order_by("pk")[:AT_ONCE]), database_now()
    for _ in range(-(-count // len(customers))):
        rows = Rows()
        for customer in customers:
            tell(rows, customer, VERB, now, DETAILS)
        for event in rows.events:
            event.connection_id = event.customer.connection_id if event.customer else None
        Event.objects.bulk_create(rows.events)
        Customer.objects.bulk_update(customers, ["chain_length", "chain_head"])
    owner("VACUUM ANALYZE console_event")


def sealed() -> Figure:
    """All that is there, in one go."""
    from console.flows.seal import seal

    began = time.perf_counter()
    count = seal()
    taken = time.perf_counter() - began
    return Figure("sealed", f"{per_second(count, taken):,.0f}/s", f"{count:,} events in {taken:.1f} s")


def found_nothing_new() -> Figure:
    """A round of the sealer as most of them are."""
    from console.flows.seal import seal
    from tests.bench.figures import timed

    taken = timed(lambda _: seal(), 100)
    return Figure("a seal of nothing new", str(taken), "p50 / p95, before any of it is proven to be sealed")


def verified() -> Iterator[Figure]:
    """The database against its own chains, seals and signatures."""
    from console.flows.seal import ring
    from console.models import Event
    from console.verifying import Wanted, verify

    began = time.perf_counter()
    report = verify(Wanted([key.fingerprint for key in ring()]))
    speed = per_second(Event.objects.count(), time.perf_counter() - began)
    how = f"at least {LEAST_VERIFIED:,}/s; {report.found or 'no'} findings"
    yield Figure("events verified", f"{speed:,.0f}/s", how, speed >= LEAST_VERIFIED and not report.found)


def soon(stack: Stack, seconds: float) -> Figure:
    """How long after it happened an event is under a checkpoint, while a worker runs and 20 of them happen a second."""
    from django.db import connection

    from console.models import Customer, Event

    customers = list(Customer.objects.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    last = Event.objects.latest("pk").pk
    with running(stack.folder, "manage.py", "worker"):
        ends = time.monotonic() + seconds
        for customer in itertools.cycle(customers):
            in_a_chain(customer)
            if time.monotonic() > ends:
                break
            time.sleep(BETWEEN)
        with connection.cursor() as cursor:
            while True:
                cursor.execute(_TAKEN, [last])
                worst, count, unsealed = cursor.fetchone()
                if not unsealed or time.monotonic() > ends + LATEST:
                    break
                time.sleep(0.2)
    how = f"99 of 100 of {count:,}, at most {LATEST:.0f} s" + (f"; {unsealed} not sealed" if unsealed else "")
    return Figure("time to seal, p99", f"{worst:.1f} s", how, worst <= LATEST and not unsealed)


_TAKEN = """
    SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY EXTRACT(epoch FROM checkpoint.at - event.at))::float8,
        count(*), count(*) FILTER (WHERE leaf.event_id IS NULL)
    FROM console_event AS event LEFT JOIN console_leaf AS leaf ON leaf.event_id = event.id
    LEFT JOIN LATERAL (
        SELECT at FROM console_checkpoint WHERE size > leaf.index ORDER BY size LIMIT 1
    ) AS checkpoint ON true
    WHERE event.id > %s
"""
