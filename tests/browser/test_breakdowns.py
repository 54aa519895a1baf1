"""When a provider or a worker stops in mid-push, the page tells what is known, never success, and nothing is lost."""

from __future__ import annotations

import re
import signal

import pytest
from playwright.sync_api import Page, expect

from console.models import Change, Status
from tests.browser import steps
from tests.browser.stage import Stage
from tests.flows.helpers import make_due
from tests.processes import wait_for, worker

pytestmark = pytest.mark.browser

# One provider that can be read and one that cannot.
WISHES = {"sqril": {"phone": "+62 812 9988 7766"}, "flowwise": {"phone": "+91 98765 00000"}}
CLAIMS = re.compile("Applied|Accepted")


def save_a_wish(page: Page, stage: Stage, slug: str) -> Change:
    steps.sign_in(page, stage.url)
    steps.go_to_form(page, stage.url, slug)
    steps.fill(page, WISHES[slug])
    return Change.objects.get(pk=steps.save(page))


@pytest.mark.parametrize("slug", WISHES)
def test_a_provider_that_stops_in_mid_push_leaves_an_outcome_that_nobody_knows(
    slug: str, lone_page: Page, alone: Stage
) -> None:
    alone.sandbox.fault(slug, "hang-before")
    with worker(alone.database, STEWARD_CALL_SECONDS="10", STEWARD_LEASE_SECONDS="15"):
        save_a_wish(lone_page, alone, slug)
        wait_for(lambda: alone.arrived(slug))
        expect(steps.badge(lone_page)).to_have_text("Being sent")
        alone.sandbox.stop()
        expect(steps.badge(lone_page)).to_have_text(re.compile("Outcome unknown|Unknown, sending again"))
        expect(lone_page.locator("#state")).not_to_contain_text(CLAIMS)


def test_a_provider_that_is_down_is_tried_again_later(lone_page: Page, alone: Stage) -> None:
    alone.sandbox.stop()
    with worker(alone.database):
        save_a_wish(lone_page, alone, "flowwise")
        expect(steps.badge(lone_page)).to_have_text("Will try again")
        expect(lone_page.locator("#state")).to_contain_text("Not applied yet")


@pytest.mark.parametrize("slug", WISHES)
def test_a_worker_killed_in_mid_push_loses_nothing_and_the_page_never_claims_success(
    slug: str, lone_page: Page, alone: Stage
) -> None:
    alone.sandbox.fault(slug, "hang-before")
    with worker(alone.database, STEWARD_CALL_SECONDS="1.5") as process:
        change = save_a_wish(lone_page, alone, slug)
        wait_for(lambda: alone.arrived(slug))
        process.send_signal(signal.SIGKILL)
        process.wait()
    expect(steps.badge(lone_page)).to_have_text("Being sent")
    expect(lone_page.locator("#state")).to_contain_text("the answer is overdue")
    with worker(alone.database, STEWARD_SETTLE_SECONDS="60"):  # so that it stays unknown long enough to be seen
        expect(steps.badge(lone_page)).to_have_text(re.compile("Outcome unknown|Unknown, sending again"))
        wait_for(lambda: Change.objects.filter(pk=change.pk, status=Status.UNKNOWN).exists())
        make_due(change)
        expect(steps.badge(lone_page)).to_have_text("Applied")
    first, second = alone.arrived(slug)
    assert (first["applied"], second["applied"]) == (False, True)
    assert first["body"] == second["body"]
