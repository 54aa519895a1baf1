"""What changes that have not ended ask of each field, and what another wish for it would do to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.models import Status
from console.models.changes import Second

if TYPE_CHECKING:
    from console.explain import Explanation
    from console.models import Change, User
    from providers.fields import Value


@dataclass(frozen=True, slots=True)
class Asked:
    """One change's wish for one field. Only one `waits` for a field at a time."""

    change: Change
    after: Value
    state: Explanation
    waits: bool

    @property
    def blocks(self) -> bool:
        """Whether no other wish for that field can be saved before it has ended; wants the author loaded."""
        return self.waits and self.change.second_wish(by=self.change.requester) is Second.WAIT


@dataclass(frozen=True, slots=True)
class Earlier:
    """The change that waits for a field already, as the author of another wish for it sees it."""

    change: Change
    kind: Second
    is_own: bool

    @property
    def blocks(self) -> bool:
        """It has to end before anything else can be saved for that field."""
        return self.kind is Second.WAIT

    @property
    def amends(self) -> bool:
        """Saving goes into that change."""
        return self.kind is Second.AMEND

    @property
    def is_approved(self) -> bool:
        """Nothing keeps it from being sent any more."""
        return self.change.state is Status.APPROVED

    @property
    def is_returned(self) -> bool:
        """It waits for its author, who may edit it as a whole."""
        return self.change.state is Status.RETURNED


def all_asked(changes: Iterable[tuple[Change, Explanation]]) -> dict[str, list[Asked]]:
    """Everything that is asked, by the name of the field, in the order of the changes. Wants lines loaded."""
    found: dict[str, list[Asked]] = {}
    for change, state in changes:
        for line in change.lines.all():
            if line.state.is_sent:
                found.setdefault(line.field, []).append(Asked(change, line.after, state, line.waiting))
    return found


def asked_by_field(changes: Iterable[tuple[Change, Explanation]]) -> dict[str, Asked]:
    """Of several that ask for one field, that which waits, else the latest. Wants lines loaded."""
    return {
        name: max(wishes, key=lambda asked: (asked.waits, asked.change.pk))
        for name, wishes in all_asked(changes).items()
    }


def earlier_wishes(waiting: Mapping[str, tuple[Change, Second]], *, by: User) -> dict[str, Earlier]:
    """What waits for each field, as this person sees it."""
    return {name: Earlier(change, kind, change.requester_id == by.pk) for name, (change, kind) in waiting.items()}


def can_amend(change: Change, *, by: User) -> bool:
    """Whether this person may edit what the change asks for: it is their own, and nothing of it is on its way."""
    is_returned = change.state is Status.RETURNED and not change.maybe_applied
    return change.requester_id == by.pk and (is_returned or change.second_wish(by=by) is Second.AMEND)
