"""What the scenes of the demo's history are played on: its people, its customers, and the providers to be spoilt."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.errors import ConsoleError
from console.flows import review
from console.flows.propose import Proposal, propose_one
from console.models import Change, Connection, Customer, LineState, User
from providers.sandbox import Control

if TYPE_CHECKING:
    from providers.fields import Value

PATIENCE = 60.0
PAUSE = 0.25


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants it, why, and for which ticket. `key` names it for good: it is saved once, however often we start."""

    key: str
    who: str
    why: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a scene needs. `ids` holds the external ids of each provider's customers in the sandbox's order."""

    control: Control
    people: Mapping[str, User]
    connections: Mapping[str, Connection]
    ids: Mapping[str, list[str]]

    def customer(self, slug: str, number: int) -> Customer:
        """The provider's customer with this number, from 0."""
        found = Customer.objects.select_related("connection")
        return found.get(connection=self.connections[slug], external_id=self.ids[slug][number])

    def saved(self, wish: Wish) -> Change | None:
        """The change that this wish became when it was played before, as it stands now."""
        mine = Change.objects.filter(requester=self.people[wish.who], idempotency_key=wish.key)
        return mine.select_related("customer__connection", "connection", "requester").first()

    def spoil(self, customer: Customer, kind: str, count: int = 1, **parameters: Any) -> None:
        """Spoils the next updates of this one customer, and of nobody else."""
        slug = customer.connection.provider_slug
        self.control.fault(slug, kind, count, external_id=customer.external_id, **parameters)

    def edit_there(self, customer: Customer, **values: Value) -> None:
        """Somebody else changes the record at the provider."""
        self.control.edit(customer.connection.provider_slug, customer.external_id, values)

    def propose(self, wish: Wish, customer: Customer, **wishes: Value) -> Change | None:
        """Saves the wish as its author would; None where the rules refuse it, as they may for a made-up record."""
        item = Proposal(customer.pk, wishes, wish.key, why=wish.why, reference=wish.reference)
        try:
            return propose_one(item, by=self.people[wish.who])
        except ConsoleError:
            return None

    def approve(self, change: Change, who: str, *fields: str) -> None:
        """Approves these lines, or all that wait for it, as from the page; what was decided before is left as it is."""
        with contextlib.suppress(ConsoleError):
            review.approve(change.pk, by=self.people[who], seen=self._seen(change, fields))

    def reject(self, change: Change, who: str, *fields: str, reason: str) -> None:
        """Rejects these lines likewise."""
        with contextlib.suppress(ConsoleError):
            review.reject(change.pk, by=self.people[who], seen=self._seen(change, fields), reason=reason)

    def _seen(self, change: Change, fields: Sequence[str]) -> dict[str, str]:
        change = Change.objects.select_related("customer__connection").get(pk=change.pk)
        seen = {}
        for line in change.lines.all():
            line.change = change
            if line.field in fields or (not fields and line.state is LineState.OPEN):
                seen[line.field] = line.digest_now(change.customer.record).hex()
        return seen

    def wait(self, change: Change, until: Callable[[Change], bool]) -> Change | None:
        """The change once it is so; None if that did not come in time, or it ended otherwise."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            change.refresh_from_db()
            if until(change):
                return change
            if change.state.is_final:
                return None
            time.sleep(PAUSE)
        return None
