"""Proposing: puts together the batch that a file asks for, some hundred rows in a transaction; goes on where it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from console.bulk import file, problems
from console.bulk.filling import fit
from console.bulk.problems import Problem, RefusedRow
from console.errors import StepNotPossible
from console.flows import batches
from console.flows.batches import Added, Item
from console.flows.working import Done, Work
from console.importing import BadRow, Row, Understood
from console.models import Bulk, BulkStatus, Customer
from console.permissions import Right, require

AT_ONCE = 500


def run(work: Work) -> Done:
    """Makes a change of every row that was not refused and for which anything differs, in the order of the file.

    The place of each in its batch is its line in the file.
    """
    bulk, understand = work.bulk, file.understanding(work.bulk)
    require(bulk.owner, Right.PROPOSE, bulk.connection)
    if bulk.batch is None:
        raise StepNotPossible("There is no batch that it could become.")
    for some in file.to_carry_out(work, AT_ONCE):
        told = fit(bulk, some, [understand(row) for row in some if isinstance(row, Row)])
        with work.keeping(bulk.done + len(some)):
            added = batches.add(bulk.batch, _items(bulk, told), leaves_out_same=True)
            problems.keep(bulk, _refused(some, added))
            work.write(summary=_with(bulk.summary, some[-1].number, added))
    batches.close(bulk.batch, keeping=work.keeping(bulk.done))
    return Done(BulkStatus.DONE)


def _items(bulk: Bulk, told: Sequence[Understood]) -> list[Item]:
    """What is wanted of those who are known; it is laid beside what they hold with their rows locked, not before."""
    there = Customer.objects.filter(connection=bulk.connection, external_id__in=[one.external_id for one in told])
    known = dict(there.values_list("external_id", "pk"))
    return [Item(one.number, known[one.external_id], one.values) for one in told if one.external_id in known]


def _refused(rows: Sequence[Row | BadRow], added: Added) -> list[RefusedRow]:
    """What could not become a change, though nothing was wrong when it was looked through."""
    cells = {row.number: row.cells for row in rows if isinstance(row, Row)}
    return [
        RefusedRow(place, tuple(map(file.text_of, cells[place])), (Problem("", "refused", sentence),))
        for place, sentence in added.refused.items()
    ]


def _with(summary: dict[str, Any], line: int, added: Added) -> dict[str, Any]:
    """What is known of it so far: how far it is, and what became of the rows."""
    before = summary.get("proposed", {})
    counts = {"made": len(added.made), "refused": len(added.refused)}
    return {**summary, "line": line, "proposed": {name: before.get(name, 0) + n for name, n in counts.items()}}
