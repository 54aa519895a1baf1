"""A record as a page shows it: each value in its place, with how we know it, who set it, and what is asked of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.forms.inputs import in_groups
from providers.fields import Field, Locked

if TYPE_CHECKING:
    from console.forms.asked import Asked
    from console.models import Change, Customer, Line
    from providers.fields import Value


@dataclass(frozen=True, slots=True)
class News:
    """What a value was before a reading, or a change that was just applied, brought another one."""

    was: Value
    had_been: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a record. `set_by` is the change that gave it its present value, where one of ours did."""

    field: Field
    value: Value
    is_known: bool
    how: str
    at: datetime | None
    reason: str
    set_by: Change | None
    asked: Sequence[Asked] = ()
    news: News | None = None

    @property
    def is_locked(self) -> bool:
        return self.field.locked is not Locked.NO

    @property
    def is_open(self) -> bool:
        """Whether a form has an input for it: it is not locked, and no other change of it has to end first."""
        return not self.is_locked and not any(wish.blocks for wish in self.asked)


def sheet(
    customer: Customer,
    *,
    applied: Iterable[Line],
    asked: Mapping[str, Sequence[Asked]],
    news: Mapping[str, News],
) -> list[tuple[str, list[Row]]]:
    """The record in groups of rows. `applied`: of each field, the last line that was applied, with its change."""
    record, last = customer.record, {line.field: line for line in applied}
    rows = {field.name: _row(field, customer, record, last.get(field.name)) for field in customer.provider.fields}
    full = {name: replace(row, asked=asked.get(name, ()), news=news.get(name)) for name, row in rows.items()}
    groups = in_groups(customer.provider.fields)
    return [(group, _without_repeats(full[field.name] for field in fields)) for group, fields in groups]


def _row(field: Field, customer: Customer, record: Mapping[str, Value], line: Line | None) -> Row:
    entry, value = customer.known.get(field.name), record.get(field.name)
    return Row(
        field=field,
        value=value,
        is_known=field.name in record,
        how=entry["how"] if entry else "",
        at=datetime.fromisoformat(entry["at"]) if entry else None,
        reason=field.locked_reason,
        set_by=line.change if line and field.same(line.after, value) else None,
    )


def _without_repeats(rows: Iterable[Row]) -> list[Row]:
    """One reason for several locked rows in a row is said at the first of them."""
    kept: list[Row] = []
    said = ""
    for row in rows:
        kept.append(replace(row, reason="") if row.reason == said else row)
        said = row.reason
    return kept
