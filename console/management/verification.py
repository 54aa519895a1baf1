"""What `manage.py audit verify` verifies against, and how it says what it found."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings

from console.models import Checkpoint, Installation
from console.proof.notes import Ring
from console.proof.verify import Unfit, fingerprint, grouped, read_note
from console.verifying import Anchor, Progress, Report, Wanted, kept_here, verify

SAID = 100
NO_KEY = (
    "It is not known which key may have signed. Set STEWARD_SEALING_KEYS, or give the fingerprint by --key: "
    "`manage.py audit key` says it on a host that seals."
)


class CannotVerify(Exception):
    """What was given does not allow a verification; the text says why."""


def wanted(keys: Sequence[str], files: Sequence[Path], *, values: bool = False) -> Wanted:
    """What to verify against: keys by their fingerprints, else those of this host; files, and what this host keeps."""
    known = [_fingerprint(key) for key in keys] or [key.fingerprint for key in _ring()]
    if not known:
        raise CannotVerify(NO_KEY)
    installation = str(Installation.objects.get().name)
    return Wanted(known, [*(_anchor(file, known, installation) for file in files), *kept_here()], values=values)


def said(report: Report, seconds: float) -> Iterator[str]:
    """The lines that tell what came of it: every place with its sentence, and what was looked at."""
    for finding in report.findings[:SAID]:
        yield f"{finding.code:<10} {finding}"
    if report.found > SAID:
        yield f"… and {report.found - SAID:,} more."
    rate = report.events / max(seconds, 0.001)
    counts = f"{report.events:,} events, {report.leaves:,} leaves, {report.checkpoints:,} checkpoints"
    yield f"Looked at {counts} in {seconds:.1f} s ({rate:,.0f} events a second)."
    if last := Checkpoint.objects.order_by("size").last():
        yield _last(last)


def timed(against: Wanted, progress: Progress) -> tuple[Report, float]:
    """A verification, and how long it took in seconds."""
    began = time.monotonic()
    report = verify(against, progress=progress)
    return report, time.monotonic() - began


def keys_told(ring: Ring) -> Iterator[str]:
    """The public halves of the keys, with the fingerprints by which people compare them."""
    for number, key in enumerate(ring):
        role = "signs" if number == 0 else "signed once"
        yield f"{key.id} ({role}): {grouped(key.fingerprint)}"


def _ring() -> Ring:
    try:
        return Ring.read(settings.STEWARD_SEALING_KEYS)
    except ValueError as problem:
        raise CannotVerify(str(problem)) from None


def _fingerprint(text: str) -> str:
    """As somebody typed it, in groups or not."""
    digits = "".join(text.split()).replace(":", "").lower()
    if len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise CannotVerify(f"{text!r} is no fingerprint: those are 64 hexadecimal digits, in groups or not.")
    return digits


def _anchor(file: Path, known: Sequence[str], installation: str) -> Anchor:
    """A copied checkpoint; raises CannotVerify for what is none, or none of this installation's or these keys'."""
    try:
        text = file.read_text(encoding="utf-8")
        note = read_note(text)
    except OSError as problem:
        raise CannotVerify(f"{file} cannot be read: {problem.strerror}.") from None
    except (Unfit, UnicodeDecodeError):
        raise CannotVerify(f"{file} is no checkpoint, or not all of it.") from None
    if note.installation != installation:
        raise CannotVerify(f"{file} is of another installation: {note.installation}; this one is {installation}.")
    if fingerprint(note.public) not in known:
        raise CannotVerify(f"{file} is signed by a key that is not known here: {grouped(fingerprint(note.public))}.")
    return Anchor(file, text)


def _last(last: Checkpoint) -> str:
    try:
        key = grouped(fingerprint(read_note(last.note).public))
    except Unfit:
        key = "a key that cannot be told"
    return f"The last checkpoint covers {last.size:,} events, {last.at:%Y-%m-%d %H:%M:%S} UTC, signed by {key}."
