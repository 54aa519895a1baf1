"""Which stuck changes can be tried again together, and why the others can't: said before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from console.models import Outcome, Status, User, Wait
from console.permissions import Right, may, may_retry
from console.views.change_reads import waiting_lines
from console.views.rows import Row, last


def why_not_again(found: Iterable[Row], reader: User) -> dict[int, str]:
    """Each change with the sentence that says why it is not tried again together with others; empty where it can be.

    One question to the database for all of them. Wants the requester loaded.
    """
    listed = list(found)
    newer = _newer_wishes(listed)
    return {row.change.pk: _may_not(row, reader) or _cannot(row) or newer.get(row.change.pk, "") for row in listed}


def _cannot(row: Row) -> str:
    change, there = row.change, row.place
    if change.state is Status.PROPOSED and change.wait == Wait.RESTORED:
        return "It is held since a backup was restored: it is released, not tried again."
    if change.state in {Status.PROPOSED, Status.RETURNED}:
        return f"It waits for {row.author} to confirm or to withdraw it."
    if change.state is Status.UNKNOWN:
        return _unknown(row)
    if not change.can_be_tried_again:
        return "It needs nobody any more."
    if change.customer.is_gone:
        return f"{there} has no such customer any more."
    return {
        Outcome.MOVED: f"Somebody else set another value at {there}: compare the two on its page first.",
        Outcome.KEPT_ANOTHER: f"{there} would keep another value again: edit it.",
    }.get(last(change) or Outcome.INTENT, "")


def _unknown(row: Row) -> str:
    """The same once more only where that does no harm: everything else is decided with the evidence before one."""
    if not row.change.needs_a_person:
        return "It is looked into by itself."
    if row.change.connection.provider.capabilities.resend_harmless:
        return ""
    return f"It may have been applied, and sending it again is not harmless at {row.place}: decide on its page."


def _may_not(row: Row, reader: User) -> str:
    change = row.change
    allowed = (
        may(reader, Right.RESOLVE, change.connection) if change.state is Status.UNKNOWN else may_retry(reader, change)
    )
    return "" if allowed else f"Only {'an operator' if change.state is Status.UNKNOWN else _who(row)} can do this."


def _who(row: Row) -> str:
    return f"its author, {row.change.requester.name}, or an operator"


def _newer_wishes(listed: Iterable[Row]) -> Mapping[int, str]:
    """Those of whose fields another change is waiting already."""
    asked = {(row.change.customer_id, name): row.change.pk for row in listed for name in _fields(row)}
    found: dict[int, str] = {}
    for customer, field, other in waiting_lines({customer for customer, _ in asked}) if asked else ():
        number = asked.get((customer, field))
        if number is not None and other != number:
            found[number] = f"Change {other} asks for the same field already and waits."
    return found


def _fields(row: Row) -> list[str]:
    return list(row.change.field_names)  # type: ignore[attr-defined]  # as `with_names` brought them along
