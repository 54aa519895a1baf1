"""The tree: all leaves in one pass, with every stored subtree and every checkpoint compared where it belongs."""

from __future__ import annotations

import heapq
from binascii import unhexlify
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import LiteralString

from console.proof.tree import Frontier
from console.verifying.findings import Code, Finding, Report
from console.verifying.snapshot import Snapshot

LEAVES: LiteralString = "SELECT index, encode(hash, 'hex') FROM console_leaf ORDER BY index"
# In the order in which they are completed while leaves are added; the shift of a tampered number may not overflow.
SUBTREES: LiteralString = """
    SELECT height, index, hash FROM console_subtree
    ORDER BY (index::numeric + 1) * power(2::numeric, height), height, id
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody signed: that the first `size` leaves have this root. `place` says where it is written."""

    size: int
    root: bytes
    place: str
    is_row: bool = True


@dataclass(slots=True)
class Walk:
    """One pass over the leaves. `fitted` is the largest size of which a signed root was met, `covered` the
    largest one that a checkpoint of the database tells of.
    """

    report: Report
    frontier: Frontier = field(default_factory=Frontier)
    fitted: int = 0
    covered: int = 0
    misfits: int = 0

    def findings(self, leaves: Snapshot, others: Snapshot, claims: Iterable[Claim]) -> Iterator[Finding]:
        """All that does not fit. The claims come in the order of their sizes."""
        waiting, stored = Ahead(iter(claims)), Ahead(others.rows(SUBTREES))
        yield from self._meet(waiting)
        for place, (index, given) in enumerate(leaves.copied(LEAVES)):
            if int(index) != place:
                yield Finding(Code.GAP, f"leaf {place}", f"It is missing; the next one is {int(index)}.")
                break  # what follows is another tree than the one that was signed
            for completed in self.frontier.append(unhexlify(given)):
                yield from _compared(completed, stored)
            if waiting.first is not None and waiting.first.size <= self.frontier.size:
                yield from self._meet(waiting)
            if self.frontier.size % 50_000 == 0:
                self.report.progress("leaves", self.frontier.size)
        self.report.leaves = self.frontier.size
        yield from self._beyond(waiting)
        for height, index, _ in stored:
            yield Finding(Code.TREE, f"subtree {index} of height {height}", "There are not so many leaves.")

    def _meet(self, waiting: Ahead[Claim]) -> Iterator[Finding]:
        """Compares the claims about the tree as it is up to here."""
        while waiting.first is not None and waiting.first.size <= self.frontier.size:
            claim = next(waiting)
            self.covered = max(self.covered, claim.size if claim.is_row else 0)
            if self.frontier.root() == claim.root:
                self.fitted = claim.size
                continue
            self.misfits += 1
            if self.misfits == 1:
                yield Finding(
                    Code.TREE,
                    f"leaves {self.fitted}-{claim.size - 1}",
                    f"They are not the ones that were signed in {claim.place}; what was signed before them fits.",
                )
            elif not claim.is_row:
                yield Finding(Code.TREE, claim.place, f"The first {claim.size} leaves are not the ones that it covers.")

    def _beyond(self, waiting: Ahead[Claim]) -> Iterator[Finding]:
        """Claims about more leaves than there are, and leaves that no checkpoint covers."""
        size = self.frontier.size
        for claim in waiting:
            self.covered = max(self.covered, claim.size if claim.is_row else 0)
            yield Finding(
                Code.CUT,
                f"leaves {self.fitted}-{claim.size - 1}",
                f"They were signed in {claim.place}, and only {size} leaves are there: "
                "the end of history was cut off, or the database was set back.",
            )
        if self.covered < size:
            yield Finding(Code.CHECKPOINT, f"leaves {self.covered}-{size - 1}", "No checkpoint that holds covers them.")


class Ahead[T](Iterator[T]):
    """An iterator whose next item can be looked at: `first`, None at the end."""

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self.first: T | None = next(items, None)

    def __next__(self) -> T:
        if (item := self.first) is None:
            raise StopIteration
        self.first = next(self._items, None)
        return item


def in_order(*claims: Iterable[Claim]) -> Iterator[Claim]:
    """Several of them, each in the order of its sizes, as one."""
    return heapq.merge(*claims, key=attrgetter("size"))


def _compared(completed: tuple[int, int, bytes], stored: Ahead[tuple[int, int, bytes]]) -> Iterator[Finding]:
    """A subtree that has just become whole, and the row that should stand there for it."""
    height, index, computed = completed
    end = (index + 1) << height
    while stored.first is not None and ((stored.first[1] + 1) << stored.first[0], stored.first[0]) < (end, height):
        other = next(stored)
        yield Finding(Code.TREE, f"subtree {other[1]} of height {other[0]}", "There is no such part of the tree.")
    place = f"subtree {index} of height {height}"
    if stored.first is None or stored.first[:2] != (height, index):
        yield Finding(Code.TREE, place, f"It is missing; the leaves {index << height}-{end - 1} are there.")
    elif bytes(next(stored)[2]) != computed:
        yield Finding(Code.TREE, place, f"It is not the root of the leaves {index << height}-{end - 1}.")
