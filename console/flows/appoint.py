"""Appoint: makes a person, or changes what they may do where, with an event in their own history."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from console.errors import NotFit
from console.flows.record import record
from console.models import Connection, Grant, Origin, Role, Session, User


@dataclass(frozen=True, slots=True)
class Appointment:
    """Who is to have which roles where. Without connections: everywhere, and grants of single connections end.

    With connections the roles replace what the person was there, and leave what they are elsewhere. An empty password
    keeps the present one. A hashed one stands for a password that was found fit already.
    """

    username: str
    roles: Collection[Role]
    connections: Collection[Connection] = ()
    password: str = field(default="", repr=False)
    hashed_password: str = field(default="", repr=False)
    first_name: str = ""
    last_name: str = ""


@transaction.atomic
def appoint(wanted: Appointment, *, by: User | None, origin: Origin) -> tuple[User, bool]:
    """Gives the person, and whether they are new. Doing it twice is the same as doing it once, and leaves one event.

    Raises NotFit for a name or a password that will not do, or a new person without a password.
    """
    user = User.objects.select_for_update(no_key=True).filter(username=wanted.username).first()
    new = user is None
    user = user or User(username=wanted.username)
    about = _describe(user, wanted)
    password_set = (new or bool(wanted.password or wanted.hashed_password)) and _set_password(user, wanted)
    if new or password_set or about:
        _save(user)
    if password_set:
        Session.objects.filter(user=user).delete()
    granted, ended = _grant(user, wanted)
    if new or password_set or granted or ended:
        details = {"granted": granted, "ended": ended, "password set": password_set, "new": new}
        record(user, "person.granted", by=by, origin=origin, details=details)
    return user, new


def _describe(user: User, wanted: Appointment) -> bool:
    given = {"first_name": wanted.first_name, "last_name": wanted.last_name}
    moved = {name: text for name, text in given.items() if text and text != getattr(user, name)}
    for name, text in moved.items():
        setattr(user, name, text)
    return bool(moved)


def _set_password(user: User, wanted: Appointment) -> bool:
    """Whether there was anything to set: the password that stands already is left as it is, with its sessions."""
    password = wanted.password
    if wanted.hashed_password:
        moved, user.password = user.password != wanted.hashed_password, wanted.hashed_password
        return moved
    if not password:
        raise NotFit(f"A new person needs a password: none was given for {user.username}.")
    if user.pk and user.check_password(password):
        return False
    try:
        validate_password(password, user)
    except ValidationError as problem:
        raise NotFit(" ".join(problem.messages)) from None
    user.set_password(password)
    return True


def _save(user: User) -> None:
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as problem:
        raise NotFit(" ".join(problem.messages)) from None
    user.save()


def _grant(user: User, wanted: Appointment) -> tuple[list[str], list[str]]:
    """Makes the grants what they should be; gives in words what was granted and what has ended."""
    standing = Grant.objects.filter(user=user).select_related("connection")
    if wanted.connections:
        standing = standing.filter(connection__in=wanted.connections)
    places: Iterable[Connection | None] = wanted.connections or (None,)
    asked = {
        (place.pk if place else None, role): Grant(user=user, connection=place, role=role)
        for place in places
        for role in wanted.roles
    }
    held = {(grant.connection_id, Role(grant.role)): grant for grant in standing}
    added = [grant for key, grant in asked.items() if key not in held]
    ended = [grant for key, grant in held.items() if key not in asked]
    Grant.objects.filter(pk__in=[grant.pk for grant in ended]).delete()
    Grant.objects.bulk_create(added)
    return sorted(map(_words, added)), sorted(map(_words, ended))


def _words(grant: Grant) -> str:
    return f"{grant.role} at {grant.connection.name if grant.connection else 'all connections'}"
