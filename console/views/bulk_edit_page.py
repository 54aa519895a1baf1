"""One edit of a selection as its page shows it: what is asked, how far it is, what would become of it, what follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from django.urls import reverse

from console.flows.bulk_edit import edit_of, judged, title, unfinished
from console.forms.needs import Needs, need_sentence
from console.models import Bulk, BulkStatus, User
from console.models.batches import CANARY
from console.permissions import Right, people_with, who_sentence
from console.views.bulk_page import BulkPage, lasting

if TYPE_CHECKING:
    from providers.fields import Field, Value

LOOKS: Mapping[BulkStatus, tuple[str, str, str]] = {
    BulkStatus.MAPPING: ("neutral", "pencil", "Nothing asked yet"),
    BulkStatus.TO_CHECK: ("waiting", "clock", "To be looked through"),
    BulkStatus.CHECKING: ("waiting", "clock", "Being looked through"),
    BulkStatus.CHECKED: ("waiting", "eye", "Looked through, nothing proposed yet"),
    BulkStatus.TO_RUN: ("waiting", "clock", "To be put together"),
    BulkStatus.RUNNING: ("waiting", "clock", "Being put together"),
    BulkStatus.DONE: ("applied", "check", "Put together"),
    BulkStatus.FAILED: ("refused", "cross", "Not done"),
    BulkStatus.STOPPED: ("neutral", "cross", "Stopped"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One field of what is asked: its rule, the value (None = is to be emptied), and what it needs."""

    rule: Field
    value: Value
    need: str

    @property
    def is_cleared(self) -> bool:
        """Whether it is to be emptied."""
        return self.value is None


class BulkEditPage(BulkPage):
    """An edit for its owner."""

    def __init__(self, bulk: Bulk, reader: User) -> None:
        super().__init__(bulk)
        self.reader = reader

    @property
    def heading(self) -> str:
        """What it asks for, of how many."""
        asked = title(self.bulk) if self.bulk.sealed_wishes else "Edit"
        return f"{asked} {'of' if self.bulk.sealed_wishes else ''} {self.count}".replace("  ", " ")

    @property
    def count(self) -> str:
        """How many customers are selected: “1 customer”, “1,204 customers”."""
        return f"{self.bulk.rows:,} customer{'' if self.bulk.rows == 1 else 's'}"

    @property
    def look(self) -> tuple[str, str, str]:
        """Tone, icon and word of its state."""
        return LOOKS[self.bulk.state]

    @property
    def can_be_edited(self) -> bool:
        """What it asks for can still be another thing."""
        return self.bulk.state in {BulkStatus.MAPPING, BulkStatus.CHECKED}

    @property
    def doing(self) -> str:
        """What a worker does with it just now, and what that means."""
        if self.bulk.state in {BulkStatus.TO_CHECK, BulkStatus.CHECKING}:
            return "Each customer is looked at beside what you ask for. Nothing is changed or sent by that."
        return "A change is made for each customer; nothing is sent before the batch is whole and approved."

    @cached_property
    def needs(self) -> Needs:
        """What a batch of this would need, and who could give it."""
        needed = judged(self.bulk, edit_of(self.bulk).wishes)
        if not needed.approvals:
            return Needs(needed)
        people = people_with(Right.DECIDE, self.connection)
        deciders = tuple(user for user in people.values() if user.pk != self.reader.pk)
        return Needs(needed, deciders, "" if len(deciders) >= needed.approvals else self._appointers())

    @cached_property
    def wanted(self) -> list[Wanted]:
        """What is asked, in the order of the form."""
        wishes = edit_of(self.bulk).wishes
        needs = {line.field: need_sentence(line.need) for line in self.needs.judged.lines if line.need.approvals}
        return [
            Wanted(field, wishes[field.name], needs.get(field.name, "needs no approval"))
            for field in self.provider.fields
            if field.name in wishes
        ]

    @property
    def why(self) -> str:
        """The reason that was given."""
        return edit_of(self.bulk).why

    @property
    def steps(self) -> list[str]:
        """What happens once it is proposed."""
        return [self._decided, *self._sent]

    @property
    def kept_back(self) -> str:
        """Why it can't be proposed as it stands; empty if it can."""
        return "" if self.summary.wanted else "Nothing would change, so there is nothing to propose."

    @property
    def poll_url(self) -> str:
        """Where to ask how far it is, and whether that is news."""
        return f"{reverse('bulk_edit', args=[self.bulk.pk])}?seen={self.token}"

    @property
    def _decided(self) -> str:
        if not self.needs.approvals:
            return "Nobody has to approve it."
        if self.needs.lack:
            return f"It needs approval, and {self.needs.lack}."
        return f"{self.needs.who} {'decide' if self.needs.approvals > 1 else 'decides'} on all of it at once."

    @property
    def _sent(self) -> list[str]:
        size, rate = self.summary.wanted, self.connection.rate
        first = min(CANARY, size)
        lasts = lasting(timedelta(seconds=max(0, size - first) / rate))
        steps = [f"The first {first} are sent, and looked at." if first > 1 else "It is sent, and looked at."]
        if size > first:
            steps.append(
                f"The other {size - first:,} follow at {rate} a second: {lasts}. It can be paused and stopped."
            )
        return [*steps, "Afterwards all of it can be undone as one."]

    def _appointers(self) -> str:
        people = people_with(Right.ADMINISTER, self.connection)
        return who_sentence(people.values(), reader=self.reader) or "whoever runs this console"


def unfinished_of(user: User) -> list[BulkEditPage]:
    """What this person began and has not ended, the latest first."""
    return [BulkEditPage(bulk, user) for bulk in unfinished(user)]
