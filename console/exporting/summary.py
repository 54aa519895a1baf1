"""The summary of an evidence pack: one page without a script, to be read by whoever gets the pack, and printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils import timezone

from console.exporting import evidence, proofs
from console.exporting.told import fields_of, value_of
from console.models import Attempt, Change, Decision, Line
from console.models.judging import Act
from console.sentences import attempt_sentence, change_sentence

if TYPE_CHECKING:
    from console.exporting.pack import Seen, Subject

MOST_CHANGES = 100
MOST_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A field of a change in words."""

    label: str
    before: str
    after: str
    decision: str


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A change with all that one asks about it."""

    change: Change
    sentence: str
    why: str | None
    lines: Sequence[ToldLine]
    decisions: Sequence[tuple[str, str, Decision]]
    attempts: Sequence[tuple[str, Attempt]]
    erased: bool


def summary(subject: Subject, seen: Seen, numbers: Sequence[int], going_on: Callable[[], None]) -> str:
    """The page, over the first events and changes. Times are UTC, so that every reader reads the same."""
    told = list[ToldChange]()
    for change in evidence.changes(numbers[:MOST_CHANGES], subject.places):
        told.append(_told(change))
        going_on()
    context = {
        "subject": subject,
        "seen": seen,
        "changes": told,
        "more_changes": len(numbers) - len(told),
        "events": seen.to_read,
        "more_events": seen.counts["events"] - len(seen.to_read),
        **proofs.told(subject.checkpoint),
    }
    with timezone.override(UTC):
        return render_to_string("audit/pack.html", context)


def _told(change: Change) -> ToldChange:
    fields = fields_of(change.customer)
    sentence = evidence.readable(lambda: change_sentence(change, fields.values()))
    decisions = list(evidence.decisions([change.pk]))
    return ToldChange(
        change,
        sentence or f"Change {change.pk}",
        evidence.readable(lambda: change.why),
        [_told_line(line) for line in evidence.lines([change.pk])],
        [(_act(one), _label(one.line.field, fields), one) for one in decisions],
        [(attempt_sentence(one, change.connection.name), one) for one in _attempts(change)],
        change.customer.erased_at is not None,
    )


def _attempts(change: Change) -> list[Attempt]:
    return list(change.attempts.select_related("connection").order_by("pk"))


def _told_line(line: Line) -> ToldLine:
    fields = fields_of(line.change.customer)
    before = _words(line, lambda: line.before) if line.had_before else "not known"
    return ToldLine(
        _label(line.field, fields), before, _words(line, lambda: line.after), str(line.state.name).capitalize()
    )


def _words(line: Line, value: Callable[[], Any]) -> str:
    """A value in words; what that customer's erasing took is said to be gone."""
    field = fields_of(line.change.customer).get(line.field)
    opened = evidence.readable(lambda: (value(),))
    if opened is None:
        return "erased"
    if field is None or field.sensitive:
        return str(value_of(field, line.field, opened[0]) or "empty")
    return field.display(opened[0]) or "empty"


def _act(decision: Decision) -> str:
    return "approved" if decision.act == Act.APPROVE else "rejected"


def _label(name: str, fields: dict[str, Any]) -> str:
    return fields[name].label if name in fields else name
