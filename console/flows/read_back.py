"""Read back: a person does not want to wait until an unknown is looked into by itself, or asks for one look more."""

from __future__ import annotations

from django.db import transaction

from console.errors import StepNotPossible
from console.flows.record import database_now, moment, record
from console.flows.wake import wake
from console.models import Change, Origin, Status, User, Wait
from console.permissions import Right, require


@transaction.atomic
def read_back_now(change_id: int, *, by: User) -> Change:
    """Makes the look-up of an unknown due at once. What the reading shows is judged as any other is: it decides."""
    change = Change.objects.get(pk=change_id).locked()
    require(by, Right.RESOLVE, change.connection)
    there, now = change.connection.name, database_now()
    if change.state is not Status.UNKNOWN:
        raise StepNotPossible(f"Change {change.pk} is “{change.state.label}”, so there is nothing to look into.")
    if not change.connection.provider.capabilities.reads:
        raise StepNotPossible(f"{there} offers no way to read a record: look at it there.")
    if change.lease_until and change.lease_until > now:
        raise StepNotPossible(f"The record is being read at {there} right now.")
    change.wait, change.next_attempt_at = Wait.READ_BACK, moment(change.customer)
    change.save(update_fields=["wait", "next_attempt_at"])
    record(change.customer, "change.read_back", by=by, origin=Origin.PAGE, change=change)
    wake(change.connection_id)
    return change
