"""Who reads which part of the audit: what happened at the connections where somebody holds the right.

What belongs to no connection (people, policies, reviews, the installation) is for who holds it at all of them.
"""

from __future__ import annotations

from django.db import connection as database
from django.db.models import Q

from console.models import Connection, Event, Grant, User
from console.models.rows import BIGGEST_KEY
from console.permissions import Places, Right, givers_sentence, places_where, roles_with, who_sentence

EVERYTHING = Places(everywhere=True, ids=[])
MOST_PEOPLE = 500
LATEST = 1000  # of a person's events, looked through for one that the reader may see


def sight(reader: User) -> Places:
    """Where this person reads the audit."""
    return places_where(reader, Right.AUDIT)


def refusal(reader: User) -> str:
    """Why somebody reads no part of it, and who could help; empty for who does."""
    places = sight(reader)
    if places.everywhere or places.ids:
        return ""
    others = _readers(reader)
    who = f"{who_sentence(others)}, who read{'s' if len(others) == 1 else ''} it, can help. " if others else ""
    takes = f"You may not {Right.AUDIT}: it takes the role Reviewer at a connection."
    return f"{takes} {who}{givers_sentence(to=reader)}"


def visible(places: Places) -> Q:
    """Of events, those that may be seen there."""
    return Q() if places.everywhere else Q(connection__in=places.ids)


def may_see(event: Event, places: Places) -> bool:
    """Whether one of them may be."""
    return places.everywhere or (event.connection_id is not None and event.connection_id in places.ids)


def connections(places: Places) -> list[Connection]:
    """The connections of which the audit is read, by name."""
    return list(places.connections().order_by("name"))


def people(places: Places) -> list[User]:
    """Whom the reader can look for: who has a role there; all for who reads everything."""
    known = User.objects.order_by("first_name", "last_name", "username")
    if not places.everywhere:
        here = Grant.objects.filter(Q(connection=None) | Q(connection__in=places.ids))
        known = known.filter(pk__in=here.values("user"))
    return list(known.only("username", "first_name", "last_name")[:MOST_PEOPLE])


def is_known(number: int, places: Places) -> bool:
    """Whether there is such a person for the reader: by a role there, or by what they did there lately."""
    if number > BIGGEST_KEY or not User.objects.filter(pk=number).exists():
        return False
    if places.everywhere or any(person.pk == number for person in people(places)):
        return True
    with database.cursor() as cursor:
        cursor.execute(_ACTED, [number, LATEST, places.ids])
        return cursor.fetchone() is not None


_ACTED = """
    SELECT 1 FROM (
        SELECT connection_id FROM console_event WHERE actor_id = %s ORDER BY at DESC, id DESC LIMIT %s
    ) did WHERE connection_id = ANY(%s) LIMIT 1
"""


def _readers(reader: User) -> list[User]:
    reading = Grant.objects.filter(role__in=roles_with(Right.AUDIT), user__is_active=True).exclude(user=reader)
    return list(User.objects.filter(pk__in=reading.values("user")).order_by("username")[:2])
