"""The steps of a batch itself for its page: who did what and when, the latest first, in the words of the audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from console.models import Event
from console.sentences import event_sentence, event_tone

if TYPE_CHECKING:
    from console.models import Batch

MOST = 20


@dataclass(frozen=True, slots=True)
class Moment:
    """One step, in a sentence without a full stop."""

    at: datetime
    tone: str
    sentence: str


@dataclass(frozen=True, slots=True)
class History:
    """The latest steps; `is_cut`: there are more before them."""

    moments: tuple[Moment, ...]
    is_cut: bool

    @property
    def latest(self) -> Moment | None:
        """What happened last."""
        return self.moments[0] if self.moments else None


def history_of(batch: Batch) -> History:
    """By one question along its own chain, however many steps it took."""
    told = Event.objects.filter(subject=f"batch:{batch.pk}").select_related("actor").order_by("-number")
    found = list(told[: MOST + 1])
    moments = tuple(Moment(event.at, event_tone(event), event_sentence(event, ())) for event in found[:MOST])
    return History(moments, len(found) > MOST)
