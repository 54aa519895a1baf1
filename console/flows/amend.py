"""Amend: its author edits a change before it has left. What is not touched keeps its approvals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console.errors import AlreadySaved, EditedMeanwhile, NothingChanged, NotPermitted, StepNotPossible
from console.flows import lines as of_change
from console.flows.decide import decide, until
from console.flows.record import record, take_step, together
from console.flows.replace import Room, go_on, is_over, locked, make_room, reason_wanted, room_for
from console.flows.standing import judged_wishes, standing
from console.flows.wishes import ask_for_more, check, differs, fields_of
from console.models import Change, Customer, Event, Line, Origin, Status, User, Wait
from console.models.changes import Second
from console.models.digests import shape_of
from console.models.rows import BIGGEST_KEY, put_beside, update

if TYPE_CHECKING:
    from console.flows.wishes import Proposal
    from providers.fields import Value


@dataclass(slots=True)
class Edit:
    """What a form makes of the lines of a change: wishes for new lines and for present ones, and lines put back."""

    added: dict[str, Value] = field(default_factory=dict)
    altered: dict[str, Value] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    asked: dict[str, Value] = field(default_factory=dict)

    @property
    def new(self) -> dict[str, Value]:
        """What nobody has approved yet."""
        return {**self.added, **self.altered}


@dataclass(frozen=True, slots=True)
class Amendment:
    """What is to be written: nothing stands in its way, and room was agreed to."""

    change: Change
    item: Proposal
    edit: Edit
    why: str
    reference: str
    room: Room


def amended_before(item: Proposal, customer: Customer, *, by: User) -> Change | None:
    """The change that this very form amended already; raises AlreadySaved if it did so with other content."""
    numbers = {item.amends or 0, *item.replacing.values()}
    possible = [number for number in numbers if 0 < number <= BIGGEST_KEY]
    if not possible:
        return None
    event = Event.objects.filter(
        change__in=possible, customer=customer.pk, actor=by, verb="change.amended", details__key=item.key
    ).first()
    if event is None or event.change is None:
        return None
    if event.details["content"] != item.content(customer).hex():
        raise AlreadySaved(event.change.pk)
    return event.change


def to_amend(number: int, customer: Customer, *, by: User) -> Change:
    """The change that a form edits, locked. Raises NotPermitted and StepNotPossible."""
    change = next(iter(locked(customer, {number})), None)
    if change is None:
        raise StepNotPossible("The change that you were editing is not one of this customer's.")
    if change.requester_id != by.pk:
        raise NotPermitted(f"Only {change.requester.name}, who asked for change {change.pk}, can edit it.")
    is_returned = change.state is Status.RETURNED and not change.maybe_applied
    if not is_returned and change.second_wish(by=by) is not Second.AMEND:
        raise StepNotPossible(
            f"Change {change.pk} is “{change.state.label}” by now, so it can't be edited any more. "
            "Look at it, then save what you want as a change of its own."
        )
    return change


def amendment(change: Change, item: Proposal, *, by: User) -> Amendment:
    """What a form makes of a change of one's own that is locked with its lines.

    Raises what `propose` gives back as a reason, and StepNotPossible where nothing would be left of the change.
    """
    if is_over(change):
        raise StepNotPossible(
            f"The time for deciding on change {change.pk} is over, so it ends in a moment. "
            "Then save what you want as a change of its own."
        )
    customer, edit = change.customer, _edit_of(change, item)
    why, reference = _said(change, item)
    if item.amends_as and item.amends_as != change.asks:
        raise EditedMeanwhile(change.pk)
    if not edit.asked:
        raise StepNotPossible(f"Nothing would be left of change {change.pk}. Withdraw it instead.")
    _is_different(change, edit, why, reference)
    check(edit.asked, edit.new, item.shown, customer)
    room = room_for(item, customer, edit.asked, by=by, besides=change)
    needed = judged_wishes(customer, edit.asked, by=by, size=change.size)
    ask_for_more(needed, why, reference, besides=reason_wanted(room, by=by, why=item.why))
    return Amendment(change, item, edit, why, reference, room)


def amend(wanted: Amendment, *, by: User, origin: Origin) -> Change:
    """Lets the change ask for that, and decides on it again."""
    change, edit = wanted.change, wanted.edit
    with together(change.customer):
        make_room(wanted.room)
        said_anew = _say(change, wanted.why, wanted.reference)
        _tell(change, edit, wanted.item, said_anew, by=by, origin=origin)
        _write(change, edit, by)
        go_on(wanted.room, change, by=by, origin=origin)
        return _decide_anew(change, edit, by, origin)


def _edit_of(change: Change, item: Proposal) -> Edit:
    """What is put back is told only by a form that showed what the change asks for."""
    edit, known, record_now = Edit(), fields_of(change.customer), change.customer.record
    lines = {line.field: line for line in change.lines.all()}
    sent = {name: line.after for name, line in lines.items() if line.state.is_sent}
    edit.dropped = [name for name in sent if name not in known]  # nobody could send these, nor put them back
    for name, wish in item.wishes.items():
        if not differs(known.get(name), wish, record_now.get(name)):
            edit.dropped += [name] if name in sent and item.amends else []
        elif name not in lines:
            edit.added[name] = wish
        elif name not in sent or not _stands(lines[name], wish, record_now):
            edit.altered[name] = wish
    edit.asked = {name: after for name, after in sent.items() if name not in edit.dropped} | edit.new
    return edit


def _stands(line: Line, wish: Value, record_now: Mapping[str, Value]) -> bool:
    """Whether a wish leaves a line as it is: it asks for the same, of what the record still holds."""
    is_declared = line.field in fields_of(line.change.customer)
    return is_declared and line.rule.same(line.after, wish) and line.stands(record_now)


def _said(change: Change, item: Proposal) -> tuple[str, str]:
    """The reason and the ticket from now on; a form that did not show them leaves them where it is mute."""
    if item.amends:
        return item.why, item.reference
    return item.why or change.why, item.reference or change.reference


def _is_different(change: Change, edit: Edit, why: str, reference: str) -> None:
    """What was returned or held may be saved as it is: its author stands by it."""
    if edit.new or edit.dropped or (why, reference) != (change.why, change.reference):
        return
    if change.state is not Status.RETURNED and change.wait != Wait.AUTHOR:
        raise NothingChanged


def _say(change: Change, why: str, reference: str) -> dict[str, list[Value]]:
    """Keeps the reason and the ticket; gives what of them is another one, before and now. Whoever approved read that
    of before.
    """
    pairs: dict[str, list[Value]] = {"the reason": [change.why, why], "the ticket": [change.reference, reference]}
    change.sealed_why = change.customer.key.seal("why", "", why) if why else None
    change.reference, change.rules_version = reference, change.customer.provider.rules_version
    if change.wait == Wait.BATCH:  # it is another than the one that is decided on with the others
        change.wait = Wait.NOTHING
    update(change, ["sealed_why", "reference", "rules_version", "wait"])
    return {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}


def _tell(
    change: Change, edit: Edit, item: Proposal, said_anew: dict[str, list[Value]], *, by: User, origin: Origin
) -> None:
    """One event with what was asked and what is asked now. Its key tells a form that is sent twice."""
    customer, record_now = change.customer, change.customer.record
    asked_before = {line.field: line.after for line in change.lines.all()}
    asked_now = {**edit.new, **{name: record_now.get(name) for name in edit.dropped}}
    details: dict[str, Any] = {
        "fields": list(edit.new),
        "dropped": edit.dropped,
        "said anew": list(said_anew),
        "carried": list(customer.provider.asked_and_carried(record_now, edit.asked)[1]),
        "rules": change.rules_version,
        "key": item.key,
        "content": item.content(customer).hex(),
    }
    values = {name: [asked_before.get(name, record_now.get(name)), wish] for name, wish in asked_now.items()}
    record(
        customer,
        "change.amended",
        by=by,
        origin=origin,
        change=change,
        details=details,
        values={**values, **said_anew} or None,
    )


def _write(change: Change, edit: Edit, by: User) -> None:
    """The lines as the form has them; those that stay wait once more, in case they were not waiting."""
    customer, lines = change.customer, list(change.lines.all())
    of_change.drop(line for line in lines if line.field in edit.dropped)
    of_change.alter([line for line in lines if line.field in edit.altered], edit.altered, customer.record, by=by)
    for line in lines:
        if line.state.is_sent and not line.waiting:
            line.waiting = True
            update(line, ["waiting"])
    if edit.added:
        judged = judged_wishes(customer, edit.added, by=by, size=change.size)
        first = max(line.position for line in lines) + 1
        lines += of_change.add(change, edit.added, customer.record, judged, by=by, first=first)
    put_beside(change, "lines", lines)


def _decide_anew(change: Change, edit: Edit, by: User, origin: Origin) -> Change:
    """A request of which somebody has to approve more than before begins to wait anew; what was returned, too."""
    if change.state is Status.RETURNED:
        details = {"fields": list(edit.asked)}
        take_step(change, Status.PROPOSED, by=by, origin=origin, details=details, wait=Wait.NOTHING, note="")
    lines = list(change.lines.all())
    judged = standing(change, lines)
    before = {line.field: line.before for line in lines}
    change.shape = shape_of(change.customer, before, edit.asked) if judged.for_approval else None
    if any(line.field in edit.new for line in judged.for_approval):
        change.expires_at = until(change, judged)
    update(change, ["shape", "expires_at"])
    again: dict[str, Any] = {"tries": 0, "first_sent_at": None} if change.tries else {}
    return decide(change, by=by, origin=origin, lines=lines, judged=judged, **again)
