"""Drawing: which changes of a period are looked at, and what proves which they were. Pure: it asks nothing.

Anybody can do it again: changes stand in the order of SHA-256 over “<seed> <number>”; the first ones are the sample.
What a population was is said by a hash over one line for each change, “<number> <hash of its last step's event>”, in
the order of their numbers; and by their numbers themselves, grouped by how many steps each had taken.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Member:
    """One change of a population: how many steps it had taken, and the hash of the event of the last one."""

    number: int
    steps: int
    hash: bytes


def new_seed() -> str:
    """What nobody could choose: 128 random bits, as hex."""
    return secrets.token_hex(16)


def in_order(seed: str, numbers: Iterable[int]) -> list[int]:
    """These changes in the order in which this seed draws them."""
    return sorted(numbers, key=lambda number: (_lot(seed, number), number))


def drawn(seed: str, numbers: Iterable[int], most: int, *, but: Collection[int] = ()) -> list[int]:
    """The first `most` of those that are not chosen otherwise."""
    return in_order(seed, [number for number in numbers if number not in but])[:most]


def population_hash(members: Iterable[Member]) -> str:
    """SHA-256 over all of them, as hex."""
    digest = hashlib.sha256()
    for member in sorted(members, key=lambda member: member.number):
        digest.update(f"{member.number} {member.hash.hex()}\n".encode())
    return digest.hexdigest()


def written(members: Iterable[Member]) -> dict[str, str]:
    """Their numbers as history keeps them: {"3": "12-14 17"}, of those that had taken three steps."""
    groups: dict[int, list[int]] = {}
    for member in members:
        groups.setdefault(member.steps, []).append(member.number)
    return {str(steps): " ".join(_ranges(sorted(numbers))) for steps, numbers in sorted(groups.items())}


def read(kept: Mapping[str, str]) -> dict[int, int]:
    """What `written` wrote: how many steps each had taken, by number."""
    return {number: int(steps) for steps, ranges in kept.items() for number in _numbers(ranges)}


def _lot(seed: str, number: int) -> bytes:
    return hashlib.sha256(f"{seed} {number}".encode()).digest()


def _ranges(numbers: list[int]) -> Iterator[str]:
    """Runs of numbers that follow each other: “12-14”, “17”."""
    breaks = [place for place, (one, other) in enumerate(pairwise(numbers), 1) if other != one + 1]
    for start, end in pairwise([0, *breaks, len(numbers)]):
        first, last = numbers[start], numbers[end - 1]
        yield f"{first}-{last}" if last > first else str(first)


def _numbers(ranges: str) -> Iterator[int]:
    for part in ranges.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
