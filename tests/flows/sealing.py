"""What the tests of seals do over and over: have something happen, here or elsewhere, and look at the tree."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from console.flows import seal as sealing
from console.flows.leaves import read_tree
from console.flows.record import record
from console.models import Checkpoint, Event, Installation, Leaf, Origin
from console.proof.tree import Tree


def happen(count: int = 1) -> Event:
    """So many events of the installation, in one transaction; gives the last."""
    with transaction.atomic():
        events = [
            record(Installation.objects.get(), "audit.verified", by=None, origin=Origin.COMMAND) for _ in range(count)
        ]
    return events[-1]


def forget() -> None:
    """As a process that has just begun."""
    sealing._memory = None


def kept_note(seals: Path) -> str:
    """What this host keeps outside of the database."""
    [file] = seals.glob("*/checkpoint.txt")
    return file.read_text()


def tree_fits() -> bool:
    """Leaves are contiguous, hold what their events do, and give every root that was signed."""
    leaves = list(Leaf.objects.order_by("index").select_related("event"))
    contiguous = [leaf.index for leaf in leaves] == list(range(len(leaves)))
    same = all(bytes(leaf.hash) == bytes(leaf.event.hash) for leaf in leaves)
    roots = Checkpoint.objects.values_list("size", "root")
    return contiguous and same and all(Tree(size, read_tree).root() == bytes(root) for size, root in roots)


class Elsewhere:
    """Another session of the database, whose transaction may stay open."""

    def __init__(self) -> None:
        self.session: BaseDatabaseWrapper = connections["default"].copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.session.close()

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a statement gives there."""
        with self.session.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall()) if cursor.description else []

    def event(self) -> int:
        """An event of a chain of its own; gives its key."""
        [(key,)] = self.run(
            "INSERT INTO console_event (subject, number, at, verb, origin, request_id, details, previous, hash)"
            " VALUES ('elsewhere:1', 1, now(), 'audit.verified', 'command', '', '{}', '', sha256('elsewhere'))"
            " RETURNING id"
        )
        return int(key)
