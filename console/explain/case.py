"""What a sentence is made of: the case that it tells, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

from console.explain.deciding import Deciding, Parts
from console.explain.words import said, upper
from console.models import Change, Outcome

if TYPE_CHECKING:
    from console.models import User


@dataclass(frozen=True, slots=True)
class Explanation:
    """A badge (tone, icon, word), what happened in one sentence, and what comes next or can be done."""

    tone: str
    icon: str
    word: str
    headline: str
    following: str


class About(TypedDict, total=False):
    """What was decided about a change.

    `deciding`: what it lacks and who can give it, while it waits for a decision. `parts`: its lines by what became of
    them, in whatever state it is. `by`: the names of whoever rejected or returned it. `emergency`: the name of whoever
    sent it without its approvals. `set_back`: its batch was under way when a backup was found to have been put back.
    """

    deciding: Deciding
    parts: Parts
    by: str
    emergency: str
    set_back: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a sentence may depend on."""

    change: Change
    reader: User | None
    now: datetime
    last: Outcome | None
    ahead: Change | None
    operators: str
    settles_at: datetime | None
    deciding: Deciding = field(default_factory=Deciding)
    parts: Parts = field(default_factory=Parts)
    by: str = ""
    emergency: str = ""
    set_back: bool = False

    @property
    def there(self) -> str:
        """The provider's side, by the name people gave the connection."""
        return self.change.connection.name

    @property
    def is_author(self) -> bool:
        return self.reader is not None and self.reader.pk == self.change.requester_id

    @property
    def author(self) -> str:
        return "you" if self.is_author else self.change.requester.name

    @property
    def said(self) -> str:
        """The note of the change as people would say it, with a space after it; empty without one."""
        return said(self.change.note, self.there)

    def somebody(self, otherwise: str) -> str:
        """Whoever rejected or returned it, at the beginning of a sentence."""
        return upper(self.by) or otherwise

    def by_author(self, verb: str, verbs: str) -> str:
        """“you confirm” or “Ed confirms”."""
        return f"you {verb}" if self.is_author else f"{self.author} {verbs}"


def doubt(case: Case) -> tuple[str, str]:
    """The tone of a waiting change, and what has to be said of a try before."""
    return ("unknown", "An earlier try may have been applied.") if case.change.maybe_applied else ("waiting", "")
