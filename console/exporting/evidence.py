"""What belongs to the events of a pack: the changes they tell of, with lines, decisions and attempts."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from typing import TYPE_CHECKING, Any

from console.errors import KeyMissing
from console.exporting.told import fields_of, value_of
from console.models import Attempt, Change, Decision, Line
from console.permissions import Places
from console.sentences import change_sentence

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model, QuerySet

AT_ONCE = 250
"""How many rows are looked at at a time."""

HELD = ("identity", "values", "sealed", "known", "drift", "chain_head")
"""What a customer's row holds and nothing here tells: reading it would take most of the time."""


def changes(numbers: Iterable[int], places: Places) -> Iterator[Change]:
    """These changes in the order of their numbers, where the reader may read of them, with all that is told of them."""
    for some in batched(sorted(numbers), AT_ONCE):
        found = Change.objects.filter(pk__in=some).select_related("customer__connection", "connection", "requester")
        found = found.defer(*(f"customer__{name}" for name in HELD))
        allowed = found if places.everywhere else found.filter(connection__in=places.ids)
        yield from allowed.prefetch_related("lines").order_by("pk")


def lines(numbers: Iterable[int]) -> Iterator[Line]:
    """The lines of these changes, in the order of their keys."""
    return _of(Line.objects.filter(), "change__in", numbers, "change__customer__connection")


def decisions(numbers: Iterable[int]) -> Iterator[Decision]:
    """What was decided on these changes."""
    return _of(Decision.objects.filter(), "change__in", numbers, "change__customer__connection", "line", "by")


def attempts(numbers: Iterable[int]) -> Iterator[Attempt]:
    """These attempts, in the order of their keys."""
    return _of(Attempt.objects.filter(), "pk__in", numbers, "connection")


def _of[M: Model](rows: QuerySet[M], among: str, numbers: Iterable[int], *loaded: str) -> Iterator[M]:
    """Those rows in the order of their keys: first the keys alone, which take eight bytes each, then some at a time."""
    keys = array("q")
    for some in batched(numbers, AT_ONCE):
        keys.extend(rows.filter(**{among: some}).order_by().values_list("pk", flat=True))
    for some in batched(array("q", sorted(keys)), AT_ONCE):
        found = rows.filter(pk__in=some).select_related(*loaded).order_by("pk")
        unread = [f"change__customer__{name}" for name in HELD] if "change__customer__connection" in loaded else []
        yield from found.defer(*unread)


def change_row(change: Change) -> dict[str, Any]:
    """A change as an object."""
    return {
        "id": change.pk,
        "customer": change.customer_id,
        "connection": change.connection.name,
        "sentence": readable(lambda: change_sentence(change, change.customer.provider.fields)),
        "requester": change.requester_id,
        "asked_by": change.requester.name,
        "why": readable(lambda: change.why),
        "reference": change.reference,
        "origin": change.origin,
        "status": change.status,
        "stands": str(change.state.label),
        "confirmation": change.confirmation,
        "verdict": change.verdict,
        "note": change.note,
        "rules": change.rules_version,
        "undoes": change.undoes_id,
        "asked_at": micros(change.created_at),
        "approved_at": micros(change.approved_at),
        "ended_at": micros(change.ended_at),
    }


def line_row(line: Line) -> dict[str, Any]:
    """A line as an object: its two values as they may be shown, and their ciphertext, which approvals are about."""
    field = fields_of(line.change.customer).get(line.field)
    return {
        "id": line.pk,
        "change": line.change_id,
        "field": line.field,
        "label": field.label if field else line.field,
        "before": readable(lambda: value_of(field, line.field, line.before)),
        "after": readable(lambda: value_of(field, line.field, line.after)),
        "known_before": line.had_before,
        "decision": line.decision,
        "needs": line.needs,
        "digest": bytes(line.digest).hex(),
        "sealed_before": bytes(line.sealed_before).hex(),
        "sealed_after": bytes(line.sealed_after).hex(),
    }


def decision_row(decision: Decision) -> dict[str, Any]:
    """A decision as an object."""
    return {
        "id": decision.pk,
        "change": decision.change_id,
        "line": decision.line_id,
        "field": decision.line.field,
        "by": decision.by_id,
        "name": decision.by.name,
        "act": decision.act,
        "digest": bytes(decision.digest).hex(),
        "reason": readable(lambda: decision.reason),
        "policies": decision.policies,
        "at": micros(decision.at),
    }


def attempt_row(attempt: Attempt) -> dict[str, Any]:
    """An attempt as an object: what was sent and answered as ciphertext, and in a form in which it may be shown."""
    return {
        "id": attempt.pk,
        "change": attempt.change_id,
        "connection": attempt.connection.name,
        "kind": attempt.kind,
        "epoch": attempt.epoch,
        "outcome": attempt.outcome,
        "late": attempt.late,
        "note": attempt.note,
        "started_at": micros(attempt.started_at),
        "ended_at": micros(attempt.ended_at),
        "milliseconds": attempt.milliseconds,
        "method": attempt.method,
        "url": attempt.url,
        "status_code": attempt.status_code,
        "sealed_request": bytes(attempt.sealed_request).hex() if attempt.sealed_request is not None else None,
        "sealed_response": bytes(attempt.sealed_response).hex() if attempt.sealed_response is not None else None,
        "shown_request": attempt.shown_request,
        "shown_response": attempt.shown_response,
    }


def readable[V](value: Callable[[], V]) -> V | None:
    """A value; None where the customer was erased."""
    try:
        return value()
    except KeyMissing:
        return None


def micros(moment: datetime | None) -> int | None:
    """Microseconds since 1970."""
    return round(moment.timestamp() * 1_000_000) if moment else None
