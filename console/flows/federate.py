"""Federate: what a provider's word does here: links a person, takes one in, gives and takes roles, with events.

The console acts on it by itself, so these events have no actor; they name the provider.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction

from console.errors import NotFit
from console.flows.record import record
from console.models import Connection, Grant, Origin, Role, User

log = structlog.get_logger("console.federate")

type Place = tuple[Role, int | None]


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account at a provider: which provider, what it is called, and what it never changes of them."""

    provider_id: str
    provider: str
    subject: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """Roles by the names of their connections: those that claims decide about, and those that this person has."""

    decided: Collection[tuple[str, str | None]]
    given: Collection[tuple[str, str | None]]


def known_as(name: str, *, by_email: bool) -> User | None:
    """The one person of this name, or with this address; nobody where there are several."""
    wanted = {"email__iexact": name} if by_email else {"username": name}
    found = list(User.objects.filter(**wanted)[:2]) if name else []
    return found[0] if len(found) == 1 else None


def is_linked(user: User, account: Account) -> bool:
    """Whether this person comes in by an account of this provider already, this one or another."""
    return _links().filter(user=user, provider=account.provider_id).exists()


@transaction.atomic
def link(user: User, account: Account) -> None:
    """From now on that account leads to this person, whatever either is called. Raises NotFit if another one does."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if is_linked(user, account):
        raise NotFit(f"{user.username} comes in by another account of {account.provider} already.")
    _links().create(user=user, provider=account.provider_id, uid=account.subject, extra_data={})
    record(user, "person.linked", by=None, origin=Origin.PAGE, details={"provider": account.provider})


@transaction.atomic
def unlink(user: User, *, by: User | None, origin: Origin) -> int:
    """No account anywhere leads to this person any more, until they are known by name again; gives how many did."""
    ended, _ = _links().filter(user=user).delete()
    if ended:
        record(user, "person.unlinked", by=by, origin=origin, details={})
    return ended


@transaction.atomic
def take_in(username: str, names: tuple[str, str], account: Account) -> User:
    """A new person without a password of their own. Raises NotFit for a name that will not do."""
    user = User(username=username, first_name=names[0][:150], last_name=names[1][:150])
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as problem:
        raise NotFit(" ".join(problem.messages)) from None
    user.save()
    details = {"granted": [], "ended": [], "password set": False, "new": True, "provider": account.provider}
    record(user, "person.granted", by=None, origin=Origin.PAGE, details=details)
    return user


@transaction.atomic
def settle_roles(user: User, mapped: Mapped, *, provider: str) -> bool:
    """Makes the roles that claims decide about what they say; others stay as people gave them. Whether any moved."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    decided, given = _placed(mapped.decided), _placed(mapped.given)
    held = {(Role(grant.role), grant.connection_id): grant for grant in Grant.objects.filter(user=user)}
    added = [Grant(user=user, role=role, connection_id=place) for role, place in given - held.keys()]
    ended = [grant for key, grant in held.items() if key in decided - given]
    Grant.objects.bulk_create(added)
    Grant.objects.filter(pk__in=[grant.pk for grant in ended]).delete()
    if added or ended:
        details = {"granted": _words(added), "ended": _words(ended), "provider": provider}
        record(user, "person.granted", by=None, origin=Origin.PAGE, details=details)
    return bool(added or ended)


def _placed(roles: Iterable[tuple[str, str | None]]) -> set[Place]:
    """With the numbers of their connections; a connection that is not there gives nobody anything."""
    numbers: dict[str | None, int | None] = dict(Connection.objects.values_list("name", "pk"))
    numbers[None] = None
    for role, name in roles:
        if name not in numbers:
            log.warning("federate.no_connection", role=role)
    return {(Role(role), numbers[name]) for role, name in roles if name in numbers}


def _words(grants: Iterable[Grant]) -> list[str]:
    names = dict(Connection.objects.values_list("pk", "name"))
    return sorted(f"{grant.role} at {names.get(grant.connection_id or 0, 'all connections')}" for grant in grants)


def _links() -> models.QuerySet[Any]:
    """allauth's table of links; it is there where single sign-on is switched on."""
    return models.QuerySet(apps.get_model("socialaccount", "SocialAccount"))  # type: ignore[misc]  # only at times
