"""The truth matrix: what the console says became of changes, against what the providers' ledger says. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from console.management.drill.facts import Entry, Told

A_CHANGE = re.compile(r"(?<=[Cc]hange )\d+")


class Truth(StrEnum):
    """What the ledger says of a change; a column of the matrix."""

    ONCE = "applied once"
    AGAIN = "applied again"
    BENT = "kept otherwise"
    NEVER = "not applied"


class Fault(StrEnum):
    """What must never be; each names changes."""

    LOST = "lost"
    GONE = "saved and not there any more"
    DOUBLED = "doubled"
    OUT_OF_ORDER = "out of order"
    FALSE_APPLIED = "false applied"
    FALSE_FAILED = "false failed"
    GROUNDLESS = "unknown without a reason"
    MUTE = "needs a person and doesn't say why"
    UNFINISHED = "still on its way"


@dataclass(frozen=True, slots=True)
class Need:
    """A change that a person has to go on with, and why."""

    pk: int
    status: str
    why: str


@dataclass(slots=True)
class Matrix:
    """The whole judgement: counted cells, which changes are wrong and how, and which need a person."""

    cells: Counter[tuple[str, Truth]] = field(default_factory=Counter)
    wrong: dict[Fault, list[int]] = field(default_factory=lambda: {fault: [] for fault in Fault})
    needs: list[Need] = field(default_factory=list)
    recoveries: list[float] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nothing stands off the diagonal."""
        return not any(self.wrong.values())

    @property
    def reasons(self) -> Counter[str]:
        """How many need a person for which reason; the numbers of single changes are left out of it."""
        return Counter(f"{need.status}: {without_numbers(need.why)}" for need in self.needs)

    def recovery(self, share: float) -> float | None:
        """Seconds from the first ambiguous try to the end within which so large a share was; None: there was none."""
        ordered = sorted(self.recoveries)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def without_numbers(why: str) -> str:
    """A reason as it is counted: whichever change it speaks of."""
    return A_CHANGE.sub("…", why)


def judge(told: Sequence[Told], entries: Iterable[Entry], *, acknowledged: Collection[int], now: float) -> Matrix:
    """Compares every change with the lines that carry its value.

    `acknowledged` are the numbers of the changes that somebody was told are saved; `now` is when the console was asked.
    """
    matrix, lines = Matrix(), _by_number(entries)
    for change in told:
        own = lines[change.number]
        matrix.cells[_row(change), _truth(own)] += 1
        for fault in _faults(change, own, now):
            matrix.wrong[fault].append(change.pk)
        if change.needs_a_person:
            matrix.needs.append(Need(change.pk, change.status, change.why))
        matrix.recoveries += _recovery(change)
    matrix.wrong[Fault.OUT_OF_ORDER] += _out_of_order(told, lines)
    matrix.wrong[Fault.GONE] += sorted(set(acknowledged) - {change.number for change in told})
    return matrix


def _by_number(entries: Iterable[Entry]) -> defaultdict[int, list[Entry]]:
    found = defaultdict[int, list[Entry]](list)
    for entry in sorted(entries, key=lambda each: each.at):
        found[entry.number].append(entry)
    return found


def _row(change: Told) -> str:
    details = {"applied": change.confirmation, "closed": change.verdict, "unknown": change.wait}
    if change.status in {"approved", "sending"}:
        return "waits behind another" if change.is_behind else "on its way"
    if change.status == "proposed":
        return "held for a person"
    detail = details.get(change.status, "")
    return f"{change.status}: {detail}" if detail else change.status


def _applied(own: Iterable[Entry]) -> list[Entry]:
    """Those that were applied, in the order in which they were."""
    applied = [entry for entry in own if entry.applied_at is not None]
    return sorted(applied, key=lambda each: each.applied_at or 0.0)


def _truth(own: Iterable[Entry]) -> Truth:
    applied = _applied(own)
    if not applied:
        return Truth.NEVER
    if not applied[-1].kept:
        return Truth.BENT
    return Truth.ONCE if len(applied) == 1 else Truth.AGAIN


def _faults(change: Told, own: Sequence[Entry], now: float) -> Iterable[Fault]:
    found = {
        Fault.LOST: _is_lost(change),
        Fault.UNFINISHED: not change.is_settled and not change.is_behind and (change.next_at or 0.0) <= now,
        Fault.DOUBLED: _is_doubled(change, own),
        Fault.FALSE_APPLIED: change.says_applied and _truth(own) in {Truth.NEVER, Truth.BENT},
        Fault.FALSE_FAILED: change.says_not_applied and bool(_unseen(change, own)),
        Fault.GROUNDLESS: change.status in {"unknown", "closed"}
        and not any(each.is_ambiguous for each in change.tries),
        Fault.MUTE: change.needs_a_person and not change.why.strip(),
    }
    return [fault for fault, is_so in found.items() if is_so]


def _is_lost(change: Told) -> bool:
    """Neither ended nor with a person nor with a next moment; what is being sent ends with its lease."""
    return not change.is_settled and change.status != "sending" and change.next_at is None


def _is_doubled(change: Told, own: Sequence[Entry]) -> bool:
    """Applied again although the try before it was answered, and nobody decided to send it again."""
    applied = sorted(_applied(own), key=lambda each: each.at)
    for first, second in pairwise(applied):
        before = change.try_of(first.at)
        ambiguous = before is not None and before.is_ambiguous and before is not change.try_of(second.at)
        if not ambiguous and not any(first.at <= moment <= second.at for moment in change.decided):
            return True
    return False


def _unseen(change: Told, own: Sequence[Entry]) -> list[Entry]:
    """What was applied and kept since a person last was shown a conflict and sent it again.

    A conflict tells that the provider may hold something of it already: what is said afterwards is about the sending
    anew.
    """
    shown = [approval.at for approval in change.approvals if approval.out_of == "conflict"]
    return [entry for entry in _applied(own) if entry.kept and entry.at >= max(shown, default=0.0)]


def _recovery(change: Told) -> list[float]:
    """How long it took to end by itself after nobody knew for the first time."""
    first = next((each.at for each in change.tries if each.is_ambiguous), None)
    if first is None or change.ended_at is None or change.decided or change.status not in {"applied", "conflict"}:
        return []
    return [change.ended_at - first]


def _out_of_order(told: Iterable[Told], lines: Mapping[int, list[Entry]]) -> list[int]:
    """The changes whose value came to stand, at the same customer and field, over that of one approved after them."""
    written = defaultdict[tuple[str, str], list[tuple[float, int, Told]]](list)
    for change in told:
        for entry in _applied(lines.get(change.number, [])):
            for name in entry.fields:
                place = change.place_at(entry.at)
                written[change.customer, name].append((entry.applied_at or 0.0, place, change))
    found = set[int]()
    for line in written.values():
        latest = 0
        for _, place, change in sorted(line, key=lambda each: each[:2]):
            if place < latest:
                found.add(change.pk)
            latest = max(latest, place)
    return sorted(found)
