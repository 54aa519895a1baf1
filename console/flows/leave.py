"""Leave: deactivates a person at once. Nothing they did is undone; what they had taken others can have."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from console.errors import NotPermitted, StepNotPossible
from console.flows.administrators import (
    anybody_administers_all,
    locked,
    one_writer,
    reach,
    require_administrator,
    require_one_left,
    text,
)
from console.flows.inviting import end_links
from console.flows.record import record
from console.models import Change, Origin, RightsRequest, RightsStatus, Role, Session, User


@transaction.atomic
def deactivate(user_id: int, *, by: User | None, why: str, origin: Origin = Origin.PAGE) -> User:
    """One administrator is enough: their sessions and links end, and requests that they had taken are free again.

    What they asked for as an administrator, and what is open about them, is withdrawn; their drafts and changes stay.
    Raises NotPermitted, and StepNotPossible without a reason or for who is deactivated already.
    """
    one_writer()
    user = locked(user_id)
    require_administrator(by, reach(user))
    if by and by.pk == user.pk:
        raise NotPermitted("Nobody deactivates themselves: ask another administrator.")
    reason = text(why)
    if not reason:
        raise StepNotPossible("Say why: the history keeps it.")
    if not user.is_active:
        raise StepNotPossible("They are deactivated already.")
    had_one = anybody_administers_all()
    administers = user.grants.filter(role=Role.ADMINISTRATOR).exists()
    user.is_active = False
    user.save(update_fields=["is_active"])
    if had_one:
        require_one_left()
    details = {"why": reason, "administrator": administers, **_hand_back(user), "requests": _withdraw(user, by, origin)}
    record(user, "person.deactivated", by=by, origin=origin, details=details)
    return user


def _hand_back(user: User) -> dict[str, int]:
    """Ends what only they could go on with; gives how many there were of each."""
    taken = Change.objects.filter(claimed_by=user)
    return {
        "sessions": Session.objects.filter(user=user).delete()[0],
        "links": end_links(user),
        "handed back": taken.update(claimed_by=None, claimed_at=None),
    }


def _withdraw(user: User, by: User | None, origin: Origin) -> int:
    """Withdraws what is open about them, and what they asked for: nobody is to confirm that any more."""
    asked = RightsRequest.objects.filter(status=RightsStatus.ASKED)
    found = [*asked.filter(user=user), *asked.filter(asked_by=user).exclude(user=user)]
    for request in found:
        withdrawn = RightsRequest.objects.filter(pk=request.pk, status=RightsStatus.ASKED)
        withdrawn.update(status=RightsStatus.WITHDRAWN, decided_at=Now())
        details = {"request": request.pk, "kind": request.kind, "left": user.pk}
        record(request.user, "person.rights_withdrawn", by=by, origin=origin, details=details)
    return len(found)
