"""Rights: what a person may do is asked for by one administrator, and a second one lets it take effect.

So are letting somebody in again, and a way back in for who lost every factor. Where nobody else could confirm, and
from the command line, it takes effect at once and says so for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from console.errors import DecidedAlready, NothingChanged, NotPermitted, StepNotPossible
from console.flows.administrators import (
    Places,
    locked,
    may_administer,
    one_writer,
    others,
    reach,
    refusal,
    require_administrator,
    text,
)
from console.flows.giving import RoleAt, give, known_places, pairs, places, told
from console.flows.inviting import Newcomer, end_links_out_of_reach, issue, take_in
from console.flows.policies import administers_anything, require_not_hushed, why_not_alone
from console.flows.record import record
from console.models import Grant, Origin, RightsKind, RightsRequest, RightsStatus, User
from console.permissions import who_sentence


@dataclass(frozen=True, slots=True)
class Wish:
    """Which roles a person is to get, and which are to end."""

    granted: Collection[RoleAt] = ()
    ended: Collection[RoleAt] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a request, and the secret of the link that it opened, if it did: nobody learns that again."""

    request: RightsRequest
    secret: str = ""


@transaction.atomic
def welcome(newcomer: Newcomer, wish: Wish, *, by: User | None, origin: Origin = Origin.PAGE) -> tuple[User, str]:
    """Takes a person in and asks for their roles, if any; gives them and the secret of their link."""
    user, secret = take_in(newcomer, by=by, origin=origin)
    if wish.granted:
        ask_roles(user.pk, wish, by=by, origin=origin)
    return user, secret


@transaction.atomic
def ask_roles(user_id: int, wish: Wish, *, by: User | None, origin: Origin = Origin.PAGE) -> Asked:
    """Asks that a person get roles and lose others; what they have or lack already is left out.

    Raises NotPermitted, NotFit, NothingChanged, and StepNotPossible while another such request is open.
    """
    one_writer()
    user = _active(user_id)
    known = known_places([*wish.granted, *wish.ended])
    held = {(grant.role, grant.connection_id) for grant in Grant.objects.filter(user=user)}
    granted = sorted((each for each in set(wish.granted) - held), key=str)
    ended = sorted((each for each in set(wish.ended) & held), key=str)
    if not granted and not ended:
        raise NothingChanged("Nothing is different from what they may do now. Tick or untick a role.")
    require_administrator(by, places([*granted, *ended]))
    about = {"granted": told(granted, known), "ended": told(ended, known)}
    request = RightsRequest(user=user, kind=RightsKind.ROLES, granted=granted, ended=ended, why=text(wish.why))
    return _ask(request, by=by, origin=origin, details=about)


@transaction.atomic
def ask_return(user_id: int, *, by: User | None, why: str, origin: Origin = Origin.PAGE) -> Asked:
    """Asks that somebody who was deactivated be let in again, with the roles they had."""
    one_writer()
    user = locked(user_id)
    require_administrator(by, reach(user))
    if user.is_active:
        raise StepNotPossible("They are not deactivated.")
    request = RightsRequest(user=user, kind=RightsKind.RETURN, why=_reason(why))
    return _ask(request, by=by, origin=origin)


@transaction.atomic
def ask_way_back(user_id: int, *, by: User | None, why: str, origin: Origin = Origin.PAGE) -> Asked:
    """Asks that who lost their password or every factor get a link by which they set a password anew.

    Using it takes every factor away. Somebody else is asked for it: nobody opens one for themselves.
    """
    one_writer()
    user = _active(user_id)
    require_administrator(by, reach(user))
    if by and by.pk == user.pk:
        raise NotPermitted("Nobody opens a way back for themselves: ask another administrator.")
    request = RightsRequest(user=user, kind=RightsKind.WAY_BACK, why=_reason(why))
    return _ask(request, by=by, origin=origin)


@transaction.atomic
def approve_rights(request_id: int, *, by: User) -> Asked:
    """A second administrator lets it take effect. Raises NotPermitted, DecidedAlready and StepNotPossible."""
    request = _open(request_id, by)
    if why_not := own_sentence(request, by):
        raise NotPermitted(why_not)
    _require_asked_by_one(request)
    _end(request, RightsStatus.DONE, by)
    return Asked(request, _take_effect(request, by=by, origin=Origin.PAGE))


@transaction.atomic
def reject_rights(request_id: int, *, by: User, reason: str) -> RightsRequest:
    """A second administrator says why it is not to take effect."""
    request = _open(request_id, by)
    if why_not := own_sentence(request, by):
        raise NotPermitted(why_not)
    answer = text(reason)
    if not answer:
        raise StepNotPossible("Say why it should not take effect: whoever asked for it reads that.")
    _end(request, RightsStatus.REJECTED, by, answer=answer)
    details = {**_which(request), "reason": answer}
    record(request.user, "person.rights_rejected", by=by, origin=Origin.PAGE, details=details)
    return request


@transaction.atomic
def withdraw_rights(request_id: int, *, by: User) -> RightsRequest:
    """Whoever asked for it takes it back."""
    one_writer()
    request = _loaded(request_id)
    if request.asked_by_id != by.pk:
        author = request.asked_by.name if request.asked_by else "whoever runs the console"
        raise NotPermitted(f"Only who asked for it, {author}, can withdraw it.")
    _end(request, RightsStatus.WITHDRAWN, None)
    record(request.user, "person.rights_withdrawn", by=by, origin=Origin.PAGE, details=_which(request))
    return request


def places_of(request: RightsRequest) -> Places:
    """The connections that a request is about; None for all of them."""
    if request.kind != RightsKind.ROLES:
        return reach(request.user)
    return places([*pairs(request.granted), *pairs(request.ended)])


def deciders(request: RightsRequest) -> list[User]:
    """Who could confirm it, by name: neither who asked for it nor, of a way back, whose it is."""
    barred = {request.asked_by_id, request.user_id if request.kind == RightsKind.WAY_BACK else None}
    return [user for user in others(places_of(request)) if user.pk not in barred]


def own_sentence(request: RightsRequest, by: User) -> str:
    """Why this administrator is not the one who decides on it, and who could; empty if they can."""
    if by.pk in {user.pk for user in deciders(request)}:
        return ""
    who = who_sentence(deciders(request))
    ask = f"Ask {who}." if who else why_not_alone(by) or "Nobody else can now: withdraw it and ask for it again."
    whose = "You asked for this" if request.asked_by_id == by.pk else "This is about yourself"
    return f"{whose}, so a second administrator decides. {ask}"


def why_not_decide(request: RightsRequest, by: User) -> str:
    """Why this person can't decide on a request, and who could; empty if they can."""
    return refusal(places_of(request), to=by) or own_sentence(request, by)


def waiting_for(user: User, most: int) -> list[RightsRequest]:
    """What others asked for and this person, as a second administrator, can decide on; the oldest first."""
    if not administers_anything(user):
        return []
    asked = RightsRequest.objects.filter(status=RightsStatus.ASKED).exclude(asked_by=user)
    found = asked.select_related("user", "asked_by").order_by("pk")[:most]
    return [each for each in found if not _is_barred(each, user) and may_administer(user, places_of(each))]


def _is_barred(request: RightsRequest, user: User) -> bool:
    return request.kind == RightsKind.WAY_BACK and request.user_id == user.pk


def _ask(request: RightsRequest, *, by: User | None, origin: Origin, details: Mapping[str, Any] | None = None) -> Asked:
    """Keeps a request; it takes effect at once where nobody else could confirm it."""
    if RightsRequest.objects.filter(user=request.user, kind=request.kind, status=RightsStatus.ASKED).exists():
        raise StepNotPossible("The same is asked for already: decide on that first, or withdraw it.")
    request.asked_by = by
    request.save()
    if by and deciders(request):
        about = {**_which(request), **(details or {}), "why": request.why}
        record(request.user, "person.rights_asked", by=by, origin=origin, details=about)
        return Asked(request)
    if by:
        require_not_hushed(by)
        _require_stays_another(request)
    _end(request, RightsStatus.DONE, by, alone=True)
    return Asked(request, _take_effect(request, by=by, origin=origin))


def _take_effect(request: RightsRequest, *, by: User | None, origin: Origin) -> str:
    """Does what was asked for; gives the secret of the link that a way back opens."""
    about = {**_which(request), "asked by": request.asked_by_id, "alone": request.alone, "why": request.why}
    user = locked(request.user_id)
    if request.kind == RightsKind.RETURN:
        user.is_active = True
        user.save(update_fields=["is_active"])
        record(user, "person.let_in_again", by=by, origin=origin, details=about)
        return ""
    if not user.is_active:
        raise StepNotPossible("They were deactivated meanwhile. Let them in again first.")
    if request.kind == RightsKind.WAY_BACK:
        record(user, "person.way_back_given", by=by, origin=origin, details=about)
        return issue(user, by=by, origin=origin, is_way_back=True)
    granted, ended = give(user, granted=pairs(request.granted), ended=pairs(request.ended))
    details = {"granted": granted, "ended": ended, "password set": False, "new": False, **about}
    record(user, "person.granted", by=by, origin=origin, details=details)
    end_links_out_of_reach(user, by=by, origin=origin)
    return ""


def _require_asked_by_one(request: RightsRequest) -> None:
    """It takes two: whoever asked for it is still an administrator there. Raises StepNotPossible."""
    asker = request.asked_by
    if asker and not (asker.is_active and may_administer(asker, places_of(request))):
        raise StepNotPossible(
            f"{asker.name}, who asked for this, does not administer that any more, so you would be alone. "
            "Reject it; then ask for it yourself."
        )


def _require_stays_another(request: RightsRequest) -> None:
    """With a link to the only other administrator's account one would be both of two. Raises StepNotPossible."""
    user = request.user
    if request.kind == RightsKind.WAY_BACK and administers_anything(user):
        raise StepNotPossible(
            f"{user.name} is an administrator, too, and nobody else is left to confirm this: by their link you could "
            "confirm what you ask for. Whoever runs the console can open a way back from the command line."
        )


def _active(user_id: int) -> User:
    user = locked(user_id)
    if not user.is_active:
        raise StepNotPossible("They are deactivated. Let them in again first.")
    return user


def _reason(why: str) -> str:
    reason = text(why)
    if not reason:
        raise StepNotPossible("Say why: the second administrator reads that, and the history keeps it.")
    return reason


def _loaded(request_id: int) -> RightsRequest:
    return RightsRequest.objects.select_related("user", "asked_by", "decided_by").get(pk=request_id)


def _open(request_id: int, by: User) -> RightsRequest:
    """A request that may be decided on by administrators of its places, of whom this person is one."""
    one_writer()
    request = _loaded(request_id)
    require_administrator(by, places_of(request))
    if request.status != RightsStatus.ASKED:
        raise DecidedAlready(_too_late(request))
    return request


def _end(request: RightsRequest, status: RightsStatus, by: User | None, **more: Any) -> None:
    """Ends a request in one way, if nobody did in another."""
    asked = RightsRequest.objects.filter(pk=request.pk, status=RightsStatus.ASKED)
    if not asked.update(status=status, decided_by=by, decided_at=Now(), **more):
        request.refresh_from_db()
        raise DecidedAlready(_too_late(request))
    request.refresh_from_db(fields=["status", "decided_by", "decided_at", *more])


def _too_late(request: RightsRequest) -> str:
    who = request.decided_by or request.asked_by
    done = {RightsStatus.REJECTED: "rejected", RightsStatus.WITHDRAWN: "withdrew"}
    verb = done.get(RightsStatus(request.status), "confirmed")
    return f"{who.name if who else 'Somebody'} {verb} it already. Nothing was changed by this."


def _which(request: RightsRequest) -> dict[str, Any]:
    return {"request": request.pk, "kind": request.kind}
