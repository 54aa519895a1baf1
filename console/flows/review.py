"""Review: what people other than its author decide about a proposed change, line by line, having seen each as it is.

Whoever decides posts the digest of every line that was on their page. If one of them is another one by now, nothing is
decided and they are told. The customer's row is locked first, so that of decisions at the same moment one comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from console.errors import DecidedAlready, NotPermitted, StepNotPossible
from console.flows.decide import decide, give_back, told
from console.flows.notify import notify
from console.flows.record import moment, record
from console.flows.said import said
from console.flows.seen import (
    as_seen,
    lines_of,
    require_all_seen,
    require_waiting,
    require_whole,
    start_from_now,
    who_decided,
)
from console.flows.standing import standing
from console.models import About, Act, Authorship, Change, Decision, Event, Line, LineState, Origin, User
from console.models.judging import Judged
from console.models.rows import insert, update
from console.permissions import Right, require

CLAIM_LASTS = timedelta(minutes=30)


@transaction.atomic
def approve(change_id: int, *, by: User, seen: Mapping[str, str]) -> Change:
    """Approves lines: `seen` maps each field to the digest that the page showed, as hex. Of these, what needs no
    approval, or has this person's already, is left as it is.

    A line whose value has moved starts from the present value from then on; whoever approved it before is asked anew.
    """
    change, lines = _open_for(change_id, by, seen)
    judged, present = standing(change, lines), change.customer.record
    wanted = _wanted(as_seen(change, lines, seen), judged, by)
    require_whole(wanted, present)
    moved = start_from_now(wanted, present)
    _keep(change, wanted, Act.APPROVE, judged, by=by, details={"kept though moved": moved})
    return decide(change, by=by, origin=Origin.PAGE, lines=lines)


@transaction.atomic
def reject(change_id: int, *, by: User, seen: Mapping[str, str], reason: str, whole: bool = False) -> Change:
    """Rejects lines, for a reason: they stay on the change and are not sent, and others may wish for their fields.

    `whole`: nothing of the change is to be sent, so that a line that was not on the page is not rejected around.
    """
    change, lines = _open_for(change_id, by, seen)
    reason = said(reason, "Say why, so that its author knows what to do.")
    judged, chosen = standing(change, lines), as_seen(change, lines, seen)
    if whole:
        require_all_seen(lines, seen)
    start_from_now(chosen, change.customer.record)
    _keep(change, chosen, Act.REJECT, judged, by=by, reason=reason)
    for line in chosen:
        line.decision, line.waiting = LineState.REJECTED, False
        update(line, ["decision", "waiting"])
    return decide(change, by=by, origin=Origin.PAGE, lines=lines)


@transaction.atomic
def return_to_author(change_id: int, *, by: User, reason: str) -> Change:
    """Gives it back with a reason: its author edits it and proposes it again."""
    change = _locked(change_id, by)
    values = {"reason": said(reason, "Say what should be different.")}
    record(change.customer, "decision.returned", by=by, origin=Origin.PAGE, change=change, values=values)
    return give_back(change, "", by=by, origin=Origin.PAGE)


@transaction.atomic
def comment(change_id: int, *, by: User, text: str, field: str = "") -> Change:
    """Says something about a line, or about the whole change; its author is told, and who else had a word on it."""
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.SEE, change.connection)
    text = said(text, "Write the comment first.", what="the comment")
    if field and field not in change.lines.values_list("field", flat=True):
        raise StepNotPossible("This change does not ask for that field.")
    details = {"fields": [field]} if field else {}
    values = {"comment": text}
    record(
        change.customer, "change.commented", by=by, origin=Origin.PAGE, change=change, details=details, values=values
    )
    notify(change, About.COMMENTED, by=by, to=_concerned(change))
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
    if change.requester_id == by.pk or Authorship.objects.filter(line__change=change, user=by).exists():
        raise NotPermitted("You asked for this change yourself, so somebody else decides on it.")
    require_waiting(change)
    return change


def _open_for(change_id: int, by: User, seen: Mapping[str, str]) -> tuple[Change, list[Line]]:
    change = _locked(change_id, by)
    if not seen:
        raise StepNotPossible("Choose at least one line to decide on.")
    return change, lines_of(change)


def _wanted(chosen: Sequence[Line], judged: Judged, by: User) -> list[Line]:
    """Those that still wait for the word of this person; raises DecidedAlready if none does."""
    open_ = [line for line in chosen if judged.line(line.field).waits_for_approval]
    wanted = [line for line in open_ if by.pk not in judged.line(line.field).by]
    if open_ and not wanted:
        raise DecidedAlready("You have approved this already. It waits for somebody else.")
    if not wanted:
        raise DecidedAlready(who_decided(chosen))
    return wanted


def _keep(
    change: Change,
    lines: Sequence[Line],
    act: Act,
    judged: Judged,
    *,
    by: User,
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """A decision for each line as it stands now, and one event for all of them."""
    key = change.customer.key
    insert(
        [
            Decision(
                change=change,
                line=line,
                by=by,
                act=act,
                digest=line.digest,
                sealed_reason=key.seal("decision", str(line.pk), reason) if reason else None,
                policies=told(judged.line(line.field).need.rules),
            )
            for line in lines
        ]
    )
    rules = dict.fromkeys(rule for line in lines for rule in judged.line(line.field).need.rules)
    digests = {line.field: bytes(line.digest).hex() for line in lines}
    about = {"fields": list(digests), "digests": digests, "policies": told(rules), **(details or {})}
    values = {"reason": reason} if reason else None
    verb = {Act.APPROVE: "decision.approved", Act.REJECT: "decision.rejected"}[act]
    record(change.customer, verb, by=by, origin=Origin.PAGE, change=change, details=about, values=values)


def _concerned(change: Change) -> Iterable[User]:
    """Its author, who is about to decide, and who decided or commented before."""
    decided = Decision.objects.filter(change=change).values("by")
    commented = Event.objects.filter(change=change, verb="change.commented").values("actor")
    own = Q(pk__in=[change.requester_id, change.claimed_by_id])
    return User.objects.filter(own | Q(pk__in=decided) | Q(pk__in=commented))
