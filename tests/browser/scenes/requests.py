"""Requests at every stage of being decided on, at an account of their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from console.flows import glass, review
from console.flows.refresh import refresh
from console.models import Change, Connection, Grant, Role
from tests.browser.scenes.acts import press
from tests.browser.scenes.playing import Play, Scene, another_account
from tests.browser.stage import send_due
from tests.cast import person, sample
from tests.deciding import approve, policy, reject
from tests.views.standing import asked

THREE: Mapping[str, Any] = {"occupation": "OCC10", "address": "Jl. Thamrin No. 88, Jakarta", "phone": "+6281299887766"}
WHY: Mapping[str, Any] = {"why": "Called; new employer, verified by call-back", "reference": "SUP-48121"}


def play(played: Play) -> None:
    """Requests at every stage of being decided on, at an account of their own."""
    here = another_account(played, "requests")
    for username in ("ann", "sam", "rae"):
        person(username, here)
    Grant.objects.create(user=played.people["ops"], role=Role.BREAK_GLASS, connection=here)
    policy("KYC fields of requests", "occupation", "address", at=[here])
    policy("Two for the e-mail", "email", at=[here], approvals=2)
    _request(played, here, "waiting")
    _request(played, here, "alone", occupation="OCC7")
    waiting = Change.objects.get(pk=played.numbers["rq_waiting"]).customer
    asked(waiting, played.people["jo"], email="adi@example.com")
    _requests_that_moved(played, here)
    _requests_decided_on(played, here)
    _requests_without_approval(played, here)
    _requests_alike(played, here)
    old, new = ("Building 7, behind the old customs house, second stair, " * 4 + place for place in ("left", "right"))
    long = sample(here, played.stage.sandbox, customer_id="cus_long", address=old, name_first="Muhammad" * 12)
    wanted = {"address": f"{new[:60]}new {new[64:]}", "phone": "+6281299887766"}
    played.numbers["rq_long"] = asked(long, played.people["ed"], key="request long", why="x" * 300, **wanted).pk
    played.numbers["rq_long_customer"] = long.pk


def _request(played: Play, here: Connection, name: str, *, there: bool = True, **wishes: Any) -> Change:
    customer = sample(here, played.stage.sandbox if there else None, customer_id=f"cus_{name}")
    change = asked(customer, played.people["ed"], key=f"request {name}", **WHY, **(wishes or THREE))
    played.numbers[f"rq_{name}"], played.numbers[f"rq_{name}_customer"] = change.pk, customer.pk
    return change


def _requests_that_moved(played: Play, here: Connection) -> None:
    moved = _request(played, here, "moved")
    played.stage.sandbox.edit("sqril", "cus_moved", {"address": "Jl. Sudirman 1, Jakarta"})
    refresh(moved.customer, by=person("ann"))
    _request(played, here, "unread", there=False)


def _requests_decided_on(played: Play, here: Connection) -> None:
    ann, sam = person("ann"), person("sam")
    talked = _request(played, here, "talked", email="adi.w@example.com", **THREE)
    approve(talked, sam, "email", "occupation")
    review.comment(talked.pk, by=ann, text="Is this the address on the new card?", field="address")
    review.comment(talked.pk, by=played.people["ed"], text="Yes, he read it out to me.", field="address")
    review.claim(talked.pk, by=sam)
    partly = _request(played, here, "partly")
    approve(partly, ann, "occupation")
    reject(partly, ann, "address")
    send_due(here)
    returned = _request(played, here, "returned")
    review.return_to_author(returned.pk, by=ann, reason="The house number is missing in the address.")


def _requests_without_approval(played: Play, here: Connection) -> None:
    hurried, closed = (_request(played, here, name) for name in ("emergency", "looked_into"))
    reason = "The card is blocked at noon, and nobody who could decide was here."
    for change in (hurried, closed):
        glass.break_glass(change.pk, by=played.people["ops"], reason=reason)
    send_due(here)
    glass.close(closed.pk, by=person("rae"), finding="Heard the recording of the call: it was right.")


def _requests_alike(played: Play, here: Connection) -> None:
    """Some that ask for the same; one of Jo's gives no reason, one names another ticket and ends soon."""
    ed, jo, names = played.people["ed"], played.people["jo"], ("Budi", "Citra", "Dewi", "Eka", "Fajar", "Gita" * 20)
    for number, name in enumerate(names):
        customer = sample(here, customer_id=f"cus_alike_{number}", name_first=name)
        why = {**WHY, **({"reference": "SUP-50007"} if number == 4 else {})}
        by, about = (jo, {}) if number == 3 else (ed, why)
        change = asked(customer, by, key=f"alike {number}", **about, occupation="OCC11")
        played.numbers["alike"] = change.pk
        if number == 4:
            soon = timezone.now() + timedelta(hours=3, minutes=20)
            Change.objects.filter(pk=change.pk).update(expires_at=soon)


def once_read(page: Page) -> None:
    """Waits for what the page has read by itself."""
    expect(page.locator("#reading")).not_to_contain_text("It is being read now")


SCENES: Mapping[str, Scene] = {
    "request that waits for you": Scene("/changes/{rq_waiting}/", who="ann", does=once_read),
    "request to be approved": Scene("/changes/{rq_waiting}/", who="ann", does=press("Approve both")),
    "request with a line to be rejected": Scene("/changes/{rq_waiting}/", who="ann", does=press("Reject : Address")),
    "request of one's own": Scene("/changes/{rq_waiting}/"),
    "request seen by a reviewer": Scene("/changes/{rq_waiting}/", who="rae"),
    "request to be sent without approval": Scene(
        "/changes/{rq_alone}/", who="ops", does=press("Send without approval")
    ),
    "request that moved": Scene("/changes/{rq_moved}/", who="ann"),
    "request of one's own that moved": Scene("/changes/{rq_moved}/"),
    "request talked about": Scene("/changes/{rq_talked}/", who="ann"),
    "request applied in part": Scene("/changes/{rq_partly}/"),
    "request sent without approval": Scene("/changes/{rq_emergency}/", who="rae"),
    "request that was looked into": Scene("/changes/{rq_looked_into}/", who="rae"),
    "request returned": Scene("/changes/{rq_returned}/"),
    "request that cannot be read": Scene("/changes/{rq_unread}/", who="ann", does=once_read),
    "request with long values": Scene("/changes/{rq_long}/", who="ann"),
}
