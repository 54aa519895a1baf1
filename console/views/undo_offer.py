"""Whether the page of a change offers to undo it, or one of its lines; and by which changes that was asked already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.errors import KeyMissing
from console.flows.undo import lines_back, undoing, why_not_at_all
from console.models import Status
from console.permissions import Right, may, refusal_sentence

if TYPE_CHECKING:
    from console.models import Change, User

OFFERED = frozenset({Status.APPLIED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class LineOffer:
    """Undoing one line of several; `why_not` is empty where it can be."""

    field: str
    why_not: str


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """`why_not`: why nothing of it can be undone by this reader; `lines`: by field the same of one line, empty where it
    can. `by`: the changes that take it back, or may yet.
    """

    why_not: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)
    by: tuple[Change, ...] = ()

    def of(self, name: str) -> LineOffer | None:
        """That of one line, where it is worth a button of its own."""
        by_line = len(self.lines) > 1 and not self.why_not
        return LineOffer(name, self.lines[name]) if by_line and name in self.lines else None


def undo_offer(change: Change, reader: User) -> UndoOffer | None:
    """None where undoing is not the next thing: as long as it may still be withdrawn, tried again or looked into."""
    if change.state not in OFFERED:
        return None
    by = tuple(undoing(change))
    if why_not := why_not_at_all(change):
        return UndoOffer(why_not, by=by)
    if not may(reader, Right.PROPOSE, change.connection):
        return UndoOffer(refusal_sentence(Right.PROPOSE, change.connection, to=reader), by=by)
    try:
        lines = {back.line.field: back.why_not for back in lines_back(change, by=reader)}
    except KeyMissing as problem:
        return UndoOffer(str(problem), by=by)
    return UndoOffer(_none_of(lines), lines, by)


def _none_of(lines: Mapping[str, str]) -> str:
    """Why none of the lines can go back; empty where one can."""
    if not all(lines.values()):
        return ""
    return " ".join(dict.fromkeys(lines.values()))
