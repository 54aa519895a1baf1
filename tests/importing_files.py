"""Files of customers for tests, and imports brought as far as a test needs them, by the flow and a worker's steps."""

from __future__ import annotations

import csv
import io
import itertools
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.utils import timezone

from console import bulk as work
from console.bulk import file
from console.flows import bulk as flow
from console.flows.bulk import Import
from console.flows.uploads import PIECE
from console.importing import Options, guess
from console.models import Bulk, BulkKind, Connection, User

_keys = itertools.count(1)


def table(rows: Iterable[Sequence[object]], columns: Sequence[str] = ("external_id", "name", "phone")) -> bytes:
    """A CSV file of these rows."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue().encode()


WHOLE = ("external_id", "name", "email", "address", "phone")


def many(count: int, *, begin: int = 1, name: str = "Person") -> bytes:
    """A CSV file of so many whole customers of Caibo."""
    return table((row(number, name) for number in range(begin, begin + count)), WHOLE)


def row(number: int, name: str = "Person") -> tuple[str, ...]:
    """One of them."""
    phone = f"+44207946{number % 10_000:04}"
    return str(number), f"{name} {number}", f"p{number}@example.com", f"{number} High Street, London", phone


def uploaded(
    connection: Connection,
    content: bytes,
    *,
    by: User,
    kind: BulkKind = BulkKind.FILL,
    filename: str = "customers.csv",
    as_of: datetime | None = None,
) -> Bulk:
    """An import whose file came whole."""
    wanted = Import(connection, kind, filename, len(content), f"key-{next(_keys)}", as_of or timezone.now())
    begun = flow.begin(wanted, by=by)
    for at in range(0, len(content), PIECE):
        flow.take_piece(begun.pk, at=at, data=content[at : at + PIECE], by=by)
    return fresh(begun)


def done_by_a_worker(bulk: Bulk) -> Bulk:
    """What waits is done, in this thread."""
    work.work_all(threading.Event())
    return fresh(bulk)


def read(connection: Connection, content: bytes, **about: object) -> Bulk:
    """An import whose file was read."""
    return done_by_a_worker(uploaded(connection, content, **about))  # type: ignore[arg-type]  # as uploaded takes them


def assigned(bulk: Bulk, mapping: Mapping[int, str] | None = None, options: Options | None = None) -> Bulk:
    """Its columns are assigned as they were guessed, or as is said."""
    look = file.look_of(bulk)
    samples = [look.samples(place) for place in range(len(look.columns))]
    fields = guess(look.columns, samples, bulk.connection.provider).fields if mapping is None else mapping
    stored = (options or Options()).stored()
    return flow.assign(bulk.pk, mapping=fields, options=stored, columns=look.columns, by=bulk.owner)


def checked(connection: Connection, content: bytes, **about: object) -> Bulk:
    """An import that was looked through."""
    return done_by_a_worker(assigned(read(connection, content, **about)))


def carried_out(connection: Connection, content: bytes, **about: object) -> Bulk:
    """An import that was carried out."""
    seen = checked(connection, content, **about)
    return done_by_a_worker(flow.carry_out(seen.pk, by=seen.owner))


def fresh(bulk: Bulk) -> Bulk:
    """The row as it is now."""
    return Bulk.objects.select_related("connection", "owner", "batch").get(pk=bulk.pk)
