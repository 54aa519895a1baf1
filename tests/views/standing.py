"""Changes that stand where a test wants them, brought there by the real steps, so that history and lines fit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from console.flows.propose import Proposal, propose_one
from console.flows.record import database_now, take_step
from console.models import Attempt, Change, Confirmation, Customer, Kind, Origin, Outcome, Status, User, Verdict, Wait

WAY: Mapping[Status, tuple[Status, ...]] = {
    Status.APPROVED: (),
    Status.PROPOSED: (Status.PROPOSED,),
    Status.RETURNED: (Status.PROPOSED, Status.RETURNED),
    Status.REJECTED: (Status.PROPOSED, Status.REJECTED),
    Status.EXPIRED: (Status.PROPOSED, Status.EXPIRED),
    Status.SUPERSEDED: (Status.SUPERSEDED,),
    Status.WITHDRAWN: (Status.WITHDRAWN,),
    Status.SENDING: (Status.SENDING,),
    Status.APPLIED: (Status.SENDING, Status.APPLIED),
    Status.REFUSED: (Status.SENDING, Status.REFUSED),
    Status.CONFLICT: (Status.SENDING, Status.CONFLICT),
    Status.FAILED: (Status.SENDING, Status.FAILED),
    Status.UNKNOWN: (Status.SENDING, Status.UNKNOWN),
    Status.CLOSED: (Status.SENDING, Status.UNKNOWN, Status.CLOSED),
}

OUTCOMES: Mapping[Status, Outcome] = {
    Status.APPLIED: Outcome.CONFIRMED,
    Status.REFUSED: Outcome.REFUSED,
    Status.CONFLICT: Outcome.KEPT_ANOTHER,
    Status.FAILED: Outcome.NOT_SENT,
    Status.UNKNOWN: Outcome.UNKNOWN,
    Status.CLOSED: Outcome.UNKNOWN,
}

WISHES: Mapping[str, dict[str, Any]] = {
    "timepay": {"payment_status": "paid"},
    "finosu": {"firstName": "Helena"},
    "caibo": {"email": "ann.new@example.com", "phone": "+442079460000"},
    "flowwise": {"address": "456 MG Road, Bengaluru, Karnataka 560001, India"},
    "sqril": {"phone": "+6281299887766", "address": "Jl. Thamrin No. 88, Jakarta"},
}


def asked(customer: Customer, by: User, *, key: str = "", why: str = "", reference: str = "", **wishes: Any) -> Change:
    """A change that was just saved."""
    wanted = wishes or WISHES[customer.connection.provider_slug]
    key = key or f"form-{Change.objects.count()}"
    return propose_one(Proposal(customer.pk, wanted, key, why=why, reference=reference), by=by)


def standing(customer: Customer, by: User, status: Status, **about: Any) -> Change:
    """A change in this status; `about` are further columns of it, `wishes` what it asks."""
    change = asked(customer, by, **about.pop("wishes", {}))
    with transaction.atomic():
        change = change.locked()
        for step in WAY[status]:
            _take(change, step, by_a_backup=about.get("wait") == Wait.RESTORED)
            if step is Status.SENDING:
                _attempt(change, OUTCOMES.get(status, Outcome.INTENT))
        for name, value in about.items():
            setattr(change, name, value)
        change.save()
    if status in OUTCOMES and status is not Status.FAILED:
        change.attempts.update(status_code=200 if status is Status.APPLIED else 503)
    return change


def _take(change: Change, step: Status, *, by_a_backup: bool = False) -> None:
    now = database_now()
    lease = now + timedelta(seconds=30)
    abouts: dict[Status, dict[str, Any]] = {
        Status.PROPOSED: {"wait": Wait.AUTHOR, "next_attempt_at": None, "approved_place": None, "approved_at": None},
        Status.SENDING: {
            "epoch": change.epoch + 1,
            "tries": change.tries + 1,
            "wait": "",
            "lease_until": lease,
        },
        Status.APPLIED: {"confirmation": Confirmation.ECHOED, "ended_at": now},
        Status.UNKNOWN: {"wait": Wait.PERSON, "maybe_applied": True, "next_attempt_at": None},
        Status.REFUSED: {"wait": Wait.PERSON, "ended_at": now},
        Status.CONFLICT: {"wait": Wait.PERSON, "ended_at": now},
        Status.FAILED: {"wait": Wait.PERSON, "ended_at": now},
        Status.CLOSED: {"verdict": Verdict.NOT_KNOWN, "wait": "", "maybe_applied": False, "ended_at": now},
    }
    ended = {"wait": "", "next_attempt_at": None, "ended_at": now if step.is_final else None}
    told = {
        Status.CLOSED: ("verdict", Verdict.NOT_KNOWN),
        Status.PROPOSED: ("restored", 2) if by_a_backup else ("because of", 12),
    }
    details = dict([told.get(step, ("epoch", change.epoch + 1))])
    take_step(change, step, by=None, origin=Origin.WORKER, details=details, **abouts.get(step, ended))


def _attempt(change: Change, outcome: Outcome) -> Attempt:
    return Attempt.objects.create(
        change=change,
        customer=change.customer,
        connection=change.connection,
        kind=Kind.PUSH,
        epoch=change.epoch,
        worker="a test",
        outcome=outcome,
        ended_at=database_now(),
    )
