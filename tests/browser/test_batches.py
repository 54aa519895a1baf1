"""Batches: Ann approves many changes by looking at one page, sees the first few arrive, stops the rest, undoes them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from console.models import Batch, BatchStatus, Change, Connection, Customer, Grant, Role, Status
from tests.batches import batch_of, customers
from tests.browser import steps
from tests.browser.conftest import OpenPage
from tests.browser.stage import Stage
from tests.cast import person
from tests.deciding import policy
from tests.processes import wait_for

pytestmark = pytest.mark.browser

MANY = 40
SLOWLY = 4  # changes a second, so that there is a half-way


@pytest.fixture(scope="module")
def here(shared: Stage) -> Connection:
    """Where two have to agree, and the provider takes its time."""
    connection = shared.connections["sqril"]
    Connection.objects.filter(pk=connection.pk).update(rate=SLOWLY)
    policy("Occupations", "occupation", at=[connection])
    ann = person("ann")
    Grant.objects.get_or_create(user=ann, role=Role.EDITOR, connection=connection)
    person("sam")
    return Connection.objects.get(pk=connection.pk)


@pytest.fixture(scope="module")
def many(here: Connection, shared: Stage) -> list[Customer]:
    return customers(here, MANY, shared.sandbox)


@pytest.fixture
def ann(open_page: OpenPage, shared: Stage, here: Connection) -> Page:
    """Ann, in a browser of her own."""
    page, _ = open_page()
    steps.sign_in(page, shared.url, "ann")
    return page


@pytest.fixture
def sam(open_page: OpenPage, shared: Stage, here: Connection) -> Page:
    """Sam, in another one."""
    page, _ = open_page()
    steps.sign_in(page, shared.url, "sam")
    return page


def confirm(page: Page, label: str) -> None:
    """Presses a button of the page and the one of the dialog that asks back."""
    page.locator("#head").get_by_role("button", name=label).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    if (why := dialog.get_by_label("Why is it undone?")).count():
        why.fill("It was the wrong list.")
    dialog.get_by_role("button", name=label, exact=True).click()


def standing(page: Page) -> Locator:
    return page.locator("#state")


def test_ann_approves_by_one_page_sees_the_first_five_arrive_stops_it_and_undoes_it(
    ann: Page, sam: Page, shared: Stage, many: list[Customer]
) -> None:
    batch = batch_of(many, person("ed"), title="Set Occupation of 40 customers")
    ann.goto(f"{shared.url}/")
    ann.get_by_role("link", name="Set Occupation of 40 customers").click()
    expect(steps.badge(ann)).to_have_text("Waiting for you")
    expect(ann.locator("main")).to_contain_text("40 change")
    steps.press(ann, "a")
    dialog = ann.get_by_role("dialog", name="Approve all of it?")
    expect(dialog).to_contain_text("5 of them go first; the others follow once these have arrived")
    dialog.get_by_role("button", name="Approve", exact=True).click()
    expect(standing(ann)).to_contain_text("The first five are on their way")
    expect(ann.locator("#first")).to_contain_text("passed", timeout=60_000)  # Ann looks on, and does nothing
    expect(ann.locator("#first tbody .state.applied")).to_have_count(5, timeout=60_000)
    expect(steps.badge(ann)).to_have_text("Under way", timeout=60_000)
    confirm(ann, "Stop")
    expect(steps.badge(ann)).to_have_text("Stopped")
    wait_for(lambda: Batch.objects.get(pk=batch.pk).ended_at, seconds=90)
    arrived = Change.objects.filter(batch=batch, status=Status.APPLIED).count()
    assert 5 <= arrived < MANY
    assert len(shared.arrived("sqril")) == arrived
    expect(standing(ann)).to_contain_text(f"{MANY - arrived} never left", timeout=30_000)
    undo(ann, sam, shared, batch, arrived)


def undo(ann: Page, sam: Page, shared: Stage, batch: Batch, arrived: int) -> None:
    """Ann, who edits there, too, asks for it; Sam, who did not, decides."""
    confirm(ann, "Undo")
    ann.wait_for_url(lambda url: not url.endswith(f"/batches/{batch.pk}/"))
    undoing = Batch.objects.get(undoes=batch)
    expect(steps.badge(ann)).to_have_text("Waiting for approval", timeout=60_000)
    expect(ann.locator("#why-not")).to_contain_text("You asked for this yourself")
    sam.goto(f"{shared.url}/batches/{undoing.pk}/")
    expect(sam.locator("main")).to_contain_text(f"{arrived} change")
    confirm(sam, "Approve")
    expect(steps.badge(ann)).to_have_text("Ended", timeout=90_000)
    expect(standing(ann)).to_contain_text(f"All of its {arrived} changes arrived.")
    assert Batch.objects.get(pk=undoing.pk).state is BatchStatus.DONE
    assert len(shared.arrived("sqril")) == 2 * arrived


def test_ctrl_enter_under_approve_sends_no_reason_of_the_dialog_that_was_left(
    ann: Page, shared: Stage, many: list[Customer]
) -> None:
    batch = batch_of(many[:2], person("ed"), title="Set Occupation of two")
    ann.goto(f"{shared.url}/batches/{batch.pk}/")
    expect(steps.badge(ann)).to_have_text("Waiting for you")
    ann.locator("#ask-reject").click()
    ann.get_by_role("dialog").get_by_role("textbox").fill("Not this one.")
    ann.keyboard.press("Escape")
    expect(ann.get_by_role("dialog")).to_have_count(0)
    steps.press(ann, "a")
    expect(ann.get_by_role("dialog", name="Approve all of it?")).to_be_visible()
    with steps.all_answered(ann):
        ann.keyboard.press("Control+Enter")
    assert Batch.objects.get(pk=batch.pk).state is BatchStatus.WAITING
