"""Replace: lets a later wish take the place of lines that wait, whoever asked for them, and of changes that failed.

Of a customer one line per field may wait. Whoever wishes for a field for which one waits already has seen that, and
says so by the number of its change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection as database

from console.errors import AlreadyWaiting, NotPermitted, StepNotPossible
from console.flows import lines as of_change
from console.flows.decide import LONGEST_NOTE, decide, problems_of
from console.flows.notify import notify
from console.flows.record import moment, record, take_step
from console.flows.wake import wake
from console.flows.wishes import fields_of, labels_of
from console.models import About, Change, Customer, Line, Origin, Status, User, Wait
from console.models.changes import Second
from console.models.digests import shape_of
from console.models.rows import BIGGEST_KEY, Table, update
from console.permissions import Right, helpers_sentence, may_retry

if TYPE_CHECKING:
    from console.flows.wishes import Proposal

_LOOK_FIRST = "Look at what it asks for: if you save once more after that, your wish takes its place."


@dataclass(frozen=True, slots=True)
class Yielding:
    """A change that stands in the way of wishes for these fields, locked, with all of its lines."""

    change: Change
    fields: Collection[str]
    second: Second

    @property
    def taken(self) -> list[Line]:
        """The lines whose place a later wish takes."""
        return [line for line in self.change.lines.all() if line.field in self.fields]

    @property
    def left(self) -> list[Line]:
        """The lines that it still asks for."""
        return [line for line in self.change.lines.all() if line.state.is_sent]


@dataclass(frozen=True, slots=True)
class Room:
    """What gives way to a wish: lines that wait for its fields, and the change that it corrects."""

    yielding: Sequence[Yielding] = ()
    corrected: Change | None = None
    why: str = ""

    @property
    def own(self) -> Change | None:
        """The change of the person's own that the wish amends instead of being one itself."""
        return next((one.change for one in self.yielding if one.second is Second.AMEND), None)


def seconds(customer: Customer, fields: Iterable[str], *, by: User) -> dict[str, tuple[Change, Second]]:
    """For which of these fields a line waits already, of which change, and what this person's wish would do to that.

    One query; each change comes with its author.
    """
    with database.cursor() as cursor:
        cursor.execute(_SECONDS, [customer.pk, list(fields)])
        rows = cursor.fetchall()
    found: dict[str, tuple[Change, Second]] = {}
    for name, *row in rows:
        change = _CHANGE.of(row)
        change.requester = _AUTHOR.of(row[len(_CHANGE) :])
        change.customer, change.connection = customer, customer.connection
        found[name] = change, change.second_wish(by=by)
    return found


def locked(customer: Customer, numbers: Iterable[int]) -> list[Change]:
    """Changes of this customer with their lines and authors, the first one first."""
    possible = [number for number in numbers if number <= BIGGEST_KEY]
    rows = Change.objects.filter(pk__in=possible, customer=customer.pk).order_by("pk")
    found = list(
        rows.select_for_update(no_key=True, of=("self",)).select_related("requester").prefetch_related("lines")
    )
    for change in found:
        change.customer, change.connection = customer, customer.connection
    return found


def in_the_way(
    customer: Customer, fields: Iterable[str], agreed: Mapping[str, int], *, by: User, besides: Change | None = None
) -> list[Yielding]:
    """The changes whose lines wait for these fields, `besides` one; the customer's row must be locked.

    Raises AlreadyWaiting where the person did not agree to that by its number, or where it has to end first.
    """
    waiting = Line.objects.waiting_for(customer, fields)
    if besides:
        waiting = {name: number for name, number in waiting.items() if number != besides.pk}
    if not waiting:
        return []
    if unseen := {name: number for name, number in waiting.items() if agreed.get(name) != number}:
        raise AlreadyWaiting(labels_of(customer, unseen), unseen, _LOOK_FIRST)
    found = [_yielding(change, waiting, by) for change in locked(customer, set(waiting.values()))]
    for one in found:
        if one.second is Second.WAIT:
            numbers = dict.fromkeys(one.fields, one.change.pk)
            raise AlreadyWaiting(labels_of(customer, numbers), numbers, _why_first(one.change))
    return found


def room_for(
    item: Proposal, customer: Customer, fields: Iterable[str], *, by: User, besides: Change | None = None
) -> Room:
    """What gives way to a wish for these fields, as the person agreed to it; raises what `in_the_way` and `to_correct`
    raise.
    """
    corrected = to_correct(item.corrects, customer, by=by) if item.corrects else None
    return Room(in_the_way(customer, fields, item.replacing, by=by, besides=besides), corrected, item.why)


def is_over(change: Change) -> bool:
    """Whether the time in which somebody could have decided has passed: it ends, whatever is edited or taken off."""
    return change.expires_at is not None and change.expires_at <= moment(change.customer)


def reason_wanted(room: Room, *, by: User, why: str) -> str:
    """The sentence that asks for a reason, where somebody else's wish is replaced without one; empty otherwise."""
    theirs = [one.change for one in room.yielding if one.change.requester_id != by.pk]
    if why.strip() or not theirs:
        return ""
    return f"Say why: this takes the place of what {theirs[0].requester.name} asked for in change {theirs[0].pk}."


def make_room(room: Room) -> None:
    """Takes the lines off; what becomes of their changes is said by `go_on`, once the later wish has its number."""
    for one in room.yielding:
        of_change.drop(one.taken)


def go_on(room: Room, later: Change, *, by: User, origin: Origin) -> None:
    """Lets each change go on with what is left of it, or end if nothing is; its author is told."""
    values = {"reason": room.why.strip()} if room.why.strip() else None
    for one in room.yielding:
        details = {"fields": [line.field for line in one.taken], "because of": later.pk}
        told: dict[str, Any] = {"details": details, "values": values}
        if one.left:
            record(one.change.customer, "change.line_replaced", by=by, origin=origin, change=one.change, **told)
            _with_what_is_left(one.change, one.left, origin)
        else:
            _supersede(one.change, later, by, origin, told)
        notify(one.change, About.REPLACED, by=by)
    if room.corrected:
        _supersede(room.corrected, later, by, origin, {"details": {"because of": later.pk}, "values": values})
        notify(room.corrected, About.REPLACED, by=by)


def to_correct(number: int, customer: Customer, *, by: User) -> Change:
    """The change that ended unapplied and that a corrected one is to take the place of, locked.

    Raises StepNotPossible where there is none such, NotPermitted unless the person asked for it or may resolve.
    """
    change = next(iter(locked(customer, {number})), None)
    if change is None:
        raise StepNotPossible("The change that this one is to correct is not one of this customer's.")
    if not change.can_be_tried_again:
        raise StepNotPossible(f"Change {change.pk} is “{change.state.label}” now, so there is nothing to correct.")
    if not may_retry(by, change):
        who = helpers_sentence(Right.RESOLVE, change.connection)
        raise NotPermitted(f"Only its author, {change.requester.name}, or an operator can correct this change. {who}")
    return change


def _yielding(change: Change, waiting: Mapping[str, int], by: User) -> Yielding:
    fields = [name for name, number in waiting.items() if number == change.pk]
    return Yielding(change, fields, change.second_wish(by=by))


def _why_first(change: Change) -> str:
    if change.wait == Wait.RESTORED:
        return "It is held since a backup was restored: somebody has to release or end it before you can save this."
    return (
        "Something of it may be at the provider already: somebody has to find out what became of it "
        "before you can save this."
    )


def _supersede(change: Change, later: Change, by: User, origin: Origin, told: Mapping[str, Any]) -> None:
    """Nothing of it is sent any more: a later one takes its place."""
    take_step(
        change,
        Status.SUPERSEDED,
        by=by,
        origin=origin,
        **told,
        superseded_by=later,
        wait=Wait.NOTHING,
        note="",
        next_attempt_at=None,
        expires_at=None,
        claimed_by=None,
        claimed_at=None,
        ended_at=moment(change.customer),
    )
    wake(change.connection_id)


def _with_what_is_left(change: Change, left: Sequence[Line], origin: Origin) -> None:
    """What is approved leaves as it was to, what waits for a decision may need none any more. What waits for its
    author goes on waiting: nobody else says that it is to be sent.
    """
    if change.state is Status.APPROVED:
        _hand_back_if_broken(change, origin)
        return
    _reshape(change, left)
    if change.wait == Wait.DECISION and not is_over(change):
        decide(change, by=None, origin=origin, lines=list(change.lines.all()))


def _hand_back_if_broken(change: Change, origin: Origin) -> None:
    if not (problems := problems_of(change)):
        return
    take_step(
        change,
        Status.PROPOSED,
        by=None,
        origin=origin,
        details={"void": True},
        wait=Wait.AUTHOR,
        note=f"What is left of it cannot be sent by itself. {problems}"[:LONGEST_NOTE],
        approved_place=None,
        approved_at=None,
        next_attempt_at=None,
    )
    notify(change, About.VOID, by=None)


def _reshape(change: Change, left: Iterable[Line]) -> None:
    """What it is alike with follows from what it asks for; nothing is like what cannot be sent any more."""
    if change.shape is None:
        return
    asked, known = list(left), fields_of(change.customer)
    before = {line.field: line.before for line in asked}
    wishes = {line.field: line.after for line in asked}
    change.shape = shape_of(change.customer, before, wishes) if wishes.keys() <= known.keys() else None
    update(change, ["shape"])


_CHANGE, _AUTHOR = Table(Change, "change"), Table(User, "author")
# Looked at after every few letters that somebody types into a field for which a line waits.
_SECONDS = f"""
    SELECT line.field, {_CHANGE.columns}, {_AUTHOR.columns}
    FROM console_line line
    JOIN console_change change ON change.id = line.change_id
    JOIN console_user author ON author.id = change.requester_id
    WHERE line.customer_id = %s AND line.field = ANY(%s) AND line.waiting
"""  # noqa: S608 - of our own names
