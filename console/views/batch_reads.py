"""What the pages of batches read: how many of their changes stand where, and which stand there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from django.db import connection as database

from console.flows.batches.members import standings
from console.models import CANARY, Batch, Status
from console.models.batches import walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.flows.batches.members import Counts as Standing

PAGE = 50
NEVER = (Status.WITHDRAWN, Status.REJECTED, Status.EXPIRED)


class Group(StrEnum):
    """What became of a change of a batch, as far as its page tells them apart."""

    ARRIVED = "arrived"
    GOING = "going"
    UNKNOWN = "unknown"
    PERSON = "person"
    ENDED = "ended"
    NEVER = "never"
    HERE = "here"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of its changes stand where; of `here` none has left yet, of `never` none ever will: they were taken back
    before. `refused`: rows that became no change; `in_part`: changes that ask for a part of what was wanted.
    """

    arrived: int = 0
    going: int = 0
    unknown: int = 0
    person: int = 0
    ended: int = 0
    never: int = 0
    here: int = 0
    refused: int = 0
    in_part: int = 0

    @classmethod
    def told_by(cls, standing: Standing) -> Self:
        """What the flow counted, in the groups of the page."""
        return cls(
            arrived=standing.applied,
            going=standing.on_their_way,
            unknown=standing.unknown,
            person=standing.not_applied + standing.left,
            ended=standing.of(Status.SUPERSEDED) + standing.closed,
            never=standing.of(*NEVER),
            here=standing.waiting,
            refused=standing.refused_rows,
            in_part=standing.in_part,
        )

    def of(self, group: Group) -> int:
        """How many are of this group."""
        return int(getattr(self, group))

    @property
    def all(self) -> int:
        """How many changes there are."""
        return sum(self.of(group) for group in Group)

    @property
    def over(self) -> int:
        """With how many nothing goes on by itself any more."""
        return self.arrived + self.person + self.ended + self.never

    @property
    def open(self) -> int:
        """Of how many it is still to be seen what becomes."""
        return self.going + self.unknown


def counts_of(numbers: Sequence[int]) -> Mapping[int, Counts]:
    """How the changes of several batches stand, by number; no question where there are none."""
    return {number: Counts.told_by(found) for number, found in standings(numbers).items()} if numbers else {}


def canary(batch: Batch) -> list[int]:
    """Those that go first, by number, in their order."""
    with database.cursor() as cursor:
        cursor.execute(_FIRST, {"batch": batch.pk, "most": CANARY})
        return [number for (number,) in cursor.fetchall()]


def members(batch: Batch, group: Group | None, *, after: int = 0, before: int | None = None) -> list[tuple[int, int]]:
    """A page of its changes and one beyond, place and number, from a place on; or those before one, in their order."""
    back = before is not None
    asked = {"batch": batch.pk, "at": before if back else after, "most": PAGE + 1}
    with database.cursor() as cursor:
        cursor.execute(_MEMBERS[group, back], asked)
        found: list[tuple[int, int]] = cursor.fetchall()
    return found[::-1] if back else found


# Of each group what it is made of.
_GROUPS = {
    None: ("true",),
    Group.ARRIVED: ("status = 'applied'",),
    Group.GOING: ("status = 'approved'", "status = 'sending'"),
    Group.UNKNOWN: ("status = 'unknown'",),
    Group.PERSON: (
        *(f"status = '{each}'" for each in ("refused", "conflict", "failed", "returned")),
        "status = 'proposed' AND wait <> 'batch'",
    ),
    Group.ENDED: ("status = 'superseded'", "status = 'closed'"),
    Group.NEVER: tuple(f"status = '{each}'" for each in NEVER),
    Group.HERE: ("status = 'proposed' AND wait = 'batch'",),
}
_FIRST = "SELECT id FROM console_change WHERE batch_id = %(batch)s ORDER BY batch_place LIMIT %(most)s"

_MEMBERS = {
    (group, back): walk("id", f"batch_place {'<' if back else '>'} %(at)s", conditions, back=back)
    for group, conditions in _GROUPS.items()
    for back in (False, True)
}
