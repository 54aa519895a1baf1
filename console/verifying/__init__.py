"""Verifying: the database against its own chains, the sealed tree, the signatures, and checkpoints kept elsewhere.

It reads one moment of the database and writes nothing, so that it runs beside everything else, and on a replica. What
is compared outside of the database is recomputed here: hashes, the tree, signatures. Two connections at once, so that
while this process hashes the database compares.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from console.verifying import changes, people, sql
from console.verifying.checkpoints import Anchor, Signed, kept_here
from console.verifying.findings import Code, Finding, Report
from console.verifying.hashes import altered
from console.verifying.snapshot import Snapshot
from console.verifying.tree import Walk, in_order
from console.verifying.values import misremembered

__all__ = ["SEALED_WITHIN", "Anchor", "Code", "Finding", "Progress", "Report", "Wanted", "kept_here", "verify"]

type Progress = Callable[[str, int], None]
"""Is told now and then how many of what were looked at."""

# Seconds. An event is sealed within 60 s after it was committed, and its transaction may have taken as long.
SEALED_WITHIN = 120


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to verify against: fingerprints of the keys that may have signed, and checkpoints kept elsewhere.

    `values`: open all values, too, and compare our copies with history.
    """

    fingerprints: Collection[str]
    anchors: Sequence[Anchor] = ()
    values: bool = False
    sealed_within: int = SEALED_WITHIN


def verify(wanted: Wanted, *, progress: Progress = lambda _what, _count: None) -> Report:
    """Looks at all history there is. The anchors must have been read before: what is sealed meanwhile is not seen."""
    report = Report(progress=progress)
    with Snapshot() as snapshot, snapshot.beside() as second, ThreadPoolExecutor(1) as pool:
        comparing = pool.submit(_compared, second, wanted, progress)
        report.take(altered(snapshot, report))
        report.take(_tree(snapshot, wanted, report))
        report.add(comparing.result())
    if wanted.values:
        report.take(misremembered(report))
    return report


def _compared(snapshot: Snapshot, wanted: Wanted, progress: Progress) -> Report:
    report = Report(progress=progress)
    checks = (
        *sql.CHAINS,
        *sql.SEALS,
        sql.unsealed(wanted.sealed_within),
        *sql.EVENTS,
        *changes.CHANGES,
        *people.PEOPLE,
    )
    report.take(sql.compared(snapshot, checks, report))
    return report


def _tree(snapshot: Snapshot, wanted: Wanted, report: Report) -> Iterator[Finding]:
    with snapshot.beside() as other:
        [[name]] = other.rows("SELECT name FROM console_installation")
        signed = Signed(str(name), wanted.fingerprints, report)
        claims = in_order(signed.rows(other), signed.files(wanted.anchors))
        yield from Walk(report).findings(snapshot, other, claims)
        yield from signed.findings
