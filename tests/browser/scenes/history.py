"""The past of a customer: its timeline, the record as of a moment, one field, and who looked."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page

from tests.browser.scenes.acts import follow
from tests.browser.scenes.playing import Scene


def unfold_all(page: Page) -> None:
    """Opens every change of a timeline."""
    for summary in page.locator(".entries summary").all():
        summary.click()


SCENES: Mapping[str, Scene] = {
    "customer's timeline": Scene("/customers/{changed}/timeline/"),
    "customer's timeline, opened": Scene("/customers/{changed}/timeline/", does=unfold_all),
    "customer's timeline, seen by a reviewer": Scene(
        "/customers/{rq_partly_customer}/timeline/", who="rae", does=unfold_all
    ),
    "customer's timeline with long values": Scene("/customers/{rq_long_customer}/timeline/", does=unfold_all),
    "customer's timeline, very long": Scene("/customers/{often_read}/timeline/"),
    "customer's timeline without a key": Scene("/customers/{erased_customer}/timeline/", does=unfold_all),
    "customer's timeline, no day": Scene("/customers/{changed}/timeline/?on=yesterday", status=422),
    "customer's timeline before there was any": Scene("/customers/{changed}/timeline/?on=2020-01-01"),
    "customer as of": Scene("/customers/{changed}/as-of/"),
    "customer as of the first moment": Scene("/customers/{changed}/as-of/", does=follow("As it was first known")),
    "customer as of a moment, what differs": Scene(
        "/customers/{changed}/as-of/",
        does=lambda page: (follow("As it was first known")(page), follow("Only what differs")(page)),
    ),
    "customer as of a moment, seen by a reviewer": Scene(
        "/customers/{rq_partly_customer}/as-of/", who="rae", does=follow("As it was first known")
    ),
    "customer as of a moment, long values": Scene("/customers/{long}/as-of/", does=follow("As it was first known")),
    "customer as of a moment without a key": Scene(
        "/customers/{erased_customer}/as-of/", does=follow("As it was first known")
    ),
    "customer as of the future": Scene("/customers/{changed}/as-of/?at=2099-01-01T00:00&and=x", status=422),
    "customer looked at": Scene("/customers/{rq_partly_customer}/looked/", who="rae"),
    "field history, seen by a reviewer": Scene("/customers/{rq_partly_customer}/history/occupation/", who="rae"),
    "field history, very long": Scene("/customers/{often_read}/history/address/"),
    "field history": Scene("/customers/{changed}/history/phone/"),
    "field history of what moved": Scene("/customers/{drifted_once}/history/occupation/"),
    "field history of what was refused": Scene("/customers/{refused_customer}/history/phone/"),
    "field history of what was never asked for": Scene("/customers/{sqril}/history/address/"),
}
