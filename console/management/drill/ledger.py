"""The sandbox's ledger as the drill reads it: updates that carry the value of a change, fetched bit by bit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from console.management.drill.facts import Entry
from console.management.drill.misbehaviour import keeps_what_was_asked
from console.management.drill.plan import FIELDS
from providers.sandbox import Control

VALUE = re.compile(r"Drill (\d{6})")


class Ledger:
    """What arrived so far, by the number of the change that it names."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._entries: dict[int, Entry] = {}
        self._late: set[int] = set()
        self._read = 0

    def refresh(self) -> None:
        """Fetches what is new, and again from the oldest entry on that may yet be applied late."""
        after = min([self._read, *(number - 1 for number in self._late)])
        for line in self._control.ledger(after=after):
            self._read = max(self._read, line["id"])
            if entry := entry_of(line):
                self._entries[entry.id] = entry
            if line["fault"] == "late-apply" and not line["applied"]:
                self._late.add(line["id"])
            else:
                self._late.discard(line["id"])

    @property
    def entries(self) -> list[Entry]:
        """All of them, in the order of their arrival."""
        return [self._entries[number] for number in sorted(self._entries)]

    @property
    def by_number(self) -> Mapping[int, list[Entry]]:
        """By the change that they carry the value of."""
        found = defaultdict[int, list[Entry]](list)
        for entry in self.entries:
            found[entry.number].append(entry)
        return found

    @property
    def has_late(self) -> bool:
        """Whether a provider may still apply something that it never answered."""
        return bool(self._late)

    def may_be_applied_late(self, number: int) -> bool:
        """Whether a request for this change lies with its provider, neither answered nor applied."""
        return any(self._entries[late].number == number for late in self._late if late in self._entries)


def entry_of(line: Mapping[str, Any]) -> Entry | None:
    """A line of the ledger in the drill's terms; None for one that asks for no value of the drill."""
    fields = dict(_asked(line)) if line["method"] == "PUT" else {}
    numbers = set(fields.values())
    if not numbers:
        return None
    [number] = numbers
    at, applied_at = _moment(line["at"]), _moment(line["applied_at"]) if line["applied"] else None
    kept = keeps_what_was_asked(line["fault"], line["slug"])
    return Entry(line["id"], number, frozenset(fields), at, applied_at, kept)


def _asked(line: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    body = line["body"] if isinstance(line["body"], dict) else {}
    values = body.get("data", body)
    for name in FIELDS[line["slug"]]:
        if found := VALUE.fullmatch(str(values.get(name, ""))):
            yield name, int(found[1])


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
