"""What is told of a drill: the truth matrix and what belongs to it, as text for people or as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from console.management.drill.matrix import Fault, Truth
from console.management.drill.plan import Deed
from console.management.drill.run import Outcome

SHOWN = 10


def as_json(outcome: Outcome) -> str:
    """Everything, changes by the console's number."""
    matrix, plan = outcome.matrix, outcome.plan
    cells: dict[str, dict[str, int]] = {}
    for (row, truth), count in sorted(matrix.cells.items()):
        cells.setdefault(row, {})[truth] = count
    said: dict[str, Any] = {
        "clean": outcome.is_clean,
        "seed": plan.seed,
        "changes": plan.changes,
        "saved": outcome.saved,
        "not saved": outcome.refused,
        "requests": outcome.requests,
        "matrix": cells,
        "wrong": {str(fault): changes for fault, changes in matrix.wrong.items()},
        "needs a person": [{"change": need.pk, "status": need.status, "why": need.why} for need in matrix.needs],
        "recovery": {"count": len(matrix.recoveries), "p50": matrix.recovery(0.5), "p95": matrix.recovery(0.95)},
        "faults": dict(sorted(outcome.kinds.items())),
        "broken": {str(deed): count for deed, count in outcome.done.items()},
        "resumed": dict(outcome.resumed),
        "decided": dict(outcome.decided),
        "unknown until a person settled it": dict(outcome.unknown),
        "workers that ended by themselves": outcome.ended_by_themselves,
        "at rest": outcome.settled,
        "seconds": round(outcome.seconds, 1),
        "history": {
            "events": outcome.history.events,
            "checkpoints": outcome.history.checkpoints,
            "found": [finding.sentence for finding in outcome.history.findings],
        },
    }
    return json.dumps(said, indent=2)


def as_text(outcome: Outcome) -> str:
    """The same for people."""
    return "\n".join(_lines(outcome))


def _lines(outcome: Outcome) -> Iterator[str]:
    matrix, plan = outcome.matrix, outcome.plan
    yield f"Drill with seed {plan.seed}: {outcome.saved} changes, {outcome.requests} requests, {outcome.seconds:.0f} s"
    yield from _block("Broken on purpose", {str(deed): count for deed, count in outcome.done.items()})
    if plan.restarts and not outcome.done[Deed.RESTART]:
        yield "PostgreSQL was not restarted: it is not the drill's own."
    yield from _block(f"Requests that were spoiled, {len(outcome.kinds)} kinds", outcome.kinds)
    yield from _block("Connections resumed by the operator", outcome.resumed)
    yield from _block("Decided by people meanwhile", outcome.decided)
    yield ""
    yield from _table(matrix.cells)
    yield ""
    for fault, changes in matrix.wrong.items():
        yield f"  {len(changes):>6}  {fault}{_named(fault, changes)}"
    yield ""
    yield from _counted("Unknown until the operator settled it", outcome.unknown)
    yield from _counted("Needs a person at the end", matrix.reasons)
    p50, p95 = matrix.recovery(0.5), matrix.recovery(0.95)
    if p50 is not None and p95 is not None:
        yield ""
        count = len(matrix.recoveries)
        yield f"From not known to ended by itself: p50 {p50:.1f} s, p95 {p95:.1f} s, of {count} changes"
    yield ""
    yield from (f"Not saved: {why}" for why in outcome.refused[:SHOWN])
    history = outcome.history
    yield f"History: {history.events} events, {history.checkpoints} checkpoints, {len(history.findings)} findings"
    yield from (f"  {finding.place}: {finding.sentence}" for finding in history.findings[:SHOWN])
    yield _verdict(outcome)


def _block(title: str, counted: Mapping[str, int]) -> Iterator[str]:
    if counted:
        yield f"{title}: {', '.join(f'{name} {count}' for name, count in sorted(counted.items()))}"


def _counted(title: str, reasons: Counter[str]) -> Iterator[str]:
    yield f"{title}: {reasons.total()}"
    yield from (f"  {count:>6}  {why}" for why, count in reasons.most_common())


def _table(cells: Counter[tuple[str, Truth]]) -> Iterator[str]:
    rows = sorted({row for row, _ in cells})
    width = max(len(row) for row in rows) if rows else 0
    yield f"  {'the console says':<{width}} │ the ledger says"
    yield f"  {'':<{width}} │ {'  '.join(f'{truth:>14}' for truth in Truth)}"
    yield f"  {'─' * width}─┼{'─' * 16 * len(Truth)}"
    for row in rows:
        yield f"  {row:<{width}} │ {'  '.join(f'{cells[row, truth] or "·":>14}' for truth in Truth)}"


def _named(fault: Fault, changes: list[int]) -> str:
    if not changes:
        return ""
    what = "wishes" if fault is Fault.GONE else "changes"
    return f": {what} {', '.join(map(str, changes[:SHOWN]))}{' …' if len(changes) > SHOWN else ''}"


def _verdict(outcome: Outcome) -> str:
    if outcome.is_clean:
        return "Everything the console says is true."
    if outcome.saved < outcome.plan.changes:
        return f"Only {outcome.saved} of {outcome.plan.changes} changes could be saved."
    if outcome.matrix.is_clean:
        return "Everything the console says is true, but its history does not prove itself: see the findings above."
    return "What the console says is NOT all true: see the lines above that are not 0."
