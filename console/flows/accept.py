"""Accept: a person takes for right what a provider came to hold without our asking. Nothing is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction

from console.errors import StepNotPossible
from console.flows import drift
from console.flows.record import record
from console.models import Customer, Origin
from console.permissions import Right, require

if TYPE_CHECKING:
    from console.models import User


@transaction.atomic
def accept(customer: Customer, seen: Mapping[str, str], *, by: User) -> list[str]:
    """Ends the drift of these fields; gives their labels. `seen` says of each the digest of the value that was shown.

    Raises StepNotPossible where none of them drifts any more, and where one moved again since it was shown.
    """
    [fresh] = Customer.objects.locked([customer.pk])
    require(by, Right.PROPOSE, fresh.connection)
    found = [known for known in drift.drifted(fresh) if known.field.name in seen]
    if not found:
        raise StepNotPossible("This was seen to already: nothing is left to accept.")
    for known in found:
        if known.digest != seen[known.field.name]:
            raise StepNotPossible(f"{known.field.label} moved once more. Look at it as it is now, then decide.")
    names = [known.field.name for known in found]
    drift.end(fresh, names)
    fresh.save(update_fields=["drift"])
    pairs = {known.field.name: [known.was, known.now] for known in found}
    details = {"fields": names, "seen": {known.field.name: known.event for known in found}}
    record(fresh, "drift.accepted", by=by, origin=Origin.PAGE, details=details, values=pairs)
    return [known.field.label for known in found]
