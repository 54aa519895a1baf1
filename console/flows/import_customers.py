"""Import: fills the cache with customers as a provider has them, row by row, in chunks that are whole or not there.

An import says as of when its values are true. It never overwrites a field that became known later than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from console.flows.intake import Incoming, Source, TakenIn, take_in
from console.models import Connection, User
from providers.base import BadIdentity
from providers.fields import Unfit

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field, Value

ROWS_PER_TRANSACTION = 500

ERASED_MEANWHILE = "This customer was erased while the file was read. Import it once more to take them in anew."


@dataclass(frozen=True, slots=True)
class Row:
    """One customer of a file: its line number (the header is line 1) and its cells by field name."""

    number: int
    cells: Mapping[str, object]


@dataclass(slots=True)
class Report:
    """What an import did; `problems` are sentences with their line numbers."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, taken: TakenIn) -> None:
        """Counts what became of some of the rows."""
        self.added += taken.added
        self.updated += taken.updated
        self.unchanged += taken.unchanged
        self.problems += [f"line {row}: {ERASED_MEANWHILE}" for row in taken.erased]


def import_customers(connection: Connection, rows: Iterable[Row], *, as_of: datetime, by: User | None = None) -> Report:
    """Takes over each row that can be understood and reports the others; a bad row never stops the good ones."""
    source, report = Source(connection, as_of, by), Report()
    for some in batched(rows, ROWS_PER_TRANSACTION):
        customers = [customer for row in some if (customer := _understood(connection.provider, row, report))]
        report.add(take_in(source, customers))
    return report


def _understood(provider: Provider, row: Row, report: Report) -> Incoming | None:
    """The customer of a row; none, with its problems in the report, where it cannot be understood."""
    try:
        identity, values = understand(provider, row.cells)
    except (BadIdentity, Unfit) as problem:
        report.problems.append(f"line {row.number}: {problem}")
        return None
    problems = list(_problems(provider, values))
    report.problems += [f"line {row.number}: {problem}" for problem in problems]
    return None if problems else Incoming(row.number, identity, values)


def understand(provider: Provider, cells: Mapping[str, object]) -> tuple[dict[str, Value], dict[str, Value]]:
    """Identity and values of a row in stored form. An `external_id` cell stands for the identity's own columns.

    An empty cell means: not known. Raises BadIdentity, and Unfit for a value of a type that the field never has.
    """
    filled = {name: cell for name, cell in cells.items() if cell not in (None, "")}
    external_id = filled.pop("external_id", None)
    if external_id is not None:
        identity = dict(provider.identify(str(external_id)))
    else:
        identity = {name: str(filled[name]) for name in provider.identity if name in filled}
        identity = dict(provider.identify(provider.external_id(identity)))
    names = {field.name for field in provider.fields} - set(provider.identity)
    return identity, {name: _stored(provider.field(name), cell) for name, cell in filled.items() if name in names}


def _stored(field: Field, cell: object) -> Value:
    try:
        return field.parse(cell) if isinstance(cell, str) else field.from_wire(cell)
    except Unfit as problem:
        raise Unfit(f"{field.label}: {problem}") from None


def _problems(provider: Provider, values: Mapping[str, Value]) -> Iterator[str]:
    """What can't be kept at all. A value that breaks a rule can: it is what the provider has; editing will say so."""
    for name, value in values.items():
        field = provider.field(name)
        if not field.is_blank(value) and not field.is_sendable(value):
            problem = field.problem(value)
            yield f"{field.label}: {problem.message if problem else 'This is not a value of its kind.'}"
