"""Undo: asks for what stood there before a change that was applied, as a new change under today's rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction

from console.errors import NotUndone, StepNotPossible
from console.flows.propose import Proposal, propose_one
from console.flows.replace import seconds
from console.flows.wishes import differs, fields_of, labels_of, violations_of
from console.models import Change, Line, Mention, Origin, Status, Verdict
from console.models.changes import Second
from console.models.states import OPEN
from console.permissions import Right, require

if TYPE_CHECKING:
    from console.models import Customer, User
    from providers.fields import Value

_NOT_APPLIED: Mapping[Status, str] = {
    **dict.fromkeys((Status.PROPOSED, Status.RETURNED, Status.APPROVED), "was not sent yet: withdraw it instead."),
    Status.SENDING: "is being sent just now: wait until it has ended.",
    Status.UNKNOWN: "may have been applied or not: that has to be found out first.",
}
_FOUND_THERE = frozenset({"customer.refreshed", "customer.moved"})


@dataclass(frozen=True, slots=True)
class Back:
    """One line of a change, and why it cannot go back to what was before; empty where it can.

    `waits`: somebody else's change that waits for this field, whose line gives way to the undoing one.
    """

    line: Line
    why_not: str = ""
    waits: Change | None = None

    @property
    def is_possible(self) -> bool:
        """Whether the value before can be asked for."""
        return not self.why_not


def why_not_at_all(change: Change) -> str:
    """Why nothing of a change can be undone, whoever asks; empty where some of it may be. Asks the database nothing."""
    customer = change.customer
    if customer.erased_at or not customer.wrapped_key:
        return "The customer was erased, so what was there before is gone for good."
    if change.state is not Status.APPLIED and change.verdict != Verdict.APPLIED:
        why = _NOT_APPLIED.get(change.state, "was not applied, so there is nothing to undo.")
        return f"Change {change.pk} {why}"
    if customer.is_gone:
        return f"{customer.connection.name} has no such customer any more, so nothing can be sent there."
    return ""


def lines_back(change: Change, *, by: User) -> list[Back]:
    """Each line of a change that was applied, and whether this person could have it go back now.

    Wants its customer, connection and lines loaded; raises KeyMissing where the values cannot be opened.
    """
    record, lines = change.customer.record, _lines_of(change)
    found = {line.field: _opinion(line) for line in lines}
    again = _asked_already(change)
    waiting = seconds(change.customer, found, by=by)
    for name, back in found.items():
        if back.is_possible:
            found[name] = _second(back, again.get(name), waiting.get(name), by)
    found |= _moved(change, [back.line for back in found.values() if back.is_possible], record)
    return list(_by_the_rules(change.customer, found, record).values())


@transaction.atomic
def undo(
    change_id: int,
    *,
    by: User,
    key: str,
    fields: Collection[str] | None = None,
    why: str = "",
    reference: str = "",
    replacing: Mapping[str, int] | None = None,
) -> Change:
    """Proposes what stood there before, of these fields, or of all that were sent; the same key makes one change.

    Raises NotUndone, which says at which line why not, StepNotPossible where nothing of the change can be undone, and
    whatever `propose` does. `replacing` as for any proposal: whose waiting line the person agreed to take off.
    """
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.PROPOSE, change.connection)
    if why_not := why_not_at_all(change):
        raise StepNotPossible(why_not)
    chosen = [line for line in _lines_of(change) if (line.state.is_sent if fields is None else line.field in fields)]
    if not Change.objects.saved_as(key, by=by):
        _require_possible(change, {line.field for line in chosen}, by=by)
    wishes = {line.field: line.before for line in chosen}
    item = Proposal(change.customer_id, wishes, key, why=why, reference=reference, replacing=replacing or {})
    return propose_one(replace(item, undoes=change.pk), by=by, origin=Origin.UNDO)


def undoing(change: Change) -> list[Change]:
    """The changes that take this one back: those that are applied, and those that may be yet; the first one first."""
    found = Change.objects.filter(undoes=change).order_by("pk").select_related("requester")
    return [one for one in found if one.state in OPEN or _is_applied(one)]


def _require_possible(change: Change, chosen: Collection[str], *, by: User) -> None:
    if not chosen:
        raise StepNotPossible("Choose what is to go back.")
    if problems := {
        back.line.field: back.why_not
        for back in lines_back(change, by=by)
        if back.line.field in chosen and not back.is_possible
    }:
        raise NotUndone(labels_of(change.customer, problems), problems)


def _lines_of(change: Change) -> list[Line]:
    lines = list(change.lines.all())
    for line in lines:
        line.change = change
    return lines


def _opinion(line: Line) -> Back:
    """What the line itself says."""
    if not line.state.is_sent:
        return Back(line, "It was not sent, so there is nothing to undo.")
    if line.field not in fields_of(line.change.customer):
        return Back(line, "This connection has no such field any more.")
    if not line.had_before:
        return Back(line, "What it held before was not known, so there is nothing to go back to.")
    if not differs(line.rule, line.before, line.after):
        return Back(line, "It held the same before, so there is nothing to go back to.")
    return Back(line)


def _asked_already(change: Change) -> dict[str, Change]:
    """The change that asks for each field to go back already, where one does that has not ended."""
    lines = Line.objects.filter(change__undoes=change, change__status__in=sorted(OPEN)).select_related("change")
    return {line.field: line.change for line in lines if line.state.is_sent}


def _second(back: Back, again: Change | None, waiting: tuple[Change, Second] | None, by: User) -> Back:
    """What another change that has not ended means for this line."""
    if again:
        return replace(back, why_not=f"Change {again.pk} asks for that already.")
    if waiting is None:
        return back
    other, second = waiting
    whose = "yours" if other.requester_id == by.pk else other.requester.name
    if second is Second.AMEND:
        return replace(back, why_not=f"Your change {other.pk} waits for this field: edit or withdraw that one.")
    if second is Second.WAIT:
        return replace(back, why_not=f"Change {other.pk} of {whose} waits for this field and has to end first.")
    return replace(back, waits=other)


def _moved(change: Change, lines: Iterable[Line], record: Mapping[str, Value]) -> dict[str, Back]:
    """Those whose value is another one by now than the change brought, and since what."""
    moved = [line for line in lines if not line.rule.same(record.get(line.field), line.after)]
    if not moved:
        return {}
    undone = {line.field: line.change for line in _undone(change)}
    return {line.field: Back(line, _since(line, undone.get(line.field))) for line in moved}


def _undone(change: Change) -> list[Line]:
    lines = Line.objects.filter(change__undoes=change).select_related("change").order_by("pk")
    return [line for line in lines if line.state.is_sent and _is_applied(line.change)]


def _is_applied(change: Change) -> bool:
    return change.state is Status.APPLIED or change.verdict == Verdict.APPLIED


def _since(line: Line, undone: Change | None) -> str:
    """By what the value is another one now, as far as history says."""
    if undone:
        return f"Change {undone.pk} has undone it already."
    customer = line.change.customer
    learnt = Mention.objects.filter(customer=customer, field=line.field, learnt=True).order_by("-event")
    latest = learnt.select_related("event__change__requester").first()
    event = latest.event if latest else None
    if event and event.change and event.change_id != line.change_id and event.verb not in _FOUND_THERE:
        return f"{event.change.requester.name} has set another value since, by change {event.change_id}."
    if event and event.verb in _FOUND_THERE:
        return f"{customer.connection.name} holds another value since, which nobody asked for here."
    return "It holds another value by now."


def _by_the_rules(customer: Customer, found: dict[str, Back], record: Mapping[str, Value]) -> dict[str, Back]:
    """The same with what the rules say today of all that is left, asked for together; what they refuse is left out
    before the rest is looked at again.
    """
    wishes = {name: back.line.before for name, back in found.items() if back.is_possible}
    while wishes:
        broken = {one.field: one.message for one in violations_of(customer.provider, record, wishes)}
        if not broken:
            break
        for name in [name for name in wishes if name in broken] or list(wishes):
            found[name] = replace(found[name], why_not=broken.get(name) or " ".join(broken.values()))
            del wishes[name]
    return found
