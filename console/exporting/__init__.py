"""Exporting: writes what the audit holds, or customers, into a file, batch by batch, so that a million take no more
memory than a thousand. A worker makes the exports that people asked for; a command may write one straight into a file.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from django.db import transaction
from django.utils.text import Truncator

from console.auditing import EVERYTHING, Query, batches, describe, refusal, sight
from console.errors import CannotSeal, ConsoleError, NotPermitted
from console.exporting import proofs, taking_out
from console.exporting.files import Measured, Pieces, Writable
from console.exporting.lines import write_lines
from console.exporting.pack import Seen, Subject, write_pack
from console.exporting.progress import Progress, Stopping
from console.exporting.table import write_table
from console.flows import making
from console.flows.exports import concerned, found
from console.flows.making import Ended, Result
from console.flows.record import database_now, record
from console.flows.seal import seal, standing
from console.models import Export, Format, Installation, Origin, User
from console.permissions import Places

log = structlog.get_logger()

AT_ONCE = 1000
LONGEST_NOTE = 500
SEALED_WITHIN = 10.0
BETWEEN_SEALS = 0.2
ENDINGS = {Format.CSV: "csv", Format.JSONL: "jsonl", Format.PACK: "zip"}
"""As what events are written, and what such a file ends in."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be written: which events, as what, seen with whose eyes, and who is said to have made it."""

    query: Query
    kind: Format
    places: Places
    made_by: str


def make_all(stopping: threading.Event) -> int:
    """Makes what waits, one after the other, until nothing is left or this worker is to end; says how many."""
    taken = 0
    while not stopping.is_set() and (export := making.claim()):
        taken += 1
        make(export, stopping)
    return taken


def make(export: Export, stopping: threading.Event) -> None:
    """Makes one that this worker claimed. What goes wrong for good is said in a sentence; the rest is tried again."""

    def tell(done: int) -> None:
        if stopping.is_set():
            raise Stopping
        making.beat(export, done)

    try:
        if making.OF_CUSTOMERS in export.query:
            taking_out.make(export, Progress(tell))
        else:
            making.finish(export, _into_pieces(export, Progress(tell)))
    except Stopping:
        making.give_back(export)
    except Ended:
        log.info("export.ended", export=export.pk)
    except ConsoleError as problem:
        with contextlib.suppress(Ended):
            making.fail(export, Truncator(str(problem)).chars(LONGEST_NOTE))


def write(file: Writable, query: Query, kind: Format, *, by: User | None = None, places: Places = EVERYTHING) -> Result:
    """Writes an export into a file, at once. Raises NotFit if nothing is found or too much.

    Recorded on the chain of whoever had it made; of nobody in particular on that of the installation.
    """
    found(query, places)
    made = _write(file.write, Wish(query, kind, places, by.name if by else "the command line"), Progress())
    details = {"query": query.stored(), "format": kind, "count": made.count, "digest": made.digest, "export": None}
    with transaction.atomic():
        record(by or Installation.objects.get(), "audit.exported", by=by, origin=Origin.COMMAND, details=details)
    return made


def filename(query: Query, kind: Format, at: datetime) -> str:
    """“steward-change-12-2026-11-21.zip”. It ends up in places where nothing personal may be."""
    subjects = ("change", query.change), ("customer", query.customer)
    about = next((f"{name}-{number}" for name, number in subjects if number), "audit")
    return f"steward-{about}-{at.astimezone(UTC):%Y-%m-%d}.{ENDINGS[kind]}"


def title(query: Query) -> str:
    """What it holds, in words."""
    words = " · ".join(describe(query))
    return f"{words[:1].upper()}{words[1:]}" or "Everything"


def _into_pieces(export: Export, progress: Progress) -> Result:
    query, places = making.query_of(export), sight(export.owner)
    if why_not := refusal(export.owner):
        raise NotPermitted(why_not)
    making.begin(export, total=found(query, places), places=concerned(query, places))
    pieces = Pieces(export, lambda: progress.done)
    made = _write(pieces.take, Wish(query, Format(export.format), places, export.owner.name), progress)
    pieces.end()
    return made


def _write(take: Callable[[bytes], object], wish: Wish, progress: Progress) -> Result:
    if wish.kind == Format.PACK:
        _seal_first(progress)
    file, at, note = Measured(take), database_now(), ""
    name = filename(wish.query, wish.kind, at)
    events = progress.counting(batches(wish.query, wish.places, size=AT_ONCE))
    match wish.kind:
        case Format.CSV:
            write_table(file, events)
        case Format.JSONL:
            write_lines(file, events)
        case Format.PACK:
            what = title(wish.query), wish.query.stored(), wish.made_by
            subject = Subject(*what, at, name, wish.places, proofs.latest())
            note = _unproved(write_pack(file, events, subject, progress.goes_on), subject)
    return Result(name, file.size, file.digest, progress.done, note)


def _unproved(seen: Seen, subject: Subject) -> str:
    """What of a pack can't be proved, in a sentence; empty if all of it can."""
    if subject.checkpoint is None:
        return "Nothing of it can be proved: this installation has not sealed its history yet."
    count, one = seen.unsealed, seen.unsealed == 1
    late = (
        f"{count:,} of its events {'is' if one else 'are'} not sealed yet: ask once more in a minute to have it proved."
    )
    return late if count else ""


def _seal_first(progress: Progress) -> None:
    """So that all that a pack holds is in the tree, though another process may be sealing at this very moment. What
    can't be sealed by then the pack names.
    """
    began = time.monotonic()
    with contextlib.suppress(CannotSeal, OSError):
        while time.monotonic() - began < SEALED_WITHIN:
            seal()
            left = standing()
            if not left.unsealed or left.oldest < time.monotonic() - began:
                return
            progress.goes_on()
            time.sleep(BETWEEN_SEALS)
