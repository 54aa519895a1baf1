"""Giving: makes a person's grants what was asked for, and says roles and their places in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from console.errors import NotFit
from console.flows.administrators import Places, anybody_administers_all, require_one_left
from console.models import Connection, Grant, Role, User

type RoleAt = tuple[str, int | None]
"""A role and the key of a connection; None for all of them."""


def give(user: User, *, granted: Iterable[RoleAt], ended: Iterable[RoleAt]) -> tuple[list[str], list[str]]:
    """Gives and takes roles, as far as that differs from what they have; gives in words what it did.

    The person's row is locked. Raises NotFit, and StepNotPossible if nobody administered everything any more.
    """
    had_one = anybody_administers_all()
    known_places(wanted := list(granted))
    held = {(grant.role, grant.connection_id): grant for grant in Grant.objects.filter(user=user)}
    added = [each for each in wanted if each not in held]
    gone = [each for each in ended if each in held]
    names = dict(Connection.objects.values_list("pk", "name"))
    Grant.objects.filter(pk__in=[held[each].pk for each in gone]).delete()
    Grant.objects.bulk_create([Grant(user=user, role=role, connection_id=place) for role, place in added])
    if had_one:
        require_one_left()
    return told(added, names), told(gone, names)


def known_places(roles: Iterable[RoleAt]) -> dict[int, str]:
    """The names of the connections that are named; raises NotFit for a role or a connection that there is not."""
    asked = list(roles)
    wanted = {place for _, place in asked if place is not None}
    known = dict(Connection.objects.filter(pk__in=wanted).values_list("pk", "name"))
    if wanted - known.keys() or any(role not in Role.values for role, _ in asked):
        raise NotFit(wanted={"roles": "One of these roles or connections is not there any more. Look again."})
    return known


def places(roles: Iterable[RoleAt]) -> Places:
    """The connections at which these are; None for all of them."""
    found = {place for _, place in roles}
    return None if None in found else frozenset(place for place in found if place is not None)


def pairs(kept: Iterable[Any]) -> list[RoleAt]:
    """Roles with their places, as a request keeps them."""
    return [(str(role), place) for role, place in kept]


def told(roles: Iterable[RoleAt], names: Mapping[int, str]) -> list[str]:
    """As history tells of them: “editor at SQRIL”."""
    return sorted(f"{role} at {'all connections' if place is None else names[place]}" for role, place in roles)


def words_of(roles: Iterable[RoleAt], names: Mapping[int, str]) -> list[str]:
    """As people read them: “Editor at SQRIL”. Connections that are not known are not named."""
    labels = {role.value: str(role.label) for role in Role}
    return [
        f"{labels.get(role, role)} at {'all connections' if place is None else names.get(place, 'another connection')}"
        for role, place in roles
    ]
