"""Filling: takes the customers of a file into the cache, some hundred in a transaction, and goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from console.bulk import file, problems
from console.bulk.problems import Problem, RefusedRow
from console.errors import StepNotPossible
from console.flows import intake
from console.flows.intake import Incoming, Source, TakenIn
from console.flows.working import Done, Work
from console.importing import BadRow, Row, Understood
from console.importing.table import text_of
from console.models import Bulk, BulkStatus
from console.permissions import Right, require

AT_ONCE = 500
ERASED = "This customer was erased while the file was read. Import it once more to take them in anew."


def run(work: Work) -> Done:
    """Takes in every row that was not refused when the file was looked through."""
    bulk = work.bulk
    require(bulk.owner, Right.PROPOSE, bulk.connection)
    if bulk.as_of is None:
        raise StepNotPossible("Nobody said when the values of this file were true.")
    source, understand = Source(bulk.connection, bulk.as_of, bulk.owner), file.understanding(bulk)
    pieces = ((some, _incoming(bulk, some, understand)) for some in file.to_carry_out(work, AT_ONCE))
    for some, ready in intake.ahead(source, pieces):
        with work.keeping(bulk.done + len(some)):
            taken = intake.keep(source, ready)
            problems.keep(bulk, _erased(some, taken))
            work.write(summary=_with(bulk.summary, some[-1].number, taken))
    return Done(BulkStatus.DONE)


def _incoming(bulk: Bulk, rows: Sequence[Row | BadRow], understand: Callable[[Row], Understood]) -> Sequence[Incoming]:
    told = fit(bulk, rows, [understand(row) for row in rows if isinstance(row, Row)])
    return [Incoming(one.number, one.identity, one.values) for one in told]


def fit(bulk: Bulk, rows: Sequence[Row | BadRow], told: Sequence[Understood]) -> list[Understood]:
    """Those that were not refused, and are not to be refused by now."""
    refused = problems.refused_lines(bulk, rows[0].number, rows[-1].number)
    return [one for one in told if one.number not in refused and not one.problems]


def _erased(rows: Sequence[Row | BadRow], taken: TakenIn) -> list[RefusedRow]:
    gone = set(taken.erased)
    return [
        RefusedRow(row.number, tuple(map(text_of, row.cells)), (Problem("", "erased", ERASED),))
        for row in rows
        if row.number in gone and isinstance(row, Row)
    ]


def _with(summary: dict[str, Any], line: int, taken: TakenIn) -> dict[str, Any]:
    """What is known of it so far: how far it is, and what became of the rows."""
    before = summary.get("taken", {})
    counts = {name: before.get(name, 0) + getattr(taken, name) for name in ("added", "updated", "unchanged")}
    return {**summary, "line": line, "taken": {**counts, "erased": before.get("erased", 0) + len(taken.erased)}}
