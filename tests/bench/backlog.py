"""What a claim costs behind ever more changes that wait at the same connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from tests.bench.ceiling import here
from tests.bench.figures import Figure, Spread, timed
from tests.bench.filling import owner, steps_unwatched
from tests.bench.proposing import pause, propose
from tests.bench.stack import CONNECTION
from tests.bench.used import postmaster, processor_milliseconds

if TYPE_CHECKING:
    from django.db.models import Model

BACKLOGS = (100, 10_000, 100_000)
READY = 70  # more than a claim looks at, so that it never meets a change that was only copied
FLAT = 1.5
# How soon the others may leave, in seconds from now.
KINDS: Mapping[str, int] = {"due": -60, "for later": 24 * 60 * 60}


def measure(count: int) -> Iterator[Figure]:
    """Claims of real changes, each taken back, while copies of them wait: due behind them, or due tomorrow."""
    from console.models import Change, Connection

    ready = propose(READY)
    Change.objects.filter(pk__in=ready).update(next_attempt_at="2000-01-01T00:00Z")
    Connection.objects.filter(name=CONNECTION).update(paused_at=None, pause="")
    taken: dict[str, list[Spread]] = {kind: [] for kind in KINDS}
    for size in BACKLOGS:
        grow(ready[0], size)
        for kind, seconds in KINDS.items():
            put_off(seconds)
            taken[kind].append(timed(take_back(), count, spent))
    for kind, spreads in taken.items():
        yield figure(kind, spreads)
    pause()


def spent() -> float:
    """Milliseconds on processors: this process's and the database's."""
    from django.conf import settings

    return time.process_time() * 1000 + processor_milliseconds(postmaster(settings.EMBEDDED.data))


def figure(kind: str, spreads: list[Spread]) -> Figure:
    """A line that compares the largest backlog with the smallest, by what a claim takes of the processors."""
    growth = spreads[-1].processor / spreads[0].processor
    sizes = " → ".join(f"{size:,}" for size in BACKLOGS)
    waited = " → ".join(f"{each.p50:.1f}" for each in spreads)
    how = f"on processors, with {sizes}; {growth:.2f} times, at most {FLAT}; p50 {waited} ms"
    value = " → ".join(f"{each.processor:.1f}" for each in spreads)
    return Figure(f"a claim, others {kind}", f"{value} ms", how, growth <= FLAT)


def take_back() -> Callable[[int], None]:
    """A claim that does not last."""
    from django.db import transaction

    from console.flows.claims import Claim
    from console.flows.deliver import claim

    def call(_: int) -> None:
        with transaction.atomic():
            if not isinstance(claim(here()), Claim):
                raise SystemExit("nothing could be claimed behind the backlog")
            transaction.set_rollback(True)

    return call


def grow(change: int, size: int) -> None:
    """Copies this change and its customer until so many wait; no worker runs that would take them."""
    from console.models import Change, Customer

    pattern = "backlog-%"
    have = Customer.objects.filter(external_id__startswith="backlog-").count()
    customers = {"external_id": "'backlog-' || n", "sort_name": "'backlog ' || n"}
    one = "(SELECT customer_id FROM console_change WHERE id = %s)"
    numbers = "generate_series(%s + 1, %s) n"
    run(copied(Customer, customers, f"{numbers}, console_customer t WHERE t.id = {one}"), have, size, change)
    changes = {"customer_id": "c.id", "idempotency_key": "c.external_id", "next_attempt_at": "clock_timestamp()"}
    new = "c.external_id LIKE %s AND NOT EXISTS (SELECT FROM console_change o WHERE o.customer_id = c.id)"
    with steps_unwatched():
        run(copied(Change, changes, f"console_customer c, console_change t WHERE t.id = %s AND {new}"), change, pattern)


def copied(model: type[Model], other: Mapping[str, str], source: str) -> str:
    """A statement that copies a row `t`, but for its key and for what is said otherwise."""
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    values = ", ".join(other.get(column, f"t.{column}") for column in columns)
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {values} FROM {source}"  # noqa: S608 - written here


def put_off(seconds: int) -> None:
    """Lets all the copies wait until so many seconds from now, as far as they don't."""
    others = "idempotency_key LIKE %s AND (next_attempt_at > clock_timestamp()) <> %s"
    moment = "clock_timestamp() + make_interval(secs => %s)"
    with steps_unwatched():
        run(f"UPDATE console_change SET next_attempt_at = {moment} WHERE {others}", seconds, "backlog-%", seconds > 0)  # noqa: S608 - written here
    for table in ("change", "customer"):
        owner(f"VACUUM ANALYZE console_{table}")


def run(statement: str, *parameters: str | int) -> None:
    """As the application's role."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
