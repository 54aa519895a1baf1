"""Seen: whether a change still waits for a decision, and whether its lines are what was on the page of who decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from console.errors import DecidedAlready, SeenOtherwise, StepNotPossible
from console.flows.record import moment
from console.flows.standing import is_declared, require_declared, seen_digest
from console.models import Change, Decision, Event, Line, LineState, Status, Wait
from console.models.claiming import take_lines

if TYPE_CHECKING:
    from providers.fields import Value


def require_waiting(change: Change) -> None:
    """Raises StepNotPossible, saying what happened and by whom, unless somebody is still to decide on this change."""
    if change.state is not Status.PROPOSED or change.wait != Wait.DECISION:
        raise StepNotPossible(what_happened(change))
    if change.expires_at is not None and change.expires_at <= moment(change.customer):
        raise StepNotPossible("The time for deciding on this change is over: its author has to propose it anew.")


def lines_of(change: Change) -> list[Line]:
    """Its lines, read once and kept with it."""
    lines = list(change.lines.all())
    take_lines(change, lines)
    return lines


def as_seen(change: Change, lines: Iterable[Line], seen: Mapping[str, str]) -> list[Line]:
    """The lines that were on the page; raises SeenOtherwise if one of them is another by now, or left out."""
    by_field, record = {line.field: line for line in lines}, change.customer.record
    chosen = [by_field[field] for field in seen if field in by_field]
    stale = [line for line in chosen if line.state.is_sent and seen_digest(line, record) != seen[line.field]]
    if stale or len(chosen) < len(seen):
        raise SeenOtherwise([label_of(line) for line in stale])
    if gone := [line for line in chosen if not line.state.is_sent]:
        raise DecidedAlready(f"{who_decided(gone)} Nothing was changed.")
    return chosen


def require_all_seen(lines: Iterable[Line], seen: Mapping[str, str]) -> None:
    """Raises SeenOtherwise if something that is to be sent was not on the page: its author added it meanwhile."""
    if unseen := [label_of(line) for line in lines if line.state.is_sent and line.field not in seen]:
        raise SeenOtherwise(unseen)


def require_whole(lines: Sequence[Line], record: Mapping[str, Value]) -> None:
    """Raises StepNotPossible if a line is not what its author saved, or cannot be sent: nobody can let that go."""
    require_declared(lines)
    for line in lines:
        if bytes(line.digest) != line.current_digest(record):
            raise StepNotPossible(
                f"{label_of(line)} would not be sent as it was saved any more. "
                "Return the change, so that its author looks again."
            )


def start_from_now(lines: Iterable[Line], record: Mapping[str, Value]) -> list[str]:
    """Lets lines whose value has moved start from the present one, as who decides saw it; gives their names."""
    moved = [line for line in lines if is_declared(line) and line.has_moved(record)]
    for line in moved:
        line.rebase(record)
    return [line.field for line in moved]


def what_happened(change: Change) -> str:
    """Said to whoever comes too late: what the change is now, and who made it so."""
    if change.state is Status.PROPOSED:
        return f"Change {change.pk} waits for {Wait(change.wait).label} now, so there is nothing to decide."
    ended = Event.objects.filter(change=change, verb__in=_ENDED).select_related("actor").order_by("-pk").first()
    how = f": {_what_was_done(ended, change)}" if ended and ended.actor else ""
    return f"Change {change.pk} is “{change.state.label}” now{how}. There is nothing to decide any more."


def who_decided(lines: Sequence[Line]) -> str:
    """Who approved or rejected these lines last, in sentences."""
    decisions = Decision.objects.filter(line__in=[line.pk for line in lines]).select_related("by").order_by("pk")
    latest = {decision.line_id: decision.by.name for decision in decisions}
    return " ".join(_decided(line, latest.get(line.pk, "")) for line in lines)


def label_of(line: Line) -> str:
    """What the page calls the field of a line."""
    return line.rule.label if is_declared(line) else line.field


def _what_was_done(ended: Event, change: Change) -> str:
    """Who ended the waiting, and how; its author never approves, but can leave nothing to approve."""
    who = ended.actor.name if ended.actor else ""
    if ended.details.get("emergency"):
        return f"{who} sent it without its approvals"
    if ended.verb == "change.approved" and ended.actor_id == change.requester_id:
        return f"as {who} saved it last, it needs no approval"
    return f"{who} {_ENDED[ended.verb]}"


def _decided(line: Line, name: str) -> str:
    if line.state is LineState.DROPPED:
        return f"{label_of(line)} was taken off this change."
    if not name:
        return f"{label_of(line)} needs no approval any more."
    return f"{name} {'rejected' if line.state is LineState.REJECTED else 'approved'} {label_of(line)} already."


# What ends the waiting for a decision, as one says that somebody did it.
_ENDED = {
    "change.approved": "approved it",
    "change.returned": "returned it to its author",
    "change.rejected": "rejected it",
    "change.withdrawn": "withdrew it",
    "change.expired": "let its time pass",
    "change.superseded": "replaced it by a later wish",
}
