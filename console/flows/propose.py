"""Propose: turns what a person wants into a change, or says in a sentence why it can't be one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction

from console.errors import AlreadySaved, ConsoleError, NothingChanged, NotPermitted, StepNotPossible
from console.flows import lines as of_change
from console.flows.amend import Amendment, amend, amended_before, amendment, to_amend
from console.flows.decide import decide, told, until
from console.flows.recheck import recheck
from console.flows.record import database_now, record, take_step, together
from console.flows.replace import Room, go_on, make_room, reason_wanted, room_for, seconds
from console.flows.standing import judged_wishes
from console.flows.wake import wake
from console.flows.wishes import Proposal as Proposal  # noqa: PLC0414 - whoever proposes finds it here
from console.flows.wishes import ask_for_more, check, differences, require_values
from console.flows.wishes import is_unseen as is_unseen  # noqa: PLC0414
from console.flows.wishes import violations_of as violations_of  # noqa: PLC0414
from console.models import Change, Customer, Line, Origin, Status, User, Wait
from console.models.changes import Second
from console.models.digests import shape_of
from console.models.judging import Judged
from console.models.rows import insert
from console.permissions import Right, may_withdraw, require

if TYPE_CHECKING:
    from providers.fields import Value

LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class _New:
    """A change to be written: nothing stands in its way, and room was agreed to."""

    wishes: Mapping[str, Value]
    judged: Judged
    room: Room


@transaction.atomic(savepoint=False)
def propose(items: Sequence[Proposal], *, by: User, origin: Origin = Origin.PAGE) -> list[Change | ConsoleError]:
    """Saves each wish as a change with its lines, event and wake-up, all or nothing in one transaction: the caller's,
    if one is open. That one is lost with it when the database fails.

    Gives, in the order of the items, the change or the reason why there is none: RulesBroken, NothingChanged,
    ValuesMoved, AlreadyWaiting, AlreadySaved, ReasonMissing, StepNotPossible, NotPermitted. The same key with the same
    content gives the change that was saved first. How many customers are proposed together says which policies apply.
    """
    customers = {customer.pk: customer for customer in Customer.objects.locked(item.customer_id for item in items)}
    return [_propose_or_say_why(item, customers[item.customer_id], by, origin, len(customers)) for item in items]


def propose_one(item: Proposal, *, by: User, origin: Origin = Origin.PAGE) -> Change:
    """Saves one wish; raises what `propose` gives back as a reason."""
    [outcome] = propose([item], by=by, origin=origin)
    if isinstance(outcome, ConsoleError):
        raise outcome
    return outcome


@transaction.atomic
def propose_whole(items: Sequence[Proposal], *, by: User, origin: Origin = Origin.PAGE) -> list[Change]:
    """Saves all of these wishes or none of them; raises the first reason why not."""
    changes = []
    for outcome in propose(items, by=by, origin=origin):
        if isinstance(outcome, ConsoleError):
            raise outcome
        changes.append(outcome)
    return changes


def split(item: Proposal, customer: Customer, *, by: User) -> tuple[Proposal, Proposal] | None:
    """The wishes that need nobody's approval, which can leave now, and the others, as two proposals; the same two when
    the form is sent once more. None where there are not both, where one can't be without the other, or where they
    would amend a change.
    """
    if item.amends or not item.wishes:
        return None
    judged = judged_wishes(customer, item.wishes, by=by)
    free = {name: wish for name, wish in item.wishes.items() if not judged.line(name).need.approvals}
    others = {name: wish for name, wish in item.wishes.items() if name not in free}
    now, later = replace(item, wishes=free), replace(item, wishes=others, key=f"{item.key[: LONGEST_KEY - 2]}-b")
    later = replace(later, corrects=None)
    if Change.objects.saved_as(later.key, by=by):
        return now, later
    amends = any(second is Second.AMEND for _, second in seconds(customer, item.wishes, by=by).values())
    return None if amends or not (_stands_alone(now, customer) and _stands_alone(later, customer)) else (now, later)


@transaction.atomic
def withdraw(change_id: int, *, by: User) -> Change:
    """The author takes a change back before anything of it was sent: what waits, was returned, or is on its way."""
    change = Change.objects.get(pk=change_id).locked()
    if not may_withdraw(by, change):
        raise NotPermitted(f"Only {change.requester.name} can withdraw this change.")
    if change.state.is_final:
        raise StepNotPossible(f"Change {change.pk} is “{change.state.label}” now: there is nothing left to withdraw.")
    if not change.can_be_withdrawn:
        raise StepNotPossible(f"Change {change.pk} may have reached the provider, so it can no longer be withdrawn.")
    now = database_now()
    take_step(
        change,
        Status.WITHDRAWN,
        by=by,
        origin=Origin.PAGE,
        wait=Wait.NOTHING,
        next_attempt_at=None,
        expires_at=None,
        claimed_by=None,
        claimed_at=None,
        ended_at=now,
    )
    recheck(change)
    wake(change.connection_id)
    return change


def _propose_or_say_why(
    item: Proposal, customer: Customer, by: User, origin: Origin, size: int
) -> Change | ConsoleError:
    """Everything that can be refused is refused before the first write, so a refusal leaves nothing behind."""
    try:
        require(by, Right.PROPOSE, customer.connection)
        require_values(customer)
        if saved := _saved_before(item, customer, by):
            return saved
        wanted = _wanted(item, customer, by, size)
    except ConsoleError as reason:
        return reason
    if isinstance(wanted, Amendment):
        return amend(wanted, by=by, origin=origin)
    with together(customer):
        make_room(wanted.room)
        change, lines = _save(wanted, item, customer, by=by, origin=origin, size=size)
        go_on(wanted.room, change, by=by, origin=origin)
        return decide(change, by=by, origin=origin, lines=lines, judged=wanted.judged)


def _wanted(item: Proposal, customer: Customer, by: User, size: int) -> _New | Amendment:
    """What is to be written, if nothing stands in its way: a change, or what becomes of one's own that waits."""
    if item.amends:
        return amendment(to_amend(item.amends, customer, by=by), item, by=by)
    wishes = differences(item, customer)
    room = room_for(item, customer, wishes, by=by)
    if room.own:
        return amendment(room.own, item, by=by)
    check(wishes, wishes, item.shown, customer)
    judged = judged_wishes(customer, wishes, by=by, size=size)
    ask_for_more(judged, item.why, item.reference, besides=reason_wanted(room, by=by, why=item.why))
    return _New(wishes, judged, room)


def _saved_before(item: Proposal, customer: Customer, by: User) -> Change | None:
    if not (saved := Change.objects.saved_as(item.key, by=by)):
        return amended_before(item, customer, by=by)
    number, content = saved
    if content != item.content(customer):
        raise AlreadySaved(number)
    return Change.objects.get(pk=number)


def _stands_alone(item: Proposal, customer: Customer) -> bool:
    """Whether something is different, and the provider would take it without the rest."""
    try:
        wishes = differences(item, customer)
    except NothingChanged:
        return False
    return not violations_of(customer.provider, customer.record, wishes)


def _save(
    wanted: _New, item: Proposal, customer: Customer, *, by: User, origin: Origin, size: int
) -> tuple[Change, list[Line]]:
    provider, before, wishes, judged = customer.provider, customer.record, wanted.wishes, wanted.judged
    customer.places += 1  # kept with the event
    change = Change(
        customer=customer,
        connection=customer.connection,
        requester=by,
        idempotency_key=item.key,
        content=item.content(customer),
        place=customer.places,
        origin=origin,
        sealed_why=customer.key.seal("why", "", item.why) if item.why else None,
        reference=item.reference,
        rules_version=provider.rules_version,
        size=size,
        shape=shape_of(customer, before, wishes) if judged.for_approval else None,
        undoes_id=item.undoes,
    )
    if judged.for_approval:
        change.wait, change.expires_at = Wait.DECISION, until(change, judged)
    insert([change])
    lines = of_change.add(change, wishes, before, judged, by=by)
    _tell(change, item, wanted, before, by=by, origin=origin)
    return change, lines


def _tell(
    change: Change, item: Proposal, wanted: _New, before: Mapping[str, Value], *, by: User, origin: Origin
) -> None:
    """What was asked and why, by which rules, and which policies applied."""
    wishes = wanted.wishes
    details = {
        "fields": list(wishes),
        "carried": list(change.customer.provider.asked_and_carried(before, wishes)[1]),
        "rules": change.rules_version,
        "policies": told(wanted.judged.rules),
        "size": change.size,
    }
    details |= {"undoes": item.undoes} if item.undoes else {}
    values: dict[str, Value | list[Value]] = {name: [before.get(name), value] for name, value in wishes.items()}
    values |= {name: text for name, text in (("reason", item.why), ("reference", item.reference)) if text}
    record(change.customer, "change.proposed", by=by, origin=origin, change=change, details=details, values=values)
