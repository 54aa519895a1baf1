"""Exports of customers: asked for at one connection or several, with what is hidden, and in every state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from django.db.models.functions import Now
from playwright.sync_api import Page, expect

from console.exporting import make_all
from console.exporting.taking_out import meant
from console.flows import exports, making
from console.flows.export_customers import Which, Wish, ask
from console.models import Connection, Export, Format, Grant, Role, User
from tests.browser.scenes.playing import Play, Scene
from tests.cast import PASSWORD


def play(played: Play) -> None:
    """Tia, who sees all customers, takes some of them home; the first file is ready, and the others are not."""
    tia = User.objects.create_user("tia", password=PASSWORD, first_name="Tia", last_name="Lund")
    Grant.objects.create(user=tia, role=Role.VIEWER)
    sqril, finosu = (played.stage.connections[slug] for slug in ("sqril", "finosu"))
    ready = _asked(sqril, tia, Format.XLSX)
    gone = _asked(finosu, tia, Format.CSV, {"state": "never-read"} if _any(finosu, "never-read") else {})
    make_all(threading.Event())
    exports.stop(gone, by=tia)
    failed = _asked(sqril, tia, Format.JSONL)
    Export.objects.filter(pk=failed.pk).update(status="failed", note=making.GAVE_UP, ended_at=Now())
    running = _asked(sqril, tia, Format.CSV)
    going = {"status": "running", "total": 1_204_300, "done": 301_500, "started_at": Now(), "beat_at": Now()}
    Export.objects.filter(pk=running.pk).update(**going)
    numbers = {"ready": ready, "gone": gone, "failed": failed, "running": running}
    played.numbers |= {f"customers_{name}": export.pk for name, export in numbers.items()}


def _asked(here: Connection, by: User, kind: Format, criteria: Mapping[str, str] | None = None) -> Export:
    which = Which(criteria or {})
    return ask(Wish(here, kind, which), meant(here, which), by=by)


def _any(here: Connection, state: str) -> bool:
    return meant(here, Which({"state": state})).exists()


def take_along(reason: str) -> Callable[[Page], None]:
    """Asks for what every page hides, too, for a reason."""

    def act(page: Page) -> None:
        page.get_by_role("checkbox", name="Take along").check()
        page.get_by_label("Why do you need them?").fill(reason)
        if not reason:
            page.get_by_role("button", name="Export").click()
            expect(page.locator("#error-reason")).to_be_visible()

    return act


SCENES: Mapping[str, Scene] = {
    "export of customers": Scene("/customers/exports/?at={sqril_connection}"),
    "export of customers at which connection": Scene("/customers/exports/", who="tia"),
    "export of customers, what is hidden stays out": Scene("/customers/exports/?at={finosu_connection}"),
    "export of customers with what is hidden": Scene(
        "/customers/exports/?at={finosu_connection}", who="ria", does=take_along("The registry has to be compared.")
    ),
    "export of customers, without a reason": Scene(
        "/customers/exports/?at={finosu_connection}", who="ria", does=take_along("")
    ),
    "export of customers, of nobody": Scene("/customers/exports/?at={sqril_connection}&state=erased&by=1"),
    "export of customers being made": Scene("/customers/exports/{customers_running}/", who="tia"),
    "export of customers that is ready": Scene("/customers/exports/{customers_ready}/", who="tia"),
    "export of customers that failed": Scene("/customers/exports/{customers_failed}/", who="tia"),
    "export of customers, its file deleted": Scene("/customers/exports/{customers_gone}/", who="tia"),
}
