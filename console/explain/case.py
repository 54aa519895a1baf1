"""What a sentence is made of: the case that it tells, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from console.explain.words import said
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

    def by_author(self, verb: str, verbs: str) -> str:
        """“you confirm” or “Ed confirms”."""
        return f"you {verb}" if self.is_author else f"{self.author} {verbs}"


def doubt(case: Case) -> tuple[str, str]:
    """The tone of a waiting change, and what has to be said of a try before."""
    return ("unknown", "An earlier try may have been applied.") if case.change.maybe_applied else ("waiting", "")
