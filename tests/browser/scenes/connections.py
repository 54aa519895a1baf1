"""Connections that work, that are stopped in each way, and that have changes to be tried again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from console.flows.pausing import pause
from console.models import Connection, Customer, Minute, Outcome, Pause, Status, User, Wait
from tests.browser.scenes.acts import press
from tests.browser.scenes.playing import Play, Scene
from tests.cast import sample
from tests.views.standing import asked, standing


def play(played: Play) -> None:
    """Two with a day behind them, and accounts that are stopped."""
    _measured(played)
    _push_consoles(played)


def _measured(played: Play) -> None:
    """A day of minutes, with a bad stretch in it, and one that nobody measured."""
    now = timezone.now().replace(second=0, microsecond=0)
    rows = []
    for slug in ("sqril", "caibo"):
        for back in range(1, 26 * 60):
            if 300 < back < 340:
                continue
            busy, bad = (back * 7919) % 13, 20 < back < 26 or 600 < back < 660
            about = {"answered": busy, "refused": int(back % 29 == 0), "unclear": 2 * bad, "unsent": 3 * bad}
            times = {"half_milliseconds": 60 + busy * 9 + 900 * bad, "most_milliseconds": 180 + busy * 40 + 4000 * bad}
            depths = {"waiting": busy // 3 + 40 * bad, "stuck": 1 + (back < 600)}
            at, connection = now - timedelta(minutes=back), played.stage.connections[slug]
            rows.append(Minute(connection=connection, at=at, **about, **(times if busy else {}), **depths))
    Minute.objects.bulk_create(rows)


def _push_consoles(played: Play) -> None:
    """Connections that are stopped in each way, with changes that wait for it."""
    ops, ed, now = played.people["ops"], played.people["ed"], timezone.now()
    for slug, name in (
        ("caibo", "Interrupted"),
        ("flowwise", "Paused by hand"),
        ("sqril", "Restored"),
        ("timepay", ""),
    ):
        connection = Connection.objects.get(pk=played.stage.connections[slug].pk)
        connection.pk, connection._state.adding = None, True  # another account at the same provider
        connection.paused_at, connection.pause, connection.pause_reason = None, "", ""
        connection.name = f"{connection.provider.title} {name or 'أرصدة العملاء ' + 'x' * 38}"[:60]
        connection.save()
        played.numbers[f"console_{name.partition(' ')[0].lower() or 'long'}"] = connection.pk
        customer = sample(connection)
        match name:
            case "Interrupted":
                asked(customer, ed)
                played.numbers["unclear"] = _refused_after_an_unclear_try(
                    sample(connection, id="222", name="Ben Ode"), ed
                )
                later = now + timedelta(minutes=2)
                Connection.objects.filter(pk=connection.pk).update(failures=7, interrupted_at=now, probe_at=later)
            case "Paused by hand":
                asked(customer, ed)
                pause(connection, by=ops, reason="They move to another data centre until noon.")
            case "Restored":
                for number in range(3):
                    held = sample(connection, customer_id=f"cus_{number}")
                    standing(held, ed, Status.PROPOSED, wait=Wait.RESTORED, maybe_applied=True)
                    played.numbers["restored"] = held.changes.get().pk
                paused = {"paused_at": now, "pause": Pause.RESTORED, "pause_reason": Pause.RESTORED.label}
                Connection.objects.filter(pk=connection.pk).update(**paused)
            case _:
                Customer.objects.filter(pk=customer.pk).update(name="ع" * 60 + "x" * 140)
                standing(customer, ed, Status.UNKNOWN)
                pause(connection, by=ops, reason="x" * 300)


def _refused_after_an_unclear_try(customer: Customer, by: User) -> int:
    """What the provider answered last says nothing of what it did before."""
    change = standing(customer, by, Status.UNKNOWN, note="The provider answered 400.", tries=2)
    attempt = change.attempts.get()
    attempt.pk, attempt._state.adding = None, True
    attempt.epoch += 1
    attempt.outcome, attempt.note, attempt.status_code = Outcome.REFUSED, change.note, 400
    attempt.save()
    return change.pk


def choose_all(page: Page) -> None:
    """Leads to what is said before many changes are tried again."""
    page.get_by_role("button", name=re.compile("^Try all")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("again")


def open_last_try(page: Page) -> None:
    page.locator("#tries summary").first.click()


SCENES: Mapping[str, Scene] = {
    "connections": Scene("/connections/"),
    "connections of nobody": Scene("/connections/", who="vic"),
    "connection at sqril": Scene("/connections/{sqril_connection}/"),
    "connection at finosu": Scene("/connections/{finosu_connection}/", who="max"),
    "connection at flowwise": Scene("/connections/{flowwise_connection}/"),
    "connection that asks for patience": Scene("/connections/{caibo_connection}/"),
    "connection paused": Scene("/connections/{timepay_connection}/"),
    "connection to be resumed": Scene("/connections/{timepay_connection}/", who="ops", does=press("Resume")),
    "connection working, last day": Scene("/connections/{sqril_connection}/?period=day", who="ops", does=open_last_try),
    "connection working, last week": Scene("/connections/{sqril_connection}/?period=week"),
    "connection to be paused": Scene("/connections/{sqril_connection}/", who="ops", does=press("Pause")),
    "connection interrupted": Scene("/connections/{console_interrupted}/", who="ops"),
    "connection to be tried now": Scene("/connections/{console_interrupted}/", who="ops", does=press("Try now")),
    "connection paused by a person": Scene("/connections/{console_paused}/"),
    "connection with stuck changes": Scene("/connections/{caibo_connection}/", who="ops"),
    "connection with changes to try again": Scene("/connections/{sqril_connection}/", who="ops", does=choose_all),
    "connection with none chosen": Scene("/connections/{sqril_connection}/again/", who="ops"),
    "connection after a restored backup": Scene("/connections/{console_restored}/", who="ops"),
    "connection with changes to release": Scene("/connections/{console_restored}/release/", who="ops"),
    "connection with long names": Scene("/connections/{console_long}/", who="ops"),
    "connection seen by an administrator": Scene("/connections/{console_interrupted}/", who="max"),
}
