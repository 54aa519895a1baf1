"""Leaves: the tree over all events as the database holds it, read and added to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection as database

from console.flows.unsealed import Sight
from console.models import Checkpoint, Event

REFUSED, ACCEPTED = "installation.seal_refused", "installation.seal_accepted"

ABOUT_REFUSALS = [REFUSED, ACCEPTED, REFUSED, ACCEPTED]
_IS_REFUSED = """(
    SELECT COALESCE(max(id) FILTER (WHERE verb = %s), 0) > COALESCE(max(id) FILTER (WHERE verb = %s), 0)
    FROM console_event WHERE verb IN (%s, %s)
)"""


@dataclass(frozen=True, slots=True)
class State:
    """How far the database is: its last checkpoint, if any, and whether sealing was refused and not accepted since."""

    installation: str
    life: int
    sight: Sight
    leaves: int
    size: int
    root: bytes
    note: str
    sealed_below: int
    is_refused: bool


def look() -> State:
    """In one statement, so that all of it was true at one moment."""
    with database.cursor() as cursor:
        cursor.execute(_LOOK, ABOUT_REFUSALS)
        name, life, *sight, leaves, size, root, note, below, refused = cursor.fetchone()
    return State(str(name), life, Sight(*sight), leaves, size, bytes(root), note, below, refused)


# The highest number of a leaf is compared with the last checkpoint: leaves that none was signed over are not ours.
_LOOK = f"""
    SELECT installation.name, installation.life,
        (SELECT COALESCE(max(id), 0) FROM console_event),
        pg_snapshot_xmin(snapshot)::text::bigint, pg_snapshot_xmax(snapshot)::text::bigint,
        (SELECT COALESCE(max(index) + 1, 0) FROM console_leaf),
        COALESCE(last.size, 0), COALESCE(last.root, ''), COALESCE(last.note, ''), COALESCE(last.sealed_below, 0),
        {_IS_REFUSED}
    FROM console_installation AS installation CROSS JOIN pg_current_snapshot() AS snapshot
    LEFT JOIN LATERAL (SELECT * FROM console_checkpoint ORDER BY size DESC LIMIT 1) AS last ON true
"""  # noqa: S608 - made of nothing but the constant above


def read_tree(height: int, first: int, count: int) -> Sequence[bytes]:
    """For `proof.tree`: hashes of events that are leaves (height 0), or roots of whole subtrees, in their order."""
    with database.cursor() as cursor:
        if height:
            cursor.execute(_SUBTREES, [height, first, first + count])
        else:
            cursor.execute(_LEAVES, [first, first + count])
        return [bytes(digest) for (digest,) in cursor.fetchall()]


_LEAVES = "SELECT hash FROM console_leaf WHERE index >= %s AND index < %s ORDER BY index"
_SUBTREES = "SELECT hash FROM console_subtree WHERE height = %s AND index >= %s AND index < %s ORDER BY index"


def number(above: int, size: int, most: int) -> list[tuple[int, int, bytes]]:
    """Makes events with a key above that one that are no leaf yet leaves, from number `size` on, at most so many.

    Gives for each its number, its key and its hash, in their order. Keys first, as an index alone has them.
    """
    with database.cursor() as cursor:
        cursor.execute(_NUMBER, [above, most, size])
        return sorted((index, key, bytes(digest)) for index, key, digest in cursor.fetchall())


_NUMBER = """
    WITH unsealed AS MATERIALIZED (
        SELECT event.id FROM console_event AS event
        WHERE event.id > %s AND NOT EXISTS (SELECT FROM console_leaf AS leaf WHERE leaf.event_id = event.id)
        ORDER BY event.id LIMIT %s
    )
    INSERT INTO console_leaf (index, event_id, hash)
    SELECT %s + row_number() OVER (ORDER BY event.id) - 1, event.id, event.hash
    FROM unsealed JOIN console_event AS event USING (id)
    RETURNING index, event_id, hash
"""


def wait_for_the_disk() -> None:
    """The commit of this transaction is told once it is on the disk, also where the server is set up otherwise.

    What is signed outlives an outage of the database by this: else the file of this host would be ahead of it.
    """
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
        )


def store(subtrees: Iterable[tuple[int, int, bytes]]) -> None:
    """Keeps the roots of subtrees that are whole by now: (height, index, hash)."""
    with database.cursor() as cursor:
        cursor.executemany("INSERT INTO console_subtree (height, index, hash) VALUES (%s, %s, %s)", list(subtrees))


@dataclass(frozen=True, slots=True)
class Figures:
    """How sealing stands. `unsealed` is `MOST_COUNTED` at most; `oldest` is in seconds."""

    size: int
    unsealed: int
    oldest: float
    is_refused: bool


MOST_COUNTED = 1001
LOOKED_BACK = 20_000


def figures() -> Figures:
    """In one statement, for whoever asks often.

    What became visible late is looked for among the latest 20,000 keys only: what that may pass over is found by the
    next search of the sealer.
    """
    with database.cursor() as cursor:
        cursor.execute(_FIGURES, [LOOKED_BACK, MOST_COUNTED, *ABOUT_REFUSALS])
        return Figures(*cursor.fetchone())


_FIGURES = f"""
    WITH last AS (SELECT size, seen, sealed_below FROM console_checkpoint ORDER BY size DESC LIMIT 1), unsealed AS (
        SELECT event.at FROM console_event AS event
        WHERE event.id > COALESCE((SELECT GREATEST(sealed_below, seen - %s) FROM last), 0)
            AND NOT EXISTS (SELECT FROM console_leaf AS leaf WHERE leaf.event_id = event.id)
        ORDER BY event.id LIMIT %s
    )
    SELECT COALESCE((SELECT size FROM last), 0), count(*),
        GREATEST(0, COALESCE(EXTRACT(epoch FROM clock_timestamp() - min(at)), 0))::float8,
        {_IS_REFUSED}
    FROM unsealed
"""  # noqa: S608 - made of nothing but the constant above


@dataclass(frozen=True, slots=True)
class Standing:
    """The same with what it is about: the last checkpoint, and the event by which sealing was refused, if it is."""

    figures: Figures
    checkpoint: Checkpoint | None
    refusal: Event | None

    @property
    def unsealed(self) -> int:
        """How many events are not sealed yet."""
        return self.figures.unsealed

    @property
    def oldest(self) -> float:
        """For how many seconds the oldest of them has been there."""
        return self.figures.oldest


def standing() -> Standing:
    """For the page."""
    now = figures()
    refusals = Event.objects.filter(verb=REFUSED).order_by("-at", "-id")
    return Standing(now, Checkpoint.objects.order_by("size").last(), refusals.first() if now.is_refused else None)
