"""The people of the demo, whose passwords are no secret: the demo makes them, and only its sign-in page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who can sign in to the demo, what they are there for, and the roles they hold at every connection."""

    username: str
    first_name: str
    last_name: str
    role: str
    password: str
    does: str
    more: Sequence[str] = ()

    @property
    def name(self) -> str:
        """What the pages call this person."""
        return f"{self.first_name} {self.last_name}"

    @property
    def roles(self) -> Sequence[str]:
        """Their role, and whatever else they may do."""
        return (self.role, *self.more)


DEMO_PEOPLE: Sequence[DemoPerson] = (
    DemoPerson("ed", "Ed", "Kowalski", "editor", "ed-takes-calls", "edits", more=("compare",)),
    DemoPerson("jo", "Jo", "Lindqvist", "editor", "jo-takes-calls", "edits", more=("reveal",)),
    DemoPerson("ann", "Ann", "Mwangi", "approver", "ann-says-yes", "approves", more=("editor", "erasure")),
    DemoPerson("sam", "Sam", "Tanaka", "approver", "sam-says-yes", "approves"),
    DemoPerson("ops", "Olu", "Peters", "operator", "ops-keeps-it-going", "operates", more=("break-glass", "erasure")),
    DemoPerson("rae", "Rae", "Okafor", "reviewer", "rae-reads-it-all", "reviews"),
    DemoPerson("max", "Max", "Brandt", "administrator", "max-sets-it-up", "administers"),
    DemoPerson("ida", "Ida", "Novak", "administrator", "ida-sets-it-up", "administers"),
)
