"""What a person has before them: to fix, on its way, done today. Counted on every page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection as database

from console.models import Change, Status, User
from console.models.changes import ChangeQuerySet
from console.permissions import Right, connections_where, places_where


def visible(user: User) -> ChangeQuerySet:
    """The changes this person may see; another team's do not exist for them."""
    return Change.objects.at(connections_where(user, Right.SEE))


def waiting(user: User, most: int) -> tuple[int, int]:
    """How many wait for this person and how many go on by themselves, counted up to `most`: what every page shows."""
    with database.cursor() as cursor:
        cursor.execute(_WAITING, _asked(user, most))
        fixing, going = cursor.fetchone()
    return fixing, going


def listed(user: User, most: int, *, own: bool, since: datetime) -> tuple[list[int], list[int], list[int]]:
    """The latest `most` of each list, by number: to fix, on their way, done since then.

    To fix are the reader's own, and for an operator all at their connections but those held for their authors; on their
    way are the reader's own, or everybody's; done are the reader's own that ended for good.
    """
    final = [status.value for status in Status if status.is_final]
    with database.cursor() as cursor:
        cursor.execute(_LISTED, {**_asked(user, most), "own": own, "since": since, "final": final})
        fixing, going, done = cursor.fetchone()
    return fixing, going, done


def _asked(user: User, most: int) -> dict[str, Any]:
    sees, resolves = places_where(user, Right.SEE), places_where(user, Right.RESOLVE)
    asked: dict[str, Any] = {"person": user.pk, "most": most, "sees": sees.ids, "sees_all": sees.everywhere}
    return asked | {"resolves": resolves.ids, "resolves_all": resolves.everywhere}


# Written out, since composing these conditions takes several times as long as answering them.
_VISIBLE = "FROM console_change WHERE (%(sees_all)s OR connection_id = ANY(%(sees)s))"
_FIXING = f"""
    {_VISIBLE}
        AND (status IN ('returned', 'refused', 'conflict', 'failed')
            OR status = 'proposed' AND wait IN ('author', 'restored') OR status = 'unknown' AND wait = 'person')
        AND (requester_id = %(person)s
            OR (status <> 'proposed' OR wait = 'restored') AND (%(resolves_all)s OR connection_id = ANY(%(resolves)s)))
"""
_GOING = f"{_VISIBLE} AND (status IN ('approved', 'sending') OR status = 'unknown' AND wait <> 'person')"
_DONE = f"{_VISIBLE} AND requester_id = %(person)s AND ended_at >= %(since)s AND status = ANY(%(final)s)"

_WAITING = f"""
    SELECT
        (SELECT count(*) FROM (SELECT {_FIXING} LIMIT %(most)s) AS fixing),
        (SELECT count(*) FROM (SELECT {_GOING} LIMIT %(most)s) AS going)
"""  # noqa: S608 - made of nothing but the conditions above
_LISTED = f"""
    SELECT
        ARRAY(SELECT id {_FIXING} ORDER BY id DESC LIMIT %(most)s),
        ARRAY(SELECT id {_GOING} AND (NOT %(own)s OR requester_id = %(person)s) ORDER BY id DESC LIMIT %(most)s),
        ARRAY(SELECT id {_DONE} ORDER BY ended_at DESC, id DESC LIMIT %(most)s)
"""
