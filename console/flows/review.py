"""Review: what people other than its author decide about a proposed change, line by line, having seen each as it is.

Whoever decides posts the digest of every line that was on their page. A line that is another one by now is not decided:
they are told, and nothing is changed.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.db import transaction

from console.errors import DecidedAlready, NotPermitted, SeenOtherwise, StepNotPossible
from console.flows.decide import decide, give_back, told
from console.flows.notify import notify
from console.flows.record import moment, record
from console.flows.standing import standing
from console.models import About, Act, Change, Decision, Line, LineState, Origin, Status, User, Wait
from console.models.judging import Judged
from console.models.rows import insert, update
from console.permissions import Right, require

LONGEST_REASON = 500
CLAIM_LASTS = timedelta(minutes=30)


@transaction.atomic
def approve(change_id: int, *, by: User, seen: Mapping[str, str]) -> Change:
    """Approves lines: `seen` maps each field to the digest that the page showed, as hex.

    A line whose value has moved starts from the present value from then on; whoever approved it before is asked anew.
    """
    change, lines = _open_for(change_id, by, seen)
    judged = standing(change, lines)
    chosen = _as_seen(change, lines, seen)
    _not_twice(chosen, judged, by)
    moved = [line.field for line in chosen if line.has_moved(change.customer.record)]
    for line in chosen:
        line.rebase(change.customer.record)
    _keep(change, chosen, Act.APPROVE, judged, by=by, moved=moved)
    return _go_on(change, lines, by)


@transaction.atomic
def reject(change_id: int, *, by: User, seen: Mapping[str, str], reason: str) -> Change:
    """Rejects lines, for a reason: they stay on the change and are not sent."""
    change, lines = _open_for(change_id, by, seen)
    reason = _given(reason, "Say why, so that its author knows what to do.")
    judged = standing(change, lines)
    chosen = _as_seen(change, lines, seen)
    for line in chosen:
        line.digest = line.digest_now(change.customer.record)
        line.decision, line.waiting = LineState.REJECTED, False
        update(line, ["digest", "decision", "waiting"])
    _keep(change, chosen, Act.REJECT, judged, by=by, reason=reason)
    return _go_on(change, lines, by)


@transaction.atomic
def return_to_author(change_id: int, *, by: User, reason: str) -> Change:
    """Gives it back with a reason: its author edits it and proposes it again."""
    change = _locked(change_id, by)
    reason = _given(reason, "Say what should be different.")
    record(
        change.customer,
        "decision.returned",
        by=by,
        origin=Origin.PAGE,
        change=change,
        values={"reason": reason},
    )
    return give_back(change, "", by=by, origin=Origin.PAGE)


@transaction.atomic
def comment(change_id: int, *, by: User, text: str, field: str = "") -> Change:
    """Says something about a line, or about the whole change; its author is told, or who decided on it."""
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.SEE, change.connection)
    text = _given(text, "Write the comment first.")
    if field and not change.lines.filter(field=field).exists():
        raise StepNotPossible("This change does not ask for that field.")
    record(
        change.customer,
        "change.commented",
        by=by,
        origin=Origin.PAGE,
        change=change,
        details={"fields": [field]} if field else {},
        values={"comment": text},
    )
    others = {decision.by for decision in change.decisions.select_related("by")} if by == change.requester else None
    notify(change, About.COMMENTED, by=by, to=others)
    return change


@transaction.atomic
def claim(change_id: int, *, by: User) -> Change:
    """Says that this person is about to decide, so that nobody else begins; it lapses after half an hour."""
    change = _locked(change_id, by)
    holder = holder_of(change)
    if holder and holder != by:
        raise StepNotPossible(f"{holder.name} has taken it already.")
    change.claimed_by, change.claimed_at = by, moment(change.customer)
    update(change, ["claimed_by", "claimed_at"])
    return change


@transaction.atomic
def release(change_id: int, *, by: User) -> Change:
    """Lets others have it again: by whoever took it, or by somebody else who may decide, once they ask for it."""
    change = _locked(change_id, by)
    change.claimed_by = change.claimed_at = None
    update(change, ["claimed_by", "claimed_at"])
    return change


def holder_of(change: Change) -> User | None:
    """Who is about to decide on it; wants `locked_at` or asks the clock."""
    if change.claimed_by is None or change.claimed_at is None:
        return None
    return change.claimed_by if moment(change.customer) - change.claimed_at < CLAIM_LASTS else None


def _locked(change_id: int, by: User) -> Change:
    """The change, if this person may decide on it and it waits for that."""
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.DECIDE, change.connection)
    if change.requester_id == by.pk:
        raise NotPermitted("You asked for this change yourself, so somebody else decides on it.")
    if change.state is not Status.PROPOSED or change.wait != Wait.DECISION:
        raise StepNotPossible(_what_happened(change))
    if change.expires_at is not None and change.expires_at <= moment(change.customer):
        raise StepNotPossible("The time for deciding on this change is over: its author has to propose it anew.")
    return change


def _open_for(change_id: int, by: User, seen: Mapping[str, str]) -> tuple[Change, list[Line]]:
    change = _locked(change_id, by)
    lines = list(change.lines.all())
    for line in lines:
        line.change = change
    if not seen:
        raise StepNotPossible("Choose at least one line to decide on.")
    return change, lines


def _as_seen(change: Change, lines: Iterable[Line], seen: Mapping[str, str]) -> list[Line]:
    """The lines that were on the page, if they still are what they were there."""
    by_field, customer_record = {line.field: line for line in lines}, change.customer.record
    chosen = [by_field[field] for field in seen if field in by_field]
    stale = [
        line.rule.label
        for line in chosen
        if not hmac.compare_digest(line.digest_now(customer_record).hex().encode(), seen[line.field].encode())
    ]
    if stale or len(chosen) < len(seen):
        raise SeenOtherwise(stale)
    if gone := [line.rule.label for line in chosen if not line.state.is_sent]:
        raise DecidedAlready(f"{', '.join(gone)} was left out meanwhile, so there is nothing to decide about it.")
    return chosen


def _not_twice(chosen: Iterable[Line], judged: Judged, by: User) -> None:
    standing_lines = [judged.line(line.field) for line in chosen]
    if all(by.pk in line.by for line in standing_lines):
        raise DecidedAlready("You have approved this already. It waits for somebody else.")
    if not any(line.waits_for_approval for line in standing_lines):
        raise DecidedAlready("This needs no approval any more.")


def _keep(
    change: Change,
    lines: list[Line],
    act: Act,
    judged: Judged,
    *,
    by: User,
    reason: str = "",
    moved: Iterable[str] = (),
) -> None:
    """One decision for each line that needs one, and one event for all of them."""
    kept = [line for line in lines if act is Act.REJECT or judged.line(line.field).need.approvals]
    kept = [line for line in kept if act is Act.REJECT or by.pk not in judged.line(line.field).by]
    for line in kept:
        need = judged.line(line.field).need
        sealed = change.customer.key.seal("decision", str(line.pk), reason) if reason else None
        policies = told(need.rules)
        one = Decision(change=change, line=line, by=by, act=act, digest=line.digest, policies=policies)
        one.sealed_reason = sealed
        insert([one])
    details = {
        "fields": [line.field for line in kept],
        "policies": told(judged.rules),
        "kept though moved": list(moved),
    }
    values = {"reason": reason} if reason else None
    verb = f"decision.{'approved' if act is Act.APPROVE else 'rejected'}"
    record(change.customer, verb, by=by, origin=Origin.PAGE, change=change, details=details, values=values)


def _go_on(change: Change, lines: list[Line], by: User) -> Change:
    """The change as it stands after that; its author is told once nobody else is asked any more."""
    change = decide(change, by=by, origin=Origin.PAGE, lines=lines)
    if change.state is Status.APPROVED:
        rejected = any(line.state is LineState.REJECTED for line in lines)
        notify(change, About.PARTLY if rejected else About.APPROVED, by=by)
    return change


def _given(text: str, wanted: str) -> str:
    text = text.strip()
    if not text:
        raise StepNotPossible(wanted)
    if len(text) > LONGEST_REASON:
        raise StepNotPossible(f"Shorten it: it may have {LONGEST_REASON} characters, not {len(text)}.")
    return text


def _what_happened(change: Change) -> str:
    """Said to whoever comes too late: what it is now, and who made it so."""
    latest = change.decisions.select_related("by").order_by("-pk").first()
    who = f" {latest.by.name} decided on it last." if latest else ""
    return f"Change {change.pk} is “{change.state.label}” now, so there is nothing to decide any more.{who}"
