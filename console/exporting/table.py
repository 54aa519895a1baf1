"""A table of events (CSV), for spreadsheets: nothing in it is taken for a formula.

UTF-8 with a mark at its beginning, since spreadsheets guess wrong without it; commas, lines ended as RFC 4180 has it.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC
from typing import TYPE_CHECKING

from console.exporting.told import about, leaf_of

if TYPE_CHECKING:
    from console.exporting.files import Writable
    from console.models import Event

MARK = "\ufeff"
COLUMNS = (
    *("id", "at", "who", "on behalf of", "what", "sentence", "connection", "customer", "customer number", "change"),
    *("attempt", "from where", "request", "details", "values", "chain", "place in chain", "previous hash", "hash"),
    "leaf",
)
"""What stands in which column; `docs/exports.md` says it in sentences."""

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With which a spreadsheet begins a formula, in the wide forms of some keyboards, too."""


def write_table(file: Writable, batches: Iterable[list[Event]]) -> None:
    """Writes the table, one batch at a time."""
    file.write(_lines([COLUMNS]).join([MARK, ""]).encode(errors="replace"))
    for events in batches:
        file.write(_lines(_row(event) for event in events).encode(errors="replace"))


def harmless(cell: object) -> str:
    """A cell as text that no spreadsheet runs: an apostrophe stands before what might be a formula.

    One stands before such an apostrophe, too, so that an import can take away what was added, and no more.
    """
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.lstrip("'").startswith(FORMULAS) else text


def _row(event: Event) -> list[object]:
    said = about(event)
    values = json.dumps(said["shown"], ensure_ascii=False, sort_keys=True) if said["shown"] else ""
    details = json.dumps(event.details, ensure_ascii=False, sort_keys=True) if event.details else ""
    at = event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return [
        *(event.pk, at, said["actor"], said["behalf"], event.verb, said["sentence"], said["connection"]),
        *(said["customer"], event.customer_id, event.change_id, event.attempt_id, event.origin, event.request_id),
        *(details, values, event.subject, event.number, bytes(event.previous).hex(), bytes(event.hash).hex()),
        leaf_of(event),
    ]


def _lines(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()
