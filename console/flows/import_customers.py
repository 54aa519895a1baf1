"""Import: fills the cache with customers as a provider has them, row by row, each with its place in history.

An import says as of when its values are true. It never overwrites a field that became known later than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import TYPE_CHECKING

from django.db import transaction

from console.flows.adopt import adopt
from console.flows.record import record
from console.models import Connection, Customer, Known, Origin, User
from providers.base import BadIdentity
from providers.fields import Locked

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Value, Violation

ROWS_PER_TRANSACTION = 200


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


def import_customers(
    connection: Connection, rows: Iterable[Row], *, as_of: datetime, by: User | None = None, origin: Origin = Origin.COMMAND
) -> Report:
    """Takes over each row that can be understood and reports the others; a bad row never stops the good ones."""
    report = Report()
    for some in batched(rows, ROWS_PER_TRANSACTION, strict=False):
        with transaction.atomic():
            for row in some:
                _take_in(connection, row, as_of, by, origin, report)
    return report


def _take_in(
    connection: Connection, row: Row, as_of: datetime, by: User | None, origin: Origin, report: Report
) -> None:
    try:
        identity, values = understand(connection.provider, row.cells)
    except BadIdentity as problem:
        report.problems.append(f"line {row.number}: {problem}")
        return
    problems = [*_problems(connection.provider, values)]
    if problems:
        report.problems += [f"line {row.number}: {problem}" for problem in problems]
        return
    external_id = connection.provider.external_id(identity)
    customer = Customer.objects.filter(connection=connection, external_id=external_id).first()
    if customer is None:
        adopt(connection, identity, values, how=Known.IMPORTED, by=by, origin=origin, as_of=as_of)
        report.added += 1
    elif _update(customer, values, as_of, by, origin):
        report.updated += 1
    else:
        report.unchanged += 1


def understand(provider: Provider, cells: Mapping[str, object]) -> tuple[dict[str, Value], dict[str, Value]]:
    """Identity and values of a row in stored form. An `external_id` cell stands for the identity's own columns.

    An empty cell means: not known. Raises BadIdentity.
    """
    filled = {name: cell for name, cell in cells.items() if cell not in (None, "")}
    external_id = filled.pop("external_id", None)
    if external_id is not None:
        identity = dict(provider.identify(str(external_id)))
    else:
        identity = {name: str(filled[name]) for name in provider.identity if name in filled}
        identity = dict(provider.identify(provider.external_id(identity)))
    names = {field.name for field in provider.fields}
    values = {
        name: provider.field(name).parse(cell) if isinstance(cell, str) else provider.field(name).from_wire(cell)
        for name, cell in filled.items()
        if name in names and name not in provider.identity
    }
    return identity, values


def _problems(provider: Provider, values: Mapping[str, Value]) -> Iterator[str]:
    """What makes a value impossible for its kind; locks and requiredness don't matter to what a provider already has."""
    for name, value in values.items():
        for violation in _of_kind(provider, name, value):
            yield violation.message


def _of_kind(provider: Provider, name: str, value: Value) -> tuple[Violation, ...]:
    return provider.field(name).violations(value) if provider.field(name).locked is not Locked.FORBIDDEN else ()


def _update(
    customer: Customer, values: Mapping[str, Value], as_of: datetime, by: User | None, origin: Origin
) -> bool:
    [fresh] = Customer.objects.locked([customer.pk])
    older = {name: value for name, value in values.items() if not _known_later(fresh, name, as_of)}
    before = fresh.record
    moved = fresh.learn(older, how=Known.IMPORTED, at=as_of)
    fresh.save_learnt()
    if moved:
        pairs = {name: [before.get(name), fresh.record.get(name)] for name in moved}
        details = {"moved": moved, "as of": as_of.isoformat()}
        record(fresh, "customer.imported", by=by, origin=origin, details=details, values=pairs)
    return bool(moved)


def _known_later(customer: Customer, name: str, as_of: datetime) -> bool:
    entry = customer.known.get(name)
    return bool(entry) and datetime.fromisoformat(entry["at"]) > as_of
