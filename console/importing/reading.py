"""A file from its bytes to what its rows say, with every id once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from console.importing.files import rows
from console.importing.seen import Seen
from console.importing.table import EXTERNAL_ID, BadRow, CellProblem, Look, Options, Source, Understood
from console.importing.typed import understanding

if TYPE_CHECKING:
    from providers.base import Provider


def read(
    source: Source, look: Look, fields: Mapping[int, str], provider: Provider, options: Options, *, after: int = 0
) -> Iterator[Understood | BadRow]:
    """What every row behind that line says. Of an id that stands there twice, the first counts, also one before it.

    Raises NotATable as `rows` does.
    """
    understood, seen = understanding(fields, provider, options), Seen()
    for row in rows(source, look):
        if isinstance(row, BadRow):
            if row.number > after:
                yield row
            continue
        told = understood(row)
        earlier = seen.before(told.external_id, row.number) if told.external_id else None
        if row.number > after:
            yield told if earlier is None else _twice(told, earlier)


def _twice(told: Understood, earlier: int) -> Understood:
    problem = CellProblem("duplicate", f"This id stands in line {earlier:,} already.", EXTERNAL_ID)
    return replace(told, problems=(problem, *told.problems))
