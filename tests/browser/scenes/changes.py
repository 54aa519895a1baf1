"""Changes of every kind: gone well and wrong, waiting, unclear, and asked about by a person."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from playwright.sync_api import Page, expect

from console.flows.adopt import add_by_id
from console.flows.propose import Proposal, propose_one, withdraw
from console.flows.refresh import refresh
from console.models import Customer, Status
from tests.browser.scenes.acts import press
from tests.browser.scenes.playing import Play, Scene
from tests.flows.helpers import make_due
from tests.views.standing import standing


def play(played: Play) -> None:
    """What becomes of changes at the five providers; nobody pushes any more once it is over."""
    _went_well(played)
    _went_wrong(played)
    _nobody_knows(played)
    _waits(played)
    _gone_and_never_read(played)
    _paused(played)
    _on_its_way(played)


def _went_well(played: Play) -> None:
    played.ask(
        "applied",
        "sqril",
        1,
        why="Moved to a new flat; verified by call-back.",
        phone="+6281299887766",
        address="Jl. Thamrin No. 88, Jakarta",
    )
    played.push("sqril")
    played.ask("accepted", "caibo", 1, phone="+442079460000")
    played.push("caibo")
    played.ask("jos_applied", "sqril", 7, "jo", phone="+6281299887700")
    played.push("sqril")
    refresh(played.customer("sqril", 1), by=played.people["ed"])
    played.numbers["changed"] = played.customer("sqril", 1).pk


def _went_wrong(played: Play) -> None:
    played.spoil("caibo", 2, "refuse", field="phone", message="The phone number is registered to another customer.")
    played.ask("refused", "caibo", 2, why="New number.", phone="+442079460001", address="7 Mill Lane, Leeds")
    played.push("caibo")
    played.numbers["refused_customer"] = played.customer("caibo", 2).pk
    played.spoil("timepay", 2, "409")
    played.ask("conflict", "timepay", 2, phone_number="+919811122233")
    played.push("timepay")
    moved = played.customer("sqril", 2)
    played.stage.sandbox.edit("sqril", moved.external_id, {"address": "Jl. Sudirman 1, Jakarta"})
    played.ask("moved", "sqril", 2, address="Jl. Melati 5, Bandung")
    played.push("sqril")
    customer = played.customer("flowwise", 4)
    played.numbers["failed"] = standing(customer, played.people["ed"], Status.FAILED).pk


def _nobody_knows(played: Play) -> None:
    played.spoil("finosu", 2, "drop")
    stuck = played.ask("stuck", "finosu", 2, why="Called in, new number.", phoneNumber="+14155550187")
    played.push("finosu")
    make_due(stuck)
    played.push("finosu")
    played.ask("behind", "finosu", 2, "jo", firstName="Helena")
    played.spoil("flowwise", 3, "drop")
    played.ask("unknown", "flowwise", 3, phone="+919811100000")
    played.push("flowwise")
    closed = standing(played.customer("flowwise", 5), played.people["ed"], Status.CLOSED)
    played.numbers["closed"] = closed.pk


def _waits(played: Play) -> None:
    played.spoil("caibo", 3, "429", retry_after=3600)
    played.ask("later", "caibo", 3, phone="+442079460002")
    played.push("caibo")
    held = standing(played.customer("flowwise", 6), played.people["ed"], Status.PROPOSED)
    played.numbers["held"] = held.pk
    played.numbers["sending"] = standing(played.customer("sqril", 4), played.people["ed"], Status.SENDING).pk


def _gone_and_never_read(played: Play) -> None:
    gone = played.customer("flowwise", 7)
    played.numbers["gone"] = gone.pk
    played.stage.sandbox.delete("flowwise", gone.external_id)
    change = propose_one(Proposal(gone.pk, {"phone": "+919811100009"}, uuid.uuid4().hex), by=played.people["jo"])
    played.numbers["refused_as_gone"] = change.pk
    played.push("flowwise")
    unread = add_by_id(played.stage.connections["timepay"], "camp_new/loan:LOAN-7", by=played.people["ed"])
    played.numbers["unread"] = unread.pk
    erased = played.customer("flowwise", 8)
    played.numbers["keyless"] = erased.pk
    standing(erased, played.people["ed"], Status.APPLIED, wishes={"phone": "+919811100000"})
    Customer.objects.filter(pk=erased.pk).update(wrapped_key=None)
    missing = played.customer("sqril", 10)
    played.numbers["gone_at_sqril"] = missing.pk
    played.stage.sandbox.delete("sqril", missing.external_id)


def _paused(played: Play) -> None:
    """The provider rejects the credentials."""
    played.spoil("timepay", 5, "401")
    played.ask("waiting", "timepay", 5, phone_number="+919811122244")
    played.push("timepay")


def _on_its_way(played: Play) -> None:
    """Nobody pushes any more from here on."""
    taken_back = played.ask("withdrawn", "finosu", 4, city="Oakland")
    withdraw(taken_back.pk, by=played.people["ed"])
    played.ask("going", "finosu", 5, why="Wedding.", lastName="Okafor-Bell")
    played.numbers["waits_for_jo"] = played.customer("finosu", 6).pk
    played.ask("jos", "finosu", 6, "jo", email="new.address@example.com")


def open_closing(page: Page) -> None:
    """Closing asks what became of it at the provider, and how one knows."""
    page.get_by_text("Close by hand…").click()
    expect(page.get_by_role("button", name="Close this change")).to_be_visible()


SCENES: Mapping[str, Scene] = {
    "changes": Scene("/changes/"),
    "changes of nobody": Scene("/changes/", who="vic"),
    "changes that need a person": Scene("/changes/?state=person"),
    "changes filtered away": Scene("/changes/?state=ended&connection={caibo_connection}"),
    **{
        f"change {state}": Scene(f"/changes/{{{state.replace(' ', '_')}}}/")
        for state in (
            "applied",
            "accepted",
            "refused",
            "conflict",
            "moved",
            "failed",
            "stuck",
            "behind",
            "unknown",
            "closed",
            "later",
            "held",
            "sending",
            "waiting",
            "withdrawn",
            "going",
            "refused as gone",
        )
    },
    "change stuck, seen by an operator": Scene("/changes/{stuck}/", who="ops"),
    "change to be sent again": Scene("/changes/{refused}/", does=press("Try again")),
    "change to be sent over another's": Scene("/changes/{moved}/", does=press("Send mine all the same")),
    "change to give way to another's": Scene("/changes/{moved}/", does=press("Keep theirs")),
    "change to be withdrawn": Scene("/changes/{going}/", does=press("Withdraw")),
    "change to be closed by hand": Scene("/changes/{failed}/", who="ops", does=open_closing),
    "change unclear after a refusal": Scene("/changes/{unclear}/", who="ops"),
    "change held since a backup": Scene("/changes/{restored}/", who="ops"),
    "change to be released": Scene("/changes/{restored}/", who="ops", does=press("Release and send")),
    "change to be closed as applied": Scene("/changes/{stuck}/", who="ops", does=press("It was applied")),
}
