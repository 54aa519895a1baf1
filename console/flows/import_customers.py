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

from console.errors import KeyMissing, StepNotPossible
from console.flows import drift
from console.flows.adopt import adopt
from console.flows.record import record
from console.models import Connection, Customer, Known, Origin, User
from providers.base import BadIdentity
from providers.fields import Unfit

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field, Value

ROWS_PER_TRANSACTION = 200

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


def import_customers(connection: Connection, rows: Iterable[Row], *, as_of: datetime, by: User | None = None) -> Report:
    """Takes over each row that can be understood and reports the others; a bad row never stops the good ones."""
    intake = _Intake(connection, as_of, by)
    for some in batched(rows, ROWS_PER_TRANSACTION):
        with transaction.atomic():
            for row in some:
                _take_in(intake, row)
    return intake.report


@dataclass(frozen=True, slots=True)
class _Intake:
    connection: Connection
    as_of: datetime
    by: User | None
    origin: Origin = Origin.IMPORT
    report: Report = field(default_factory=Report)

    @property
    def provider(self) -> Provider:
        return self.connection.provider


def _take_in(intake: _Intake, row: Row) -> None:
    provider, report = intake.provider, intake.report
    try:
        identity, values = understand(provider, row.cells)
    except (BadIdentity, Unfit) as problem:
        report.problems.append(f"line {row.number}: {problem}")
        return
    if problems := list(_problems(provider, values)):
        report.problems += [f"line {row.number}: {problem}" for problem in problems]
        return
    same = Customer.objects.filter(connection=intake.connection, external_id=provider.external_id(identity))
    if not same.exists() and _added(intake, identity, values):
        report.added += 1
        return
    try:
        updated = _update(intake, same.get(), values)
    except (Customer.DoesNotExist, KeyMissing):
        report.problems.append(f"line {row.number}: {ERASED_MEANWHILE}")
        return
    report.updated += updated
    report.unchanged += not updated


def _added(intake: _Intake, identity: Mapping[str, Value], values: Mapping[str, Value]) -> bool:
    """Whether it was us: somebody else may add the same customer at the same moment."""
    how = Known.IMPORTED
    try:
        adopt(intake.connection, identity, values, how=how, by=intake.by, origin=intake.origin, as_of=intake.as_of)
    except StepNotPossible:
        return False
    return True


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


def _update(intake: _Intake, customer: Customer, values: Mapping[str, Value]) -> bool:
    [fresh] = Customer.objects.locked([customer.pk])
    older = {name: value for name, value in values.items() if not fresh.known_after(name, intake.as_of)}
    before = fresh.record
    moved = fresh.learn(older, how=Known.IMPORTED, at=intake.as_of)
    drift.end_returned(fresh, moved)
    fresh.save_learnt()
    if moved:
        pairs = {name: [before.get(name), fresh.record.get(name)] for name in moved}
        details = {"moved": moved, "as of": intake.as_of.isoformat()}
        record(
            fresh,
            "customer.imported",
            by=intake.by,
            origin=intake.origin,
            details=details,
            values=pairs,
            learnt=moved,
        )
    return bool(moved)
