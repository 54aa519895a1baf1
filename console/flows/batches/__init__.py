"""Batches: many changes at one connection that are asked for, decided on, sent and undone as one.

All that others need of them: `begin` ▸ `add` … ▸ `close`; `approve`, `reject`, `withdraw`; `pause`, `go_on`, `stop`;
`undo`; and how they stand. What lets their changes go is `feeding`.
"""

from __future__ import annotations

from console.flows.batches.building import Added, Item, Unfit, add, begin, close, fail, require_said
from console.flows.batches.deciding import approve, reject, still_needed, withdraw
from console.flows.batches.going import go_on, pause, stop, why_not_go_on
from console.flows.batches.members import Counts, standing, standings
from console.flows.batches.undoing import undo, why_not_undo

__all__ = [
    "Added",
    "Counts",
    "Item",
    "Unfit",
    "add",
    "approve",
    "begin",
    "close",
    "fail",
    "go_on",
    "pause",
    "reject",
    "require_said",
    "standing",
    "standings",
    "still_needed",
    "stop",
    "undo",
    "why_not_go_on",
    "why_not_undo",
    "withdraw",
]
