"""Problems: what is wrong with rows, kept sealed with the row as the file has it, and told in the order of lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from console.models import Bulk, BulkProblem
from console.models.sealing import key_ring

PURPOSE = "bulk problem"
MOST_OF_A_ROW = 20
LONGEST_CODE = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one row: `field` is empty where it is the row as a whole; the sentence may quote it."""

    field: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not carried out: its line, the texts of its cells, and all that is wrong with it."""

    line: int
    cells: tuple[str, ...]
    problems: tuple[Problem, ...]


def keep(bulk: Bulk, rows: Iterable[RefusedRow]) -> None:
    """Keeps them; one that is kept already stays as it is."""
    found = [_kept(bulk, row, number) for row in rows for number in range(min(len(row.problems), MOST_OF_A_ROW))]
    BulkProblem.objects.bulk_create(found, ignore_conflicts=True)


def refused_lines(bulk: Bulk, first: int, last: int) -> set[int]:
    """Of the lines from one to the other those that are not carried out."""
    there = BulkProblem.objects.filter(bulk=bulk, row__gte=first, row__lte=last)
    return set(there.values_list("row", flat=True))


def refused_rows(bulk: Bulk, *, after: int = 0, most: int | None = None) -> Iterator[RefusedRow]:
    """The rows behind a line that are not carried out, a few held at a time; at most so many of them."""
    while most is None or most > 0:
        some = refused_after(bulk, after, 200 if most is None else min(most, 200))
        yield from some
        if not some:
            return
        after, most = some[-1].line, None if most is None else most - len(some)


def refused_after(bulk: Bulk, line: int, most: int) -> list[RefusedRow]:
    """The next rows behind a line that are not carried out."""
    there = BulkProblem.objects.filter(bulk=bulk, row__gt=line).order_by("row", "number")
    lines = list(there.filter(number=0).values_list("row", flat=True)[:most])
    if not lines:
        return []
    by_line: dict[int, list[BulkProblem]] = {}
    for problem in there.filter(row__lte=lines[-1]):
        by_line.setdefault(problem.row, []).append(problem)
    return [_row(bulk, number, problems) for number, problems in by_line.items()]


def _kept(bulk: Bulk, row: RefusedRow, number: int) -> BulkProblem:
    problem = row.problems[number]
    told: dict[str, object] = {"sentence": problem.sentence}
    if number == 0:
        told["cells"] = row.cells
    plain = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    return BulkProblem(
        bulk=bulk,
        row=row.line,
        number=number,
        field=problem.field[:64],
        code=problem.code[:LONGEST_CODE],
        sealed=key_ring().seal_bytes(PURPOSE, f"{bulk.pk}/{row.line}/{number}", plain),
    )


def _row(bulk: Bulk, line: int, kept: Sequence[BulkProblem]) -> RefusedRow:
    opened = [
        json.loads(key_ring().open_bytes(PURPOSE, f"{bulk.pk}/{line}/{each.number}", each.sealed)) for each in kept
    ]
    problems = [Problem(each.field, each.code, told["sentence"]) for each, told in zip(kept, opened, strict=True)]
    return RefusedRow(line, tuple(opened[0].get("cells", ())), tuple(problems))
