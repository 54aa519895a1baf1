"""Checkpoints: what was signed, in the database and in files outside of it, and whether by a key that we know."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from console.models import Installation
from console.proof.verify import Checkpoint, Unfit, fingerprint, grouped, key_hash, read_note
from console.verifying.findings import Code, Finding, Report
from console.verifying.snapshot import Snapshot
from console.verifying.tree import Claim

ROWS: LiteralString = """
    SELECT size, root, CASE WHEN isfinite(at) THEN (extract(epoch FROM at) * 1000000)::bigint END, note
    FROM console_checkpoint ORDER BY size, id
"""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint that is kept outside of the database: what stands in a file."""

    path: Path
    text: str


def kept_here() -> list[Anchor]:
    """The last checkpoint that this host saw signed, if it seals history."""
    path = Path(settings.STEWARD_SEALS) / str(Installation.objects.get().name) / "checkpoint.txt"
    return [Anchor(path, path.read_text(encoding="utf-8", errors="replace"))] if path.exists() else []


@dataclass(slots=True)
class Signed:
    """Opens notes: those of this installation, signed by one of these keys. What else there is becomes a finding."""

    installation: str
    fingerprints: Collection[str]
    report: Report
    latest: Checkpoint | None = None
    findings: list[Finding] = field(default_factory=list)

    def rows(self, snapshot: Snapshot) -> Iterator[Claim]:
        """What the checkpoints of the database say, in the order of their sizes."""
        for size, root, at, note in snapshot.rows(ROWS):
            place = f"checkpoint {size}"
            self.report.checkpoints += 1
            if (told := self._opened(note, place)) is None:
                continue
            if (told.size, told.root, told.at) != (size, bytes(root), at):
                self._find(place, "Its row says another size, root or time than the note that was signed.")
            if self.latest and (told.at < self.latest.at or told.life < self.latest.life):
                self._find(place, f"It is older than checkpoint {self.latest.size}, which covers less.")
            self.latest = told
            yield Claim(told.size, told.root, place)

    def files(self, anchors: Sequence[Anchor]) -> list[Claim]:
        """What those outside of the database say, in the order of their sizes."""
        claims = []
        for anchor in anchors:
            place = f"the checkpoint in {anchor.path}"
            if told := self._opened(anchor.text, place):
                claims.append(Claim(told.size, told.root, place, is_row=False))
        return sorted(claims, key=lambda claim: claim.size)

    def _opened(self, note: str, place: str) -> Checkpoint | None:
        """What a note says, if it may be believed."""
        try:
            told = read_note(note)
        except Unfit as problem:
            self._find(place, f"This cannot be read: {problem}.")
            return None
        if told.installation != self.installation:
            self._find(place, f"It is of another installation: {told.installation}.")
        elif fingerprint(told.public) not in self.fingerprints:
            key = grouped(fingerprint(told.public))
            self._find(place, f"It is signed by a key that is not known here: {told.key_id}, {key}.")
        elif not _is_signed(told):
            self._find(place, "Its signature is not of this text: it was forged or altered.")
        else:
            return told
        return None

    def _find(self, place: str, sentence: str) -> None:
        self.findings.append(Finding(Code.CHECKPOINT, place, sentence))


def _is_signed(told: Checkpoint) -> bool:
    """As `console.proof.verify.signed`, some fifty times as fast."""
    if told.signature[:4] != key_hash(told.name, told.public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(told.public).verify(told.signature[4:], told.text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True
