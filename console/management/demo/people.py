"""Makes the people of the demo, who may do what their roles say at every connection."""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from console.demo_people import DEMO_PEOPLE
from console.flows.appoint import Appointment, appoint
from console.models import Invitation, Origin, Role, User

FEW = 1000
"""Rounds of hashing: everybody knows these passwords, and the usual number costs seconds. Signing in makes it usual."""


def make_people() -> None:
    """Makes those who are missing, and leaves the others as they are."""
    there, hasher = set(User.objects.values_list("username", flat=True)), PBKDF2PasswordHasher()
    for person in DEMO_PEOPLE:
        if person.username not in there:
            wanted = Appointment(
                username=person.username,
                roles=[Role(role) for role in person.roles],
                hashed_password=hasher.encode(person.password, hasher.salt(), iterations=FEW),
                first_name=person.first_name,
                last_name=person.last_name,
            )
            appoint(wanted, by=None, origin=Origin.COMMAND)


def strangers() -> bool:
    """Whether somebody is there whom neither the demo made nor, where all of it is there, one of its people took in.

    Then this is no database for people with known passwords.
    """
    own = User.objects.filter(username__in=_usernames())
    others = User.objects.exclude(username__in=_usernames())
    if own.count() < len(DEMO_PEOPLE):
        return others.exists()
    taken_in = Invitation.objects.filter(made_by__in=own, is_way_back=False).values("user")
    return others.exclude(pk__in=taken_in).exists()


def everybody() -> dict[str, User]:
    """The people of the demo by user name."""
    return {user.username: user for user in User.objects.filter(username__in=_usernames())}


def _usernames() -> list[str]:
    return [person.username for person in DEMO_PEOPLE]
