"""A file of customers through the worker: to fill the cache, then to propose changes. Rows a second, memory, disk."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench.figures import Figure, per_second
from tests.bench.records import flowwise, phone_of
from tests.bench.stack import CONNECTION, Stack, running
from tests.processes import wait_for

FROM = 5_000_000
"""Far beyond the customers of the other parts."""
FILLED, PROPOSED, MEMORY = 5_000, 1_000, 300
A_PIECE = 4 * 1024**2
COLUMNS = ("customer_id", "scope", "name", "email", "phone", "address")
LONGEST = 3_600


def measure(stack: Stack, rows: int) -> Iterator[Figure]:
    """Both kinds of import, one after the other, in a worker of their own."""
    with running(stack.folder, "manage.py", "worker") as worker:
        before = kilobytes()
        seconds = imported("fill", table(rows, phone_of))
        yield Figure(
            "import, the cache",
            f"{per_second(rows, seconds):,.0f} rows a second",
            f"{rows:,} rows in {seconds:.0f} s; target {FILLED:,}",
            per_second(rows, seconds) >= FILLED,
        )
        used = (kilobytes() - before) / rows
        yield Figure("disk, a customer", f"{used:.1f} kB", "with history, words and indexes, as it is after an import")
        some = rows // 5
        seconds = imported("propose", table(some, lambda number: phone_of(number + 1)))
        yield Figure(
            "import, proposals",
            f"{per_second(some, seconds):,.0f} rows a second",
            f"{some:,} rows in {seconds:.0f} s; target {PROPOSED:,}",
            per_second(some, seconds) >= PROPOSED,
        )
        peak = peak_megabytes(worker.pid)
        yield Figure("import, the worker's peak", f"{peak:.0f} MB", f"target {MEMORY} MB", peak <= MEMORY)


def table(rows: int, phone: Callable[[int], str]) -> bytes:
    """A file as somebody would bring it."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for number in range(FROM, FROM + rows):
        identity, values = flowwise(number)
        record = {**identity, **values, "phone": phone(number)}
        lines.writerow([record[column] for column in COLUMNS])
    return text.getvalue().encode()


def imported(kind: str, file: bytes) -> float:
    """Uploads it, has it looked through, and gives for how many seconds it was carried out."""
    from django.utils import timezone

    from console.flows import bulk as flow
    from console.importing import Options
    from console.models import BulkKind, BulkStatus, Connection, User

    ed, there = User.objects.get(username="ed"), Connection.objects.get(name=CONNECTION)
    key = f"bench-{kind}-{time.monotonic_ns()}"
    wanted = flow.Import(there, BulkKind(kind), "bench.csv", len(file), key, as_of=timezone.now())
    bulk = flow.begin(wanted, by=ed)
    for at in range(0, len(file), A_PIECE):
        flow.take_piece(bulk.pk, at=at, data=file[at : at + A_PIECE], by=ed)
    until(bulk.pk, BulkStatus.MAPPING)
    flow.assign(bulk.pk, mapping=dict(enumerate(COLUMNS)), options=Options().stored(), columns=COLUMNS, by=ed)
    until(bulk.pk, BulkStatus.CHECKED)
    flow.carry_out(bulk.pk, by=ed, why="Measured.")
    began = time.monotonic()
    until(bulk.pk, BulkStatus.DONE)
    return time.monotonic() - began


def until(pk: int, status: str) -> None:
    """Waits until the worker has brought it there."""
    from console.models import Bulk

    def is_there() -> bool:
        bulk = Bulk.objects.get(pk=pk)
        if bulk.status == "failed":
            raise SystemExit(f"the import failed: {bulk.note}")
        return bulk.status == status

    wait_for(is_there, seconds=LONGEST)


def kilobytes() -> float:
    """How large the database is."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return float(cursor.fetchone()[0]) / 1024


def peak_megabytes(process: int) -> float:
    """The most memory that a process ever held."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024
