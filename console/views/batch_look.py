"""A look at what a batch asks for: its lines counted by what becomes of each field, what stands out, a few at random.

What is counted was found out when the batch was put together (`outlining`); the values that are shown are opened for
whoever looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from console.dry_run import DryRun, Example, Summary
from console.flows.batches.outlining import Outline, at_random, kept, opened, outline
from console.models import Batch, BatchStatus

AT_RANDOM = 5


@dataclass(frozen=True, slots=True)
class Look:
    """What was found; `looked_at` of all the changes, drawn at random where those are too many to look at each."""

    summary: Summary
    looked_at: int
    unreadable: int
    is_all: bool


def look_at(batch: Batch) -> Look:
    """Looks at a batch that was put together: always at others at random. While it waits for a decision, what has left
    it is none of what is shown: nobody decides on that here.
    """
    found, here = kept(batch) or _found_now(_Batch(batch)), batch.state is BatchStatus.WAITING
    sample = at_random(batch.pk, AT_RANDOM, here=here)
    wanted = {place for places in found.places for place in places} | set(sample)
    shown = examples_at(batch, wanted, here=here)
    outliers = tuple(
        replace(outlier, examples=tuple(shown[place] for place in places if place in shown))
        for outlier, places in zip(found.summary.outliers, found.places, strict=True)
    )
    summary = replace(found.summary, outliers=outliers, sample=tuple(shown[at] for at in sample if at in shown))
    return Look(summary, found.looked_at, found.unreadable, found.looked_at + found.unreadable >= batch.size)


def examples_at(batch: Batch, places: Iterable[int], *, here: bool = False) -> dict[int, Example]:
    """These as a page shows them, by place, or those still `here`; what can't be opened any more is left out."""
    wanted = sorted(places)
    run = DryRun(batch.connection.provider, sample=len(wanted))
    for asked in opened(batch.pk, wanted, here=here):
        if asked:
            who = str(asked.customer)
            run.look(asked.place, asked.before, asked.after, customer=asked.customer.pk, who=who, judged=())
    return {example.row: example for example in run.summary().sample}


class _Batch:
    """A batch as it stands: its lines are other ones only under another digest."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._same = (batch.pk, bytes(batch.digest), batch.connection.provider.rules_version)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Batch) and other._same == self._same

    def __hash__(self) -> int:
        return hash(self._same)


@lru_cache(maxsize=64)
def _found_now(asked: _Batch) -> Outline:
    """Of one that was put together before its outline was kept, or whose rules are others since: once, by its page."""
    return outline(asked.batch)
