"""Assign: says who sees to what is wrong with some records, so that two people do not put the same right.

It stands in the history of the connection, counted; and whoever is to see to some is told so.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from console.errors import NotFit, NotPermitted
from console.flows.notify import notify_assigned
from console.flows.record import record
from console.models import Connection, Flaw, Origin, User
from console.models.quality import FlawQuerySet, Rule
from console.permissions import Right, may, people_with, require

MOST = 1000


@transaction.atomic
def assign(chosen: Sequence[int], rule: Rule, to: User | None, *, by: User) -> int:
    """Lets somebody see to these of a rule, or nobody in particular; gives how many there still were.

    It binds nobody: whoever may propose may put right any of them. Raises NotPermitted unless both may propose there.
    """
    connection = _required(rule, to, by)
    return _tell(connection, rule, Flaw.objects.of(rule).assigned(chosen[:MOST], to, by), to, by)


@transaction.atomic
def assign_next(count: int, rule: Rule, to: User, *, by: User) -> int:
    """Lets somebody see to the next so many of a rule to which nobody does who still may; gives how many that were."""
    connection = _required(rule, to, by)
    if not 1 <= count <= MOST:
        raise NotFit(f"Assign from 1 to {MOST} at once.")
    able = people_with(Right.PROPOSE, connection)
    free = Flaw.objects.of(rule).free_but_for(able).select_for_update(skip_locked=True, of=("self",))
    given = Flaw.objects.of(rule).assigned(list(free.values_list("pk", flat=True)[:count]), to, by)
    return _tell(connection, rule, given, to, by)


def next_one(rule: Rule, *, by: User, after: int = 0) -> Flaw | None:
    """The next one of a rule for this person: none that somebody else sees to, or for which a change waits already.

    Behind `after`, and from the beginning again once there is none. Last come those of people who may not propose there
    any more: who may is asked only then.
    """
    open_ones = Flaw.objects.of(rule).not_under_way()
    if found := _behind(after, open_ones.free_for(by)):
        return found
    able = people_with(Right.PROPOSE, Connection.objects.get(pk=rule.connection))
    return _behind(after, open_ones.free_but_for(able))


def _behind(after: int, flaws: FlawQuerySet) -> Flaw | None:
    return flaws.filter(pk__gt=after).first() or (flaws.filter(pk__lt=after).first() if after else None)


def _required(rule: Rule, to: User | None, by: User) -> Connection:
    connection = Connection.objects.get(pk=rule.connection)
    require(by, Right.PROPOSE, connection)
    if to and not may(to, Right.PROPOSE, connection):
        raise NotPermitted(f"{to.name} may not propose changes at {connection.name}, so somebody else has to.")
    return connection


def _tell(connection: Connection, rule: Rule, count: int, to: User | None, by: User) -> int:
    """One event, however many there were; none where there was none left."""
    if not count:
        return 0
    details = {"field": rule.field, "code": rule.code, "count": count, "to": to.pk if to else None}
    record(connection, "quality.assigned", by=by, origin=Origin.PAGE, details=details)
    if to:
        notify_assigned(rule, count, by=by, to=to)
    return count
