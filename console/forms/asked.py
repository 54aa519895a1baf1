"""What changes that have not ended ask of each field."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.explain import Explanation
    from console.models import Change
    from providers.fields import Value


@dataclass(frozen=True, slots=True)
class Asked:
    """One change's wish for one field. While it `blocks`, no other wish for that field can be saved."""

    change: Change
    after: Value
    state: Explanation
    blocks: bool


def all_asked(changes: Iterable[tuple[Change, Explanation]]) -> dict[str, list[Asked]]:
    """Everything that is asked, by the name of the field, in the order of the changes. Wants lines loaded."""
    found: dict[str, list[Asked]] = {}
    for change, state in changes:
        for line in change.lines.all():
            found.setdefault(line.field, []).append(Asked(change, line.after, state, line.waiting))
    return found


def asked_by_field(changes: Iterable[tuple[Change, Explanation]]) -> dict[str, Asked]:
    """Of several that ask for one field, that which blocks, else the latest. Wants lines loaded."""
    return {
        name: max(wishes, key=lambda asked: (asked.blocks, asked.change.pk))
        for name, wishes in all_asked(changes).items()
    }
