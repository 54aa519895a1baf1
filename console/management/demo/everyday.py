"""The everyday part of the demo's history: what Ed and Jo change at all five providers, and Ann and Sam approve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from console.management.demo.stage import Stage, Wish
from console.models import Wait

if TYPE_CHECKING:
    from providers.fields import Value

type Record = Mapping[str, Value]
type New = Callable[[Record, int], Value]

FIRST = 20
"""The customers before this number are left to the samples of the documentation and to the scenes."""
EACH = 12


def phone(name: str) -> New:
    """Another number in the same place."""
    return lambda record, number: (
        f"{record[name]}"[:-4] + f"{(number * 2749 + 1618) % 10_000:04d}" if record.get(name) else None
    )


def email(name: str) -> New:
    """Another address of the same person."""
    return lambda record, _: f"{record[name]}".replace("@", ".private@", 1) if record.get(name) else None


def address(name: str) -> New:
    """Another flat in the same house."""
    return lambda record, number: f"{record[name]}, Flat {number % 9 + 1}"[:200] if record.get(name) else None


def fixed(*values: Value) -> New:
    """One value after the other."""
    return lambda _, number: values[number % len(values)]


EDITS: Mapping[str, Sequence[tuple[str, New, str]]] = {
    "timepay": (
        ("payment_status", fixed("paid", "partial"), "Receipt of the branch is attached to the ticket."),
        ("phone_number", phone("phone_number"), "The old number belongs to somebody else now."),
        ("language", fixed("tamil", "bengali", "marathi"), "Asked to be called in their own language."),
        ("emi_due_date", fixed("2026-02-10", "2026-02-15"), "Salary comes on the 7th, branch agreed to a later date."),
    ),
    "finosu": (
        ("phoneNumber", phone("phoneNumber"), "New mobile number, confirmed by call back."),
        ("doNotCall", fixed(True), "Asked not to be called again."),
        ("email", email("email"), "Old mailbox is closed."),
        ("streetAddress2", fixed("Apt 12", "Unit 3", "Suite 200"), "Letters came back, flat number was missing."),
    ),
    "caibo": (
        ("email", email("email"), "Prefers a private mailbox for receipts."),
        ("phone", phone("phone"), "Phone was stolen, new SIM."),
        ("address", address("address"), "Flat number was missing."),
    ),
    "flowwise": (
        ("phone", phone("phone"), "Number was mistyped at sign-up."),
        ("address", address("address"), "Courier could not find the door."),
        ("email", email("email"), "Typo in the address, mails bounced."),
    ),
    "sqril": (
        ("phone", phone("phone"), "New SIM card."),
        ("occupation", fixed("OCC2", "OCC7", "OCC10"), "New job, contract was shown."),
        ("address", address("address"), "Moved within the building."),
        ("email", email("email"), "Wants statements at another mailbox."),
    ),
}


def play(stage: Stage) -> None:
    """Proposes a day's work, one provider after the other, as two people would."""
    for turn in range(EACH):
        for place, slug in enumerate(EDITS):
            _edit(stage, slug, turn, "ed" if (turn + place) % 3 else "jo")


def _edit(stage: Stage, slug: str, turn: int, who: str) -> None:
    name, new, why = EDITS[slug][turn % len(EDITS[slug])]
    wish = Wish(f"demo-{slug}-{turn}", who, why, f"SUP-{4100 + 7 * turn + len(slug)}" if turn % 4 else "")
    if stage.saved(wish):
        return
    customer = stage.customer(slug, FIRST + 3 * turn)
    value = new(customer.record, turn)
    change = stage.propose(wish, customer, **{name: value}) if value is not None else None
    if change and change.wait == Wait.DECISION:
        stage.approve(change, "ann" if turn % 3 else "sam")
