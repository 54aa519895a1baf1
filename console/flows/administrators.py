"""Who administers people: how far somebody's roles reach, who may change them there, and who else could."""

from __future__ import annotations

from django.db import connection as database

from console.errors import NotPermitted, StepNotPossible
from console.flows.policies import administers_anything, administrators, may_change
from console.models import Connection, Grant, RightsKind, RightsRequest, RightsStatus, Role, User
from console.permissions import visible_connections, who_sentence

ONE_WRITER = 7_203_118
LONGEST_WHY = 500

type Places = frozenset[int] | None
"""Connections by key; None for all of them."""


def one_writer() -> None:
    """Who may confirm is looked up over all people, whose rights change seldom: one after the other."""
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_WRITER])


def locked(user_id: int) -> User:
    """The person, their row locked."""
    return User.objects.select_for_update(no_key=True).get(pk=user_id)


def reach(user: User) -> Places:
    """The connections at which a person has roles, or is to get them; None for all, and for who has none anywhere."""
    held = set(Grant.objects.filter(user=user).values_list("connection", flat=True))
    for request in RightsRequest.objects.filter(user=user, kind=RightsKind.ROLES, status=RightsStatus.ASKED):
        held |= {place for _, place in request.granted}
    return None if not held or None in held else frozenset(held)


def may_administer(by: User, places: Places) -> bool:
    """Whether this person may change what people may do at these places."""
    return administers_anything(by) and may_change(by, places)


def others(places: Places, *, but: User | None = None) -> list[User]:
    """The administrators of these places, without one of them, by name."""
    return [user for user in administrators(places) if but is None or user.pk != but.pk]


def refusal(places: Places, *, to: User) -> str:
    """Why somebody may not, what it takes, and who could help; empty for who may."""
    if may_administer(to, places):
        return ""
    who = who_sentence(found := others(places, but=to))
    ask = f"Ask {who}, who {'has' if len(found) == 1 else 'have'} it." if who else _NOBODY
    return f"You may not change people at {_there(places, to)}: it takes the role Administrator there. {ask}"


def require_administrator(by: User | None, places: Places) -> None:
    """Raises NotPermitted unless this person may; whoever runs the console may."""
    if by and (why_not := refusal(places, to=by)):
        raise NotPermitted(why_not)


def require_one_left() -> None:
    """Raises StepNotPossible once nobody active administers all connections, so that the step before is undone."""
    if not Grant.objects.filter(role=Role.ADMINISTRATOR, connection=None, user__is_active=True).exists():
        raise StepNotPossible(
            "Then nobody would administer all connections any more. Make somebody else an administrator first."
        )


def anybody_administers_all() -> bool:
    """Whether there is an administrator of all connections who could be the last one."""
    return Grant.objects.filter(role=Role.ADMINISTRATOR, connection=None, user__is_active=True).exists()


def text(typed: str) -> str:
    """A reason as somebody typed it, without what no column keeps; raises StepNotPossible for one that is too long."""
    words = typed.replace("\0", "").strip()
    if len(words) > LONGEST_WHY:
        raise StepNotPossible(f"Shorten it: the reason may have {LONGEST_WHY} characters, not {len(words)}.")
    return words


def _there(places: Places, reader: User) -> str:
    """Connections in a sentence; those that the reader doesn't know of are counted."""
    if places is None:
        return "all connections"
    names = list(visible_connections(reader).filter(pk__in=places).order_by("name").values_list("name", flat=True))
    hidden = Connection.objects.filter(pk__in=places).count() - len(names)
    return " and ".join([*names, f"{hidden} other{'' if hidden == 1 else 's'}"] if hidden else names)


_NOBODY = "Nobody has it there yet: ask whoever runs this console."
