"""Policies say which lines need whose approval; judging them is pure. Today one policy stands: none needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.models.changes import Line


@dataclass(frozen=True, slots=True)
class Policy:
    """How many approvals the lines that it matches need."""

    name: str
    version: int
    approvals: int


NO_APPROVAL_NEEDED = Policy(name="no approval needed", version=1, approvals=0)


@dataclass(frozen=True, slots=True)
class Need:
    """An approval that a line still lacks."""

    field: str
    policy: Policy


def policies_for(_lines: Iterable[Line]) -> tuple[Policy, ...]:
    """All policies that match."""
    return (NO_APPROVAL_NEEDED,)


def outstanding(lines: Iterable[Line]) -> tuple[Need, ...]:
    """What is still to be decided before the change may leave."""
    lines = list(lines)
    return tuple(
        Need(line.field, policy) for policy in policies_for(lines) for line in lines for _ in range(policy.approvals)
    )
