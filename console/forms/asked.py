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


def asked_by_field(changes: Iterable[tuple[Change, Explanation]]) -> dict[str, Asked]:
    """By the name of the field; of several that ask for one, that which blocks, else the latest. Wants lines loaded."""
    found = [
        (line.field, Asked(change, line.after, state, line.waiting))
        for change, state in changes
        for line in change.lines.all()
    ]
    return dict(sorted(found, key=lambda pair: (pair[1].blocks, pair[1].change.pk)))
