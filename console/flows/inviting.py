"""Inviting: takes a new person in, and makes the link by which they, or who lost every factor, set a password.

A link works once and for a while; another one ends it. Its secret is shown to whoever made it and kept as a digest.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from console.errors import NotFit, NotPermitted, StepNotPossible
from console.flows.administrators import locked, may_administer, one_writer, reach, require_administrator
from console.flows.factors import remove_all
from console.flows.policies import administers_anything
from console.flows.record import database_now, record
from console.models import Invitation, Origin, Session, User
from console.models.rights import INVITATION_LIVES, WAY_BACK_LIVES
from console.permissions import givers_sentence

TOO_LATE = "This link has been used, was replaced by another, or its time is over."
ALREADY_IN = "They have set a password already. Who lost it, or every factor, gets a way back in."
WAS_HERE = "They have been here already, without a password of the console's. Who can't come in gets a way back in."


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who is to be taken in."""

    username: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""


@transaction.atomic
def take_in(wanted: Newcomer, *, by: User | None, origin: Origin = Origin.PAGE) -> tuple[User, str]:
    """Makes a person without a password and without any role, and their link; gives them and its secret.

    Raises NotPermitted, and NotFit with what is wanted, by the parts.
    """
    if by and not administers_anything(by):
        raise NotPermitted(f"You may not change people: it takes the role Administrator. {givers_sentence(to=by)}")
    one_writer()
    user = User(
        username=" ".join(wanted.username.split()),
        first_name=" ".join(wanted.first_name.split()),
        last_name=" ".join(wanted.last_name.split()),
        email=wanted.email.strip(),
    )
    user.set_unusable_password()
    _require_fit(user)
    user.save()
    details = {"granted": [], "ended": [], "password set": False, "new": True}
    record(user, "person.granted", by=by, origin=origin, details=details)
    return user, issue(user, by=by, origin=origin)


@transaction.atomic
def invite(user_id: int, *, by: User | None, origin: Origin = Origin.PAGE) -> str:
    """Makes a link for somebody who never came in; gives its secret, which nobody learns again.

    An administrator of wherever their roles reach, or who took them in. Raises NotPermitted and StepNotPossible.
    """
    one_writer()
    user = locked(user_id)
    if not (by and took_in(by, user)):
        require_administrator(by, reach(user))
    if why_not := why_not_invited(user):
        raise StepNotPossible(why_not)
    return issue(user, by=by, origin=origin)


@transaction.atomic
def end_invitation(user_id: int, *, by: User | None, origin: Origin = Origin.PAGE) -> User:
    """Takes the open link of a person back. Raises NotPermitted, and StepNotPossible where there is none."""
    one_writer()
    user = locked(user_id)
    if not (by and took_in(by, user)):
        require_administrator(by, reach(user))
    if not end_links(user):
        raise StepNotPossible("No link is open.")
    record(user, "person.invitation_ended", by=by, origin=origin)
    return user


def why_not_invited(user: User) -> str:
    """Why a person gets no link to begin with; empty if they can."""
    if not user.is_active:
        return "They are deactivated. Let them in again first."
    if user.has_usable_password():
        return ALREADY_IN
    return WAS_HERE if user.last_login else ""


def took_in(by: User, user: User) -> bool:
    """Whether this administrator invited that person, who has no roles yet, and nobody else made a link since."""
    latest = Invitation.objects.filter(user=user).order_by("-pk").first()
    made_it = latest is not None and latest.made_by_id == by.pk
    return made_it and not user.grants.exists() and _could_make(by, user)


def issue(user: User, *, by: User | None, origin: Origin, is_way_back: bool = False) -> str:
    """Makes the link of a person, whose row is locked, in place of any other; gives its secret."""
    end_links(user)
    secret = secrets.token_urlsafe(32)
    lives = WAY_BACK_LIVES if is_way_back else INVITATION_LIVES
    made = Invitation.objects.create(
        user=user,
        token_digest=digest_of(secret),
        is_way_back=is_way_back,
        made_by=by,
        ends_at=database_now() + lives,
    )
    verb = "person.way_back_opened" if is_way_back else "person.invited"
    record(user, verb, by=by, origin=origin, details={"invitation": made.pk})
    return secret


def end_links(user: User) -> int:
    """Ends whatever link of theirs is open; gives how many."""
    return Invitation.objects.filter(user=user, used_at=None, ended_at=None).update(ended_at=Now())


def end_links_out_of_reach(user: User, *, by: User | None, origin: Origin) -> None:
    """Ends an open link whose maker could not give what its person may do by now: they know it, and might use it."""
    links = Invitation.objects.filter(user=user, used_at=None, ended_at=None).select_related("made_by")
    if not all(_could_make(link.made_by, user) for link in links):
        end_links(user)
        record(user, "person.invitation_ended", by=by, origin=origin)


def invitation_of(secret: str) -> Invitation | None:
    """The invitation behind a link, if it still works."""
    links = Invitation.objects.select_related("user", "made_by").filter(token_digest=digest_of(secret))
    found = links.filter(user__is_active=True, used_at=None, ended_at=None, ends_at__gt=Now()).first()
    if found is None or not _could_make(found.made_by, found.user):
        return None
    return found if found.is_way_back or not why_not_invited(found.user) else None


def _could_make(maker: User | None, user: User) -> bool:
    """Whether this person could make a link for that one now; whoever runs the console can."""
    if maker is None:
        return True
    place = reach(user)
    has_none = place is None and not user.grants.exists()
    return maker.is_active and (administers_anything(maker) if has_none else may_administer(maker, place))


@transaction.atomic
def use(secret: str, password: str) -> User:
    """Sets the password of whoever has the link, once. After a way back no factor they had counts any more.

    Raises StepNotPossible for a link that works no more, and NotFit for a password that will not do.
    """
    found = invitation_of(secret)
    if found is None:
        raise StepNotPossible(TOO_LATE)
    user = locked(found.user_id)
    if not Invitation.objects.filter(pk=found.pk, used_at=None, ended_at=None).update(used_at=Now()):
        raise StepNotPossible(TOO_LATE)
    _require_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    factors = remove_all(user, by=user) if found.is_way_back else 0
    Session.objects.filter(user=user).delete()
    verb = "person.came_back" if found.is_way_back else "person.came_in"
    record(user, verb, by=user, origin=Origin.PAGE, details={"invitation": found.pk, "factors removed": factors})
    return user


def digest_of(secret: str) -> str:
    """By which a link is kept; the secret itself is random and too long to be guessed from it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _require_fit(user: User) -> None:
    wanted: dict[str, str] = {}
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as problem:
        wanted = {name: " ".join(messages) for name, messages in problem.message_dict.items()}
    if "username" not in wanted and User.objects.filter(username__iexact=user.username).exists():
        wanted["username"] = "Somebody has this username already. Choose another one."
    if wanted:
        raise NotFit(wanted=wanted)


def _require_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise NotFit(" ".join(problem.messages)) from None
