"""What a person has before them: to decide, to fix, sent by them, done today. Counted on every page.

A batch is one request, however many changes it holds: these stand in nobody's list but where they need a person.

A request waits for somebody else's decision. It is *mine* to decide on where I may, where I have not approved all of it
yet, and while nobody else has taken it. Whatever is asked here is found along an index that holds requests alone, in
the order in which they end, so that it takes the same with a hundred of them and with a hundred thousand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Self

from django.db import connection as database

from console.flows.review import CLAIM_LASTS
from console.models import Change, Emergency, Status, User
from console.models.changes import ChangeQuerySet
from console.models.judging import APPROVAL_LASTS
from console.models.rows import Table
from console.permissions import Places, Right, connections_where, places_where

if TYPE_CHECKING:
    from collections.abc import Sequence

SOON = timedelta(hours=8)
LATEST = 1000  # so far back one's own changes are looked for among those of one's batches


class Whose(StrEnum):
    """Which requests somebody looks at."""

    MINE = "mine"  # I may decide, and nobody else has taken it
    TEAM = "team"  # others asked for it, where I may decide; those that somebody has taken, or I have approved, too
    ALL = "all"  # whatever I can see, my own included


class Reach(Enum):
    """At how many connections somebody may decide, as far as it makes a statement another one."""

    NOWHERE, SOMEWHERE, EVERYWHERE = range(3)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request stands in the order in which they end."""

    until: datetime
    number: int

    @classmethod
    def of(cls, change: Change) -> Self | None:
        """That of a change; none once it waits for no decision."""
        return cls(change.expires_at, change.pk) if change.expires_at else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the requests: at one connection, of one author, those that end soon, proposed alone or with others."""

    whose: Whose = Whose.MINE
    connection: int | None = None
    author: int | None = None
    soon: bool = False
    together: bool | None = None
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for this person, what goes on by itself, and what they were told and have not read yet, each counted
    no further than asked; `newest` is the number of the latest such notice, 0 for none.
    """

    fixing: int
    going: int
    deciding: int
    unread: int
    newest: int

    @property
    def hot(self) -> int:
        """What wants the person: to decide on and to fix."""
        return self.fixing + self.deciding


def visible(user: User) -> ChangeQuerySet:
    """The changes this person may see; another team's do not exist for them."""
    return Change.objects.at(connections_where(user, Right.SEE))


def waiting(user: User, most: int) -> Waiting:
    """How many there are of each, counted up to `most`: what every page shows."""
    with database.cursor() as cursor:
        cursor.execute(_WAITING[_reach(places_where(user, Right.DECIDE))], _asked(user, most))
        return Waiting(*cursor.fetchone())


def listed(user: User, most: int, *, own: bool, since: datetime) -> tuple[list[int], list[int], list[int]]:
    """The latest `most` of each list, by number: to fix, sent, done since then.

    To fix are the reader's own, and for an operator all at their connections but those that wait for their authors.
    Sent are the reader's own that are on their way or wait for somebody's decision; not `own`: whatever is on its way.
    Done are the reader's own that ended for good.
    """
    final = [status.value for status in Status if status.is_final]
    with database.cursor() as cursor:
        cursor.execute(_LISTED[own], {**_asked(user, most), "since": since, "final": final})
        fixing, sent, done = cursor.fetchone()
    return fixing, sent, done


def to_decide(user: User, wanted: Wanted, most: int) -> dict[int, bool]:
    """The first `most` requests, what ends first first: by number, whether this person has approved all of it."""
    right = Right.SEE if wanted.whose is Whose.ALL else Right.DECIDE
    places = _narrowed(places_where(user, right), wanted.connection)
    if _reach(places) is Reach.NOWHERE:
        return {}
    at = wanted.before or wanted.after
    asked = _asked(user, most) | {"places": places.ids, "author": wanted.author, "soon": SOON}
    with database.cursor() as cursor:
        cursor.execute(_requests(wanted, places), asked | {"at": at and at.until, "number": at and at.number})
        found = cursor.fetchall()
    return dict(reversed(found) if wanted.before else found)


def batches_to_decide(user: User, wanted: Wanted, most: int) -> list[int]:
    """The first `most` batches that wait for a decision, by number, what ends first first; as `to_decide` has it."""
    right = Right.SEE if wanted.whose is Whose.ALL else Right.DECIDE
    places = _narrowed(places_where(user, right), wanted.connection)
    if _reach(places) is Reach.NOWHERE or wanted.together is False:
        return []
    conditions = {Whose.MINE: _BATCH_MINE, Whose.TEAM: _BATCH_OTHERS, Whose.ALL: "true"}[wanted.whose]
    asked = _asked(user, most) | {"places": places.ids, "everywhere": places.everywhere}
    asked |= {"author": wanted.author, "until": SOON if wanted.soon else APPROVAL_LASTS * 52}
    with database.cursor() as cursor:
        cursor.execute(_BATCHES.format(conditions), asked)
        return [number for (number,) in cursor.fetchall()]


def unfinished_batches(user: User, most: int) -> list[int]:
    """The latest `most` batches that this person has to do with, by number: their own until nothing of them is left to
    end, and of others those that stand still until somebody who may says go on.
    """
    decides, asked = places_where(user, Right.DECIDE), _asked(user, most)
    asked |= {"decides": decides.ids, "decides_all": decides.everywhere}
    with database.cursor() as cursor:
        cursor.execute(_UNFINISHED_BATCHES, asked)
        return [number for (number,) in cursor.fetchall()]


def next_to_decide(user: User, *, after: Change) -> int | None:
    """The request that waits for this person next, in the order in which they end; the first one after the last.

    Never `after` itself, which may have been decided on meanwhile: then the first one.
    """
    place = Place.of(after)
    for wanted in (Wanted(after=place), Wanted()) if place else (Wanted(),):
        for number in to_decide(user, wanted, 2):
            if number != after.pk:
                return number
    return None


def alike(change: Change, user: User, most: int) -> list[int]:
    """The requests at its connection that ask for the same as this change and that this person may decide on, itself
    included, what ends first first; those that somebody else has taken, too. None where values are sensitive.
    """
    places = places_where(user, Right.DECIDE)
    if change.shape is None or not (places.everywhere or change.connection_id in places.ids):
        return []
    with database.cursor() as cursor:
        cursor.execute(_ALIKE, _asked(user, most) | {"shape": bytes(change.shape), "connection": change.connection_id})
        return [number for (number,) in cursor.fetchall()]


def alike_count(change: Change, user: User, most: int = 100) -> int:
    """How many other requests ask for the same as this one and could be decided on with it, counted up to `most`."""
    return len([number for number in alike(change, user, most + 1) if number != change.pk][:most])


def to_look_into(user: User, most: int) -> list[Emergency]:
    """What was sent without its approvals and no reviewer has closed, the latest first; each with who did that."""
    audits = places_where(user, Right.AUDIT)
    if not (audits.everywhere or audits.ids):
        return []
    with database.cursor() as cursor:
        cursor.execute(_EMERGENCIES, {"all": audits.everywhere, "audits": audits.ids, "most": most})
        rows = cursor.fetchall()
    found = [_EMERGENCY.of(row) for row in rows]
    for emergency, row in zip(found, rows, strict=True):
        emergency.by = _PERSON.of(row[len(_EMERGENCY) :])
    return found


def people_by_number(numbers: Sequence[int]) -> dict[int, User]:
    """Who they are, as far as a name goes; no question where there are none."""
    if not numbers:
        return {}
    with database.cursor() as cursor:
        cursor.execute(_PEOPLE, [list(numbers)])
        return {user.pk: user for user in map(_PERSON.of, cursor.fetchall())}


def _asked(user: User, most: int) -> dict[str, Any]:
    sees, resolves = places_where(user, Right.SEE), places_where(user, Right.RESOLVE)
    asked: dict[str, Any] = {"person": user.pk, "most": most, "sees": sees.ids, "sees_all": sees.everywhere}
    asked |= {"places": places_where(user, Right.DECIDE).ids, "held": CLAIM_LASTS, "lasts": APPROVAL_LASTS}
    return asked | {"resolves": resolves.ids, "resolves_all": resolves.everywhere}


def _narrowed(places: Places, connection: int | None) -> Places:
    """To one connection, if that is among them."""
    if connection is None:
        return places
    return replace(places, everywhere=False, ids=[connection] if places.everywhere or connection in places.ids else [])


def _reach(places: Places) -> Reach:
    if places.everywhere:
        return Reach.EVERYWHERE
    return Reach.SOMEWHERE if places.ids else Reach.NOWHERE


def _requests(wanted: Wanted, places: Places) -> str:
    """The statement that finds them."""
    back = wanted.before is not None
    chosen = {
        _OTHERS: wanted.whose is not Whose.ALL,
        f"{_FREE} AND {_LACKS_MY_WORD}": wanted.whose is Whose.MINE,
        "change.requester_id = %(author)s": wanted.author is not None,
        "change.size > 1": wanted.together is True,
        "change.size = 1": wanted.together is False,
        "(change.expires_at, change.id) > (%(at)s, %(number)s)": wanted.after is not None and not back,
        "(change.expires_at, change.id) < (%(at)s, %(number)s)": back,
    }
    conditions = "".join(f" AND {condition}" for condition, applies in chosen.items() if applies)
    approved = "false" if wanted.whose is Whose.MINE else f"{_OTHERS} AND {_LACKS_MY_WORD} IS NULL"
    found = _soonest(conditions, _reach(places), back=back)
    # Asked of those that were found: what ends soon comes first anyway, and a range would tempt the planner to sort it.
    soon = "WHERE change.expires_at <= statement_timestamp() + %(soon)s" if wanted.soon else ""
    return f"""
        SELECT change.id, {approved}
        FROM ({found}) AS found JOIN console_change change ON change.id = found.id {soon}
        ORDER BY {_ORDER[back]}
    """  # noqa: S608 - made of nothing but the conditions below


def _soonest(conditions: str, reach: Reach, *, back: bool = False) -> str:
    """Requests in the order in which they end, or from there `back`: of all connections, or of each of some."""
    order = _ORDER[back]
    if reach is Reach.NOWHERE:
        return "SELECT WHERE false"
    if reach is Reach.EVERYWHERE:
        return f"SELECT change.id {_REQUEST}{conditions} ORDER BY {order} LIMIT %(most)s"
    here = f"""
        SELECT change.id, change.expires_at {_REQUEST} AND change.connection_id = at.connection{conditions}
        ORDER BY {order} LIMIT %(most)s
    """
    return f"""
        SELECT change.id FROM unnest(%(places)s::bigint[]) AS at(connection) CROSS JOIN LATERAL ({here}) AS change
        ORDER BY {order} LIMIT %(most)s
    """  # noqa: S608 - made of nothing but the conditions below


# Written out, since composing these conditions takes several times as long as answering them.
_VISIBLE = "FROM console_change WHERE (%(sees_all)s OR connection_id = ANY(%(sees)s))"
_FIXING = f"""
    {_VISIBLE}
        AND (status IN ('returned', 'refused', 'conflict', 'failed')
            OR status = 'proposed' AND wait IN ('author', 'restored') OR status = 'unknown' AND wait = 'person')
        AND (requester_id = %(person)s
            OR (status NOT IN ('proposed', 'returned') OR wait = 'restored')
                AND (%(resolves_all)s OR connection_id = ANY(%(resolves)s)))
"""
# In two arms, each of which is the condition of an index.
_ON_ITS_WAY = """(
    status = 'approved' OR status IN ('sending', 'unknown') AND (status = 'sending' OR wait <> 'person')
)"""
_GOING = f"{_VISIBLE} AND {_ON_ITS_WAY}"
_OWN = f"{_VISIBLE} AND requester_id = %(person)s AND ({_ON_ITS_WAY} OR status = 'proposed' AND wait = 'decision')"
_DONE = f"{_VISIBLE} AND requester_id = %(person)s AND ended_at >= %(since)s AND status = ANY(%(final)s)"

_REQUEST = """
    FROM console_change change
    WHERE change.status = 'proposed' AND change.wait = 'decision' AND change.expires_at > statement_timestamp()
"""
_ORDER = {False: "change.expires_at, change.id", True: "change.expires_at DESC, change.id DESC"}
_OTHERS = "change.requester_id <> %(person)s"
_FREE = """(
    change.claimed_by_id IS NULL OR change.claimed_by_id = %(person)s
    OR change.claimed_at <= statement_timestamp() - %(held)s
)"""
# As values, not as EXISTS: the planner would join the lines of all requests rather than look at those of a few.
_LACKS_MY_WORD = """(
    SELECT true FROM console_line line
    WHERE line.change_id = change.id AND line.decision = 'open' AND line.needs > 0 AND (
        SELECT true FROM console_decision given
        WHERE given.line_id = line.id AND given.by_id = %(person)s AND given.act = 'approve'
            AND given.digest = line.digest AND given.at > statement_timestamp() - %(lasts)s
        LIMIT 1
    ) IS NULL
    LIMIT 1
)"""
_MINE = f" AND {_OTHERS} AND {_FREE} AND {_LACKS_MY_WORD}"
_ALIKE = f"""
    SELECT change.id {_REQUEST} AND change.shape = %(shape)s AND change.connection_id = %(connection)s
        AND {_OTHERS} AND {_LACKS_MY_WORD}
    ORDER BY change.expires_at, change.id LIMIT %(most)s
"""

_BATCH_OTHERS = "batch.requester_id <> %(person)s"
_BATCH_MINE = f"""{_BATCH_OTHERS} AND NOT EXISTS (
    SELECT FROM console_batchdecision given
    WHERE given.batch_id = batch.id AND given.user_id = %(person)s AND given.act = 'approve'
        AND given.digest = batch.digest AND given.at > statement_timestamp() - %(lasts)s
)"""
_BATCH = """
    FROM console_batch batch
    WHERE batch.ended_at IS NULL AND batch.status = 'waiting' AND batch.expires_at > statement_timestamp()
"""
_BATCHES = f"""
    SELECT batch.id {_BATCH} AND {{}} AND (%(everywhere)s OR batch.connection_id = ANY(%(places)s))
        AND (%(author)s::bigint IS NULL OR batch.requester_id = %(author)s)
        AND batch.expires_at <= statement_timestamp() + %(until)s
    ORDER BY batch.expires_at, batch.id LIMIT %(most)s
"""
_UNFINISHED_BATCHES = """
    SELECT batch.id FROM console_batch batch
    WHERE batch.ended_at IS NULL AND (%(sees_all)s OR batch.connection_id = ANY(%(sees)s)) AND (
        batch.requester_id = %(person)s OR batch.status IN ('checking', 'paused') AND (
            %(decides_all)s OR batch.connection_id = ANY(%(decides)s)
            OR %(resolves_all)s OR batch.connection_id = ANY(%(resolves)s)
        )
    )
    ORDER BY batch.id DESC LIMIT %(most)s
"""
_BATCHES_WAITING = {
    Reach.NOWHERE: "0",
    Reach.SOMEWHERE: f"(SELECT count(*) {_BATCH} AND {_BATCH_MINE} AND batch.connection_id = ANY(%(places)s))",
    Reach.EVERYWHERE: f"(SELECT count(*) {_BATCH} AND {_BATCH_MINE})",
}

_UNREAD = """
    SELECT count(*) AS count, coalesce(max(id), 0) AS newest FROM (
        SELECT notice.id FROM console_notice notice
            LEFT JOIN console_change change ON change.id = notice.change_id
            LEFT JOIN console_batch batch ON batch.id = notice.batch_id
        WHERE notice.user_id = %(person)s AND notice.read_at IS NULL
            AND (%(sees_all)s
                OR coalesce(change.connection_id, batch.connection_id, notice.connection_id) = ANY(%(sees)s))
        LIMIT %(most)s
    ) AS mine
"""
_WAITING = {
    reach: f"""
        SELECT
            (SELECT count(*) FROM (SELECT {_FIXING} LIMIT %(most)s) AS fixing),
            (SELECT count(*) FROM (SELECT {_GOING} LIMIT %(most)s) AS going),
            (SELECT count(*) FROM ({_soonest(_MINE, reach)}) AS deciding) + {_BATCHES_WAITING[reach]},
            unread.count, unread.newest
        FROM ({_UNREAD}) AS unread
    """  # noqa: S608 - made of nothing but the conditions above
    for reach in Reach
}
_LISTED = {
    own: f"""
        SELECT
            ARRAY(SELECT id {_FIXING} ORDER BY id DESC LIMIT %(most)s),
            ARRAY(SELECT id {_OWN if own else _GOING} AND batch_id IS NULL ORDER BY id DESC LIMIT %(most)s),
            ARRAY(
                SELECT id FROM (
                    SELECT id, batch_id, ended_at {_DONE} ORDER BY ended_at DESC, id DESC LIMIT {LATEST}
                ) AS latest
                WHERE batch_id IS NULL ORDER BY ended_at DESC, id DESC LIMIT %(most)s
            )
    """  # noqa: S608 - made of nothing but the conditions above
    for own in (False, True)
}

_PERSON = Table(User, "person", only=("id", "username", "first_name", "last_name"))
_EMERGENCY = Table(Emergency, "emergency", only=("id", "change_id", "by_id", "at"))
_EMERGENCIES = f"""
    SELECT {_EMERGENCY.columns}, {_PERSON.columns}
    FROM console_emergency emergency
        JOIN console_change change ON change.id = emergency.change_id
        JOIN console_user person ON person.id = emergency.by_id
    WHERE emergency.closed_at IS NULL AND (%(all)s OR change.connection_id = ANY(%(audits)s))
    ORDER BY emergency.id DESC LIMIT %(most)s
"""  # noqa: S608 - of our own names
_PEOPLE = f"SELECT {_PERSON.columns} FROM console_user person WHERE person.id = ANY(%s)"  # noqa: S608 - of our own names
