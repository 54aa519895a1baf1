"""Events as lines of JSON (JSONL), for programs: the same lines as in an evidence pack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from console.exporting.told import told
from console.proof.verify import canonical

if TYPE_CHECKING:
    from console.exporting.files import Writable
    from console.models import Event


def write_lines(file: Writable, batches: Iterable[list[Event]]) -> None:
    """Writes a line for each event, one batch at a time."""
    for events in batches:
        file.write(b"".join(line(told(event)) for event in events))


def line(row: dict[str, Any]) -> bytes:
    """One object as a line."""
    return canonical(row) + b"\n"
