"""Flawed: lets one in fifty made-up customers lack something, or hold what their provider would refuse.

Real ones are no better. Only those beyond the sample: the history of the demo is played on records with nothing wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

type Record = dict[str, Any]
type Spoiling = Callable[[str], str | None]

ONE_IN = 50
FIRST = 7


def _gone(_: str) -> None:
    """Nobody ever filled it in."""


def _without_at(email: str) -> str:
    return email.replace("@", " at ")


def _cut_off(text: str) -> str:
    """As by a column that was too narrow."""
    return text[:4]


def _two_in_one(phone: str) -> str:
    """As somebody types who has no second field."""
    return f"{phone} / {phone}"


def _impossible(_: str) -> str:
    return "2026-02-31"


WAYS: Mapping[str, tuple[tuple[str, Spoiling], ...]] = {
    "timepay": (("phone_number", _two_in_one), ("emi_due_date", _impossible)),
    "finosu": (("zipCode", _cut_off), ("email", _without_at), ("taskType", _gone), ("phoneNumber", _two_in_one)),
    "caibo": (("email", _gone), ("email", _without_at), ("phone", _two_in_one)),
    "flowwise": (("email", _without_at), ("phone", _two_in_one)),
    "sqril": (("phone", _gone), ("email", _without_at), ("occupation", _gone), ("address", _gone)),
}
"""What is spoilt of whom, one way after the other."""


def some_flawed(slug: str, numbers: Iterable[int], records: Iterable[Record]) -> Iterator[Record]:
    """The records, of which one in fifty has something wrong; of a number always the same."""
    ways = WAYS[slug]
    for number, record in zip(numbers, records, strict=True):
        if number % ONE_IN == FIRST:
            name, spoil = ways[number // ONE_IN % len(ways)]
            yield _spoilt(record, name, spoil)
        else:
            yield record


def _spoilt(record: Record, name: str, spoil: Spoiling) -> Record:
    """Another record, where the value of this field is another one, or missing; the same where it holds none."""
    value = spoil(str(record.get(name) or "")) if record.get(name) else record.get(name)
    others = {key: held for key, held in record.items() if key != name}
    return others if value is None else {**others, name: value}
