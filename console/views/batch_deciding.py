"""Who decides on a batch, and on what: which policies ask for it, who approved it as it stands, who still can."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils import timezone

from console.flows.batches.members import judged
from console.models import Act, BatchDecision, BatchStatus
from console.permissions import Right, helpers_sentence, may, people_with, refusal_sentence, who_sentence

if TYPE_CHECKING:
    from datetime import datetime

    from console.models import Batch, User
    from console.models.judging import Judged, Need


@dataclass(frozen=True, slots=True)
class Asked:
    """One field that its changes ask for, and what the policies want for it."""

    label: str
    need: Need

    @property
    def policies(self) -> tuple[str, ...]:
        """Because of which policies it needs an approval."""
        return tuple(
            f"Policy “{rule.name}”, version {rule.number}" if rule.policy else "No policy names it"
            for rule in self.need.asking
        )

    @property
    def approvals(self) -> str:
        """How many it takes."""
        count = self.need.approvals
        return "no approval needed" if not count else "one approver" if count == 1 else f"{count} approvers"


class BatchReview:
    """A batch as those see it who decide on it. Whoever asked for it never decides, whatever their role."""

    def __init__(self, batch: Batch, reader: User, decisions: list[BatchDecision], now: datetime | None = None) -> None:
        self.batch, self.reader, self.decisions = batch, reader, decisions
        self.now = now or timezone.now()

    @cached_property
    def asked(self) -> list[Asked]:
        """Its fields in the order of the form, each with what the policies in force want for it."""
        labels = {field.name: field.label for field in self.batch.connection.provider.fields}
        order = [*labels, *self.batch.fields]
        lines = sorted(self._judged.lines, key=lambda line: order.index(line.field))
        return [Asked(labels.get(line.field, line.field), line.need) for line in lines]

    @property
    def lacks(self) -> int:
        """How many approvals are missing."""
        return max((line.missing for line in self._judged.lines), default=1)

    @cached_property
    def approved_by(self) -> frozenset[int]:
        """Whose approvals count: of it as it stands, by people who may decide, given not too long ago."""
        return frozenset(number for line in self._judged.lines for number in line.by)

    @property
    def rejection(self) -> BatchDecision | None:
        """By whom it was rejected."""
        return next((one for one in self.decisions if one.act == Act.REJECT), None)

    @property
    def is_mine(self) -> bool:
        """Whether the reader approved it as it stands."""
        return self.reader.pk in self.approved_by

    @property
    def is_over(self) -> bool:
        """Its time is up; the next sweep ends it."""
        return self.batch.expires_at is not None and self.batch.expires_at <= self.now

    @property
    def waits(self) -> bool:
        """Whether somebody has to decide on it."""
        return self.batch.state is BatchStatus.WAITING

    @property
    def is_asked(self) -> bool:
        """Whether it waits for the reader."""
        return self.waits and not self.why_not

    @cached_property
    def why_not(self) -> str:
        """Why the reader cannot decide on it, and who can; empty where they can."""
        if self.batch.requester_id == self.reader.pk:
            return f"You asked for this yourself; {self._others}"
        if not may(self.reader, Right.DECIDE, self.batch.connection):
            return refusal_sentence(Right.DECIDE, self.batch.connection, to=self.reader)
        if self.is_over:
            return "The time for deciding is over: its author has to ask anew."
        return f"You approved it already; {self._others}" if self.is_mine else ""

    @property
    def who(self) -> str:
        """Who can give what it lacks, as a choice: “Ann or Sam”."""
        left = [person for number, person in self._people.items() if number not in self.approved_by]
        return who_sentence(left, reader=self.reader)

    @property
    def _others(self) -> str:
        if self.who:
            return f"{self.who} can decide."
        helpers = helpers_sentence(Right.ADMINISTER, self.batch.connection)
        return f"nobody else may decide at {self.batch.connection.name} so far. {helpers}"

    @cached_property
    def _judged(self) -> Judged:
        return judged(self.batch, given=self.decisions, now=self.now)

    @cached_property
    def _people(self) -> dict[int, User]:
        people = people_with(Right.DECIDE, self.batch.connection)
        people.pop(self.batch.requester_id, None)
        return people


def decisions_on(batch: Batch) -> list[BatchDecision]:
    """All that was decided about it, the first one first, each with who did."""
    found = list(BatchDecision.objects.filter(batch=batch).select_related("user").order_by("pk"))
    for decision in found:
        decision.batch = batch
    return found
