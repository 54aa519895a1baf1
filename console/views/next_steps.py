"""What a reader can do next about a change in a list: one step, as a link or a button."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from django.urls import reverse

from console.models import Change, Outcome, Status, User, Wait
from console.permissions import Places, Right, places_where
from console.views.rows import Row, Step, last


def with_steps(rows: Iterable[Row], reader: User) -> list[Row]:
    """Each row with its step: what brings the change on if this reader can do that, otherwise a look at it."""
    steps = _Steps(reader)
    return [dataclasses.replace(row, step=steps.of(row)) for row in rows]


class _Steps:
    """Knows where the reader may propose and resolve."""

    def __init__(self, reader: User) -> None:
        self.reader = reader
        self.proposing, self.resolving = places_where(reader, Right.PROPOSE), places_where(reader, Right.RESOLVE)

    def of(self, row: Row) -> Step:
        change = row.change
        page = reverse("change", args=[change.pk])
        if change.state is Status.PROPOSED and change.wait == Wait.RESTORED:
            return Step("Decide" if _holds(self.resolving, change) else "See", page)
        if change.state is Status.PROPOSED and change.needs_a_person and self._is_theirs(row):
            return Step("Confirm", page)
        if change.state is Status.RETURNED and self._is_theirs(row) and not change.customer.is_gone:
            return Step("Edit again", f"{reverse('customer_edit', args=[change.customer_id])}?amend={change.pk}")
        if change.state is Status.UNKNOWN and change.needs_a_person and _holds(self.resolving, change):
            return Step("Decide", page)
        if not change.can_be_tried_again or change.customer.is_gone:
            return Step("See", page)
        return self._onwards(row) or Step("See", page)

    def _onwards(self, row: Row) -> Step | None:
        """Other values where the same would end the same, otherwise the same once more."""
        change, outcome = row.change, last(row.change)
        tries = self._is_theirs(row) or _holds(self.resolving, change)
        if outcome is Outcome.MOVED and tries:
            return Step("Compare", reverse("change", args=[change.pk]))
        if change.state is not Status.REFUSED and outcome not in {Outcome.MOVED, Outcome.KEPT_ANOTHER}:
            again = reverse("change_again", args=[change.pk])
            return Step("Try again", reverse("change", args=[change.pk]), again) if tries else None
        if _holds(self.proposing, change):
            return Step("Edit again", f"{reverse('customer_edit', args=[change.customer_id])}?again={change.pk}")
        return None

    def _is_theirs(self, row: Row) -> bool:
        return row.change.requester_id == self.reader.pk and _holds(self.proposing, row.change)


def _holds(places: Places, change: Change) -> bool:
    return places.everywhere or change.connection_id in places.ids
