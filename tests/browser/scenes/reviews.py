"""Reviews of what was done: under way, to be signed off, signed; and the items in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import Page, expect

from console.flows.examine import mark, say, sign_off
from console.flows.opening import Plan, open_review
from console.models import Change, Connection, Grant, Mark, Role, User
from tests.browser.scenes.acts import press
from tests.browser.scenes.playing import Play, Scene
from tests.cast import PASSWORD, person


def play(played: Play) -> None:
    """A review under way, one that can be signed off, one that was: at the account of the requests, with long texts."""
    here = Connection.objects.get(name="SQRIL, requests")
    rae, ed, now = person("rae"), played.people["ed"], timezone.now()
    new = User.objects.create_user("lea", password=PASSWORD, first_name="Lea", last_name="Sommer")
    Grant.objects.create(user=new, role=Role.REVIEWER, connection=played.stage.connections["timepay"])
    Change.objects.filter(pk__in=[played.numbers["rq_long"], played.numbers["rq_talked"]]).update(ended_at=now)
    Change.objects.filter(pk=played.numbers["alike"]).update(ended_at=now, size=600)
    since, until = now - timedelta(days=1), timezone.now()
    signed = open_review(Plan("A day " + "أرصدة العملاء " * 6, since, until, [here.pk], 3), by=rae)
    under_way = open_review(Plan("Today, with all that is risky", since, until, [here.pk]), by=rae)
    done = open_review(Plan("All looked at", since, until, [here.pk], 3), by=rae)
    for item in [*signed.items.all(), *done.items.all()]:
        mark(item.pk, Mark.FINE, by=rae)
    played.numbers["review_done"] = done.pk
    sign_off(signed.pk, by=rae, conclusion="All in order. " + "What was let through without approval was right. " * 9)
    played.numbers["review"], played.numbers["review_signed"] = under_way.pk, signed.pk
    items = {item.change_id: item for item in under_way.items.all()}
    for name in ("emergency", "looked_into", "partly", "long", "talked"):
        played.numbers[f"item_{name}"] = items[played.numbers[f"rq_{name}"]].pk
    mark(played.numbers["item_looked_into"], Mark.FINE, by=rae, note="Heard the recording of the call.")
    mark(played.numbers["item_partly"], Mark.QUESTIONED, by=rae, note="Who called? " + "Did you call back? " * 20)
    say(played.numbers["item_partly"], "He called from the number we had; I called back.", by=ed)
    say(played.numbers["item_partly"], "أرصدة " + "x" * 200, by=rae)


def refuse_review(page: Page) -> None:
    """Asks for a period that ends before it begins, and no sample."""
    page.get_by_label("First day").fill("2026-10-31")
    page.get_by_label("Last day").fill("2026-10-01")
    page.get_by_role("textbox", name="Sample").fill("0")
    page.get_by_role("button", name="Open").click()
    expect(page.locator(".notice.refused")).to_be_visible()


SCENES: Mapping[str, Scene] = {
    "audit, reviews": Scene("/audit/reviews/", who="rae"),
    "audit, no reviews": Scene("/audit/reviews/", who="lea"),
    "audit, review to open": Scene("/audit/reviews/new/", who="rae"),
    "audit, review to open, refused": Scene("/audit/reviews/new/", who="rae", does=refuse_review),
    "audit, review": Scene("/audit/reviews/{review}/?check=1", who="rae"),
    "audit, review filtered to nothing": Scene("/audit/reviews/{review_signed}/?show=questioned", who="rae"),
    "audit, review to sign off": Scene("/audit/reviews/{review_done}/", who="rae"),
    "audit, review being signed off": Scene("/audit/reviews/{review_done}/", who="rae", does=press("Sign off…")),
    "audit, review signed off": Scene("/audit/reviews/{review_signed}/", who="rae"),
    "audit, item to look at": Scene("/audit/reviews/{review}/{item_emergency}/", who="rae"),
    "audit, item with long values": Scene("/audit/reviews/{review}/{item_long}/", who="rae"),
    "audit, item, a question": Scene("/audit/reviews/{review}/{item_talked}/", who="rae", does=press("Question")),
    "audit, item that is fine": Scene("/audit/reviews/{review}/{item_looked_into}/", who="rae"),
    "audit, item that is questioned": Scene("/audit/reviews/{review}/{item_partly}/", who="rae"),
    "audit, item, seen by who is asked": Scene("/audit/reviews/{review}/{item_partly}/"),
}
