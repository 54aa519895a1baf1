"""Propose: turns what a person wants into a change, or says in a sentence why it can't be one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import transaction

from console.errors import (
    AlreadySaved,
    AlreadyWaiting,
    ConsoleError,
    Move,
    NothingChanged,
    NotPermitted,
    ReasonMissing,
    RulesBroken,
    StepNotPossible,
    ValuesMoved,
)
from console.flows.decide import decide, until
from console.flows.recheck import recheck
from console.flows.record import database_now, record, take_step, together
from console.flows.standing import judged_wishes
from console.flows.wake import wake
from console.models import Authorship, Change, Customer, Line, Origin, Status, User, Wait
from console.models.changes import content_digest, shape_of
from console.models.judging import Judged
from console.models.rows import insert
from console.permissions import Right, may_withdraw, require

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field, Value, Violation


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants to be different in one record. Absent = untouched, None = clear; values in stored form.

    `shown` maps a field to the digest of the value that the person saw; a field that moved since is not overwritten.
    `key` makes saving twice the same as saving once.
    """

    customer_id: int
    wishes: Mapping[str, Value]
    key: str
    shown: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    reference: str = ""


@transaction.atomic(savepoint=False)
def propose(items: Sequence[Proposal], *, by: User, origin: Origin = Origin.PAGE) -> list[Change | ConsoleError]:
    """Saves each wish as a change with its lines, event and wake-up, all or nothing in one transaction: the caller's,
    if one is open. That one is lost with it when the database fails.

    Gives, in the order of the items, the change or the reason why there is none: RulesBroken, NothingChanged,
    ValuesMoved, AlreadyWaiting, AlreadySaved, NotPermitted. The same key with the same content gives the change that
    was saved first.
    """
    customers = {customer.pk: customer for customer in Customer.objects.locked(item.customer_id for item in items)}
    return [_propose_or_say_why(item, customers[item.customer_id], by, origin, len(items)) for item in items]


def propose_one(item: Proposal, *, by: User, origin: Origin = Origin.PAGE) -> Change:
    """Saves one wish; raises what `propose` gives back as a reason."""
    [outcome] = propose([item], by=by, origin=origin)
    if isinstance(outcome, ConsoleError):
        raise outcome
    return outcome


def is_unseen(field: Field, wish: Value) -> bool:
    """A wish for a hidden value is never compared with it: whoever guessed right would be told so."""
    return field.sensitive and not field.is_blank(wish)


def violations_of(
    provider: Provider, record: Mapping[str, Value], wishes: Mapping[str, Value]
) -> tuple[Violation, ...]:
    """What the rules say about the wishes, each for a hidden value as if it were another one."""
    unseen = {field.name for field in provider.fields if field.name in wishes and is_unseen(field, wishes[field.name])}
    return provider.violations({name: value for name, value in record.items() if name not in unseen}, wishes)


@transaction.atomic
def withdraw(change_id: int, *, by: User) -> Change:
    """The author takes a change back before anything of it was sent."""
    change = Change.objects.get(pk=change_id).locked()
    if not may_withdraw(by, change):
        raise NotPermitted(f"Only {change.requester.name} can withdraw this change.")
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
        if saved := _saved_before(item, customer, by):
            return saved
        wishes = _differences(item, customer)
        _check(wishes, item, customer)
        judged = judged_wishes(customer, wishes, by=by, size=size)
        _ask_for_more(item, judged)
    except ConsoleError as reason:
        return reason
    with together(customer):
        change, lines = _save(item, wishes, customer, judged, by=by, origin=origin)
        return decide(change, by=by, origin=origin, lines=lines, judged=judged)


def _saved_before(item: Proposal, customer: Customer, by: User) -> Change | None:
    if not (saved := Change.objects.saved_as(item.key, by=by)):
        return None
    number, content = saved
    if content != content_digest(customer, item.wishes, item.why, item.reference):
        raise AlreadySaved(number)
    return Change.objects.get(pk=number)


def _differences(item: Proposal, customer: Customer) -> dict[str, Value]:
    """The wishes that differ from what we know, in the order of the form."""
    record_now, provider = customer.record, customer.provider
    known = {field.name: field for field in provider.fields}
    different = {
        name: value
        for name, value in item.wishes.items()
        if name not in known or is_unseen(known[name], value) or not known[name].same(record_now.get(name), value)
    }
    if not different:
        raise NothingChanged
    order = list(known)
    return dict(sorted(different.items(), key=lambda pair: order.index(pair[0]) if pair[0] in known else len(order)))


def _check(wishes: Mapping[str, Value], item: Proposal, customer: Customer) -> None:
    if violations := violations_of(customer.provider, customer.record, wishes):
        raise RulesBroken(violations)
    if moves := _moves(wishes, item.shown, customer):
        raise ValuesMoved(moves)
    if waiting := Line.objects.waiting_for(customer, wishes):
        raise AlreadyWaiting({name: customer.provider.field(name).label for name in waiting}, waiting)


def _ask_for_more(item: Proposal, judged: Judged) -> None:
    wanted = {}
    if judged.asks_reason and not item.why.strip():
        wanted["why"] = f"Say why: the policy “{judged.asks_reason[0].name}” wants a reason."
    if judged.asks_ticket and not item.reference.strip():
        wanted["reference"] = f"Name the ticket: the policy “{judged.asks_ticket[0].name}” wants one."
    if wanted:
        raise ReasonMissing(wanted)


def _moves(wishes: Mapping[str, Value], shown: Mapping[str, str], customer: Customer) -> dict[str, Move]:
    record_now = customer.record
    return {
        name: Move(customer.provider.field(name).label, record_now.get(name), ours)
        for name, ours in wishes.items()
        if name in shown and shown[name] != customer.shown_digest(name, record_now.get(name))
    }


def _save(
    item: Proposal, wishes: Mapping[str, Value], customer: Customer, judged: Judged, *, by: User, origin: Origin
) -> tuple[Change, list[Line]]:
    provider, before = customer.provider, customer.record
    customer.places += 1  # kept with the event
    change = Change(
        customer=customer,
        connection=customer.connection,
        requester=by,
        idempotency_key=item.key,
        content=content_digest(customer, item.wishes, item.why, item.reference),
        place=customer.places,
        origin=origin,
        sealed_why=customer.key.seal("why", "", item.why) if item.why else None,
        reference=item.reference,
        rules_version=provider.rules_version,
        shape=shape_of(customer, before, wishes) if judged.for_approval else None,
    )
    if judged.for_approval:
        change.wait, change.expires_at = Wait.DECISION, until(change, judged)
    insert([change])
    lines = _save_lines(change, wishes, before, by, judged)
    carried = provider.asked_and_carried(before, wishes)[1]
    details = {"fields": list(wishes), "carried": list(carried), "rules": change.rules_version}
    values = {name: [before.get(name), value] for name, value in wishes.items()}
    record(customer, "change.proposed", by=by, origin=origin, change=change, details=details, values=values)
    return change, lines


def _save_lines(
    change: Change, wishes: Mapping[str, Value], before: Mapping[str, Value], by: User, judged: Judged
) -> list[Line]:
    lines = []
    for position, (name, after) in enumerate(wishes.items()):
        line = Line(change=change, customer=change.customer, field=name, position=position, had_before=name in before)
        line.seal(before.get(name), after)
        line.digest = line.current_digest(before)
        line.needs, line.decision = judged.line(name).need.approvals, judged.line(name).state
        lines.append(line)
    insert(lines)
    insert([Authorship(line=line, user=by) for line in lines])
    return lines
