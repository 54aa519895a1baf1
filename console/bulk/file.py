"""The file of an import as its steps read it: opened, its rows counted, and gone through behind a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import batched

from console import importing
from console.errors import NotATable, StepNotPossible
from console.flows import uploads
from console.flows.working import Done, Work
from console.importing import BadRow, Look, Options, Row, Understood
from console.importing.table import text_of as text_of  # noqa: PLC0414 - the other steps find it here
from console.models import Bulk, BulkPart, BulkStatus
from console.models.sealing import key_ring
from console.permissions import Right, require

LOOK = "bulk look"
BETWEEN_LOOKS = 2000  # rows
NO_ROWS = "This file has columns and no row below them. Choose one with at least one row."
GONE = "The file is no longer kept. Upload it once more."


def read(work: Work) -> Done:
    """Finds out how the file is written, what its columns are called, and how many rows it has."""
    bulk = work.bulk
    require(bulk.owner, Right.PROPOSE, bulk.connection)
    source = uploads.content(bulk)
    sheet = bulk.options.get("sheet")
    try:
        look = importing.open_table(
            source, bulk.filename, encoding=bulk.encoding or None, delimiter=bulk.delimiter or None, sheet=sheet
        )
        count = _count(work, importing.rows(source, look))
    except BulkPart.DoesNotExist:
        raise StepNotPossible(GONE) from None
    if not count:
        raise NotATable("no_rows", NO_ROWS)
    columns = {"format": look.format.value, "encoding": look.encoding, "delimiter": look.delimiter}
    sealed = key_ring().seal(LOOK, look.stored())
    return Done(BulkStatus.MAPPING, columns={**columns, "rows": count, "done": count, "sealed_look": sealed})


def look_of(bulk: Bulk) -> Look:
    """What the file was found to be; raises StepNotPossible where it is no longer kept."""
    if not bulk.sealed_look:
        raise StepNotPossible(GONE)
    return Look.of(str(key_ring().open(LOOK, bulk.sealed_look)))


def rows(bulk: Bulk) -> Iterator[Row | BadRow]:
    """The rows of the file; raises NotATable, and StepNotPossible where the file is no longer kept."""
    try:
        yield from importing.rows(uploads.content(bulk), look_of(bulk))
    except BulkPart.DoesNotExist:
        raise StepNotPossible(GONE) from None


def understanding(bulk: Bulk) -> Callable[[Row], Understood]:
    """What a row says, its columns assigned as they are."""
    mapping = {int(at): name for at, name in bulk.mapping.items()}
    return importing.understanding(mapping, bulk.connection.provider, Options.of(bulk.options))


def to_carry_out(work: Work, size: int) -> Iterator[tuple[Row | BadRow, ...]]:
    """The rows behind the last one that was carried out, so many at a time."""
    yield from batched(_behind(work, work.bulk.summary.get("line", 0)), size)


def _behind(work: Work, line: int) -> Iterator[Row | BadRow]:
    """The rows behind a line. To come by that of a large workbook takes a minute, in which its worker is known to be at
    it and may be told to end.
    """
    for count, row in enumerate(rows(work.bulk)):
        if row.number > line:
            yield row
        elif count % BETWEEN_LOOKS == 0:
            work.goes_on(work.bulk.done)


def _count(work: Work, found: Iterator[Row | BadRow]) -> int:
    count = 0
    for count, _ in enumerate(found, start=1):
        if count % BETWEEN_LOOKS == 0:
            work.goes_on(count)
    return count
