"""Batches in the states that their pages show: asked for, refused in part, stopped half-way, undone, thrown out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.flows import batches
from console.models import BatchStatus, Origin
from tests.batches import approved, batch_of, customers, let_go
from tests.cast import person
from tests.deciding import policy

if TYPE_CHECKING:
    from console.models import Batch, Connection, Customer, User
    from tests.browser.stage import Stage

PHONES = ("+628129988{:04d}", "+6281200000000")


def play_batches(stage: Stage, here: Connection) -> dict[str, int]:
    """The numbers of the batches, by what became of each; all are about this connection."""
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
    return {f"batch_{name}": batch.pk for name, batch in {**told, "waiting": waiting}.items()}


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
