"""What a person has before them: to fix, on its way, done today. Counted on every page."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from console.models import Change, Status, User
from console.models.changes import ChangeQuerySet
from console.permissions import Right, connections_where


def visible(user: User) -> ChangeQuerySet:
    """The changes this person may see; another team's do not exist for them."""
    return Change.objects.at(connections_where(user, Right.SEE))


def to_fix(user: User) -> ChangeQuerySet:
    """Those that wait for a person: the reader's own, and for an operator all at their connections but held ones."""
    resolvable = Q(connection__in=connections_where(user, Right.RESOLVE)) & ~Q(status=Status.PROPOSED)
    return visible(user).needing_a_person().filter(Q(requester=user) | resolvable)


def on_their_way(user: User, *, own: bool) -> ChangeQuerySet:
    """Those that go on by themselves: the reader's own, or everybody's."""
    found = visible(user).going_on()
    return found.filter(requester=user) if own else found


def done_since(user: User, since: datetime) -> ChangeQuerySet:
    """The reader's own that ended for good since then, the latest first."""
    final = [status for status in Status if status.is_final]
    return visible(user).filter(requester=user, status__in=final, ended_at__gte=since).order_by("-ended_at", "-pk")
