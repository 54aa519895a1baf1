"""Seal: puts events that are no leaf yet into the tree over all of them, and signs its root.

One sealer at a time, however many workers on however many hosts. Nothing here looks at this host's clock: checkpoints
bear the database's.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction

from console.errors import CannotSeal
from console.flows.alone import alone
from console.flows.fitting import Backwards, fitting, kept
from console.flows.leaves import (
    ACCEPTED,
    REFUSED,
    Standing,
    State,
    look,
    number,
    read_tree,
    standing,
    store,
    wait_for_the_disk,
)
from console.flows.outside import Outside
from console.flows.record import database_now, record
from console.flows.unsealed import Search
from console.models import Checkpoint, Installation, Origin, User
from console.proof.notes import Ring, SealingKey, sign_checkpoint
from console.proof.tree import Frontier
from console.proof.verify import Checkpoint as Signed

__all__ = ["Standing", "accept_restored", "read_tree", "ring", "seal", "standing"]

log = structlog.get_logger()

ONE_SEALER = 7_203_117
LONGEST_STANDSTILL = "10s"
AT_ONCE = 50_000

NO_KEY = "STEWARD_SEALING_KEYS is not set: history cannot be signed."
REFUSED_BEFORE = (
    "Sealing was refused, since the database is not what was signed before: a person has to accept it first."
)
BUSY = "Another process is sealing at this very moment: try once more."
NOTHING_TO_ACCEPT = "There is nothing to accept: the database goes on from what this host saw signed."
UNSOUND = "It cannot be accepted: what the database holds is not even what its own last checkpoint says."
NO_REASON = "Say in a few words what happened: it stays in the history."


@dataclass(slots=True)
class _Memory:
    """What this process knows of one installation, kept from one round to the next; in use by who seals alone."""

    folder: Path
    search: Search
    tree: Frontier | None = None


_memory: _Memory | None = None


def seal(*, stopping: threading.Event | None = None) -> int:
    """Seals all events that are no leaf yet, and gives how many it sealed; begins no further lot once it is to stop.

    Each event that is committed gets found, however late that was. Nothing new, or another process at it: 0, and
    nothing is written. Raises CannotSeal where nothing may be signed; OSError where the file cannot be kept.
    """
    key, keys = _signing()
    with alone(ONE_SEALER, standstill=LONGEST_STANDSTILL) as is_alone:
        if not is_alone:
            return 0
        state = look()
        if state.is_refused:
            raise CannotSeal(REFUSED_BEFORE)
        try:
            return _seal_all(state, key, keys, stopping or threading.Event())
        except Backwards as problem:
            _tell_refusal(problem)
            raise


def ring() -> Ring:
    """The keys that sign and that checked once; raises CannotSeal where they cannot be read."""
    try:
        return Ring.read(settings.STEWARD_SEALING_KEYS)
    except ValueError as problem:
        raise CannotSeal(str(problem)) from None


def _signing() -> tuple[SealingKey, Ring]:
    keys = ring()
    if keys.first is None:
        raise CannotSeal(NO_KEY)
    return keys.first, keys


def _seal_all(state: State, key: SealingKey, keys: Ring, stopping: threading.Event) -> int:
    """In lots of a bounded size. What the first sight could see is sealed once a lot is not full."""
    memory, first, sealed = _remembered(state), state.sight, 0
    begins = above = memory.search.begin(first, state.sealed_below)
    while True:
        outside = Outside(memory.folder)
        tree = _fitting(state, outside, keys, memory)
        count, above = _seal_lot(state, tree, above, key, outside, memory)
        sealed += count
        if count < AT_ONCE:
            memory.search.end(first, begins)
            return sealed
        if stopping.is_set():
            return sealed
        state = look()


def _remembered(state: State) -> _Memory:
    global _memory  # noqa: PLW0603 - of this process
    folder = Path(settings.STEWARD_SEALS) / state.installation
    if _memory is None or _memory.folder != folder:
        _memory = _Memory(folder, Search())
    return _memory


def _fitting(state: State, outside: Outside, keys: Ring, memory: _Memory) -> Frontier:
    known = kept(outside.read(), keys, state.installation)
    if known is None and state.note:  # this once, it could not have been noticed
        log.warning("seal.no_file", folder=str(outside.folder))
    tree = fitting(state, known, memory.tree, keys)
    if state.note and (known is None or known.size < state.size):
        outside.put(outside.prepare(state.note))
    memory.tree = tree
    return tree


def _seal_lot(  # noqa: PLR0917 - all that a signature depends on
    state: State, tree: Frontier, above: int, key: SealingKey, outside: Outside, memory: _Memory
) -> tuple[int, int]:
    """Gives how many it sealed, and the highest key of them. The file is written before the commit, and named after."""
    fresh: Path | None = None
    with transaction.atomic(durable=True):
        leaves = number(above, tree.size, AT_ONCE)
        if not leaves:
            return 0, above
        wait_for_the_disk()
        grown = _grown(tree, leaves)
        note = _sign(state, grown, key, memory.search.proven)
        fresh = outside.prepare(note)
    outside.put(fresh)
    memory.tree = grown
    return len(leaves), leaves[-1][1]


def _grown(tree: Frontier, leaves: list[tuple[int, int, bytes]]) -> Frontier:
    """The tree with these leaves at its end, one after the other; what became whole by them is kept."""
    grown = Frontier(tree.size, list(tree.nodes))
    subtrees = list[tuple[int, int, bytes]]()
    for index, _, digest in leaves:
        if index != grown.size:
            raise CannotSeal(f"Leaf {index:,} does not follow on leaf {grown.size - 1:,}.")
        subtrees += grown.append(digest)
    store(subtrees)
    return grown


def _sign(state: State, tree: Frontier, key: SealingKey, proven: int) -> str:
    at, root = database_now(), tree.root()
    note = sign_checkpoint(
        key,
        installation=state.installation,
        size=tree.size,
        root=root,
        at=round(at.timestamp() * 1_000_000),
        life=state.life,
    )
    sight = state.sight
    Checkpoint.objects.create(
        size=tree.size, root=root, at=at, note=note, seen=sight.seen, horizon=sight.next, sealed_below=proven
    )
    return note


@transaction.atomic
def _tell_refusal(problem: Backwards) -> None:
    """Once, for all workers: none signs from now on."""
    about = {"why": problem.why.value, "kept": problem.kept, "found": problem.found, "host": socket.gethostname()}
    log.error("seal.refused", **about)
    record(Installation.objects.get(), REFUSED, by=None, origin=Origin.WORKER, details=about)


def accept_restored(*, by: User | None, reason: str) -> Checkpoint | None:
    """A person says that the database, as it is, goes on: after a backup was restored. Gives its last checkpoint.

    What this host kept until then is set aside, as evidence. Raises CannotSeal where nothing was refused, or where the
    database's own seals do not hold; each host whose file is ahead of the database is told by itself.
    """
    if not reason.strip():
        raise CannotSeal(NO_REASON)
    _, keys = _signing()
    with alone(ONE_SEALER, standstill=LONGEST_STANDSTILL) as is_alone:
        if not is_alone:
            raise CannotSeal(BUSY)
        return _accept(look(), keys, by, reason.strip())


def _accept(state: State, keys: Ring, by: User | None, reason: str) -> Checkpoint | None:
    memory = _remembered(state)
    outside = Outside(memory.folder)
    known, problem = _what_is_wrong(state, outside, keys)
    if not state.is_refused and not problem:
        raise CannotSeal(NOTHING_TO_ACCEPT)
    try:
        memory.tree = fitting(state, None, None, keys)
    except Backwards as unsound:
        raise CannotSeal(f"{UNSOUND} {unsound}") from unsound
    about = {"kept": known.size if known else 0, "found": state.size, "host": socket.gethostname(), "reason": reason}
    with transaction.atomic():
        record(Installation.objects.get(), ACCEPTED, by=by, origin=Origin.COMMAND, details=about)
    if problem:
        aside = outside.set_aside(state.note)
        log.warning("seal.accepted", set_aside=str(aside))
    return Checkpoint.objects.order_by("size").last()


def _what_is_wrong(state: State, outside: Outside, keys: Ring) -> tuple[Signed | None, CannotSeal | None]:
    known: Signed | None = None
    try:
        known = kept(outside.read(), keys, state.installation)
        fitting(state, known, None, keys)
    except CannotSeal as problem:
        return known, problem
    return known, None
