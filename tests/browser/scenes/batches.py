"""Batches in the states that their pages show: asked for, refused in part, stopped half-way, thrown out, held up."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.db import transaction
from playwright.sync_api import Page

from console.flows import batches
from console.flows.batch_steps import locked, take
from console.flows.batches.deciding import expire
from console.flows.batches.feeding import feed
from console.flows.deliver import drain
from console.flows.pausing import pause
from console.flows.restored import NOTE
from console.models import Batch, BatchStatus, Connection, Origin
from tests.batches import approved, batch_of, customers, let_go
from tests.browser.scenes.acts import press
from tests.browser.scenes.playing import Play, Scene, another_account
from tests.cast import person, sample
from tests.deciding import policy

if TYPE_CHECKING:
    from console.models import Customer, User
    from tests.browser.stage import Stage

PHONES = ("+628129988{:04d}", "+6281200000000")


def play(played: Play) -> None:
    """Batches by what became of each, nearly all at an account of their own."""
    stage, here = played.stage, another_account(played, "cards")
    policy("Occupations", "occupation", at=[here])
    policy("Whatever is asked of many", from_size=10, at=[here])
    ed, ann, some = person("ed"), person("ann"), customers(here, 48, stage.sandbox)
    for customer in some[7:9]:
        stage.sandbox.fault(
            "sqril", "refuse", external_id=customer.external_id, field="occupation", message="is on our list"
        )
    done = batch_of(some[:12], ed, why="They all retired last month.", reference="SUP-4471")
    approved(done, ann)
    let_go(done, BatchStatus.DONE)
    stopped = batch_of(some[12:30], ed, title="Set Occupation of 18 customers")
    approved(stopped, ann)
    let_go(stopped, BatchStatus.GOING)
    batches.stop(stopped.pk, by=ann)
    paused = batch_of(some[30:38], ed, title="Set Occupation of 8 customers")
    approved(paused, ann)
    batches.pause(paused.pk, by=ed)
    rejected = batch_of(some[38:40], ed, title="Set Occupation of 2 customers")
    batches.reject(rejected.pk, by=ann, digest=bytes(rejected.digest).hex(), reason="Ask them first, please.")
    building = batches.begin(here, by=ed, origin=Origin.PAGE, title="Clear Address", key="building", expected=900)
    batches.add(building, [batches.Item(1, some[40].pk, {"address": "Jl. Thamrin No. 88, Jakarta"})])
    waiting = _asked(some, ed)
    told = {"done": done, "stopped": stopped, "paused": paused, "rejected": rejected, "building": building}
    told |= {"waiting": waiting, **_thrown_out(stage, here), **_held_up(stage, here), **_unconfirmed(stage)}
    played.numbers |= {f"batch_{name}": batch.pk for name, batch in told.items()}


def _thrown_out(stage: Stage, here: Connection) -> dict[str, Batch]:
    """Ended without anything having been sent: by its author, by time, by having nothing in it."""
    ed = person("ed")
    withdrawn = batch_of(_some(here, stage, "w", 3), ed, title="Set Occupation of 3 customers")
    batches.withdraw(withdrawn.pk, by=ed)
    late = batch_of(_some(here, stage, "e", 6), ed, title="Set Occupation of 6 customers")
    Batch.objects.filter(pk=late.pk).update(expires_at=late.created_at)
    expire()
    same = _some(here, stage, "s", 4)
    failed = batch_of(same, ed, {"occupation": same[0].record["occupation"]}, title="Set Occupation of 4 customers")
    return {"withdrawn": withdrawn, "expired": late, "failed": failed}


def _held_up(stage: Stage, here: Connection) -> dict[str, Batch]:
    """Paused by itself, by a backup that was put back, by its connection, or asked about again."""
    ed, ann, some = person("ed"), person("ann"), _some(here, stage, "h", 9)
    stage.sandbox.fault(
        "sqril", "refuse", external_id=some[1].external_id, field="occupation", message="is on our list"
    )
    itself = approved(batch_of(some, ed, title="Set Occupation of 9 customers"), ann)
    let_go(itself, BatchStatus.PAUSED)
    restored = approved(batch_of(_some(here, stage, "r", 8), ed, title="Set Occupation of 8 clients"), ann)
    with transaction.atomic():
        take(locked(restored.pk), BatchStatus.PAUSED, by=None, origin=Origin.WORKER, note=NOTE)
    again = approved(batch_of(_some(here, stage, "a", 9), ed, title="Set Occupation of 9 clients"), ann)
    feed(here.pk)
    drain(here.pk, stopping=threading.Event())
    policy("Two for nine and more", "occupation", at=[here], from_size=9, approvals=2)
    feed(here.pk)
    closed = _clone(stage.connections["sqril"], "SQRIL, closed")
    policy("Occupations there", "occupation", at=[closed])
    still = batch_of(_some(closed, stage, "p", 7), ed, title="Set Occupation of 7 customers")
    pause(closed, by=person("ops"), reason="They move to another data centre tonight.")
    approved(still, ann)
    return {"itself": itself, "restored": restored, "again": again, "still": still}


def _unconfirmed(stage: Stage) -> dict[str, Batch]:
    """At a provider that takes what it gets and says nothing of what it holds."""
    there = _clone(stage.connections["caibo"], "Caibo, cards")
    policy("Phones", "phone", at=[there])
    ed, ann = person("ed"), person("ann")
    checking, accepted = [
        approved(batch_of(_clients(there, stage, first, 7), ed, {"phone": "+441632960961"}, title=title), ann)
        for first, title in ((70_001, "Change Phone of 7 customers"), (70_101, "Change Phone of 7 clients"))
    ]
    let_go(checking, BatchStatus.CHECKING)
    let_go(accepted, BatchStatus.CHECKING)
    batches.go_on(accepted.pk, by=ann)
    let_go(accepted, BatchStatus.DONE)
    return {"checking": checking, "accepted": accepted}


def _some(connection: Connection, stage: Stage, letter: str, count: int) -> list[Customer]:
    """Customers at Sqril that no other batch is about."""
    return [
        sample(connection, stage.sandbox, customer_id=f"cus_{letter}_{number}", name_first=f"Budi{number}")
        for number in range(count)
    ]


def _clients(connection: Connection, stage: Stage, first: int, count: int) -> list[Customer]:
    """The same at Caibo."""
    return [sample(connection, stage.sandbox, id=str(number)) for number in range(first, first + count)]


def _clone(connection: Connection, name: str) -> Connection:
    """Another account at the same provider."""
    other = Connection.objects.get(pk=connection.pk)
    other.pk, other._state.adding, other.name = None, True, name
    other.paused_at, other.pause, other.pause_reason = None, "", ""
    other.save()
    return other


def _asked(some: list[Customer], by: User) -> Batch:
    """A file of telephone numbers, in which several people have the same, and two rows make no sense."""
    title = "Change Phone of 40 customers, from a file"
    batch = batches.begin(
        some[0].connection,
        by=by,
        origin=Origin.IMPORT,
        title=title,
        key="phones",
        why="The bank moved to new numbers.",
        reference="SUP-4500",
        expected=42,
    )
    items = [
        batches.Item(place, each.pk, {"phone": PHONES[place % 9 == 0].format(place), **_mail(place)})
        for place, each in enumerate(some[:40], 1)
    ]
    batches.add(batch, items)
    batches.add(batch, [batches.Item(41, some[41].pk, {"phone": "none"}), batches.Item(42, some[42].pk, {})])
    return batches.close(batch)


def _mail(place: int) -> dict[str, str]:
    return {"email": f"adi{place}@example.org"} if place % 3 == 0 else {}


def open_history(page: Page) -> None:
    """Opens the steps of a batch."""
    page.locator("#steps > summary").click()


SCENES: Mapping[str, Scene] = {
    "batches": Scene("/batches/", who="ann"),
    "batches, none": Scene("/batches/?state=going&whose=mine", who="ann"),
    "batch to decide on": Scene("/batches/{batch_waiting}/", who="ann"),
    "batch to decide on, asking": Scene("/batches/{batch_waiting}/", who="ann", does=press("Approve")),
    "batch of one's own that waits": Scene("/batches/{batch_waiting}/"),
    "batch being put together": Scene("/batches/{batch_building}/"),
    "batch that arrived in part": Scene("/batches/{batch_done}/"),
    "batch that arrived in part, what needs a person": Scene("/batches/{batch_done}/?show=person", who="ann"),
    "batch paused": Scene("/batches/{batch_paused}/", who="ann"),
    "batch paused, of a reviewer": Scene("/batches/{batch_paused}/", who="rae"),
    "batch stopped": Scene("/batches/{batch_stopped}/", who="ann"),
    "batch stopped, asking to undo": Scene("/batches/{batch_stopped}/", does=press("Undo")),
    "batch rejected": Scene("/batches/{batch_rejected}/"),
    "batch withdrawn": Scene("/batches/{batch_withdrawn}/"),
    "batch expired": Scene("/batches/{batch_expired}/"),
    "batch not put together": Scene("/batches/{batch_failed}/"),
    "batch paused by itself": Scene("/batches/{batch_itself}/", who="ann"),
    "batch paused by a backup": Scene("/batches/{batch_restored}/", who="ann"),
    "batch asked about again": Scene("/batches/{batch_again}/", who="sam"),
    "batch at a paused connection": Scene("/batches/{batch_still}/"),
    "batch whose first few are to be looked at": Scene("/batches/{batch_checking}/", who="ann"),
    "batch accepted and not confirmed": Scene("/batches/{batch_accepted}/", does=open_history),
}
