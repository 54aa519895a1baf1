"""A process that seals once and is killed by its own hand at one named point of that.

`python -m tests.sealing_crash POINT` wraps the steps of the sealer from outside; the product knows nothing of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.databases import Database


class SealPoint(StrEnum):
    """Where sealing can be cut off, in the order in which it comes by."""

    BEFORE = "before anything"
    NUMBERED = "leaves numbered"
    SUBTREES = "subtrees stored"
    PREPARED = "file prepared"
    COMMITTED = "committed"
    KEPT = "file kept"
    SECOND_LOT = "second lot"


def killed_at(database: Database, point: SealPoint, **environment: str) -> int:
    """Has a process seal in lots of a hundred until it gets to that point; gives how it ended."""
    command = [sys.executable, "-m", "tests.sealing_crash", point]
    return subprocess.run(command, env={**database.environment, **environment}, timeout=60, check=False).returncode


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _wrapped(step: Callable[..., Any], *, before: bool, turn: int = 1) -> Callable[..., Any]:
    """Dies right before or right after the step, the first time or a later one."""
    count = 0

    def wrapper(*arguments: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if before and count == turn:
            _die()
        answer = step(*arguments, **more)
        if count == turn:
            _die()
        return answer

    return wrapper


def _run(point: SealPoint) -> None:
    import django

    django.setup()
    from console.flows import seal
    from console.flows.outside import Outside

    module: Any = seal
    steps: dict[SealPoint, tuple[Any, str, bool, int]] = {
        SealPoint.BEFORE: (module, "number", True, 1),
        SealPoint.NUMBERED: (module, "number", False, 1),
        SealPoint.SUBTREES: (module, "store", False, 1),
        SealPoint.PREPARED: (Outside, "prepare", False, 1),
        SealPoint.COMMITTED: (Outside, "put", True, 1),
        SealPoint.KEPT: (Outside, "put", False, 1),
        SealPoint.SECOND_LOT: (Outside, "put", True, 2),
    }
    owner, name, before, turn = steps[point]
    setattr(owner, name, _wrapped(getattr(owner, name), before=before, turn=turn))
    module.AT_ONCE = 100
    seal.seal()


if __name__ == "__main__":
    _run(SealPoint(sys.argv[1]))
