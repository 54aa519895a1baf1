"""The record of one customer: read, moved at the provider, gone, very long."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from console.flows.import_customers import Row, import_customers
from console.flows.refresh import refresh, take_over
from console.models import Connection, Known, Status
from tests.browser.scenes.acts import press, wait_for
from tests.browser.scenes.playing import Play, Scene
from tests.browser.stage import Stage
from tests.views.standing import standing

A_DAY = timedelta(hours=20)


def take_in(stage: Stage, slug: str, connection: Connection) -> None:
    """All whom the provider has there, known for most of a day."""
    connection.name = connection.provider.title
    connection.save()
    rows = [Row(number, record) for number, record in enumerate(stage.sandbox.records(slug).values(), 1)]
    import_customers(connection, rows, as_of=timezone.now() - A_DAY)


def play(played: Play) -> None:
    """Somebody edits records at the provider; and a record whose values are as long as they may be."""
    many, one = played.customer("sqril", 8), played.customer("sqril", 9)
    elsewhere = {"address": "Jl. Sudirman 1, Jakarta Pusat", "phone": "+6281100001111", "dob": "1991-02-03"}
    played.stage.sandbox.edit("sqril", many.external_id, elsewhere)
    played.numbers["drifted"], played.numbers["drift"] = many.pk, refresh(many, by=played.people["ed"]).pk
    played.stage.sandbox.edit("sqril", one.external_id, {"occupation": "OCC7"})
    played.numbers["drifted_once"], _ = one.pk, refresh(one, by=played.people["jo"])
    played.numbers["unmoved"] = refresh(one, by=played.people["ed"]).pk
    busy = played.customer("sqril", 11)
    for number in range(4):
        wishes = {"address": f"Jl. Melati {number}, Bandung"}
        standing(busy, played.people["ed"], Status.REFUSED, wishes=wishes)
    played.numbers["busy"] = busy.pk
    often = played.customer("sqril", 12)
    for number in range(60):
        take_over(often, {"address": f"Jl. Melati {number}, Bandung"}, by=played.people["ed"])
        take_over(often, {"occupation": "OCC4"}, by=played.people["jo"])
    played.numbers["often_read"] = often.pk
    long = played.customer("finosu", 7)
    values: dict[str, Any] = {
        "firstName": "\u202eMuhammad\u202c",
        "lastName": "\u05d0\u05d1\u05e8\u05d4\u05dd " * 12,
        "streetAddress1": "Building 7, behind the old customs house, second stair on the left, " * 6,
        "city": "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch" * 3,
        "externalMetadata": {"employer": "Acme & Sons", "notes": "Calls back after six. " * 20, "tags": ["a", "b"]},
    }
    long.learn(values, how=Known.READ, at=timezone.now())
    long.save_learnt()
    played.numbers["long"] = long.pk


def add_nobody(page: Page) -> None:
    """Adds a customer by what cannot be an ID there."""
    page.get_by_role("radio", name="TimePay cannot be read").check()
    page.get_by_role("textbox", name="ID").fill("somebody")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("[aria-invalid=true]")).to_be_visible()


SCENES: Mapping[str, Scene] = {
    "customer to add": Scene("/customers/add/"),
    "customer to add, refused": Scene("/customers/add/", does=add_nobody),
    "customer at timepay": Scene("/customers/{timepay}/"),
    "customer at finosu": Scene("/customers/{finosu}/"),
    "customer at caibo": Scene("/customers/{caibo}/"),
    "customer at flowwise": Scene("/customers/{flowwise}/"),
    "customer at sqril": Scene("/customers/{sqril}/"),
    "customer with a history": Scene("/customers/{changed}/"),
    "customer with a change that waits": Scene("/customers/{waits_for_jo}/"),
    "customer with requests that wait": Scene("/customers/{second_wish}/"),
    "customer with requests that wait, seen by an approver": Scene("/customers/{second_wish}/", who="ann"),
    "customer gone there": Scene("/customers/{gone}/"),
    "customer never read": Scene("/customers/{unread}/"),
    "customer that moved there": Scene("/customers/{drifted}/"),
    "customer that moved there, seen by an operator": Scene("/customers/{drifted}/", who="ops"),
    "customer just read": Scene("/customers/{drifted}/?read={drift}"),
    "customer just read, unmoved": Scene("/customers/{drifted_once}/?read={unmoved}"),
    "customer being read": Scene("/customers/{sqril}/", does=wait_for("**/read/", press("Read from SQRIL now"))),
    "customer whose key was erased": Scene("/customers/{keyless}/"),
    "customer that cannot be read": Scene("/customers/{gone_at_sqril}/", does=press("Read from SQRIL now")),
    "customer with many changes": Scene("/customers/{busy}/"),
    "customer with long values": Scene("/customers/{long}/"),
    "customer seen by an operator": Scene("/customers/{sqril}/", who="ops"),
}
