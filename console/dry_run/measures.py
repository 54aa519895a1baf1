"""Measures of a run of values: shapes, lengths, jumps, and what many share, each in bounded memory. Pure."""

from __future__ import annotations

import hashlib
import heapq
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from console.dry_run.summary import Example, example_of, stored
from providers.fields import Kind

if TYPE_CHECKING:
    from providers.fields import Field, Value

FEW = 3
FEWEST = 50  # below that nothing is usual, and so nothing unusual
MOST_SHAPES = 200
MOST_SHARED = 20_000
USUAL, MOSTLY, RARE = 0.05, 0.8, 0.01
SIGMAS, LEAST_LENGTH = 4.0, 8
TIMES, YEARS = 10, 20
EMPTY_WORDS = frozenset(
    {"test", "n/a", "na", "none", "null", "-", "--", "?", "xxx", "tbd", "unknown", "asdf", "undefined"}
)
_RUNS = re.compile(r"[^\W\d_]+|\d+|\s+")
_NUMBERS = frozenset({Kind.MONEY, Kind.DECIMAL, Kind.WHOLE_NUMBER})
_LISTED = frozenset({Kind.CHOICE, Kind.COUNTRY, Kind.US_STATE, Kind.TIME_ZONE, Kind.YES_NO})
_LONGEST_SHAPE = 40


class Shapes:
    """How often each shape of value comes; a field of which every value has its own has no usual one."""

    def __init__(self) -> None:
        self._seen: dict[str, list[Any]] = {}
        self._total, self._is_free = 0, False

    def look(self, rule: Field, value: Value, example: Example) -> None:
        """Takes one value."""
        if self._is_free or (shape := shape_of(rule, value)) is None:
            return
        self._total += 1
        if shape not in self._seen and len(self._seen) >= MOST_SHAPES:
            self._is_free, self._seen = True, {}
            return
        entry = self._seen.setdefault(shape, [0, []])
        entry[0] += 1
        if len(entry[1]) < FEW:
            entry[1].append(example)

    def found(self) -> Iterator[tuple[str, int, list[Example]]]:
        """The rare ones together, where most values have a usual shape."""
        usual = sum(count for count, _ in self._seen.values() if count >= USUAL * self._total)
        if self._total < FEWEST or usual < MOSTLY * self._total:
            return
        rare = sorted((one for one in self._seen.values() if one[0] <= RARE * self._total), key=lambda one: one[0])
        if rare:
            examples = [example for _, some in rare for example in some][:FEW]
            yield "Written unlike nearly all the others.", sum(count for count, _ in rare), examples

    def kept(self) -> list[Any]:
        """All it holds as JSON."""
        seen = {shape: [count, _stored(examples)] for shape, (count, examples) in self._seen.items()}
        return [seen, self._total, self._is_free]

    def go_on(self, kept: Sequence[Any], rules: Mapping[str, Field]) -> None:
        """Takes over what another kept."""
        seen, self._total, self._is_free = kept
        self._seen = {shape: [count, _opened(examples, rules)] for shape, (count, examples) in seen.items()}


class Lengths:
    """Mean and spread of the lengths, by Welford, and the few shortest and longest."""

    def __init__(self) -> None:
        self._total, self._mean, self._spread = 0, 0.0, 0.0
        self._longest, self._shortest = Few(), Few()

    def look(self, length: int, example: Example) -> None:
        """Takes the length of one value."""
        self._total += 1
        off = length - self._mean
        self._mean += off / self._total
        self._spread += off * (length - self._mean)
        self._longest.offer(length, example)
        self._shortest.offer(-length, example)

    def found(self) -> Iterator[tuple[str, int, list[Example]]]:
        """Those far from the mean."""
        if self._total < FEWEST:
            return
        far = max(SIGMAS * math.sqrt(self._spread / self._total), LEAST_LENGTH)
        for few, word in ((self._longest, "longer"), (self._shortest, "shorter")):
            some = [example for length, example in few.best if abs(abs(length) - self._mean) > far]
            if some:
                at_least = "at least " if len(some) >= FEW else ""
                yield f"Much {word} than the others, {at_least}in these.", len(some), some

    def kept(self) -> list[Any]:
        """All it holds as JSON."""
        return [self._total, self._mean, self._spread, self._longest.kept(), self._shortest.kept()]

    def go_on(self, kept: Sequence[Any], rules: Mapping[str, Field]) -> None:
        """Takes over what another kept."""
        self._total, self._mean, self._spread, longest, shortest = kept
        self._longest.go_on(longest, rules)
        self._shortest.go_on(shortest, rules)


class Jumps:
    """Numbers that become ten times as much or a tenth, and days that move by twenty years; the farthest few."""

    def __init__(self) -> None:
        self._count, self._farthest, self._unit = 0, Few(), ""

    def look(self, rule: Field, before: Value, after: Value, example: Example) -> None:
        """Takes what one value was and is to be."""
        far, self._unit = _far(rule, before, after), self._unit or ("days" if rule.kind is Kind.DATE else "numbers")
        if far >= 1:
            self._count += 1
            self._farthest.offer(far, example)

    def found(self) -> Iterator[tuple[str, int, list[Example]]]:
        """All that jump, and the farthest of them."""
        if self._count:
            words = (
                f"Moves by {YEARS} years or more."
                if self._unit == "days"
                else f"Becomes {TIMES} times as much, or a tenth."
            )
            yield words, self._count, [example for _, example in self._farthest.best]

    def kept(self) -> list[Any]:
        """All it holds as JSON."""
        return [self._count, self._unit, self._farthest.kept()]

    def go_on(self, kept: Sequence[Any], rules: Mapping[str, Field]) -> None:
        """Takes over what another kept."""
        self._count, self._unit, farthest = kept
        self._farthest.go_on(farthest, rules)


class Sharing:
    """Which values many rows share, where each is of one person. Counts the most frequent ones by lossy counting:
    once there are too many, those seen least are dropped, so that nothing is counted too often.
    """

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._examples: dict[str, list[Example]] = {}

    def look(self, value: Value, example: Example) -> None:
        """Takes one value in its canonical form."""
        key = hashlib.blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=8).hexdigest()
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] > 1 and (len(self._examples) < MOST_SHAPES or key in self._examples):
            some = self._examples.setdefault(key, [])
            if len(some) < FEW:
                some.append(example)
        if len(self._seen) > MOST_SHARED:
            self._drop()

    def found(self) -> Iterator[tuple[int, list[Example]]]:
        """How many share a value, and some of them; those that most share first, three at most."""
        shared = sorted(((n, key) for key, n in self._seen.items() if n >= FEW), reverse=True)[:FEW]
        for count, key in shared:
            yield count, self._examples.get(key, [])

    def kept(self) -> list[Any]:
        """What it holds as JSON, without what came once."""
        often = {key: count for key, count in self._seen.items() if count > 1}
        return [often, {key: _stored(some) for key, some in self._examples.items() if key in often}]

    def go_on(self, kept: Sequence[Any], rules: Mapping[str, Field]) -> None:
        """Takes over what another kept."""
        self._seen = dict(kept[0])
        self._examples = {key: _opened(some, rules) for key, some in kept[1].items()}

    def _drop(self) -> None:
        least = min(self._seen.values())
        while len(self._seen) > MOST_SHARED // 2:
            self._seen = {key: count for key, count in self._seen.items() if count > least}
            least += 1
        self._examples = {key: some for key, some in self._examples.items() if key in self._seen}


class Few:
    """The few with the highest rank, each with its row."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Example]] = []  # of equal ones the first stays
        self._offered = 0

    def offer(self, rank: float, example: Example) -> None:
        """Keeps this one if it ranks among the highest."""
        self._offered += 1
        if len(self._heap) < FEW:
            heapq.heappush(self._heap, (rank, -self._offered, example))
        elif rank > self._heap[0][0]:
            heapq.heapreplace(self._heap, (rank, -self._offered, example))

    @property
    def best(self) -> list[tuple[float, Example]]:
        """The highest first."""
        ranked = sorted(self._heap, key=lambda one: (-one[0], -one[1]))
        return [(rank, example) for rank, _, example in ranked]

    def kept(self) -> list[Any]:
        """As JSON."""
        return [[rank, stored(example)] for rank, _, example in self._heap]

    def go_on(self, kept: Sequence[Any], rules: Mapping[str, Field]) -> None:
        """Takes over what another kept."""
        for rank, one in kept:
            self.offer(rank, example_of(one, rules))


def shape_of(rule: Field, value: Value) -> str | None:
    """What a value looks like without what it says: “Aa Aa”, “+62”; None where that tells nothing."""
    if rule.kind in _LISTED:
        return _short(str(rule.canonical(value)))
    if not isinstance(value, str):
        return None
    if rule.kind is Kind.PHONE:
        return value[:3]
    if rule.kind in {Kind.TEXT, Kind.ZIP}:
        return _short(_RUNS.sub(lambda run: _of_run(run[0]), value))
    return None


def _short(shape: str) -> str:
    return shape if len(shape) <= _LONGEST_SHAPE else hashlib.blake2b(shape.encode(), digest_size=8).hexdigest()


def _of_run(run: str) -> str:
    if run.isspace():
        return " "
    if run.isdigit():
        return "9"
    return "A" if len(run) > 1 and run.isupper() else "Aa" if run[0].isupper() else "a"


def _far(rule: Field, before: Value, after: Value) -> float:
    """How far a value jumps; 1 is where that begins to be much."""
    if not isinstance(before, str) or not isinstance(after, str):
        return 0
    if rule.kind is Kind.DATE:
        was, is_to_be = _day(before), _day(after)
        return abs((is_to_be - was).days) / (365.25 * YEARS) if was and is_to_be else 0
    return _times(before, after) / TIMES if rule.kind in _NUMBERS else 0


def _times(before: str, after: str) -> float:
    try:
        was, is_to_be = Decimal(before), Decimal(after)
    except InvalidOperation:
        return 0
    if not was.is_finite() or not is_to_be.is_finite() or not was or not is_to_be:
        return 0
    if (was < 0) != (is_to_be < 0):
        return TIMES
    times = is_to_be / was
    return float(max(times, 1 / times))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _stored(examples: Sequence[Example]) -> list[Any]:
    return [stored(example) for example in examples]


def _opened(kept: Sequence[Any], rules: Mapping[str, Field]) -> list[Example]:
    return [example_of(one, rules) for one in kept]
