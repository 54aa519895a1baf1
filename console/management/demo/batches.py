"""What the demo's history has of many at once: a file of new addresses that waits to be decided on as one."""

from __future__ import annotations

from console.flows import batches
from console.management.demo.stage import Stage
from console.models import BatchStatus, Customer, Origin

KEY = "demo-batch"
MANY, FROM = 80, 110
"""From among those customers whom no other scene is about."""


def addresses_from_a_file(stage: Stage) -> None:
    """Ed brought in what a branch had collected; of two rows nothing can be made."""
    connection, ed = stage.connections["flowwise"], stage.people["ed"]
    ids = stage.ids["flowwise"][FROM : FROM + MANY]
    there = dict(Customer.objects.filter(connection=connection, external_id__in=ids).values_list("external_id", "pk"))
    items = [
        batches.Item(row, there[external_id], {"email": _email(external_id, row)})
        for row, external_id in enumerate(ids, start=2)
        if external_id in there
    ]
    batch = batches.begin(
        connection,
        by=ed,
        origin=Origin.IMPORT,
        title=f"E-mail of {len(items)} customers, from a file",
        key=KEY,
        why="Collected at the counter in Pune, in the week of the move.",
        reference="SUP-4599",
        expected=len(items),
    )
    if batch.state is BatchStatus.BUILDING:  # it is there already where the demo was begun before
        batches.add(batch, items)
        batches.close(batch)


def _email(external_id: str, row: int) -> str:
    """Two of them were written down as nobody can be written to."""
    return "not given" if row in {11, 47} else f"{external_id.removeprefix('cust_')}@post.example"
