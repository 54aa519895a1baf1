"""The page of what there is to do, for each role."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page

from tests.browser.scenes.playing import Scene


def approve_nothing(page: Page) -> None:
    """Takes all ticks away and presses the button."""
    for box in page.get_by_role("checkbox").all():
        box.uncheck()
    page.get_by_role("button", name="Approve those ticked").click()


SCENES: Mapping[str, Scene] = {
    "work": Scene("/"),
    "work of an operator": Scene("/", who="ops"),
    "work of an approver": Scene("/", who="ann"),
    "work of an approver, the team": Scene("/?decide=team", who="ann"),
    "work of an approver, all": Scene("/?decide=all", who="ann"),
    "work of an approver, filtered to nothing": Scene("/?connection=1&size=many&soon=1", who="ann"),
    "work of a reviewer": Scene("/", who="rae"),
    "work, a page of requests": Scene("/to-decide/", who="ann"),
    "work, requests of nobody": Scene("/to-decide/", who="vic"),
    "work, alike": Scene("/changes/{alike}/alike/", who="ann"),
    "work, alike, nothing ticked": Scene("/changes/{alike}/alike/", who="ann", does=approve_nothing, status=422),
    "work, none alike": Scene("/changes/{rq_partly}/alike/", who="ann"),
    "work empty": Scene("/", who="kim"),
    "work of an administrator": Scene("/", who="max"),
    "work of nobody": Scene("/", who="vic"),
}
