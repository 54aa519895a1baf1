"""Dry run: looks at what would become of many records, one row after the other, and changes nothing. Pure.

    run = DryRun(provider)
    for row, customer, wishes in …:
        looked = run.look(row, customer.record, wishes, customer=customer.pk, who=str(customer))
    summary = run.summary()

What it holds does not grow with the number of rows. Of sensitive fields it keeps no value, and compares none with what
the record holds.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.dry_run.standing_out import StandingOut
from console.dry_run.summary import (
    Cell,
    Example,
    FieldCount,
    Oddity,
    Outlier,
    Reason,
    Summary,
    Turn,
    example_of,
    stored,
)
from console.wished import differs, violations_of
from providers.fields import Violation

if TYPE_CHECKING:
    from providers.base import Provider
    from providers.fields import Value

__all__ = [
    "Cell",
    "DryRun",
    "Example",
    "FieldCount",
    "Looked",
    "Oddity",
    "Outlier",
    "Reason",
    "Summary",
    "Turn",
    "general",
]

SAMPLE = 10
MOST_REASONS = 200
THE_RECORD = "The record"
# Where a rule's own sentence speaks of one row, or quotes it.
_GENERAL = {
    "too_long": "The value is longer than the field allows.",
    "bad_text": "The value holds a damaged character.",
    "control_character": "The value holds a character that cannot be sent.",
    "invisible_character": "The value holds an invisible character.",
    "wrong_type": "The value is of a kind that the field never holds.",
    "duplicate_name": "Two values have the same name.",
    "unknown_field": "The provider has no such field that can be changed.",
}


@dataclass(frozen=True, slots=True)
class Looked:
    """What would become of one row: the wishes that differ, and why the row is refused, if it is."""

    changes: Mapping[str, Value]
    violations: tuple[Violation, ...]

    @property
    def is_refused(self) -> bool:
        """Nothing of it would be sent."""
        return bool(self.violations)

    @property
    def is_wanted(self) -> bool:
        """It would become a change."""
        return bool(self.changes) and not self.violations


class DryRun:
    """Counts, and keeps a few rows; takes them one at a time."""

    def __init__(self, provider: Provider, *, sample: int = SAMPLE, chance: random.Random | None = None) -> None:
        """`sample`: how many rows a person is shown, each as likely as any other."""
        self._provider = provider
        self._rules = {field.name: field for field in provider.fields}
        self._size, self._chance = sample, chance or random.Random()  # noqa: S311 - it picks what is shown, no secret
        self._counts = dict.fromkeys(("rows", "wanted", "stays", "refused", "new"), 0)
        self._turns: dict[str, dict[Turn, int]] = {}
        self._reasons: dict[tuple[str, str], list[Any]] = {}
        self._sample: list[Example] = []
        self._standing_out = StandingOut()

    def look(  # noqa: PLR0913 - what there is to be said of a row
        self,
        row: int,
        record: Mapping[str, Value],
        wishes: Mapping[str, Value],
        *,
        customer: int | None = None,
        who: str = "",
        refused: Sequence[Violation] = (),
        besides: Sequence[Violation] = (),
        judged: Sequence[Violation] | None = None,
        is_new: bool = False,
    ) -> Looked:
        """Looks at one row: what is held, and what is wished (absent = untouched, None = clear; in stored form).

        `refused`: why it is refused whatever differs, such as a cell that could not be read and so is in no wish.
        `besides`: what else is in the way of it, at a field or at the row (`field` None), as far as anything differs
        there. `judged`: what somebody else
        found wrong with it, instead of asking the rules; empty where nothing is to be judged.
        """
        changes = {
            name: wish for name, wish in wishes.items() if differs(self._rules.get(name), wish, record.get(name))
        }
        found = (violations_of(self._provider, record, changes) if changes else ()) if judged is None else judged
        also = (one for one in besides if one.field in changes or (one.field is None and changes))
        looked = Looked(changes, (*refused, *found, *also))
        names = dict.fromkeys([*wishes, *(one.field for one in refused if one.field)])
        turns = {name: self._turn(name, record, wishes, looked) for name in names}
        self._count(looked, turns, is_new=is_new)
        if looked.is_wanted:
            cells = tuple(self._cell(name, turn, record, wishes) for name, turn in turns.items() if turn.is_wanted)
            self._show(Example(row, customer, who, cells))
        return looked

    def refuse(self, row: int, violations: Sequence[Violation]) -> None:  # noqa: ARG002 - named like a look
        """Counts a row of which nothing could be looked at, such as one of a customer that there is not."""
        self._count(Looked({}, tuple(violations)), {}, is_new=False)

    def summary(self) -> Summary:
        """What was found so far."""
        return Summary(
            **self._counts,
            fields=tuple(FieldCount(name, self._label(name), dict(turns)) for name, turns in self._in_order()),
            reasons=tuple(
                Reason(field, self._label(field) if field else THE_RECORD, code, sentence, count)
                for (field, code), (sentence, count) in sorted(self._reasons.items(), key=lambda one: -one[1][1])
            ),
            outliers=tuple(self._standing_out.found(self._rules)),
            sample=tuple(sorted(self._sample, key=lambda example: example.row)),
        )

    def kept(self) -> dict[str, Any]:
        """All it holds as JSON, with personal values: whoever keeps it seals it."""
        return {
            "counts": self._counts,
            "turns": {name: {str(turn): n for turn, n in turns.items()} for name, turns in self._turns.items()},
            "reasons": [[*key, *value] for key, value in self._reasons.items()],
            "sample": [stored(example) for example in self._sample],
            "standing_out": self._standing_out.kept(),
        }

    @classmethod
    def going_on(cls, provider: Provider, kept: Mapping[str, Any], *, sample: int = SAMPLE) -> DryRun:
        """Goes on with what another kept, behind the last row that it looked at."""
        run = cls(provider, sample=sample)
        run._counts = dict(kept["counts"])
        run._turns = {name: {Turn(turn): n for turn, n in turns.items()} for name, turns in kept["turns"].items()}
        run._reasons = {(field, code): [sentence, count] for field, code, sentence, count in kept["reasons"]}
        run._sample = [example_of(one, run._rules) for one in kept["sample"]]
        run._standing_out = StandingOut.going_on(kept["standing_out"], run._rules)
        return run

    def _turn(self, name: str, record: Mapping[str, Value], wishes: Mapping[str, Value], looked: Looked) -> Turn:
        if any(violation.field == name for violation in looked.violations):
            return Turn.REFUSED
        if name not in looked.changes:
            return Turn.STAYS
        if looked.is_refused:
            return Turn.HELD
        rule = self._rules[name]
        if rule.is_blank(wishes[name]):
            return Turn.CLEARS
        return Turn.FILLS if rule.is_blank(record.get(name)) else Turn.CHANGES

    def _count(self, looked: Looked, turns: Mapping[str, Turn], *, is_new: bool) -> None:
        self._counts["rows"] += 1
        outcome = "refused" if looked.is_refused else "wanted" if looked.is_wanted or is_new else "stays"
        self._counts[outcome] += 1
        self._counts["new"] += is_new and not looked.is_refused
        for name, turn in turns.items():
            counts = self._turns.setdefault(name, {})
            counts[turn] = counts.get(turn, 0) + 1
        for violation in looked.violations:
            self._blame(violation)

    def _blame(self, violation: Violation) -> None:
        key = (violation.field or "", violation.code)
        if key not in self._reasons and len(self._reasons) >= MOST_REASONS:
            key = ("", "other")
        sentence = _GENERAL.get(violation.code, violation.message) if key[1] != "other" else "Something else."
        self._reasons.setdefault(key, [sentence, 0])[1] += 1

    def _show(self, example: Example) -> None:
        """Each row wanted so far is as likely as any other to be in the sample (reservoir sampling)."""
        self._standing_out.look(example)
        if len(self._sample) < self._size:
            self._sample.append(example)
        elif (place := self._chance.randrange(self._counts["wanted"])) < self._size:
            self._sample[place] = example

    def _cell(self, name: str, turn: Turn, record: Mapping[str, Value], wishes: Mapping[str, Value]) -> Cell:
        rule = self._rules[name]
        if rule.sensitive:
            return Cell(name, turn, was_known=name in record, rule=rule)
        return Cell(name, turn, record.get(name), wishes[name], name in record, rule)

    def _in_order(self) -> list[tuple[str, dict[Turn, int]]]:
        """The fields in the order of the form, unknown ones last."""
        order = list(self._rules)
        return sorted(self._turns.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order))

    def _label(self, name: str) -> str:
        return self._rules[name].label if name in self._rules else name


def general(violation: Violation) -> str:
    """What is wrong with a row without a word of it: fit to be kept unsealed, and to be told to everybody."""
    return _GENERAL.get(violation.code, violation.message)
