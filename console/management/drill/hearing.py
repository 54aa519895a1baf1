"""What the console says of every change of the drill, read from its tables once everything has come to rest."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef

from console.flows.record import database_now
from console.management.drill.facts import Approval, Told, Try
from console.management.drill.writers import number_of
from console.models import Attempt, Change, Event, Kind, Origin, Status

NEAR = 0.05
"""Seconds of difference between two clocks that may be the time that asking took."""


def hear() -> list[Told]:
    """All of them, their moments on this machine's clock, which is the ledger's."""
    ahead = _clock_of_the_database()
    tries, events = _tries(ahead), _events()
    first = Change.objects.filter(origin=Origin.DRILL).select_related("customer__connection").order_by("pk")
    before = Change.objects.filter(customer=OuterRef("customer")).exclude(pk=OuterRef("pk"))
    flying = before.filter(status__in=[Status.SENDING, Status.UNKNOWN])
    earlier = before.filter(status=Status.APPROVED, approved_place__lt=OuterRef("approved_place"))
    changes = first.annotate(is_behind=Exists(flying) | Exists(earlier))
    return [_told(change, tries[change.pk], events[change.pk], ahead) for change in changes]


def _told(change: Change, tries: Iterable[Try], events: Iterable[Event], ahead: float) -> Told:
    events = list(events)
    approvals = [event for event in events if event.verb == "change.approved" and event.actor_id]
    decided = [event for event in events if event.actor_id and event not in approvals[:1] and _decides(event)]
    return Told(
        number=number_of(change),
        pk=change.pk,
        customer=f"{change.connection_id}:{change.customer_id}",
        status=change.status,
        confirmation=change.confirmation,
        verdict=change.verdict,
        wait=change.wait,
        why=_why(change),
        next_at=_moment(change.next_attempt_at, ahead),
        ended_at=_moment(change.ended_at, ahead),
        is_behind=change.status == Status.APPROVED and change.__dict__["is_behind"],
        approvals=tuple(_approval(event, ahead) for event in approvals),
        tries=tuple(tries),
        decided=tuple(event.at.timestamp() - ahead for event in decided),
    )


def _why(change: Change) -> str:
    """Why it stands where it stands: our own sentence, then what the provider said."""
    said = [str(problem["message"]) for problem in change.problems]
    return " ".join(filter(None, [change.note or (change.get_wait_display() if change.wait else ""), *said]))


def _decides(event: Event) -> bool:
    return event.verb in {"change.approved", "change.closed", "change.withdrawn"}


def _approval(event: Event, ahead: float) -> Approval:
    return Approval(event.at.timestamp() - ahead, event.number, str(event.details.get("from", "proposed")))


def _tries(ahead: float) -> Mapping[int, list[Try]]:
    found = defaultdict[int, list[Try]](list)
    pushes = Attempt.objects.filter(kind=Kind.PUSH).order_by("pk")
    for number, at, outcome, late in pushes.values_list("change_id", "started_at", "outcome", "late"):
        found[number].append(Try(at.timestamp() - ahead, outcome, late))
    return found


def _events() -> Mapping[int, list[Event]]:
    found = defaultdict[int, list[Event]](list)
    for event in Event.objects.filter(change__isnull=False).defer("sealed_values", "previous", "hash").order_by("pk"):
        found[event.change_id or 0].append(event)
    return found


def _moment(moment: datetime | None, ahead: float) -> float | None:
    return moment.timestamp() - ahead if moment else None


def _clock_of_the_database() -> float:
    """How many seconds its clock is ahead of ours; none when that can't be told from the time that asking took."""
    before = time.time()
    there = database_now().timestamp()
    ahead = there - (before + time.time()) / 2
    return ahead if abs(ahead) > NEAR else 0.0
