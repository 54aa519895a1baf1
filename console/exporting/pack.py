"""An evidence pack: an archive that holds events with all that belongs to them, and what proves it, to be taken away.

Whoever gets it needs nothing of the console: `verify.py` inside is one file of plain Python that checks it offline, and
`index.html` is a summary to be read. `docs/evidence.md` describes every file. The archive is written to a stream, one
member after the other; only the numbers of changes, attempts and leaves are kept meanwhile.
"""

from __future__ import annotations

import contextlib
import zipfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from django.template.loader import render_to_string

from console.exporting import evidence, proofs
from console.exporting.files import Measured
from console.exporting.lines import line
from console.exporting.summary import MOST_EVENTS, summary
from console.exporting.told import told
from console.models import Checkpoint, Event
from console.proof import verify
from console.proof.verify import canonical

if TYPE_CHECKING:
    from console.models import Change
    from console.permissions import Places

FORMAT = "steward-evidence/1"
LEVEL = 6


@dataclass(frozen=True, slots=True)
class Subject:
    """What a pack is about, and who had it made when."""

    title: str
    query: dict[str, Any]
    made_by: str
    at: datetime
    filename: str
    places: Places
    checkpoint: Checkpoint | None


@dataclass(slots=True)
class Seen:
    """What was met while the events were written."""

    counts: dict[str, int] = field(default_factory=dict)
    changes: set[int] = field(default_factory=set)
    attempts: set[int] = field(default_factory=set)
    leaves: array[int] = field(default_factory=lambda: array("q"))
    first: datetime | None = None
    last: datetime | None = None
    to_read: list[dict[str, Any]] = field(default_factory=list)

    @property
    def unsealed(self) -> int:
        """How many events are not in the tree yet."""
        return self.counts["events"] - len(self.leaves)

    def note(self, event: Event, row: dict[str, Any]) -> None:
        """Takes notice of an event and of the line that was written of it."""
        self.first, self.last = self.first or event.at, event.at
        if row["leaf"] is not None:
            self.leaves.append(row["leaf"])
        if event.change_id:
            self.changes.add(event.change_id)
        if event.attempt_id:
            self.attempts.add(event.attempt_id)
        if len(self.to_read) < MOST_EVENTS:
            self.to_read.append({"at": event.at, "leaf": row["leaf"], "verb": event.verb, **row["about"]})


class Archive:
    """A ZIP that is written to a stream, and knows the SHA-256 of each of its members."""

    def __init__(self, file: Measured, at: datetime) -> None:
        self._zip = zipfile.ZipFile(cast("IO[bytes]", file), "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self._at, self.digests = at.astimezone(UTC).timetuple()[:6], dict[str, str]()

    @contextlib.contextmanager
    def member(self, name: str) -> Iterator[Measured]:
        """Writes one member, in pieces."""
        info = zipfile.ZipInfo(name, self._at)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
        with self._zip.open(info, "w", force_zip64=True) as opened:
            measured = Measured(opened.write)
            yield measured
        self.digests[name] = measured.digest

    def put(self, name: str, content: bytes) -> None:
        """Writes one member at once."""
        with self.member(name) as file:
            file.write(content)

    def close(self) -> None:
        """Writes the archive's directory."""
        self._zip.close()


def write_pack(file: Measured, batches: Iterable[list[Event]], subject: Subject, going_on: Callable[[], None]) -> Seen:
    """Writes a pack. `going_on` is called again and again while no events come, and may raise what ends it."""
    archive = Archive(file, subject.at)
    seen = _write_events(archive, batches, subject.checkpoint)
    changes = _write_evidence(archive, seen, subject.places, going_on)
    proofs.write(archive, subject.checkpoint, seen.leaves, seen.first, going_on)
    archive.put("verify.py", Path(verify.__file__).read_bytes())
    page = summary(subject, seen, changes, going_on)
    archive.put("index.html", page.encode(errors="replace"))
    archive.put("README.txt", render_to_string("audit/pack.txt", page_context(subject, seen)).encode())
    _write_manifest(archive, subject, seen)
    archive.close()
    return seen


def page_context(subject: Subject, seen: Seen) -> dict[str, Any]:
    """What README and summary both tell."""
    return {"subject": subject, "seen": seen, **proofs.told(subject.checkpoint)}


def _write_events(archive: Archive, batches: Iterable[list[Event]], checkpoint: Checkpoint | None) -> Seen:
    seen, below, number = Seen(), checkpoint.size if checkpoint else 0, 0
    with archive.member("events.jsonl") as file:
        for events in batches:
            for event in events:
                row = told(event, sealed_below=below)
                file.write(line(row))
                seen.note(event, row)
            number += len(events)
    seen.counts["events"] = number
    return seen


def _write_evidence(archive: Archive, seen: Seen, places: Places, going_on: Callable[[], None]) -> list[int]:
    """Writes what belongs to the events; gives the numbers of the changes, those left out that may not be read."""
    numbers = list[int]()

    def counted(change: Change) -> dict[str, Any]:
        numbers.append(change.pk)
        return evidence.change_row(change)

    found = evidence.changes(seen.changes, places)
    seen.counts["changes"] = _write_rows(archive, "changes", map(counted, found), going_on)
    kinds: Mapping[str, Iterator[dict[str, Any]]] = {
        "lines": map(evidence.line_row, evidence.lines(numbers)),
        "decisions": map(evidence.decision_row, evidence.decisions(numbers)),
        "attempts": map(evidence.attempt_row, evidence.attempts(seen.attempts)),
    }
    for name, rows in kinds.items():
        seen.counts[name] = _write_rows(archive, name, rows, going_on)
    return numbers


def _write_rows(archive: Archive, name: str, rows: Iterable[dict[str, Any]], going_on: Callable[[], None]) -> int:
    count = 0
    with archive.member(f"{name}.jsonl") as file:
        for count, row in enumerate(rows, 1):
            file.write(line(row))
            if count % evidence.AT_ONCE == 0:
                going_on()
    return count


def _write_manifest(archive: Archive, subject: Subject, seen: Seen) -> None:
    manifest = canonical(
        {
            "format": FORMAT,
            "installation": proofs.installation(),
            "made_at": evidence.micros(subject.at),
            "made_by": subject.made_by,
            "title": subject.title,
            "query": subject.query,
            "counts": seen.counts,
            "files": dict(archive.digests),
        }
    )
    archive.put("manifest.json", manifest)
    if note := proofs.manifest_note(manifest, subject.checkpoint):
        archive.put("manifest.note", note.encode())
