"""Erase: one person asks that a customer be erased, a second one agrees; then the values are gone for good.

Destroyed are the data key and whatever stands in the open. What was sealed stays as it is, unreadable, so that every
fingerprint that history holds of it still fits: who did what, when and with whose approval can be proved for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from console.errors import NotPermitted, StepNotPossible
from console.flows import bulk_kept
from console.flows.exports import forget_with
from console.flows.record import moment, record, take_step
from console.flows.wake import wake
from console.models import (
    Attempt,
    Change,
    Confirmation,
    Customer,
    Draft,
    Emergency,
    Erasure,
    ErasureStatus,
    Origin,
    Status,
    User,
    Verdict,
    Wait,
)
from console.models.search import indexed, tells_of
from console.models.states import IN_FLIGHT
from console.permissions import Places, Right, people_with, places_where, require, who_sentence

LONGEST_REFERENCE = 200


@transaction.atomic
def ask(customer_id: int, *, by: User, reference: str, origin: Origin = Origin.PAGE) -> Erasure:
    """Asks that a customer be erased. `reference` names the ticket it follows; it stays, so it may not name the person.

    Raises NotPermitted, or StepNotPossible where it was asked or done before, or the reference will not do.
    """
    customer = _locked(customer_id, by)
    _require_not_erased(customer)
    if open_one := Erasure.objects.filter(customer=customer, status=ErasureStatus.ASKED).first():
        raise StepNotPossible(f"{open_one.asked_by.name} has asked for that already.")
    reference = _fit(reference, customer)
    erasure = Erasure.objects.create(customer=customer, asked_by=by, asked_at=moment(customer), reference=reference)
    record(customer, "customer.erasure_asked", by=by, origin=origin, values={"reference": reference})
    return erasure


@transaction.atomic
def agree(erasure_id: int, *, by: User, origin: Origin = Origin.PAGE) -> Customer:
    """Erases the customer: somebody else than who asked for it says so, and it cannot be taken back.

    Raises StepNotPossible while something of the customer is on its way, or has to be looked into first.
    """
    bulk_kept.hold()
    erasure, customer = _open(erasure_id, by)
    if erasure.asked_by_id == by.pk:
        raise NotPermitted(f"You asked for it yourself, so somebody else has to agree. {helpers(customer, but=by)}")
    if problems := in_the_way(customer):
        raise StepNotPossible(" ".join(problems))
    ended = _end_changes(customer, by, origin)
    _decide(erasure, ErasureStatus.DONE, customer, by)
    _forget(customer)
    forgotten = forget_with(customer) + bulk_kept.forget_with(customer)
    details = {"ended": ended, "exports": forgotten, "asked by": erasure.asked_by_id}
    record(customer, "customer.erased", by=by, origin=origin, details=details)
    wake(customer.connection_id)
    return customer


@transaction.atomic
def reject(erasure_id: int, *, by: User, origin: Origin = Origin.PAGE) -> Erasure:
    """Somebody else than who asked for it says no; the customer stays as they are."""
    erasure, customer = _open(erasure_id, by)
    if erasure.asked_by_id == by.pk:
        raise NotPermitted("You asked for it yourself: take it back instead.")
    record(customer, "customer.erasure_rejected", by=by, origin=origin)
    return _decide(erasure, ErasureStatus.REJECTED, customer, by)


@transaction.atomic
def withdraw(erasure_id: int, *, by: User, origin: Origin = Origin.PAGE) -> Erasure:
    """Whoever asked for it takes it back."""
    erasure, customer = _open(erasure_id, by)
    if erasure.asked_by_id != by.pk:
        raise NotPermitted(f"Only {erasure.asked_by.name}, who asked for it, can take it back.")
    record(customer, "customer.erasure_withdrawn", by=by, origin=origin)
    return _decide(erasure, ErasureStatus.WITHDRAWN, customer, by)


def in_the_way(customer: Customer) -> list[str]:
    """Why a customer cannot be erased just now, a sentence each; empty where nothing stands in the way."""
    flying = Change.objects.filter(customer=customer, status__in=sorted(IN_FLIGHT)).order_by("pk")
    sent = Emergency.objects.filter(change__customer=customer, closed_at=None).order_by("pk")
    return [
        *(_why_first(change) for change in flying),
        *(
            f"Change {emergency.change_id} was sent without its approvals: a reviewer has to look into it first."
            for emergency in sent
        ),
    ]


def helpers(customer: Customer, *, but: User) -> str:
    """Who could say yes beside this person, or who can let somebody do so."""
    people = people_with(Right.ERASE, customer.connection)
    others = [user for user in people.values() if user.pk != but.pk]
    if others:
        return f"{who_sentence(others)} can."
    able = who_sentence(people_with(Right.ADMINISTER, customer.connection).values()) or "whoever runs this console"
    return f"Nobody else has the role Erasure at {customer.connection.name}: {able} can give it to somebody."


def waiting_for(user: User, most: int) -> list[Erasure]:
    """What waits for this person's word: asked by somebody else, where they may agree. The first one first."""
    asked = Erasure.objects.filter(status=ErasureStatus.ASKED).exclude(asked_by=user)
    places = places_where(user, Right.ERASE)
    if not (places.everywhere or places.ids):
        return []
    return list(_there(asked, places).select_related("customer__connection", "asked_by").order_by("pk")[:most])


def _there(asked: QuerySet[Erasure], places: Places) -> QuerySet[Erasure]:
    return asked if places.everywhere else asked.filter(customer__connection__in=places.ids)


def _locked(customer_id: int, by: User) -> Customer:
    [customer] = Customer.objects.locked([customer_id])
    require(by, Right.ERASE, customer.connection)
    return customer


def _open(erasure_id: int, by: User) -> tuple[Erasure, Customer]:
    """An erasure that nobody has decided on, with its customer; both locked, the customer first."""
    customer = _locked(Erasure.objects.values_list("customer", flat=True).get(pk=erasure_id), by)
    erasure = Erasure.objects.select_for_update(no_key=True, of=("self",)).select_related("asked_by").get(pk=erasure_id)
    if erasure.status == ErasureStatus.DONE:
        _require_not_erased(customer)
    if erasure.status != ErasureStatus.ASKED:
        raise StepNotPossible("Somebody has decided on that already.")
    return erasure, customer


def _require_not_erased(customer: Customer) -> None:
    if customer.erased_at:
        raise StepNotPossible("The customer is erased already.")


def _fit(reference: str, customer: Customer) -> str:
    """The ticket, without white space around it. What stays when all else is gone may say nothing of the person."""
    reference = reference.replace("\0", "").strip()
    if not reference:
        raise StepNotPossible("Name the ticket that asks for it: it is what stays.")
    if len(reference) > LONGEST_REFERENCE:
        raise StepNotPossible(f"Shorten the ticket: it may have {LONGEST_REFERENCE} characters, not {len(reference)}.")
    said = (customer.name, customer.email, customer.phone)
    found_by = indexed(*said, identity=customer.identity, external_id=customer.external_id, address={})
    if tells_of(reference, found_by):
        raise StepNotPossible("Name the ticket alone: this says something of the customer, and it stays.")
    return reference


def _decide(erasure: Erasure, status: ErasureStatus, customer: Customer, by: User) -> Erasure:
    erasure.status, erasure.decided_by, erasure.decided_at = status, by, moment(customer)
    erasure.save(update_fields=["status", "decided_by", "decided_at"])
    return erasure


def _why_first(change: Change) -> str:
    if change.state is Status.SENDING:
        return f"Change {change.pk} is being sent just now: wait until it has ended."
    return f"Nobody knows yet what became of change {change.pk}: that has to be found out first."


def _end_changes(customer: Customer, by: User, origin: Origin) -> int:
    """Nothing more of the customer is sent, and nothing waits for a person who could not see what it asks."""
    changes = list(Change.objects.filter(customer=customer).unfinished().order_by("pk"))
    for change in Change.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in changes]):
        change.customer, change.connection = customer, customer.connection
        _end(change, by, origin)
    return len(changes)


def _end(change: Change, by: User, origin: Origin) -> None:
    ended: dict[str, Any] = {"wait": Wait.NOTHING, "next_attempt_at": None, "ended_at": moment(change.customer)}
    if change.can_be_tried_again:
        verdict = Verdict.NOT_KNOWN if change.maybe_applied else Verdict.NOT_APPLIED
        ended |= {"verdict": verdict, "confirmation": Confirmation.NONE, "maybe_applied": False}
        take_step(change, Status.CLOSED, by=by, origin=origin, details={"verdict": verdict, "erased": True}, **ended)
        return
    ended |= {"expires_at": None, "claimed_by": None, "claimed_at": None}
    take_step(change, Status.WITHDRAWN, by=by, origin=origin, details={"erased": True}, **ended)


def _forget(customer: Customer) -> None:
    """Destroys the key, and all that stands in the open."""
    Draft.objects.filter(customer=customer).delete()
    Change.objects.filter(customer=customer).update(note="", problems=[], reference="", shape=None)
    Attempt.objects.filter(customer=customer).update(note="", url="", shown_request="", shown_response="")
    blank = _blank(customer)
    for name, value in blank.items():
        setattr(customer, name, value)
    customer.__dict__.pop("key", None)
    customer.save(update_fields=list(blank))
    customer.index()


def _blank(customer: Customer) -> dict[str, Any]:
    """What is left of a customer: a number in place of a person."""
    pseudonym = f"erased-{customer.pk}"
    nothing: Sequence[str] = ("values", "sealed", "known", "drift", "flaws")
    return {
        **{name: {} for name in nothing},
        "identity": dict.fromkeys(customer.provider.identity, pseudonym),
        "external_id": pseudonym,
        "wrapped_key": None,
        "name": f"Erased customer {customer.pk}",
        "sort_name": f"~{pseudonym}",  # after all names
        "email": "",
        "phone": "",
        "known_at": None,
        "version": customer.version + 1,
        "erased_at": moment(customer),
    }
