"""Findings: what does not fit, where that is, and in a sentence what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

KEPT = 1000


class Code(StrEnum):
    """What kind of thing does not fit; the word that a script looks for."""

    ALTERED = "altered"  # an event is not what its hash says
    BROKEN = "broken"  # an event does not continue the one before it
    GAP = "gap"  # a number of a chain, or a leaf, is missing
    HEAD = "head"  # a chain does not end where its head says
    SEAL = "seal"  # an event is not what was sealed
    UNSEALED = "unsealed"  # an event should have been sealed long ago
    TREE = "tree"  # the tree is not the one that was signed, or a stored part of it is another one
    CHECKPOINT = "checkpoint"  # a checkpoint is not what was signed, or by nobody we know
    CUT = "cut"  # a checkpoint tells of more than there is: the end was cut off, or the database set back
    DERIVED = "derived"  # what follows from history says something else than history
    BODY = "body"  # what was sent or answered is not what history tells of
    VALUE = "value"  # our copy holds another value than its history


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit. `place` is like "event customer:17/5", "leaf 12", "checkpoint 400", "change 9"."""

    code: Code
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


@dataclass(slots=True)
class Report:
    """What a verification came to. Of many findings the first are kept, and all are counted."""

    events: int = 0
    leaves: int = 0
    checkpoints: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)
    progress: Callable[[str, int], None] = field(default=lambda _what, _count: None, repr=False)

    def take(self, findings: Iterable[Finding]) -> None:
        """Counts them all and keeps the first."""
        for finding in findings:
            self.found += 1
            if len(self.findings) < KEPT:
                self.findings.append(finding)

    def add(self, other: Report) -> None:
        """Takes over what another thread found."""
        self.found += other.found
        self.findings += other.findings[: KEPT - len(self.findings)]

    @property
    def fits(self) -> bool:
        """Nothing was found."""
        return not self.found
