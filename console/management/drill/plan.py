"""The drill's plan: who wishes what, which faults come and what is broken when. All of it follows from the seed.

What comes of it does not: threads, processes and timeouts meet as they like, run after run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from random import Random
from typing import Any, Self

from console.management.drill.misbehaviour import KINDS, Misbehaviour, misbehaviour

LAST_HARM = 0.95
"""After this share of the changes nothing more is broken on purpose."""
CHANGES_PER_FAULT = 4
CHANGES_PER_QUEUE_LOSS = 100
LONGEST_RUN = 5

FIELDS: Mapping[str, tuple[str, ...]] = {
    "timepay": ("first_name", "last_name"),
    "finosu": ("firstName", "streetAddress2"),
    "caibo": ("address", "memberId"),
    "flowwise": ("name", "address"),
    "sqril": ("address",),
}
"""What the drill changes: texts that no update carries unasked, so that a value in a request names its change."""


class Deed(StrEnum):
    """What is broken on purpose."""

    KILL = "kill"
    FREEZE = "freeze"
    RESTART = "restart"
    TRUNCATE = "truncate the queue"
    DUPLICATE = "duplicate the queue"


@dataclass(frozen=True, slots=True)
class Wish:
    """One change to be saved: the number that its values carry, a customer by its place, and fields."""

    number: int
    slug: str
    place: int
    fields: tuple[str, ...]

    @property
    def value(self) -> str:
        """What it asks for, in every field; no other change asks for it."""
        return value_of(self.number)


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for on the command line."""

    changes: int = 200
    seed: int = 1
    workers: int = 2
    writers: int = 4
    kills: int = 4
    freezes: int = 2
    restarts: int = 1
    kinds: tuple[str, ...] = KINDS

    @classmethod
    def read(cls, text: str) -> Self:
        """From what `written` made of it."""
        said: dict[str, Any] = json.loads(text)
        return cls(**{**said, "kinds": tuple(said["kinds"])})

    def written(self) -> str:
        """As text, for another process."""
        return json.dumps(asdict(self))

    @property
    def customers(self) -> int:
        """How many of each provider take part: few enough that many changes meet at one of them."""
        return max(6, min(150, self.changes // 30))

    @property
    def most_open(self) -> int:
        """So many changes may be on their way before the writers wait: there is always work when something breaks."""
        return self.customers * len(FIELDS)

    @property
    def patience(self) -> float:
        """Seconds that everything has to come to rest after the last change was saved."""
        return 60.0 + self.changes / 20

    def wishes(self) -> list[Wish]:
        """All changes, in runs of a few for one customer and mostly one field: there the order matters."""
        luck, found = self.luck("wishes"), list[Wish]()
        while len(found) < self.changes:
            slug, place = luck.choice(list(FIELDS)), luck.randrange(self.customers)
            fields = (luck.choice(FIELDS[slug]),) if luck.random() < 0.8 else FIELDS[slug]
            for _ in range(luck.randint(1, LONGEST_RUN)):
                found.append(Wish(len(found) + 1, slug, place, fields))
        return found[: self.changes]

    def deeds(self) -> list[tuple[int, Deed]]:
        """What is broken once so many changes are saved, soonest first."""
        luck, upset = self.luck("deeds"), 1 + self.changes // CHANGES_PER_QUEUE_LOSS
        counts = {
            Deed.KILL: self.kills,
            Deed.FREEZE: self.freezes,
            Deed.RESTART: self.restarts,
            Deed.TRUNCATE: upset,
            Deed.DUPLICATE: upset,
        }
        deeds = [(self._moment(luck), deed) for deed, count in counts.items() for _ in range(count)]
        return sorted(deeds)

    def misbehaviours(self) -> list[tuple[int, Misbehaviour]]:
        """How the providers fail once so many changes are saved; every kind comes before one comes twice."""
        luck, wanted = self.luck("faults"), max(len(self.kinds), self.changes // CHANGES_PER_FAULT)
        kinds = list[str]()
        while self.kinds and len(kinds) < wanted:
            kinds += luck.sample(self.kinds, len(self.kinds))
        moments = sorted(self._moment(luck) for _ in kinds[:wanted])
        return [
            (moment, misbehaviour(kind, luck.choice(list(FIELDS)), FIELDS, luck))
            for moment, kind in zip(moments, kinds, strict=False)
        ]

    def luck(self, what: str) -> Random:
        """Chance that is the same for the same seed, apart for every purpose."""
        return Random(f"{self.seed} {what}")  # noqa: S311 - to be repeated, not to be unguessable

    def _moment(self, luck: Random) -> int:
        return luck.randrange(max(1, int(self.changes * LAST_HARM)))


def value_of(number: int) -> str:
    """The value that names a change wherever it is met."""
    return f"Drill {number:06}"
