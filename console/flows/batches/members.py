"""Members: what binds a change to its batch, what a batch holds as a whole, and how its changes stand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection as database

from console.models import Batch, BatchDecision, Status
from console.models.judging import Act, Asked, Given, Judged, Rule, Subject, judge
from console.models.policies import rules_in_force
from console.permissions import Right, people_with

if TYPE_CHECKING:
    from datetime import datetime

    from console.models import Change, Line

WAITING, NO_CHANGE, IN_PART = "waiting", "no change", "in part"
A_PIECE = 10_000
"""So many members are hashed by one statement."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How the changes of a batch stand at one moment; exact, and found in a bounded time however many they are."""

    by_state: Mapping[str, int]

    def of(self, *states: str) -> int:
        """How many changes have one of these statuses; “waiting”: those that wait for their batch."""
        return sum(self.by_state.get(state, 0) for state in states)

    @property
    def size(self) -> int:
        """How many changes there are."""
        return sum(count for state, count in self.by_state.items() if state not in {NO_CHANGE, IN_PART})

    @property
    def waiting(self) -> int:
        """Not let go yet."""
        return self.of(WAITING)

    @property
    def on_their_way(self) -> int:
        """Let go, and a worker has them or will take them."""
        return self.of(Status.APPROVED, Status.SENDING)

    @property
    def unknown(self) -> int:
        """Nobody knows yet whether they arrived."""
        return self.of(Status.UNKNOWN)

    @property
    def applied(self) -> int:
        """They arrived."""
        return self.of(Status.APPLIED)

    @property
    def not_applied(self) -> int:
        """They did not arrive, and a person has to look."""
        return self.of(Status.REFUSED, Status.CONFLICT, Status.FAILED)

    @property
    def left(self) -> int:
        """They left the batch: they wait for their author, or for a decision of their own."""
        return self.of(Status.PROPOSED, Status.RETURNED)

    @property
    def taken_back(self) -> int:
        """They ended without being sent."""
        return self.of(Status.WITHDRAWN, Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED)

    @property
    def closed(self) -> int:
        """A person said what became of them."""
        return self.of(Status.CLOSED)

    @property
    def refused_rows(self) -> int:
        """Rows that became no change at all."""
        return self.of(NO_CHANGE)

    @property
    def in_part(self) -> int:
        """Changes that ask for a part of what was wanted; for the rest there is a refusal at their place."""
        return self.of(IN_PART)

    @property
    def ended(self) -> int:
        """Of which nothing goes on by itself any more."""
        return self.size - self.waiting - self.on_their_way - self.unknown


def standing(batch: Batch) -> Counts:
    """How the changes of a batch stand now."""
    return standings([batch.pk])[batch.pk]


def standings(batch_ids: Sequence[int]) -> dict[int, Counts]:
    """The same of several batches, by one query."""
    found: dict[int, dict[str, int]] = {number: {} for number in batch_ids}
    with database.cursor() as cursor:
        cursor.execute(_COUNTS, [list(batch_ids)])
        for number, state, count in cursor.fetchall():
            found[number][state] = count
    return {number: Counts(counts) for number, counts in found.items()}


def sum_up(batch: Batch) -> None:
    """Lets few rows tell what many told: whoever counts then reads few. Whoever steps meanwhile waits for nobody."""
    with database.cursor() as cursor:
        cursor.execute(_SUM_UP, [batch.pk, batch.pk])


def member_digest(change: Change, lines: Iterable[Line]) -> bytes:
    """What binds a change, with its lines as they stand, to its place in its batch: an HMAC under its customer's key,
    so that no row can be put there, moved or altered without that.
    """
    asked = [[line.field, bytes(line.digest).hex()] for line in lines if line.state.is_sent]
    place = [change.batch_id, change.batch_place, change.pk]
    return change.customer.key.digest("batch member", [*place, asked])


def digest_of(batch: Batch) -> bytes:
    """What an approval of the whole batch covers: SHA-256 over the members' own digests, in the order of their places.

    Those are HMACs, so this one needs no key that could change while somebody decides.
    """
    whole = hashlib.sha256(f"batch {batch.pk} at {batch.connection_id}".encode())
    after = 0
    with database.cursor() as cursor:
        while True:
            cursor.execute(_PIECE_DIGEST, [batch.pk, after, A_PIECE])
            last, piece = cursor.fetchone()
            if last is None:
                return whole.digest()
            whole.update(bytes(piece))
            after = last


def judged(
    batch: Batch,
    *,
    given: Sequence[BatchDecision] = (),
    now: datetime | None = None,
    rules: Sequence[Rule] | None = None,
) -> Judged:
    """How the batch stands with the policies in force and with what was decided on it, field by field."""
    declared = {field.name: field.sensitive for field in batch.connection.provider.fields}
    digest = bytes(batch.digest)
    asked = [Asked(name, declared.get(name, True), digest=digest) for name in batch.fields]
    words = [
        Given(name, word.user_id, Act(word.act), bytes(word.digest), word.at) for word in given for name in batch.fields
    ]
    people = people_with(Right.DECIDE, batch.connection).keys() if words else ()
    subject = Subject(batch.connection_id, batch.size, frozenset({batch.requester_id}))
    rules = rules_in_force() if rules is None else rules
    return judge(asked, rules, words, people, subject=subject, now=now)


def needs_of(found: Judged) -> dict[str, int]:
    """How many approvals each field needs."""
    return {line.field: line.need.approvals for line in found.lines}


_COUNTS = """
    SELECT batch_id, state, sum(count) FROM console_batchtally WHERE batch_id = ANY(%s)
    GROUP BY batch_id, state HAVING sum(count) <> 0
"""
_SUM_UP = """
    WITH gone AS (DELETE FROM console_batchtally WHERE batch_id = %s RETURNING state, count)
    INSERT INTO console_batchtally (batch_id, state, count)
    SELECT %s, state, sum(count) FROM gone GROUP BY state HAVING sum(count) <> 0
"""
_PIECE_DIGEST = """
    SELECT max(batch_place), sha256(string_agg(int8send(batch_place) || int8send(id) || batch_digest, ''::bytea
                                               ORDER BY batch_place))
    FROM (SELECT batch_place, id, batch_digest FROM console_change
          WHERE batch_id = %s AND batch_place > %s ORDER BY batch_place LIMIT %s) member
"""
