"""Standing out: which values of a long run are unlike the others, found while it passes, in bounded memory. Pure.

A sensitive field is not looked at: that a value is unlike the others tells something of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from console.dry_run.measures import EMPTY_WORDS, Jumps, Lengths, Shapes, Sharing
from console.dry_run.summary import Example, Oddity, Outlier, example_of, stored
from providers.fields import Kind, Meaning

if TYPE_CHECKING:
    from console.dry_run.summary import Cell
    from providers.fields import Field

MOST_EXAMPLES = 3
MOST_FIELDS = 100
OF_ONE_PERSON = frozenset({Meaning.EMAIL, Meaning.PHONE})
TEXTS = frozenset({Kind.TEXT, Kind.EMAIL, Kind.PHONE, Kind.ZIP})


class FieldWatch:
    """What is unusual in one field."""

    def __init__(self, rule: Field) -> None:
        self._rule = rule
        self.shapes, self.lengths, self.jumps, self.sharing = Shapes(), Lengths(), Jumps(), Sharing()
        self.empty_words, self.empty_examples = 0, list[Example]()

    def look(self, cell: Cell, example: Example) -> None:
        """Takes one value that the field is to hold."""
        value = cell.after
        if self._rule.kind in TEXTS and isinstance(value, str):
            self.lengths.look(len(value), example)
            if value.strip().casefold() in EMPTY_WORDS:
                self.empty_words += 1
                _add(self.empty_examples, example)
        self.shapes.look(self._rule, value, example)
        self.jumps.look(self._rule, cell.before, value, example)
        if self._rule.meaning in OF_ONE_PERSON or self._rule.kind in {Kind.EMAIL, Kind.PHONE}:
            self.sharing.look(self._rule.canonical(value), example)

    def found(self) -> Iterator[tuple[Oddity, str, int, list[Example]]]:
        """What stands out: why, in a sentence, in how many rows, and some of them."""
        for count, examples in self.sharing.found():
            yield Oddity.SHARED, f"{count:,} records would hold one and the same.", count, examples
        if self.empty_words:
            sentence = "Words such as “test” or “n/a” stand where a value should."
            yield Oddity.EMPTY_WORD, sentence, self.empty_words, self.empty_examples
        for sentence, count, examples in self.jumps.found():
            yield Oddity.JUMP, sentence, count, examples
        for sentence, count, examples in self.shapes.found():
            yield Oddity.SHAPE, sentence, count, examples
        for sentence, count, examples in self.lengths.found():
            yield Oddity.LENGTH, sentence, count, examples

    def kept(self) -> dict[str, Any]:
        """All it holds as JSON."""
        return {
            "shapes": self.shapes.kept(),
            "lengths": self.lengths.kept(),
            "jumps": self.jumps.kept(),
            "sharing": self.sharing.kept(),
            "empty": [self.empty_words, [stored(one) for one in self.empty_examples]],
        }

    @classmethod
    def going_on(cls, kept: Mapping[str, Any], rule: Field, rules: Mapping[str, Field]) -> FieldWatch:
        """Goes on with what another kept."""
        watch = cls(rule)
        watch.shapes.go_on(kept["shapes"], rules)
        watch.lengths.go_on(kept["lengths"], rules)
        watch.jumps.go_on(kept["jumps"], rules)
        watch.sharing.go_on(kept["sharing"], rules)
        watch.empty_words, examples = kept["empty"]
        watch.empty_examples = [example_of(one, rules) for one in examples]
        return watch


class StandingOut:
    """What is unusual in any field."""

    def __init__(self) -> None:
        self._watches: dict[str, FieldWatch] = {}

    def look(self, example: Example) -> None:
        """Takes one row that would become a change."""
        for cell in example.cells:
            if cell.rule is None or cell.is_hidden or cell.rule.is_blank(cell.after):
                continue
            if cell.name not in self._watches and len(self._watches) < MOST_FIELDS:
                self._watches[cell.name] = FieldWatch(cell.rule)
            if watch := self._watches.get(cell.name):
                watch.look(cell, example)

    def found(self, rules: Mapping[str, Field]) -> list[Outlier]:
        """What stands out, the gravest first."""
        order = list(Oddity)
        found = [
            Outlier(oddity, name, rules[name].label if name in rules else name, sentence, count, _of(examples, name))
            for name, watch in self._watches.items()
            for oddity, sentence, count, examples in watch.found()
        ]
        return sorted(found, key=lambda one: (order.index(one.oddity), -one.count))

    def kept(self) -> dict[str, Any]:
        """All it holds as JSON."""
        return {name: watch.kept() for name, watch in self._watches.items()}

    @classmethod
    def going_on(cls, kept: Mapping[str, Any], rules: Mapping[str, Field]) -> StandingOut:
        """Goes on with what another kept; a field that is no more, or hidden by now, is watched no longer."""
        watching = cls()
        for name, watched in kept.items():
            if name in rules and not rules[name].sensitive:
                watching._watches[name] = FieldWatch.going_on(watched, rules[name], rules)
        return watching


def _of(examples: Sequence[Example], name: str) -> tuple[Example, ...]:
    """These rows without their other fields: it is one that stands out."""
    return tuple(replace(one, cells=tuple(cell for cell in one.cells if cell.name == name)) for one in examples)


def _add(examples: list[Example], example: Example) -> None:
    if len(examples) < MOST_EXAMPLES:
        examples.append(example)
