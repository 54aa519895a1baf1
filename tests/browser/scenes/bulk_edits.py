"""Edits of a selection at every stage: by Una, who edits at an account of her own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page, expect

from console.bulk import work_all
from console.flows import bulk_edit
from console.flows.bulk_edit import Edit
from console.models import Bulk, BulkStatus, Customer, Grant, Role, User
from tests.browser.scenes.playing import Play, Scene, another_account
from tests.cast import PASSWORD, person, sample
from tests.deciding import policy
from tests.flows.helpers import wish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.models import Connection

MANY = 64
NAMES = ("Adi Wijaya", "Sari Lestari", "Budi Santoso", "Dewi Anggraini", "Agus Prasetyo", "Rina Kusuma")


def play(played: Play) -> None:
    """One that asks nothing yet, one that waits, some that were looked through, one that was stopped."""
    here = another_account(played, "edits")
    una = User.objects.create_user("una", password=PASSWORD, first_name="Una", last_name="Berg")
    Grant.objects.create(user=una, role=Role.EDITOR, connection=here)
    person("ann", here)
    policy("More than 50 at once", at=[here], from_size=50, asks_reason=True)
    _take_in(here)
    wishes: dict[str, Any] = {"occupation": "OCC9", "email": "service@example.com", "address": "Jl. Thamrin No. 88"}
    looked = _asked(here, una, "looked through", wishes, why="The branch moved; list of 12 November")
    nothing = _asked(here, una, "nothing", {"occupation": "OCC4"}, why="By mistake")
    stopped = _asked(here, una, "stopped", {"occupation": "OCC10"}, why="Too early")
    work_all(threading.Event())
    bulk_edit.stop(stopped.pk, by=una)
    together = _asked(here, una, "together", {"address": "Jl. Thamrin No. 90"}, why="The other branch moved, too")
    work_all(threading.Event())
    bulk_edit.carry_out(together.pk, by=una)
    work_all(threading.Event())
    waits = _asked(here, una, "waits", {"occupation": "OCC10"}, why="The new list")
    Bulk.objects.filter(pk=waits.pk).update(status=BulkStatus.CHECKING, done=23, beat_at="2100-01-01T00:00:00Z")
    opened = _selected(here, una, "open")
    played.numbers |= {
        "edit_open": opened.pk,
        "edit_waits": waits.pk,
        "edit_looked": looked.pk,
        "edit_nothing": nothing.pk,
        "edit_stopped": stopped.pk,
        "edit_together": together.pk,
    }


def set_wrongly(page: Page) -> None:
    """Asks for what no record could take, and for a thing without the reason that is wanted."""
    page.get_by_label("E-mail", exact=True).fill("service at example")
    page.get_by_label("Address", exact=True).fill("Jl. Thamrin No. 88")
    expect(page.locator("#setting .notes .error")).to_be_visible()  # or it comes between aiming and pressing
    page.get_by_role("button", name="See what would change").click()
    expect(page.locator(".notice.refused")).to_be_visible()


def set_two(page: Page) -> None:
    """Sets two fields, which is said in the bar."""
    page.get_by_label("Occupation", exact=True).select_option("OCC9")
    page.get_by_label("Address", exact=True).fill("Jl. Thamrin No. 88")
    expect(page.get_by_text("2 fields set")).to_be_visible()


def select_at_several(page: Page) -> None:
    """Ticks some rows, which are of several connections, and asks to edit them."""
    for box in page.locator("td.pick input").all()[:12]:
        box.check()
    page.locator("#edit-chosen").click()
    expect(page.get_by_role("heading", name="Edit at which connection?")).to_be_visible()


def _take_in(here: Connection) -> None:
    jo = person("jo")
    for number in range(MANY):
        first, last = NAMES[number % len(NAMES)].split()
        about: dict[str, Any] = {
            "name_first": first,
            "name_last": last,
            "email": f"{first.lower()}{number}@example.com",
        }
        if number % 16 == 5:
            about["phone"] = ...
        made = sample(here, customer_id=f"cus_edit_{number:03}", **about)
        if number % 20 == 3:
            wish(made, jo, {"occupation": "OCC7"})


def _selected(here: Connection, by: User, key: str) -> Bulk:
    return bulk_edit.select(Customer.objects.all(), connection=here, key=key, by=by)


def _asked(here: Connection, by: User, key: str, wishes: Mapping[str, Any], why: str) -> Bulk:
    return bulk_edit.ask(_selected(here, by, key).pk, Edit(wishes, why, "SUP-5120"), by=by)


SCENES: Mapping[str, Scene] = {
    "edit of a selection": Scene("/customers/edit/{edit_open}/", who="una"),
    "edit of a selection, two fields set": Scene("/customers/edit/{edit_open}/", who="una", does=set_two),
    "edit of a selection, refused": Scene("/customers/edit/{edit_open}/", who="una", does=set_wrongly, status=422),
    "edit of a selection, being looked through": Scene("/customers/edit/{edit_waits}/", who="una"),
    "edit of a selection, looked through": Scene("/customers/edit/{edit_looked}/", who="una"),
    "edit of a selection, nothing would change": Scene("/customers/edit/{edit_nothing}/", who="una"),
    "edit of a selection, stopped": Scene("/customers/edit/{edit_stopped}/", who="una"),
    "edit of a selection, put together": Scene("/customers/edit/{edit_together}/", who="una"),
    "edit of a selection at several connections": Scene("/customers/", who="jo", does=select_at_several),
    "edit of a selection, what una began": Scene("/", who="una"),
    "edit of a selection, what una began, in the list": Scene("/customers/", who="una"),
}
