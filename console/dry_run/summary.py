"""What a dry run found: what becomes of each field, what is refused and why, what stands out, and rows to look at.

It is kept in two parts: what is counted holds no personal value; examples hold some, and whoever keeps them seals them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Field, Value


class Turn(StrEnum):
    """What becomes of one field in one row; its value is its name where it is kept."""

    CHANGES = "changes"
    FILLS = "fills"
    CLEARS = "clears"
    STAYS = "stays"
    REFUSED = "refused"
    HELD = "held"

    @property
    def words(self) -> str:
        """What is said after a count of rows."""
        return _WORDS[self]

    @property
    def is_wanted(self) -> bool:
        """Something would be sent for it."""
        return self in {Turn.CHANGES, Turn.FILLS, Turn.CLEARS}


_WORDS = {
    Turn.CHANGES: "change",
    Turn.FILLS: "filled in",
    Turn.CLEARS: "cleared",
    Turn.STAYS: "stay as they are",
    Turn.REFUSED: "refused",
    Turn.HELD: "held back by another field",
}


class Oddity(StrEnum):
    """Why something stands out; its value is how the page heads it."""

    SHARED = "One value for many"
    EMPTY_WORD = "A word that means nothing"
    SHAPE = "A rare shape"
    LENGTH = "An unusual length"
    JUMP = "A large jump"


@dataclass(frozen=True, slots=True)
class FieldCount:
    """What becomes of one field, in rows. `label` is what the pages call it."""

    name: str
    label: str
    turns: Mapping[Turn, int]

    @property
    def wanted(self) -> int:
        """In how many rows something would be sent for it."""
        return sum(count for turn, count in self.turns.items() if turn.is_wanted)

    @property
    def told(self) -> list[tuple[Turn, int]]:
        """What there is any of, in the order in which it is told."""
        return [(turn, self.turns[turn]) for turn in Turn if self.turns.get(turn)]

    @property
    def sentence(self) -> str:
        """In words: “4,120 change, 37 cleared, 12 refused”."""
        return ", ".join(f"{count:,} {turn.words}" for turn, count in self.told)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why rows are refused, and how many; `field` is empty where it is the record as a whole."""

    field: str
    label: str
    code: str
    sentence: str
    count: int


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of an example. Of a sensitive field no value is kept, only what becomes of it.

    `rule` is the field as the provider declares it today; None for one that it has no more.
    """

    name: str
    turn: Turn
    before: Value = None
    after: Value = None
    was_known: bool = True
    rule: Field | None = None

    @property
    def label(self) -> str:
        """What the pages call the field."""
        return self.rule.label if self.rule else self.name

    @property
    def is_hidden(self) -> bool:
        """Its values are not for whoever looks."""
        return self.rule is None or self.rule.sensitive


@dataclass(frozen=True, slots=True)
class Example:
    """One row to look at: its number, its customer if there is one yet, what the page calls it, and its fields."""

    row: int
    customer: int | None
    who: str
    cells: tuple[Cell, ...]
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlier:
    """Something that stands out in one field: why, in how many rows, and a few of them."""

    oddity: Oddity
    name: str
    label: str
    sentence: str
    count: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a dry run found. Every row either is wanted, stays as it is, or is refused; `new` of the wanted ones
    are of customers that are not known yet.
    """

    rows: int = 0
    wanted: int = 0
    stays: int = 0
    refused: int = 0
    new: int = 0
    fields: tuple[FieldCount, ...] = ()
    reasons: tuple[Reason, ...] = ()
    outliers: tuple[Outlier, ...] = ()
    sample: tuple[Example, ...] = ()

    def counted(self) -> dict[str, Any]:
        """What holds no personal value, as JSON."""
        return {
            **{name: getattr(self, name) for name in _COUNTS},
            "fields": [[one.name, one.label, {str(turn): n for turn, n in one.turns.items()}] for one in self.fields],
            "reasons": [[one.field, one.label, one.code, one.sentence, one.count] for one in self.reasons],
        }

    def examples(self) -> dict[str, Any]:
        """What holds personal values, as JSON: to be sealed."""
        return {"sample": [stored(one) for one in self.sample], "outliers": [_stored_outlier(o) for o in self.outliers]}

    @classmethod
    def of(cls, counted: Mapping[str, Any], examples: Mapping[str, Any], provider: Provider) -> Summary:
        """The same again, out of its two parts; an empty one where there are none."""
        rules = {field.name: field for field in provider.fields}
        return cls(
            **{name: counted.get(name, 0) for name in _COUNTS},
            fields=tuple(
                FieldCount(name, label, {Turn(turn): n for turn, n in turns.items()})
                for name, label, turns in counted.get("fields", ())
            ),
            reasons=tuple(Reason(*one) for one in counted.get("reasons", ())),
            outliers=tuple(_outlier_of(one, rules) for one in examples.get("outliers", ())),
            sample=tuple(example_of(one, rules) for one in examples.get("sample", ())),
        )


_COUNTS = ("rows", "wanted", "stays", "refused", "new")


def stored(example: Example) -> list[Any]:
    """An example as JSON."""
    cells = [[cell.name, str(cell.turn), cell.before, cell.after, cell.was_known] for cell in example.cells]
    return [example.row, example.customer, example.who, cells, list(example.reasons)]


def example_of(kept: Sequence[Any], rules: Mapping[str, Field]) -> Example:
    """An example out of JSON; a field that became sensitive since shows no value of before."""
    row, customer, who, cells, reasons = kept
    return Example(row, customer, who, tuple(_cell_of(one, rules) for one in cells), tuple(reasons))


def _cell_of(kept: Sequence[Any], rules: Mapping[str, Field]) -> Cell:
    name, turn, before, after, was_known = kept
    cell = Cell(name, Turn(turn), before, after, was_known, rules.get(name))
    return replace(cell, before=None, after=None) if cell.is_hidden else cell


def _stored_outlier(one: Outlier) -> list[Any]:
    return [one.oddity.name, one.name, one.label, one.sentence, one.count, [stored(each) for each in one.examples]]


def _outlier_of(kept: Sequence[Any], rules: Mapping[str, Field]) -> Outlier:
    oddity, name, label, sentence, count, examples = kept
    return Outlier(Oddity[oddity], name, label, sentence, count, tuple(example_of(one, rules) for one in examples))
