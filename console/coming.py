"""What comes next for a change if all goes well, step by step, in a few words each. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from console.explain import A_MINUTE, Deciding, either, numbered, until, upper, when
from console.models import Change, Status, Wait
from console.sentences import listed

if TYPE_CHECKING:
    from console.models import User


def steps_ahead(
    change: Change,
    *,
    now: datetime | None = None,
    ahead: Change | None = None,
    deciding: Deciding | None = None,
    reader: User | None = None,
) -> list[str]:
    """What comes next if all goes well, each step in a few words; nothing once nothing can follow.

    `ahead`: the customer's change that has to end first. `deciding`: who can decide, while it waits for that; `reader`:
    who reads it.
    """
    there, can = change.connection.name, change.connection.provider.capabilities
    sent = f"Read from {there}, then sent" if can.reads_before_sending else f"Sent to {there}"
    compared = f"Compared with the answer of {there}" if can.echoes else f"Accepted by {there}, which says no more"
    match change.state:
        case Status.PROPOSED | Status.RETURNED:
            return [*_allowed_by(change, deciding or Deciding(), reader, now), sent, compared]
        case Status.APPROVED:
            again = f"{sent} once more" if change.tries else sent
            return [*_held_by(change, ahead), f"{again}{_later(change, now)}", compared]
        case Status.SENDING:
            return [compared]
        case Status.UNKNOWN:
            held = [] if change.wait == Wait.PERSON else _held_by(change, None)
            return [*held, _looked_into(change, now)]
        case Status.REFUSED | Status.CONFLICT | Status.FAILED:
            return ["A person decides what becomes of it"]
        case _:
            return []


def _allowed_by(change: Change, deciding: Deciding, reader: User | None, now: datetime | None) -> list[str]:
    """Whose word lets it leave."""
    own, author = reader is not None and reader.pk == change.requester_id, change.requester.name
    if change.state is Status.RETURNED:
        edits = "You edit it and propose it again" if own else f"{author} edits it and proposes it again"
        return [edits, "What needs approval is approved"]
    if change.wait == Wait.RESTORED:
        return ["An operator looks at the record, then releases it"]
    if change.wait == Wait.BATCH:
        return ["Its batch is approved and reaches it"]
    if change.wait == Wait.AUTHOR:
        return ["You confirm it" if own else f"{author} confirms it"]
    limit = f", {until(change.expires_at, now or timezone.now())}" if change.expires_at else ""
    return [f"{_decides(deciding, reader)}{limit}"]


def _decides(deciding: Deciding, reader: User | None) -> str:
    """“You decide (Sam can too)”, “Ann or Sam decides”, “Two of Ann, Sam and Rae decide”."""
    others, needed = deciding.others(reader), deciding.approvals
    if deciding.is_yours:
        if not others:
            return "You decide"
        return f"You decide, then {either(others)}" if needed > 1 else f"You decide ({either(others)} can too)"
    if not others:
        return "Somebody who may decide approves it"
    if needed == 1:
        return f"{either(others)} decides"
    return (
        f"{listed(others)} decide" if needed >= len(others) else f"{upper(numbered(needed))} of {listed(others)} decide"
    )


def _held_by(change: Change, ahead: Change | None) -> list[str]:
    """What has to happen before anything is sent."""
    connection, before = change.connection, list[str]()
    if connection.is_paused:
        before = [f"{connection.name} is resumed by an operator"]
    elif connection.is_interrupted:
        before = [f"{connection.name} answers one call again"]
    return [*before, f"Change {ahead.pk} of this customer ends"] if ahead else before


def _looked_into(change: Change, now: datetime | None) -> str:
    match Wait(change.wait):
        case Wait.READ_BACK:
            return f"Read back and compared{_later(change, now)}"
        case Wait.TRY_AGAIN | Wait.PROVIDER:
            return f"The same values sent once more{_later(change, now)}"
        case _:
            return "A person looks at the record, then decides"


def _later(change: Change, now: datetime | None) -> str:
    """“, at 10:46” for a moment worth naming."""
    now = now or timezone.now()
    due = change.next_attempt_at
    far = due is not None and due - now >= A_MINUTE and not change.connection.is_paused
    return f", {when(due, now)}" if far else ""
