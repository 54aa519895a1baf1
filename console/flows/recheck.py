"""Recheck: when a change ended without being applied, those after it that ask for the same fields go to a person.

And the other way round: it can't be sent after all once another wish for one of its fields waits.
"""

from __future__ import annotations

from console.errors import AlreadyWaiting
from console.flows.notify import notify
from console.flows.record import take_step
from console.models import About, Change, Line, LineState, Origin, Status, Verdict, Wait

UNAPPLIED = frozenset({Status.REFUSED, Status.CONFLICT, Status.FAILED, Status.WITHDRAWN, Status.CLOSED})


def recheck(ended: Change) -> list[Change]:
    """Voids the approval of the later approved changes of this customer that touch the same fields; gives them back.

    They were saved in the belief that the one before them would be applied. Their author confirms or withdraws them.
    """
    if ended.state not in UNAPPLIED or ended.verdict == Verdict.APPLIED or ended.approved_place is None:
        return []
    fields = [line.field for line in ended.lines.all() if line.state.is_sent]  # the others were not to be applied
    later = Change.objects.filter(
        customer=ended.customer_id,
        status=Status.APPROVED,
        approved_place__gt=ended.approved_place,
        lines__field__in=fields,
    )
    held = list(later.distinct().order_by("approved_place"))
    for change in held:
        change.customer = ended.customer
        take_step(
            change,
            Status.PROPOSED,
            by=None,
            origin=Origin.WORKER,
            details={"because of": ended.pk},
            wait=Wait.AUTHOR,
            note=f"Change {ended.pk} of the same field was not applied. Look again: confirm this one or withdraw it.",
            approved_place=None,
            approved_at=None,
            next_attempt_at=None,
        )
        notify(change, About.VOID, by=None)
    return held


def wait_once_more(ended: Change) -> None:
    """Lets the lines of what is to be sent after all wait for it; raises AlreadyWaiting if others do by now."""
    sent = ended.lines.filter(decision__in=[state.value for state in LineState if state.is_sent])
    fields = list(sent.values_list("field", flat=True))
    newer = Line.objects.filter(customer=ended.customer_id, field__in=fields, waiting=True).exclude(change=ended)
    if found := dict(newer.values_list("field", "change_id")):
        raise AlreadyWaiting({name: ended.connection.provider.field(name).label for name in found}, found)
    sent.update(waiting=True)
