"""The prover's side of the tree over all events: its root, what proves leaves and growth, and appending to it.

Whole subtrees of 256, 65,536, … leaves are stored with their roots, so that a proof over a million leaves reads some
hundreds of rows. Where those stand is the caller's affair: they are asked for through `Read`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from console.proof.verify import EMPTY_ROOT, Range, leaf_hash, node_hash, split

STEP = 8
"""Roots are stored of whole subtrees of these heights: 8, 16, …"""
_BLOCK = 1 << STEP

type Read = Callable[[int, int, int], Sequence[bytes]]
"""`read(height, first, count)`: the `count` hashes from `first` on. At height 0 those of events, as leaves hold them;
at heights 8, 16, … the stored roots of whole subtrees of that height."""

type Subtree = tuple[int, int, bytes]
"""Height, index among those of its height, root."""


class Gap(Exception):
    """A row that proofs are made from is not there; the text says which."""


class Tree:
    """The tree over the first `size` leaves. Reads each block of 256 rows once, when leaves are asked in order."""

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._blocks: dict[int, tuple[int, Sequence[bytes]]] = {}

    def root(self) -> bytes:
        """Its root."""
        return self.node(0, self.size) if self.size else EMPTY_ROOT

    def node(self, start: int, end: int) -> bytes:
        """The hash of the leaves from `start` up to, not including, `end`: a part as the tree is split."""
        count = end - start
        if count & (count - 1):
            middle = split(start, end)
            return node_hash(self.node(start, middle), self.node(middle, end))
        height = count.bit_length() - 1
        stored = height - height % STEP
        first = start >> stored
        return _folded([self._stored(stored, index) for index in range(first, first + (count >> stored))])

    def proof(self, leaves: Iterable[int]) -> Iterator[tuple[Range, bytes]]:
        """The largest nodes that hold none of these leaves (ascending, each once), from left to right."""
        return self._around(0, self.size, _Queue(leaves)) if self.size else iter(())

    def consistency(self, old: int) -> Iterator[tuple[Range, bytes]]:
        """The largest nodes on either side of the first `old` leaves, from left to right."""
        return self._beside(old, 0, self.size) if self.size else iter(())

    def _around(self, start: int, end: int, leaves: _Queue) -> Iterator[tuple[Range, bytes]]:
        if not leaves.has_below(end):
            yield (start, end), self.node(start, end)
        elif end - start == 1:
            leaves.take()
        else:
            middle = split(start, end)
            yield from self._around(start, middle, leaves)
            yield from self._around(middle, end, leaves)

    def _beside(self, old: int, start: int, end: int) -> Iterator[tuple[Range, bytes]]:
        if end <= old or start >= old:
            yield (start, end), self.node(start, end)
            return
        middle = split(start, end)
        yield from self._beside(old, start, middle)
        yield from self._beside(old, middle, end)

    def _stored(self, height: int, index: int) -> bytes:
        block, place = divmod(index, _BLOCK)
        kept, hashes = self._blocks.get(height, (-1, ()))
        if kept != block:
            hashes = self._block(height, block)
            self._blocks[height] = block, hashes
        return hashes[place]

    def _block(self, height: int, block: int) -> Sequence[bytes]:
        first = block * _BLOCK
        count = min(_BLOCK, (self.size >> height) - first)
        hashes = self._read(height, first, count)
        if len(hashes) != count:
            raise Gap(f"Of the {count} hashes of height {height} from {first} on, {len(hashes)} are there.")
        return [leaf_hash(bytes(data)) for data in hashes] if height == 0 else [bytes(data) for data in hashes]


@dataclass
class Frontier:
    """The right edge of a growing tree: the roots of its largest whole subtrees, from left to right."""

    size: int = 0
    nodes: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, size: int, read: Read) -> Frontier:
        """Of a tree whose rows are stored."""
        tree = Tree(size, read)
        return cls(size, [tree.node(start, end) for start, end in _largest(size)])

    def append(self, data: bytes) -> list[Subtree]:
        """Adds an event's hash as the next leaf; gives the subtrees to be stored that are whole by it."""
        whole: list[Subtree] = []
        node, height, index = leaf_hash(data), 0, self.size
        while index & 1:
            node, height, index = node_hash(self.nodes.pop(), node), height + 1, index >> 1
            if height % STEP == 0:
                whole.append((height, index, node))
        self.nodes.append(node)
        self.size += 1
        return whole

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.nodes:
            return EMPTY_ROOT
        *others, root = self.nodes
        for node in reversed(others):
            root = node_hash(node, root)
        return root


class _Queue:
    """Ascending numbers of which only the next one is looked at, however many follow."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = iter(numbers)
        self._next = next(self._numbers, None)

    def has_below(self, end: int) -> bool:
        return self._next is not None and self._next < end

    def take(self) -> None:
        taken, self._next = self._next, next(self._numbers, None)
        if taken is not None and self._next is not None and self._next <= taken:
            raise ValueError(f"Leaves are asked for in order, each once: {self._next} came after {taken}.")


def _largest(size: int) -> Iterator[Range]:
    """The largest whole subtrees of so many leaves, from left to right."""
    start = 0
    for height in range(size.bit_length() - 1, -1, -1):
        if size >> height & 1:
            yield start, start + (1 << height)
            start += 1 << height


def _folded(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of neighbouring nodes."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[place], hashes[place + 1]) for place in range(0, len(hashes), 2)]
    return hashes[0]
