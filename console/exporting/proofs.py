"""What proves a pack: checkpoints, the nodes of the tree that lead from each event to them, and the keys."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from io import TextIOWrapper
from itertools import batched
from typing import TYPE_CHECKING, Any

from console.errors import NotFit
from console.flows.seal import read_tree, ring
from console.models import Checkpoint, Installation
from console.proof import notes
from console.proof.tree import Gap, Tree
from console.proof.verify import canonical, fingerprint, grouped, read_note

if TYPE_CHECKING:
    from console.exporting.pack import Archive

DAYS = 31
MONTHS = 68
RUN = 50_000
"""How many nodes are sorted at a time."""


def latest() -> Checkpoint | None:
    """The checkpoint over the most events; None before the first one."""
    return Checkpoint.objects.order_by("-size").first()


def installation() -> str:
    """The name of this installation."""
    return str(Installation.objects.get().name)


def told(checkpoint: Checkpoint | None) -> dict[str, Any]:
    """What people compare: the fingerprint of the key that signed, in groups, and the tree's root."""
    if checkpoint is None:
        return {"installation": installation(), "fingerprint": "", "root": ""}
    key = fingerprint(read_note(checkpoint.note).public)
    return {"installation": installation(), "fingerprint": grouped(key), "root": bytes(checkpoint.root).hex()}


def manifest_note(manifest: bytes, checkpoint: Checkpoint | None) -> str:
    """A signed note over the manifest; empty where there is no key to sign with."""
    keys = ring()
    key = (keys.get(read_note(checkpoint.note).key_id) if checkpoint else None) or keys.first
    return notes.sign_manifest(key, installation=installation(), manifest=manifest) if key else ""


def write(
    archive: Archive,
    checkpoint: Checkpoint | None,
    leaves: Iterable[int],
    begins: datetime | None,
    going_on: Callable[[], None],
) -> None:
    """Writes the checkpoints, the keys and the proof; without a checkpoint nothing can be proved, and none is there."""
    earlier = _earlier(checkpoint, begins) if checkpoint else []
    archive.put("keys.txt", _keys([*earlier, checkpoint] if checkpoint else []))
    if checkpoint is None:
        return
    archive.put("checkpoints/latest.txt", checkpoint.note.encode())
    for one in earlier:
        archive.put(f"checkpoints/{one.size}.txt", one.note.encode())
    try:
        _write_proof(archive, Tree(checkpoint.size, read_tree), earlier, sorted(leaves), going_on)
    except Gap as problem:
        raise NotFit(
            f"No proof can be made: history was altered. {problem} "
            "Whoever runs this console finds out more by “manage.py audit verify”."
        ) from problem


def _write_proof(
    archive: Archive, tree: Tree, earlier: Sequence[Checkpoint], leaves: Sequence[int], going_on: Callable[[], None]
) -> None:
    consistency = {str(one.size): _as_object(tree.consistency(one.size)) for one in earlier}
    with archive.member("proof.json") as file:
        # As `canonical` writes it, without ever holding all of it: a pack may have millions of nodes.
        file.write(b'{"consistency":' + canonical(consistency) + b',"nodes":{')
        before = b""
        for some in batched(_in_order_of_names(tree.proof(leaves), going_on), RUN):
            file.write(before + ",".join(some).encode())
            before = b","
            going_on()
        file.write(b'},"size":%d}' % tree.size)


def _earlier(checkpoint: Checkpoint, begins: datetime | None) -> list[Checkpoint]:
    """The last of each day and month, and the one before the period: whoever kept one of them can compare."""
    before = Checkpoint.objects.filter(size__lt=checkpoint.size).order_by("-size")
    ends = [checkpoint.at - timedelta(days=days) for days in range(1, DAYS + 1)]
    ends = [moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) for moment in ends]
    ends += _months(checkpoint.at)
    found = [before.filter(at__lt=end).first() for end in [*ends, *([begins] if begins else [])]]
    return sorted({one.size: one for one in found if one}.values(), key=lambda one: one.size)


def _keys(checkpoints: Sequence[Checkpoint]) -> bytes:
    """Those of the installation, and whatever other signed one of these."""
    signed = [read_note(one.note) for one in checkpoints]
    found = [*((key.id, key.public) for key in ring()), *((note.key_id, note.public) for note in signed)]
    return notes.keys_text(dict.fromkeys(found)).encode()


def _months(moment: datetime) -> Iterator[datetime]:
    """The beginnings of this month and of those before."""
    moment = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MONTHS):
        yield moment
        moment = (moment - timedelta(days=1)).replace(day=1)


def _as_object(nodes: Iterable[tuple[tuple[int, int], bytes]]) -> dict[str, str]:
    return {f"{start}-{end}": node.hex() for (start, end), node in nodes}


def _in_order_of_names(nodes: Iterable[tuple[tuple[int, int], bytes]], going_on: Callable[[], None]) -> Iterator[str]:
    """The nodes as members of an object, in the order in which JSON with sorted keys has them: sorted in runs, the runs
    put aside in files without a name, and merged.
    """
    runs: list[TextIOWrapper[Any]] = []
    for some in batched(nodes, RUN):
        run = tempfile.TemporaryFile("w+", encoding="ascii")  # noqa: SIM115 - closed when the last line was read
        run.writelines(sorted(f'"{start}-{end}":"{node.hex()}"\n' for (start, end), node in some))
        run.seek(0)
        runs.append(run)
        going_on()
    try:
        for member in heapq.merge(*runs):
            yield member.rstrip("\n")
    finally:
        for run in runs:
            run.close()
