"""The rest of the demo's history: one scene for each way in which a change can end or wait, played by the real flows.

Each scene spoils the updates of its own customer only, so that whatever a visitor does goes well.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from console.errors import ConsoleError
from console.flows.adopt import add_by_id
from console.flows.propose import withdraw
from console.flows.refresh import refresh
from console.flows.resolve import close, try_again
from console.flows.review import return_to_author
from console.management.demo.everyday import phone
from console.management.demo.stage import Stage, Wish
from console.models import Change, Status, Verdict, Wait

AN_HOUR = 3600


def accepted_and_confirmed_later(stage: Stage) -> None:
    """The answer was lost, and reading back shows that it was applied."""
    _spoilt(
        stage, Wish("demo-read-back", "ed", "Called in, new number.", "SUP-4471"), "finosu", 5, ("apply-drop", 1, {})
    )


def already_there(stage: Stage) -> None:
    """Somebody entered the same value at the provider before."""
    wish = Wish("demo-already", "jo", "Contract of the new job was shown.", "SUP-4472")
    if not stage.saved(wish):
        customer = stage.customer("sqril", 5)
        occupation = "OCC7" if customer.record.get("occupation") != "OCC7" else "OCC8"
        stage.edit_there(customer, occupation=occupation)
        if change := stage.propose(wish, customer, occupation=occupation):
            stage.approve(change, "ann")


def refused_for_a_field(stage: Stage) -> None:
    """The provider refuses a value that our rules let pass."""
    message = "The number is registered to another customer"
    wish = Wish("demo-refused", "ed", "New number, read back to the customer.", "SUP-4480")
    _spoilt(stage, wish, "flowwise", 5, ("refuse", 1, {"field": "phone", "message": message}))


def refused_for_the_campaign(stage: Stage) -> None:
    """The provider lets nobody at this record."""
    _spoilt(stage, Wish("demo-forbidden", "jo", "New number.", "SUP-4481"), "timepay", 5, ("403", 1, {}))


def refused_then_sent_again(stage: Stage) -> None:
    """Its author tries the same once more, and this time it goes well."""
    wish = Wish("demo-again", "ed", "Number confirmed by call back.", "SUP-4482")
    fault = ("refuse", 1, {"field": "phone", "message": "The number cannot be reached"})
    change = _spoilt(stage, wish, "caibo", 5, fault)
    if change and stage.wait(change, lambda now: now.state is Status.REFUSED):
        try_again(change.pk, by=stage.people["ed"], reason="Reached the customer on this number just now.")


def moved_meanwhile(stage: Stage) -> None:
    """Somebody changed the same value at the provider: nothing is sent over it."""
    wish = Wish("demo-moved", "ed", "New SIM card.", "SUP-4490")
    if not stage.saved(wish):
        customer = stage.customer("sqril", 6)
        stage.edit_there(customer, phone=str(phone("phone")(customer.record, 77)))
        stage.propose(wish, customer, phone=phone("phone")(customer.record, 6))


def conflict_reported(stage: Stage) -> None:
    """The provider says that another process modified the record."""
    _spoilt(stage, Wish("demo-conflict", "jo", "New number.", "SUP-4491"), "timepay", 6, ("409", 1, {}))


def another_value_kept(stage: Stage) -> None:
    """Accepted, but the answer holds another value."""
    _spoilt(
        stage,
        Wish("demo-kept", "ed", "Mistyped at sign-up.", "SUP-4492"),
        "flowwise",
        6,
        ("wrong-echo", 1, {"applied": False}),
    )


def old_values_stand(stage: Stage) -> None:
    """No answer, and reading back shows the old value: where sending again may do harm, a person decides."""
    wish = Wish("demo-unknown", "ed", "New number, confirmed by call back.", "SUP-4500")
    change = _spoilt(stage, wish, "finosu", 6, ("drop", 1, {}))
    if change:
        stage.propose(
            Wish("demo-behind-unknown", "jo", "Flat number was missing.", "SUP-4501"),
            stage.customer("finosu", 6),
            streetAddress2="Apt 7",
        )


def nobody_can_tell(stage: Stage) -> None:
    """Errors without end at a provider that can't be read: after four tries a person is asked."""
    wish = Wish("demo-unknown-blind", "jo", "Phone was stolen, new SIM.", "SUP-4502")
    _spoilt(stage, wish, "caibo", 6, ("5xx", 4, {}))


def closed_by_a_person(stage: Stage) -> None:
    """An operator found out what became of it."""
    wish = Wish("demo-closed", "ed", "The old number belongs to somebody else now.", "SUP-4503")
    change = _spoilt(stage, wish, "timepay", 7, ("5xx", 4, {"applied": True}))
    if change and stage.wait(change, lambda now: now.state is Status.UNKNOWN and now.wait == Wait.PERSON):
        reason = "The provider's own screen shows the new number; their support confirmed it by mail."
        close(change.pk, by=stage.people["ops"], verdict=Verdict.APPLIED, reason=reason)


def tries_used_up(stage: Stage) -> None:
    """The provider asked to come back later until nobody would any more."""
    wish = Wish("demo-failed", "jo", "Number was mistyped at sign-up.", "SUP-4510")
    _spoilt(stage, wish, "flowwise", 7, ("429", 6, {"retry_after": 1}))


def waiting_for_the_next_try(stage: Stage) -> None:
    """The provider asked for an hour's patience."""
    wish = Wish("demo-later", "ed", "New number.", "SUP-4511")
    _spoilt(stage, wish, "caibo", 7, ("429", 1, {"retry_after": AN_HOUR}))


def held_for_its_author(stage: Stage) -> None:
    """The change before it was refused, so this one of the same field waits for its author's word."""
    first = Wish("demo-first-of-two", "ed", "Number was mistyped.", "SUP-4512")
    fault = ("429", 1, {"retry_after": 3})
    change = _spoilt(stage, first, "flowwise", 8, fault)
    if change and stage.wait(change, lambda now: now.tries >= 1 and now.state is Status.APPROVED):
        customer = stage.customer("flowwise", 8)
        stage.spoil(customer, "refuse", field="phone", message="The number is registered to another customer")
        second = Wish("demo-second-of-two", "jo", "Customer called again with yet another number.", "SUP-4513")
        stage.propose(second, customer, phone=phone("phone")(customer.record, 55))


def taken_back(stage: Stage) -> None:
    """Its author withdrew it before anything was sent."""
    wish = Wish("demo-withdrawn", "jo", "New number.", "SUP-4514")
    change = _spoilt(stage, wish, "timepay", 8, ("429", 1, {"retry_after": AN_HOUR}))
    if change and stage.wait(change, lambda now: now.tries >= 1 and now.state is Status.APPROVED):
        withdraw(change.pk, by=stage.people["jo"])


def gone_at_the_provider(stage: Stage) -> None:
    """Two customers whom their providers no longer know: one was to be changed, one only looked up."""
    wish = Wish("demo-gone", "ed", "Courier could not find the door.", "SUP-4520")
    if not stage.saved(wish):
        customer = stage.customer("flowwise", 9)
        stage.control.delete("flowwise", customer.external_id)
        stage.propose(wish, customer, phone=phone("phone")(customer.record, 9))
    looked_up = stage.customer("sqril", 9)
    if not looked_up.is_gone:
        if stage.control.record("sqril", looked_up.external_id):
            stage.control.delete("sqril", looked_up.external_id)
        _read(stage, 9, "sqril")


def read_from_the_provider(stage: Stage) -> None:
    """Some records that were looked up since the nightly file."""
    for slug in ("finosu", "sqril"):
        for number in (1, 2, 3, 10, 11):
            if not any(entry["how"] == "read" for entry in stage.customer(slug, number).known.values()):
                _read(stage, number, slug)


def moved_and_nobody_asked(stage: Stage) -> None:
    """Somebody moved a customer's address and number at the provider, and a reading found out."""
    customer = stage.customer("sqril", 12)
    if not customer.events.filter(verb="customer.refreshed").exists():
        stage.edit_there(customer, address="Jl. Melati 5, Bandung", phone=str(phone("phone")(customer.record, 12)))
        _read(stage, 12, "sqril")


def waits_for_approval(stage: Stage) -> None:
    """Wishes of Ed and Jo that Ann and Sam find on their work pages, at three providers."""
    met = "Called; new employer, verified by call-back."
    _asked(stage, Wish("demo-kyc", "ed", met, "SUP-4601"), "sqril", 13, occupation="OCC10", phone="+6281299887766")
    _asked(
        stage,
        Wish("demo-kyc-address", "jo", "Moved, contract was shown.", "SUP-4602"),
        "sqril",
        14,
        address=_flat(stage, 14),
    )
    for place, number in enumerate(_colleagues(stage)):
        wish = Wish(f"demo-kyc-alike-{place}", "jo", "Their employer closed; all of them were called.", "SUP-4603")
        _asked(stage, wish, "sqril", number, occupation="OCC11")
    wish = Wish("demo-sensitive", "jo", "Mistyped at sign-up; read back from the card.", "SUP-4604")
    _asked(stage, wish, "finosu", 7, ssnLastFour="4821")
    wish = Wish("demo-sensitive-too", "ed", "The branch found it in the contract.", "SUP-4605")
    _asked(stage, wish, "finosu", 8, birthday="1988-04-17")


def one_approval_of_two(stage: Stage) -> None:
    """Terms of a loan take two people: Ann said yes to one of them, and nobody yet to the other."""
    wish = Wish("demo-terms", "ed", "Rescheduled; the letter of the branch is in the ticket.", "SUP-4610")
    if change := _asked(stage, wish, "timepay", 9, loan_period="36"):
        stage.approve(change, "ann")
    wish = Wish("demo-terms-too", "jo", "Top-up, signed at the branch.", "SUP-4611")
    _asked(stage, wish, "timepay", 10, loan_amount="180000.00")


def partly_approved(stage: Stage) -> None:
    """Ann approved one line and rejected another; what was approved is sent."""
    wish = Wish("demo-partly", "ed", "New employer and address, told on the phone.", "SUP-4612")
    if change := _asked(stage, wish, "sqril", 8, occupation="OCC3", address=_flat(stage, 8)):
        stage.approve(change, "ann", "occupation")
        stage.reject(change, "ann", "address", reason="The call-back did not confirm the address.")


def returned_to_its_author(stage: Stage) -> None:
    """Sam wants to know more before he decides."""
    wish = Wish("demo-returned", "jo", "New job.", "SUP-4613")
    if change := _asked(stage, wish, "sqril", 7, occupation="OCC6"):
        with contextlib.suppress(ConsoleError):
            return_to_author(change.pk, by=stage.people["sam"], reason="Which employer? Ask for the contract, please.")


def never_read(stage: Stage) -> None:
    """Customers who are in no file yet: added by their id, and marked as never read where they can't be read."""
    for slug in stage.connections:
        add_by_id(stage.connections[slug], stage.ids[slug][-1], by=stage.people["ed"])


SCENES: Sequence[Callable[[Stage], None]] = (
    never_read,
    read_from_the_provider,
    moved_and_nobody_asked,
    waits_for_approval,
    one_approval_of_two,
    partly_approved,
    returned_to_its_author,
    accepted_and_confirmed_later,
    already_there,
    refused_for_a_field,
    refused_for_the_campaign,
    moved_meanwhile,
    conflict_reported,
    another_value_kept,
    old_values_stand,
    nobody_can_tell,
    tries_used_up,
    waiting_for_the_next_try,
    gone_at_the_provider,
    refused_then_sent_again,
    held_for_its_author,
    taken_back,
    closed_by_a_person,
)
"""In an order in which those that have to be waited for come last."""


def _spoilt(
    stage: Stage, wish: Wish, slug: str, number: int, fault: tuple[str, int, Mapping[str, Any]]
) -> Change | None:
    """Proposes another phone number for a customer whose updates are spoilt; gives the change, new or from before."""
    if saved := stage.saved(wish):
        return saved
    kind, count, parameters = fault
    customer = stage.customer(slug, number)
    stage.spoil(customer, kind, count, **parameters)
    field = {"timepay": "phone_number", "finosu": "phoneNumber"}.get(slug, "phone")
    return stage.propose(wish, customer, **{field: phone(field)(customer.record, number)})


def _asked(stage: Stage, wish: Wish, slug: str, number: int, **wishes: Any) -> Change | None:
    """Proposes it; gives the change if it is new."""
    return None if stage.saved(wish) else stage.propose(wish, stage.customer(slug, number), **wishes)


def _colleagues(stage: Stage, first: int = 15, count: int = 4) -> list[int]:
    """Customers of SQRIL with one and the same occupation, so that what is asked of them is alike."""
    occupation = stage.customer("sqril", first).record.get("occupation")
    numbers = range(first, len(stage.ids["sqril"]) - 1)
    same = (number for number in numbers if stage.customer("sqril", number).record.get("occupation") == occupation)
    return list(itertools.islice(same, count))


def _flat(stage: Stage, number: int) -> str:
    """Another flat in the house of a customer at SQRIL."""
    return f"{stage.customer('sqril', number).record.get('address') or 'Jl. Melati 5, Bandung'}, Flat 4"[:200]


def _read(stage: Stage, number: int, slug: str) -> None:
    try:
        refresh(stage.customer(slug, number), by=stage.people["ed"])
    except ConsoleError:
        return
