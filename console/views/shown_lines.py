"""The fields of one change as its page lists them, with what the provider said about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.urls import reverse

from console.errors import KeyMissing
from console.explain import said
from console.models import Change, Line, LineState
from console.views.review_page import Left, hint
from console.views.undo_offer import LineOffer

if TYPE_CHECKING:
    from providers.fields import Field, Value


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One field of the change; `rule` is None where the connection declares the field no longer. What it was and is to
    be is readable unless the customer was erased.
    """

    label: str
    rule: Field | None
    before: Value
    after: Value
    known: bool
    now: Value
    problems: tuple[str, ...]
    edit_url: str
    state: LineState
    left: Left
    hint: str = ""
    undo: LineOffer | None = None
    is_readable: bool = True

    @property
    def is_sent(self) -> bool:
        """Not left out."""
        return self.state.is_sent


def shown_line(
    line: Line, change: Change, record: Mapping[str, Value], left: Left, undo: LineOffer | None = None
) -> ShownLine:
    """One line; `record` is what is known of the customer, `left` who left it out, if somebody did; `undo`: whether it
    can be taken back by itself.
    """
    rule = {field.name: field for field in change.customer.provider.fields}.get(line.field)
    about = [problem for problem in change.problems if problem.get("field") == line.field]
    opened = _opened(line)
    before, after = opened or (None, None)
    return ShownLine(
        label=rule.label if rule else line.field,
        rule=rule,
        before=before,
        after=after,
        known=line.had_before,
        now=record.get(line.field),
        problems=tuple(said_about(problem, change) for problem in about),
        edit_url=_edit_url(line, change),
        state=line.state,
        left=left,
        hint=hint(rule) if rule else "",
        undo=undo,
        is_readable=opened is not None,
    )


def said_about(problem: Mapping[str, str], change: Change) -> str:
    """What the provider said, as people would say it."""
    return said(problem.get("message", ""), change.connection.name)


def _edit_url(line: Line, change: Change) -> str:
    """Where this field is edited once more, filled in with what was asked."""
    where = QueryDict(mutable=True)
    where.update({"again": str(change.pk), "field": line.field})
    return f"{reverse('customer_edit', args=[change.customer_id])}?{where.urlencode()}"


def _opened(line: Line) -> tuple[Value, Value] | None:
    try:
        return line.before, line.after
    except KeyMissing:
        return None
