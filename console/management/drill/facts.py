"""What the drill's judgement goes by: plain values about changes, tries and ledger lines, on one clock, in seconds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

AMBIGUOUS = frozenset({"intent", "unknown"})
"""Outcomes of a try after which nobody knows whether it was applied. `intent`: its worker died before it could say."""
FINAL = frozenset({"applied", "rejected", "withdrawn", "expired", "superseded", "closed"})
SAID_NOT_APPLIED = frozenset({"refused", "failed", "rejected", "withdrawn", "expired", "superseded"})
HELD_BY_A_PERSON = frozenset({"person", "author", "restored"})


@dataclass(frozen=True, slots=True)
class Approval:
    """A person sent the change on its way. `place`: its place in the order of its customer's approvals.

    `out_of`: where the change stood before, as `proposed` or `conflict`.
    """

    at: float
    place: int
    out_of: str = "proposed"


@dataclass(frozen=True, slots=True)
class Try:
    """One request for a change, from the moment it was meant to be sent. `late`: its answer came after the lease."""

    at: float
    outcome: str
    late: bool = False

    @property
    def is_ambiguous(self) -> bool:
        """Whether it may have been applied without our knowing."""
        return self.late or self.outcome in AMBIGUOUS


@dataclass(frozen=True, slots=True)
class Told:
    """What the console says of a change. `number` is the one that its value carries, `pk` the console's own.

    `tries` are pushes alone, in their order; `decided`: when a person decided about it after its first approval.
    """

    number: int
    pk: int
    customer: str
    status: str
    confirmation: str = ""
    verdict: str = ""
    wait: str = ""
    why: str = ""
    next_at: float | None = None
    ended_at: float | None = None
    is_behind: bool = False
    approvals: tuple[Approval, ...] = ()
    tries: tuple[Try, ...] = ()
    decided: tuple[float, ...] = ()

    @property
    def needs_a_person(self) -> bool:
        """Nothing goes on by itself."""
        return self.wait in HELD_BY_A_PERSON or self.status in {"refused", "conflict", "failed", "returned"}

    @property
    def is_settled(self) -> bool:
        """It has ended, or a person has to go on with it."""
        return self.status in FINAL or self.needs_a_person

    @property
    def says_applied(self) -> bool:
        """The console says of itself that the provider has it; a person's word is the person's."""
        return self.status == "applied"

    @property
    def says_not_applied(self) -> bool:
        """The console says that the provider has not got it, and means the last time it was sent."""
        return self.status in SAID_NOT_APPLIED or (self.status == "closed" and self.verdict == "not applied")

    def try_of(self, moment: float) -> Try | None:
        """The try that a request belongs to which arrived then."""
        return next((each for each in reversed(self.tries) if each.at <= moment), None)

    def place_at(self, moment: float) -> int:
        """The place in line that it was sent by then."""
        return next((each.place for each in reversed(self.approvals) if each.at <= moment), 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger that carries the value of a change. `applied_at` is None as long as it was not applied.

    `kept`: what the provider then held was what was asked; an update that is accepted and bent is applied, not kept.
    """

    id: int
    number: int
    fields: Collection[str]
    at: float
    applied_at: float | None
    kept: bool = True
