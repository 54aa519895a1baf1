"""Lines: writes those of a change as somebody asks for them, and who touched each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from console.models import Authorship, Change, Line, LineState, User
from console.models.rows import insert, update

if TYPE_CHECKING:
    from console.models.judging import Judged
    from providers.fields import Value


def add(
    change: Change,
    wishes: Mapping[str, Value],
    record: Mapping[str, Value],
    judged: Judged,
    *,
    by: User,
    first: int = 0,
) -> list[Line]:
    """Writes new lines, each starting from what the record holds; the first one gets the place `first`."""
    lines = []
    for position, (name, after) in enumerate(wishes.items(), first):
        line = Line(change=change, customer=change.customer, field=name, position=position, had_before=name in record)
        line.seal(record.get(name), after)
        line.digest = line.current_digest(record)
        line.needs, line.decision = judged.line(name).need.approvals, judged.line(name).state
        lines.append(line)
    insert(lines)
    insert([Authorship(line=line, user=by) for line in lines])
    return lines


def alter(lines: Sequence[Line], wishes: Mapping[str, Value], record: Mapping[str, Value], *, by: User) -> None:
    """Lets each of these lines ask for its wish, starting from what the record holds: nobody has approved that."""
    for line in lines:
        line.seal(record.get(line.field), wishes[line.field])
        line.had_before = line.field in record
        line.digest = line.current_digest(record)
        line.decision, line.waiting = LineState.OPEN, True
        update(line, ["sealed_before", "sealed_after", "had_before", "digest", "decision", "waiting"])
    Authorship.objects.bulk_create([Authorship(line=line, user=by) for line in lines], ignore_conflicts=True)


def drop(lines: Iterable[Line]) -> None:
    """Takes lines off their change. The rows stay, since decisions refer to them; another wish may wait from now on."""
    for line in lines:
        line.decision, line.waiting = LineState.DROPPED, False
        update(line, ["decision", "waiting"])
